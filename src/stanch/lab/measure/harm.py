"""Harm: innocent people whose money was held while reported money was followed, by day, age group and region."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from stanch.lab.follow.field import listed
from stanch.lab.measure.ground import Names
from stanch.lab.measure.reach import Reached, innocent_reach
from stanch.lab.truth_files import event_files, truth_file
from stanch.model.time import DAY, MINUTE

#: Findings of these typologies make money wait because it was reported, not because of what its holder did.
_TAINTED: Final = "finance.(tainted|reported_channel)_?.*"

_WRONG: Final = """
CREATE TABLE wrong AS
SELECT h.* FROM (
    SELECT account, amount, since, ended, 'order' AS "by" FROM holds
    UNION ALL
    SELECT f.subject, f.amount, f.as_of, epoch_us(f.until), 'delay' FROM findings f
    JOIN decisions d USING (source, event_id)
    WHERE regexp_full_match(f.typology, $tainted) AND f.step = 'delay' AND d.action = 'delay'
) h
ANTI JOIN (SELECT entity FROM entities WHERE bad) b ON b.entity = h.account
ANTI JOIN passing p ON p.account = h.account AND h.amount <= p.stolen
"""
#: Victims' money that went through accounts of payment firms, which only pass payments on: to hold it there holds back
#: one payment, and nothing of the firm's.
_PASSING: Final = """
CREATE TABLE passing AS
SELECT i.dst AS account, sum(f.amount) AS stolen FROM (
    SELECT source, event_id, sum(amount) AS amount FROM flows GROUP BY ALL
) f JOIN instructions i USING (source, event_id) WHERE list_contains($through, i.dst) GROUP BY i.dst
"""
_RELEASE: Final = """
SELECT median(coalesce(ended, $end) - since) FILTER ("by" = 'order'), median(ended - since) FILTER ("by" = 'delay'),
    count(DISTINCT account), coalesce(sum(amount), 0)
FROM wrong
"""
_DAY: Final = """
SELECT count(DISTINCT account), coalesce(sum(amount), 0) FROM wrong
WHERE since < $until AND coalesce(ended, $end) >= $since
"""
_ESSENTIAL: Final = """
SELECT count(*) FROM instructions i
JOIN (SELECT source, event_id FROM decisions WHERE action = 'delay' UNION SELECT source, event_id FROM refused) s
    USING (source, event_id)
JOIN read_parquet($files) e USING (source, event_id)
ANTI JOIN (SELECT source, event_id FROM acts WHERE bad) a USING (source, event_id)
WHERE e.detail IN ('wages', 'pension', 'tax', 'medical', 'bill')
    OR e.dst IN (SELECT dst FROM read_parquet($files) WHERE kind = 'listed' AND detail = 'essential_payee')
"""
_GROUPS: Final = """
WITH innocent AS (
    SELECT p.* FROM people p ANTI JOIN (SELECT entity FROM entities WHERE bad) e ON e.entity = p.person
), hit AS (
    SELECT DISTINCT o.person FROM wrong w JOIN owners o ON o.entity = w.account
), groups AS (
    SELECT person, 'age' AS "by", age_group AS name FROM innocent
    UNION ALL SELECT person, 'region', region FROM innocent
)
SELECT "by", name, count(*), count(h.person) FROM groups LEFT JOIN hit h USING (person) GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Harm:
    """Innocent accounts whose money was held, the money, and how long: medians in minutes, None where there were none.

    ``order_minutes`` counts a hold that still runs until the end. ``essential_stopped`` payments must be 0.
    """

    accounts: int
    money: int
    order_minutes: float | None
    delay_minutes: float | None
    essential_stopped: int


@dataclass(frozen=True, slots=True)
class DayShare:
    """One day: innocent accounts and their money (minor units) in reach of a trace, and those of them held."""

    day: int
    in_reach: int
    held: int
    money_in_reach: int
    money_held: int


@dataclass(frozen=True, slots=True)
class GroupHarm:
    """One group of innocent people, and how many of them had money held."""

    by: str
    name: str
    people: int
    held: int


def measure_harm(
    base: duckdb.DuckDBPyConnection, world: Path, end: int, names: Names
) -> tuple[Harm, tuple[DayShare, ...], tuple[GroupHarm, ...]]:
    """Return the harm as a whole, by day, and by group. Needs holds, refused and the tables of ``measured_base``."""
    through = [code for clear in listed(world, "pass_through") if (code := names.of(clear)) is not None]
    base.execute(_PASSING, {"through": through})
    base.execute(_WRONG, {"tainted": _TAINTED})
    ((orders, delays, accounts, money),) = base.execute(_RELEASE, {"end": end}).fetchall()
    files = {"files": [str(path) for path in event_files(world)]}
    ((essential,),) = base.execute(_ESSENTIAL, files).fetchall()
    harm = Harm(accounts, int(money), _minutes(orders), _minutes(delays), essential)
    groups = tuple(GroupHarm(*row) for row in base.execute(_GROUPS).fetchall())
    return harm, _days(base, innocent_reach(world, _bad(world)), end), groups


def _days(base: duckdb.DuckDBPyConnection, reached: list[Reached], end: int) -> tuple[DayShare, ...]:
    days = range(min((each.at for each in reached), default=end) // DAY, end // DAY + 1)
    return tuple(_day(base, day, [each for each in reached if each.at < (day + 1) * DAY], end) for day in days)


def _day(base: duckdb.DuckDBPyConnection, day: int, reached: list[Reached], end: int) -> DayShare:
    ((held, money),) = base.execute(_DAY, {"since": day * DAY, "until": (day + 1) * DAY, "end": end}).fetchall()
    accounts = {each.account for each in reached}
    return DayShare(day, len(accounts), held, sum(each.amount for each in reached), int(money))


def _bad(world: Path) -> frozenset[str]:
    rows = pq.read_table(truth_file(world / "truth", "entities"), columns=["entity", "bad"]).to_pylist()
    return frozenset(row["entity"] for row in rows if row["bad"])


def _minutes(micros: float | None) -> float | None:
    return None if micros is None else micros / MINUTE
