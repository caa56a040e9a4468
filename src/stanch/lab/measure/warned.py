"""Warnings held against the truth: victims warned before they paid, what they heeded, what they paid anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from stanch.decide.policy import ACTIONS
from stanch.lab.measure.episodes import ALERT

#: Outcomes of instructions that did not happen because of a step, and of those that did.
_HEEDED: Final = ("given up",)
_PAID: Final = ("sent", "cut")

_WARNED: Final = """
WITH warnings AS (
    SELECT o.person, min(f.as_of) AS first FROM findings f JOIN owners o ON o.entity = f.subject
    WHERE f.side = 'protect' AND list_position($actions, f.step) - 1 >= $alert GROUP BY o.person
), payments AS (
    SELECT DISTINCT f.source, f.event_id, f.victim AS person, f.scheme FROM flows f WHERE len(f.funded_by) = 0
), each AS (
    SELECT p.person, p.scheme, w.first IS NOT NULL AND w.first <= coalesce(d.as_of, i.at) AS warned, x.outcome
    FROM payments p JOIN instructions i USING (source, event_id) LEFT JOIN decisions d USING (source, event_id)
    LEFT JOIN outcomes x USING (source, event_id) LEFT JOIN warnings w USING (person)
), grouped AS (
    SELECT 'scheme' AS "by", scheme AS name, person, warned, outcome FROM each
    UNION ALL SELECT 'age', age_group, person, warned, outcome FROM each JOIN people USING (person)
    UNION ALL SELECT 'region', region, person, warned, outcome FROM each JOIN people USING (person)
)
SELECT "by", name, count(DISTINCT person), count(*), count(*) FILTER (warned),
    count(*) FILTER (warned AND list_contains($heeded, outcome)),
    count(*) FILTER (warned AND list_contains($paid, outcome)),
    count(*) FILTER (warned AND outcome = 'delayed')
FROM grouped GROUP BY "by", name ORDER BY "by", name
"""


@dataclass(frozen=True, slots=True)
class Warned:
    """Victims of one scheme, age group or region and their payments.

    Of the ``payments``, ``warned`` had a warning no later than they were asked for; of these the victim gave up
    ``heeded``, ``paid_anyway`` were sent, ``delayed`` were stopped by a delay. The rest had no money or bounced.
    """

    by: str
    name: str
    victims: int
    payments: int
    warned: int
    heeded: int
    paid_anyway: int
    delayed: int


def warned_by_group(base: duckdb.DuckDBPyConnection) -> tuple[Warned, ...]:
    """Return what warnings did, by age group, region and scheme. Needs the tables of ``measured_base``."""
    values = {"actions": list(ACTIONS), "alert": ALERT, "heeded": list(_HEEDED), "paid": list(_PAID)}
    return tuple(Warned(*row) for row in base.execute(_WARNED, values).fetchall())
