"""People: whom false alerts reached, by age and region, which look-alikes they were, and which victims were warned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from stanch.decide.policy import ACTIONS
from stanch.lab.measure.episodes import ALERT


@dataclass(frozen=True, slots=True)
class FalseAlerts:
    """Alerts, warn or higher, about somebody who had no part in a scam."""

    count: int
    per_10000_innocent_events: float
    per_1000_innocent_people_and_day: float
    victims_taken_for_suspects: int


@dataclass(frozen=True, slots=True)
class Group:
    """One group of innocent people and the false alerts among them."""

    by: str
    name: str
    people: int
    false_alerts: int
    per_1000_people_and_day: float


@dataclass(frozen=True, slots=True)
class Twins:
    """One kind of innocent look-alike: how many there are, how many were alerted, and by which typologies."""

    role: str
    entities: int
    alerted: int
    by: str


@dataclass(frozen=True, slots=True)
class Victims:
    """Victims, and how many were warned, or asked to confirm, no later than with their first and last payment.

    ``payments`` are their own; ``payments_warned`` those at or before which a warning had been given.
    """

    victims: int
    warned_with_first_payment: int
    warned_with_last_payment: int
    payments: int
    payments_warned: int


_INNOCENT_PEOPLE: Final = """
    SELECT p.* FROM people p
    ANTI JOIN (SELECT entity FROM entities WHERE bad OR role = 'victim') e ON e.entity = p.person
"""
_FALSE: Final = """
SELECT count(*) FILTER (NOT victim), count(*) FILTER (victim AND side = 'control')
FROM judged WHERE NOT "right" AND rank >= $alert
"""
_GROUPS: Final = f"""
WITH innocent AS ({_INNOCENT_PEOPLE}),
groups AS (SELECT person, 'age' AS "by", age_group AS name FROM innocent
    UNION ALL SELECT person, 'region', region FROM innocent)
SELECT "by", name, count(DISTINCT g.person), count(j.typology)
FROM groups g LEFT JOIN (SELECT person, typology FROM judged WHERE NOT "right" AND rank >= $alert) j USING (person)
GROUP BY "by", name ORDER BY "by", name
"""
_TWINS: Final = """
SELECT role, count(DISTINCT entity), count(DISTINCT entity) FILTER (typology IS NOT NULL),
    coalesce(string_agg(DISTINCT typology, ', ' ORDER BY typology), '')
FROM entities LEFT JOIN (SELECT subject, typology FROM judged WHERE NOT "right" AND rank >= $alert) j
    ON j.subject = entities.entity
WHERE starts_with(role, 'twin:') GROUP BY role ORDER BY 3 DESC, role
"""
_WARNED: Final = """
WITH warnings AS (
    SELECT o.person, min(f.as_of) AS first FROM findings f JOIN owners o ON o.entity = f.subject
    WHERE f.side = 'protect' AND list_position($actions, f.step) - 1 >= $alert GROUP BY o.person
), payments AS (
    SELECT f.victim AS person, coalesce(d.as_of, i.at) AS at
    FROM (SELECT DISTINCT source, event_id, victim FROM flows WHERE len(funded_by) = 0) f
    JOIN instructions i USING (source, event_id) LEFT JOIN decisions d USING (source, event_id)
), each AS (
    SELECT person, min(p.at) AS first_paid, max(p.at) AS last_paid, any_value(w.first) AS warned, count(*) AS payments,
        count(*) FILTER (w.first <= p.at) AS payments_warned
    FROM payments p LEFT JOIN warnings w USING (person) GROUP BY person
)
SELECT count(*), count(*) FILTER (warned <= first_paid), count(*) FILTER (warned <= last_paid),
    coalesce(sum(payments), 0), coalesce(sum(payments_warned), 0) FROM each
"""


def false_alerts(base: duckdb.DuckDBPyConnection, innocent_events: int, days: int) -> FalseAlerts:
    """Return the false alerts over a whole world."""
    people = _one(base, f"SELECT count(*) FROM ({_INNOCENT_PEOPLE})")[0]
    count, suspects = _one(base, _FALSE, alert=ALERT)
    return FalseAlerts(count, 10_000 * count / max(innocent_events, 1), 1_000 * count / max(people * days, 1), suspects)


def by_group(base: duckdb.DuckDBPyConnection, days: int) -> list[Group]:
    """Return the false alerts among innocent people by age group and region."""
    rows = base.execute(_GROUPS, {"alert": ALERT}).fetchall()
    return [Group(by, name, people, count, 1_000 * count / (people * days)) for by, name, people, count in rows]


def twins_alerted(base: duckdb.DuckDBPyConnection) -> list[Twins]:
    """Return the innocent look-alikes, those most often alerted first."""
    return [Twins(*row) for row in base.execute(_TWINS, {"alert": ALERT}).fetchall()]


def victims_warned(base: duckdb.DuckDBPyConnection) -> Victims:
    """Return how many victims were warned before it was too late."""
    return Victims(*(int(value) for value in _one(base, _WARNED, alert=ALERT, actions=list(ACTIONS))))


def _one(base: duckdb.DuckDBPyConnection, query: str, **values: object) -> tuple[int, ...]:
    (row,) = base.execute(query, values or None).fetchall()
    return tuple(row)
