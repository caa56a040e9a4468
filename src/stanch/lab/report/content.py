"""What a report tells: read from the measured tables of a replay, without pictures and without clear identities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from stanch.engine.replay import ReplaySummary
from stanch.lab.flows import read_flows
from stanch.lab.measure.episodes import ALERT
from stanch.lab.measure.money import Movement, movements
from stanch.lab.measure.world import WorldMeasure, measured
from stanch.lab.report.followed import Followed

#: How many findings and errors are told at most.
_TOLD: Final = 16
#: How the page calls those a finding can be about.
_ROLES: Final = {
    "src": "sender", "dst": "receiver", "src_person": "sender's holder", "dst_person": "receiver's holder",
    "src_card": "sender's card", "dst_card": "receiver's card", "device": "device", "address": "address",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One episode in words: when (UTC microseconds), and whose it is by role and the start of a pseudonym."""

    at: int
    typology: str
    who: str
    step: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain behind a case: its events, when they began and ended, and what was found on them."""

    step: str
    events: int
    first: int
    last: int
    found_on: int
    first_found: int | None
    typologies: str


@dataclass(frozen=True, slots=True)
class Hour:
    """Decisions of one step in the hour that begins at UTC microseconds ``at``."""

    at: int
    action: str
    decisions: int


@dataclass(frozen=True, slots=True)
class Content:
    """Everything on the page."""

    measure: WorldMeasure
    movements: tuple[Movement, ...]
    hours: tuple[Hour, ...]
    matter: tuple[Told, ...]
    wrong: tuple[tuple[int, Told], ...]
    missed: tuple[tuple[str, int], ...]
    case: str
    chain: tuple[Link, ...]
    latencies: tuple[tuple[float, int], ...]
    seconds: float
    followed: Followed | None = None


_Row = tuple[Any, ...]  # Any: columns as the queries list them

_HOURS: Final = """
SELECT as_of // 3600000000 * 3600000000 AS hour, action, count(*) FROM decisions
WHERE action <> 'allow' GROUP BY ALL ORDER BY ALL
"""
_EACH: Final = """
SELECT j.start, j.typology, f.role, f.subject, f.step, f.reason_en, f.reason_zh, j.rank, f.score
FROM judged j JOIN findings f ON f.seq = j.seq AND f.typology = j.typology AND f.subject = j.subject
"""
_MATTER: Final = f"""
SELECT DISTINCT ON (typology) * FROM ({_EACH} WHERE j."right") ORDER BY typology, rank DESC, score DESC, start
"""
_WRONG: Final = f"""
SELECT count(*) OVER (PARTITION BY typology) AS times, * FROM ({_EACH} WHERE NOT j."right" AND j.rank >= $alert)
QUALIFY row_number() OVER (PARTITION BY typology ORDER BY rank DESC, start) = 1 ORDER BY times DESC, typology
"""
_MISSED: Final = """
SELECT typology, count(*) FROM plantings WHERE NOT found AND NOT short_of_money GROUP BY typology ORDER BY 2 DESC, 1
"""
_CASE: Final = (
    'SELECT "case" FROM flows GROUP BY "case" ORDER BY sum(amount) FILTER (len(funded_by) = 0) DESC, 1 LIMIT 1'
)
_CHAIN: Final = """
SELECT a.step, count(*), min(d.as_of), max(d.as_of), count(*) FILTER (f.seq IS NOT NULL), min(f.as_of),
    coalesce(string_agg(DISTINCT f.typologies, ', '), '')
FROM acts a JOIN decisions d USING (source, event_id)
LEFT JOIN (SELECT source, event_id, min(seq) AS seq, min(as_of) AS as_of,
    string_agg(DISTINCT typology, ', ') AS typologies FROM findings GROUP BY ALL) f USING (source, event_id)
WHERE a."case" = $case GROUP BY a.step ORDER BY min(d.as_of)
"""


def read_content(base: duckdb.DuckDBPyConnection, home: Path, world: Path, summary: ReplaySummary) -> Content:
    """Return what is to be told about a replay, from the tables of ``measured_base``."""
    case, chain = read_chain(base)
    return Content(
        measure=measured(base, home, world),
        movements=tuple(movements(base, read_flows(world / "truth"))),
        hours=read_hours(base),
        matter=read_matter(base),
        wrong=read_wrong(base),
        missed=read_missed(base),
        case=case,
        chain=chain,
        latencies=tuple(summary.latencies),
        seconds=summary.total,
    )


def read_hours(base: duckdb.DuckDBPyConnection) -> tuple[Hour, ...]:
    """Return the decisions that acted, by hour and step."""
    return tuple(Hour(*row) for row in base.execute(_HOURS).fetchall())


def read_matter(base: duckdb.DuckDBPyConnection) -> tuple[Told, ...]:
    """Return one right episode of each typology, the strictest and surest, in the order of the events."""
    rows = base.execute(_MATTER).fetchall()
    best = sorted(rows, key=lambda row: (-row[7], -row[8]))[:_TOLD]
    return tuple(_told(row) for row in sorted(best))


def read_wrong(base: duckdb.DuckDBPyConnection) -> tuple[tuple[int, Told], ...]:
    """Return the typologies that alerted wrongly, most often first: how often, and an example."""
    rows = base.execute(_WRONG, {"alert": ALERT}).fetchall()
    return tuple((row[0], _told(row[1:])) for row in rows[:_TOLD])


def read_missed(base: duckdb.DuckDBPyConnection) -> tuple[tuple[str, int], ...]:
    """Return the typologies that missed what was planted, and how often."""
    return tuple((name, count) for name, count in base.execute(_MISSED).fetchall())


def read_chain(base: duckdb.DuckDBPyConnection) -> tuple[str, tuple[Link, ...]]:
    """Return the case with the most money at risk, and the steps of its chain in the order in which they began."""
    ((case,),) = base.execute(_CASE).fetchall()
    rows = base.execute(_CHAIN, {"case": case}).fetchall()
    return str(case), tuple(_link(row) for row in rows)


def _link(row: _Row) -> Link:
    step, events, first, last, found_on, first_found, typologies = row
    names = ", ".join(sorted(set(typologies.split(", ")) - {""}))
    return Link(step, events, first, last, found_on, first_found, names)


def _told(row: _Row) -> Told:
    at, typology, role, subject, step, en, zh = row[:7]
    return Told(at, typology, f"{_ROLES.get(role, role)} {subject.hex()[:6]}", step, en, zh)
