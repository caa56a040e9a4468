"""Patterns of a history as people and programs read them, and as events of a home."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stanch.engine.home import Home
from stanch.engine.movements import Movements, from_lake
from stanch.engine.names import Names
from stanch.graph.patterns.find import DEFAULT, find_patterns
from stanch.graph.patterns.limits import Limits, longest
from stanch.graph.patterns.pattern import Found, Pattern
from stanch.graph.patterns.transfers import transfers
from stanch.model.columns import INDEX
from stanch.model.schema import TAKEN_SCHEMA
from stanch.model.time import DAY, to_datetime
from stanch.store.lake import closed_days, read_day
from stanch.store.records import Records

#: The source of events that a search for patterns writes.
SOURCE: Final = "stanch.patterns"

#: Columns of what was recorded: typology, event id and attributes are what is read of it.
_RECORDED: Final = ("detail", "event_id", "attrs", "source")
_KEPT: Final = 90 * DAY  #: as long as a recorded pattern counts for its accounts

Told = tuple[str | None, str, str]


@dataclass(frozen=True, slots=True)
class PatternLine:
    """One pattern: its accounts by part and event ids of the transfers it rests on, in order of time.

    The ids of its ``pattern_found`` events are ``id``, a hyphen and the account.
    """

    id: str
    typology: str
    accounts: dict[str, tuple[str, ...]]
    transfers: tuple[str, ...]
    start: str  #: ISO 8601, UTC
    end: str
    currency: str
    amount: int  #: minor units, every leg counted
    amounts: tuple[int, ...]  #: of each transfer


@dataclass(frozen=True, slots=True)
class Recorded:
    """A pattern as the log has it: its id, its name and event ids of the transfers it rests on."""

    id: str
    typology: str
    transfers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatternReport:
    """Everything found. ``cut_short`` counts, by shape, searches that met the work budget: some may be missing."""

    movements: int
    accounts: int
    instructions_only: bool  #: nothing told of settlement, so instructions stand for movements
    hubs_left_out: tuple[str, ...]
    cut_short: dict[str, int]
    shares_sent_on: dict[
        str, tuple[float, ...]
    ]  #: by currency: what passing accounts commonly send on of what they get
    patterns: tuple[PatternLine, ...]


def search(movements: Movements, limits: Limits = DEFAULT) -> dict[str, Found]:
    """Return what was found by currency; transfers of a pattern are places in ``movements``."""
    found = {}
    for code, currency in enumerate(movements.currencies):
        rows = np.flatnonzero(movements.currency == code)
        columns = (movements.src, movements.dst, movements.at, movements.amount)
        within = find_patterns(transfers(*(column[rows] for column in columns)), limits)
        found[currency] = Found(
            tuple(_placed(pattern, rows) for pattern in within.patterns), within.cut, within.hubs, within.shares
        )
    return found


def report(movements: Movements, found: dict[str, Found], name: Callable[[int], str]) -> PatternReport:
    """Return what was found, with accounts named by ``name`` of their places."""
    cut: dict[str, int] = {}
    for each in found.values():
        for shape, count in each.cut.items():
            cut[shape] = cut.get(shape, 0) + count
    lines = [_line(movements, p, currency, name) for currency, each in found.items() for p in each.patterns]
    return PatternReport(
        len(movements.src), len(movements.accounts), movements.instructions,
        tuple(sorted({name(hub) for each in found.values() for hub in each.hubs})), cut,
        {currency: each.shares for currency, each in found.items()}, tuple(lines),
    )  # fmt: skip


def record(home: Home, movements: Movements, found: dict[str, Found]) -> int:
    """Append a ``pattern_found`` event for each account of each pattern; return how many were new to the home.

    They become known when the log was last told anything. A pattern that is recorded already is not told again, nor one
    most of which was told under the same name on a day that is closed: it has only grown.
    """
    now = home.records.last_as_of() or 0
    told = recorded(closed_days(home.lake, now - _KEPT))
    before = {(each.typology, leg) for each in told for leg in each.transfers}
    rows = [
        row
        for currency, each in found.items()
        for p in each.patterns
        if not _grown(movements, p, before)
        for row in _events(movements, p, currency, now)
    ]
    if not rows:
        return 0
    admitted = home.arrive(_taken(rows))
    home.decide(admitted)
    home.finish()
    return len(admitted)


def record_closed(home: Home, limits: Limits = DEFAULT) -> int:
    """Search the closed days of a home as far back as a pattern lasts, and record what is new; return how many events.

    A search that was interrupted is done again by the next one: what it had recorded is known by its ids.
    """
    home.close_days()
    days = closed_days(home.lake, (home.records.last_as_of() or 0) - longest(limits))
    movements = from_lake(days)
    return record(home, movements, search(movements, limits))


def recorded(days: Iterable[Path]) -> tuple[Recorded, ...]:
    """Return the patterns that were recorded on some days of a lake, with the transfers they rest on."""
    tables = [_told(read_day(day, _RECORDED).filter(pc.field("source") == SOURCE)) for day in days]
    return _together(row for table in tables for row in table)


def recorded_in(records: Records) -> tuple[Recorded, ...]:
    """Return the patterns that a log has recorded, with the transfers they rest on."""
    names = Names()
    rows: list[Told] = []
    for block in records.blocks():
        names.load(block.block.new_entities, list(block.block.new_symbols))
        matrix, source = block.block.matrix(), names.words.code(SOURCE)
        for row in np.flatnonzero(matrix[:, INDEX["source"]] == source).tolist():
            name = names.words.word(int(matrix[row, INDEX["detail"]]))
            event_id, attrs = (str(block.block.columns[each][row]) for each in ("event_id", "attrs"))
            rows.append((name, event_id, attrs))
    return _together(rows)


def _told(table: pa.Table) -> list[Told]:
    columns = (table[name].cast(pa.string()).to_pylist() for name in ("detail", "event_id", "attrs"))
    return list(zip(*columns, strict=True))


def _together(rows: Iterable[Told]) -> tuple[Recorded, ...]:
    """Return the patterns of rows (typology, event id, attributes): those whose ids begin alike are one."""
    legs: dict[tuple[str, str], dict[str, None]] = {}
    for name, event_id, attrs in rows:
        of = legs.setdefault((event_id.split("-")[0], name or ""), {})
        of.update(dict.fromkeys(json.loads(attrs)["transfers"]))
    return tuple(Recorded(pattern, name, tuple(of)) for (pattern, name), of in legs.items())


def pattern_id(movements: Movements, pattern: Pattern) -> str:
    """Return the id of a pattern: a digest of its name and the transfers it rests on. Its events' ids begin with it."""
    rested_on = "\n".join((pattern.typology, *(movements.event_ids[row] for row in pattern.transfers)))
    return hashlib.blake2b(rested_on.encode(), digest_size=12).hexdigest()


def _grown(movements: Movements, pattern: Pattern, before: set[tuple[str, str]]) -> bool:
    told = sum((pattern.typology, movements.event_ids[row]) in before for row in pattern.transfers)
    return 2 * told > len(pattern.transfers)


def _placed(pattern: Pattern, rows: np.typing.NDArray[np.int64]) -> Pattern:
    places = tuple(int(rows[row]) for row in pattern.transfers)
    return Pattern(pattern.typology, pattern.roles, places, pattern.start, pattern.end, pattern.amount)


def _line(movements: Movements, pattern: Pattern, currency: str, name: Callable[[int], str]) -> PatternLine:
    return PatternLine(
        pattern_id(movements, pattern),
        pattern.typology,
        {part: tuple(name(account) for account in accounts) for part, accounts in pattern.roles.items()},
        tuple(movements.event_ids[row] for row in pattern.transfers),
        to_datetime(pattern.start).isoformat(),
        to_datetime(pattern.end).isoformat(),
        currency,
        pattern.amount,
        tuple(int(movements.amount[row]) for row in pattern.transfers),
    )


def _events(movements: Movements, pattern: Pattern, currency: str, now: int) -> list[dict[str, object]]:
    digest, legs = pattern_id(movements, pattern), _of_each(movements, pattern)
    return [
        {
            "event_id": f"{digest}-{movements.accounts[account].hex()}",
            "source": SOURCE,
            "kind": "pattern_found",
            "happened_at": pattern.end,
            "known_at": max(now, pattern.end),
            "dst": movements.accounts[account],
            "dst_kind": movements.kinds[account],
            "amount": pattern.amount,
            "currency": currency,
            "detail": pattern.typology,
            "number": len(legs),
            "attrs": json.dumps({"transfers": rests_on}, separators=(",", ":")),
        }
        for account, rests_on in legs.items()
    ]


def _of_each(movements: Movements, pattern: Pattern) -> dict[int, list[str]]:
    """Return, for each account of a pattern, the transfers of the pattern that it takes part in."""
    legs: dict[int, list[str]] = {account: [] for account in pattern.accounts}
    for row in pattern.transfers:
        for account in (int(movements.src[row]), int(movements.dst[row])):
            legs[account].append(movements.event_ids[row])
    return legs


def _taken(rows: Sequence[dict[str, object]]) -> pa.Table:
    columns = {f.name: _column([row.get(f.name) for row in rows], f.type) for f in TAKEN_SCHEMA}
    return pa.table(columns, schema=TAKEN_SCHEMA)


def _column(values: list[object], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode().cast(kind)
    return pa.array(values, kind)
