"""The field of a world: every settled movement of victims' money, in order of time, and what was reported of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from stanch.lab.flows import Event, Flow, read_flows
from stanch.lab.truth_files import event_files, truth_file

_MOVES: Final = """
WITH instructions AS (
    SELECT e.source, e.event_id, e.kind, e.src, e.dst, epoch_us(e.happened_at) AS asked
    FROM read_parquet($files) e SEMI JOIN read_parquet($flows) f USING (source, event_id)
    WHERE e.kind IN ('transfer', 'cash_out', 'crypto_out')
), settled AS (
    SELECT source, ref AS event_id, min(epoch_us(happened_at)) AS moment FROM read_parquet($files)
    WHERE kind = 'settled' GROUP BY ALL
)
SELECT source, event_id, kind, src, dst, coalesce(s.moment, i.asked) AS moment
FROM instructions i LEFT JOIN settled s USING (source, event_id) ORDER BY moment, asked, event_id
"""
_PLACES: Final = """
SELECT DISTINCT unnest([e.src, e.dst]) FROM read_parquet($files) e
SEMI JOIN read_parquet($flows) f USING (source, event_id)
WHERE e.kind IN ('transfer', 'cash_out', 'crypto_out')
"""
_BANKS: Final = """
SELECT dst, min(source) FROM read_parquet($files) WHERE kind = 'account_opened' GROUP BY dst
"""
_REPORTED: Final = """
SELECT ref, min(epoch_us(happened_at)), max(amount) FROM read_parquet($files)
WHERE kind = 'fraud_reported' AND ref IS NOT NULL GROUP BY ref
"""
_LISTED: Final = "SELECT DISTINCT dst FROM read_parquet($files) WHERE kind = 'listed' AND detail = $detail"
_END: Final = "SELECT max(epoch_us(known_at)) FROM read_parquet($files)"


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of victims' money, settled at UTC microseconds ``at``; ``leaves`` if nobody can hold it after."""

    event: Event
    at: int
    src: str
    dst: str
    leaves: bool
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A victim's report of one payment: when (UTC microseconds) and how much was reported, in minor units."""

    payment: str
    at: int
    amount: int


@dataclass(frozen=True, slots=True)
class Field:
    """What happens to victims' money if nobody does anything, until ``end``; banks by account, reports by payment."""

    moves: tuple[Move, ...]
    banks: dict[str, str]
    reports: dict[str, Report]
    end: int


def read_field(world: Path) -> Field:
    """Return the field of a world. Raises InputError where its events or its truth are missing."""
    flows = read_flows(world / "truth")
    with duckdb.connect() as base:
        about = {"files": [str(path) for path in event_files(world)]}
        files = about | {"flows": str(truth_file(world / "truth", "flows"))}
        moves = _moves(base.execute(_MOVES, files).fetchall(), flows)
        banks = {move.src: move.event[0] for move in moves} | dict(base.execute(_BANKS, about).fetchall())
        paid = {move.event[1]: move.at for move in moves if any(not flow.funded_by for flow in move.flows)}
        rows = base.execute(_REPORTED, about).fetchall()
        reports = {ref: Report(ref, at, amount or 0) for ref, at, amount in rows if ref in paid and paid[ref] <= at}
        ((end,),) = base.execute(_END, about).fetchall()
    return Field(moves, banks, reports, int(end))


def places_of(world: Path) -> list[str]:
    """Return every place through which victims' money goes, in clear."""
    files = {"files": [str(path) for path in event_files(world)], "flows": str(truth_file(world / "truth", "flows"))}
    with duckdb.connect() as base:
        return [place for (place,) in base.execute(_PLACES, files).fetchall() if place is not None]


def listed(world: Path, detail: str) -> list[str]:
    """Return every entity that a world lists as ``detail`` at any time, in clear."""
    with duckdb.connect() as base:
        asked = {"files": [str(path) for path in event_files(world)], "detail": detail}
        return [entity for (entity,) in base.execute(_LISTED, asked).fetchall() if entity is not None]


def _moves(rows: Iterable[tuple[str, str, str, str, str, int]], flows: Iterable[Flow]) -> tuple[Move, ...]:
    by_event: dict[Event, list[Flow]] = defaultdict(list)
    funds: set[str] = set()
    for flow in flows:
        by_event[flow.event].append(flow)
        funds.update(flow.funded_by)
    return tuple(
        Move((source, event_id), at, src, dst, _leaves(kind, dst, event_id, funds), tuple(by_event[source, event_id]))
        for source, event_id, kind, src, dst, at in rows
    )


def _leaves(kind: str, dst: str, event_id: str, funds: set[str]) -> bool:
    return kind != "transfer" or (dst.startswith("merchant:") and event_id not in funds)
