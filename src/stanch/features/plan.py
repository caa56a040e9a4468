"""From features to arrays: what the compiled line must look up, add, take back and read, for each kind of event.

How windows share counts and rows stands in ``cells.py``. A kind *feeds* the tables whose windows its events can enter
and *reads* the features that someone judges on it. Kinds whose longest window is equally long are retained together in
one *band*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.features.cells import ROW_HEAD, Cell, Layout
from stanch.features.conditions import COLUMN_TYPES, given_kind
from stanch.features.definition import Computed, Fact, Feature, Window
from stanch.features.program import Names, Program, compile_condition, join
from stanch.model.columns import INDEX
from stanch.model.errors import ConfigError
from stanch.model.kinds import CAUSED, INTERNAL, KINDS

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

KIND_NUMBER: Final[dict[str, int]] = {name: number for number, name in enumerate(KINDS)}

AGGREGATE: Final = {"count": 0, "total": 1, "distinct": 2, "latest": 3, "since_last": 4, "since_first": 5, "largest": 6}
FACT: Final = {"profile": 0, "since": 1, "first_seen": 2, "last_seen": 3, "listed": 4}

#: Every retained event begins with its time and kind in one word, and the bits of the conditions it met in another.
RECORD_HEAD: Final = 2
#: Conditions on the past that one kind of event can meet; bit 0 is always met.
MAX_BITS: Final = 62


class Arrays(NamedTuple):
    """The plan in the form that the kernel reads. ``a_start[k] : a_start[k + 1]`` are the entries ``a`` of kind k.

    cells are grouped by (kind, over): ``cell_start[k * overs + o]``. All arrays are int64 but ``fractions`` and those
    starts that are only counted from.
    """

    strides: Ints
    overs: Ints
    probe_start: Ints
    probes: Ints  # table, column, second column or -1
    feed_start: Ints
    feeds: Ints  # probe, bits
    read_start: Words
    reads: Ints  # place, probe, aggregate, slot, count slot, linked window or -1
    cell_start: Words
    cells: Ints  # feed, bit, count slot, first aggregate, last aggregate
    aggregates: Ints  # aggregate, slot, value, link
    distinct_start: Words
    distincts: Ints  # feed, slot, value, over: the counted pairs of a kind
    value_start: Ints
    values: Ints  # column, second column or -1
    bit_start: Ints
    bits: Ints  # program or -1, column or -1, second column or -1
    layout: Ints  # (kinds, 4): words of a record, first value, first link, band or -1
    links: Ints  # (kinds, linked windows, 2): place of the link and of the value in a record, or -1
    cursors: Ints  # band, over, 1 if last of its band
    band_start: Words  # the cursors of each band
    code: Ints
    fractions: npt.NDArray[np.float64]
    starts: Ints
    fact_start: Words
    facts: Ints  # what: fact, fact column, word
    recall_start: Words
    recalls: Ints  # place, fact, fact column, entity column
    known_start: Words
    known: Ints  # columns of the entities whose facts an event reads or writes


@dataclass(frozen=True, slots=True)
class Plan:
    """What is observed: the features of each kind in the order of their places, and the arrays of the kernel."""

    places: Mapping[str, tuple[Feature, ...]]
    arrays: Arrays
    width: int
    fact_columns: int

    @property
    def computed(self) -> list[tuple[int, str, int]]:
        """Places that other rooms fill: number of the kind, name of the computed feature, place."""
        return [
            (KIND_NUMBER[kind], feature.computed, place)
            for kind, features in self.places.items()
            for place, feature in enumerate(features)
            if isinstance(feature, Computed)
        ]

    def place(self, kind: str, feature: Feature) -> int:
        """Return where the kernel writes a feature of a kind."""
        return self.places[kind].index(feature)


def make_plan(wanted: Mapping[str, Sequence[Feature]], word: Callable[[str], int]) -> Plan:
    """Plan the observation of ``wanted`` features by kind; equal features are computed once.

    ``word`` gives the code of a symbol. Windows that see our own decisions are left to the journal: they keep a place,
    but the kernel does not compute them. Raises ConfigError where one kind meets too many different conditions.
    """
    places = {kind: tuple(dict.fromkeys(features)) for kind, features in wanted.items()}
    return _Planner(places, word).plan()


@dataclass(slots=True)
class _Planner:
    places: Mapping[str, tuple[Feature, ...]]
    word: Callable[[str], int]
    layout: Layout = field(default_factory=Layout)
    programs: list[Program] = field(default_factory=list)
    program_of: dict[str, int] = field(default_factory=dict)

    def plan(self) -> Plan:
        features = list(dict.fromkeys(feature for each in self.places.values() for feature in each))
        for feature in features:
            if isinstance(feature, Window) and not feature.sees_our_own:
                cell = self.layout.place(feature)
                for kind in (each for each in KINDS if each in cell.kinds):
                    self.program(kind, cell)  # in this order, in which new words get their codes
        self.layout.lay(self.places)
        facts = {
            f: i for i, f in enumerate(dict.fromkeys((f.fact, f.argument) for f in features if isinstance(f, Fact)))
        }
        arrays = _assemble(self, _Bands(list(self.layout.cells.values())), facts)
        width = max((len(each) for each in self.places.values()), default=0)
        return Plan(self.places, arrays, max(width, 1), max(len(facts), 1))

    def program(self, kind: str, cell: Cell) -> int:
        """Return the program that must be run for a cell on events of a kind, or -1 where all of them enter it."""
        asked = None if cell.where is None else given_kind(cell.where, kind)
        if asked is None:
            return -1
        if asked.text not in self.program_of:
            self.program_of[asked.text] = len(self.programs)
            self.programs.append(compile_condition(asked, Names(INDEX, {}, COLUMN_TYPES, {}, self.word)))
        return self.program_of[asked.text]


class _Bands:
    """Groups kinds by how long their events must be kept; kinds that share a linked window are kept together."""

    def __init__(self, cells: list[Cell]) -> None:
        self.longest: dict[str, int] = {}
        for cell in cells:
            for kind in cell.kinds:
                self.longest[kind] = max(self.longest.get(kind, 0), cell.over)
        groups = [cell.kinds for cell in cells if any(held.linked >= 0 for held in cell.held)]
        changed = True
        while changed:
            changed = self._level(groups)
        self.overs = sorted(set(self.longest.values()))

    def _level(self, groups: list[frozenset[str]]) -> bool:
        changed = False
        for group in groups:
            longest = max(self.longest[kind] for kind in group)
            for kind in group:
                changed |= self.longest[kind] != longest
                self.longest[kind] = longest
        return changed

    def of(self, kind: str) -> int:
        """Return the band of a kind, or -1 if none of its events is kept."""
        return self.overs.index(self.longest[kind]) if kind in self.longest else -1


def _assemble(planner: _Planner, bands: _Bands, facts: Mapping[tuple[str, str], int]) -> Arrays:
    overs = sorted({cell.over for cell in planner.layout.cells.values()}) or [1]  # the kernel counts groups by length
    rows = _Rows(planner, bands, overs)
    for kind in KINDS:
        rows.add_kind(kind)
    updates, recalls = _fact_rows(planner, facts)
    known = [_knowing(*each) for each in zip(updates, recalls, strict=True)]
    code, fractions, starts = join(planner.programs)
    return Arrays(
        strides=_ints([table.stride for table in planner.layout.tables] or [ROW_HEAD], 1),
        overs=_ints(rows.overs, 1),
        probe_start=_starts(rows.probes), probes=_flat(rows.probes, 3),
        feed_start=_starts(rows.feeds), feeds=_flat(rows.feeds, 2),
        read_start=_starts(rows.reads).astype(np.uint64), reads=_flat(rows.reads, 6),
        cell_start=_starts(rows.cells).astype(np.uint64), cells=_flat(rows.cells, 5),
        aggregates=_ints(rows.aggregates, 2, 4),
        distinct_start=_starts(rows.distincts).astype(np.uint64), distincts=_flat(rows.distincts, 4),
        value_start=_starts(rows.values), values=_flat(rows.values, 2),
        bit_start=_starts(rows.bits), bits=_flat(rows.bits, 3),
        layout=_ints(rows.layout, 2, 4),
        links=np.array(rows.links, dtype=np.int64).reshape(len(KINDS), -1, 2),
        cursors=_ints(rows.cursors(), 2, 3), band_start=_starts(rows.cursors_of_bands()).astype(np.uint64),
        code=code, fractions=fractions, starts=starts,
        fact_start=_starts(updates).astype(np.uint64), facts=_flat(updates, 3),
        recall_start=_starts(recalls).astype(np.uint64), recalls=_flat(recalls, 4),
        known_start=_starts(known).astype(np.uint64), known=_ints([column for each in known for column in each], 1),
    )  # fmt: skip


class _Rows:
    """Collects, kind by kind, the rows of the plan's arrays."""

    def __init__(self, planner: _Planner, bands: _Bands, overs: list[int]) -> None:
        self.planner, self.bands, self.overs = planner, bands, overs
        self.probes: list[list[list[int]]] = []
        self.feeds: list[list[list[int]]] = []
        self.reads: list[list[list[int]]] = []
        self.cells: list[list[list[int]]] = []
        self.aggregates: list[list[int]] = []
        self.distincts: list[list[list[int]]] = []
        self.values: list[list[list[int]]] = []
        self.bits: list[list[list[int]]] = []
        self.layout: list[list[int]] = []
        self.links: list[list[list[int]]] = []
        self._over_kinds: set[tuple[int, int]] = set()

    def add_kind(self, kind: str) -> None:
        """Append everything that the kernel must do for one kind of event."""
        cells = [cell for cell in self.planner.layout.cells.values() if kind in cell.kinds]
        probes: list[list[int]] = []
        self._add_feeds(kind, cells, probes)
        self.reads.append(self._reads_of(kind, probes))
        self.probes.append(probes)

    def _add_feeds(self, kind: str, cells: list[Cell], probes: list[list[int]]) -> None:
        bits: list[list[int]] = [[-1, -1, -1]]
        values: list[list[int]] = []
        feeds: dict[int, list[int]] = {}
        for cell in cells:
            probe = _add(probes, _key(cell.table, self.planner.layout.tables[cell.table].by))
            feeds.setdefault(cell.table, [probe, 0])[1] |= 1 << self._bit(kind, cell, bits)
            for held in cell.held:
                if held.column:
                    _add(values, _columns(held.column))
        order = list(feeds)
        self.feeds.append(list(feeds.values()))
        self.bits.append(bits)
        self.values.append(values)
        self._add_cells(kind, cells, order, bits, values)

    def _add_cells(
        self, kind: str, cells: list[Cell], order: list[int], bits: list[list[int]], values: list[list[int]]
    ) -> None:
        first_value = RECORD_HEAD + (len(order) + 1) // 2
        first_link = first_value + len(values)
        band = self.bands.of(kind)
        links = [[-1, -1] for _ in range(max(self.planner.layout.linked, 1))]
        used = first_link
        distincts: list[list[int]] = []
        for over in self.overs:
            rows = []
            for cell in (each for each in cells if each.over == over):
                start = len(self.aggregates)
                for held in cell.held:
                    value = values.index(_columns(held.column)) if held.column else -1
                    if held.aggregate == "distinct":
                        distincts.append([order.index(cell.table), held.slot, value, self.overs.index(over)])
                    self.aggregates.append([AGGREGATE[held.aggregate], held.slot, value, held.linked])
                    if held.linked >= 0:
                        links[held.linked] = [used, first_value + value]
                        used += 1 if held.aggregate == "since_first" else 2
                bit = self._bit(kind, cell, bits)
                rows.append([order.index(cell.table), bit, cell.count_slot, start, len(self.aggregates)])
                self._over_kinds.add((band, self.overs.index(over)))
            self.cells.append(rows)
        self.distincts.append(distincts)
        self.layout.append([used, first_value, first_link, band])
        self.links.append(links)

    def _bit(self, kind: str, cell: Cell, bits: list[list[int]]) -> int:
        needs = [INDEX[name] for name in cell.needs] + [-1, -1]
        bit = _add(bits, [self.planner.program(kind, cell), needs[0], needs[1]])
        if bit > MAX_BITS:
            raise ConfigError(
                f"events of kind {kind!r} meet more than {MAX_BITS} different conditions; share some 'where'"
            )
        return bit

    def _reads_of(self, kind: str, probes: list[list[int]]) -> list[list[int]]:
        reads = []
        for place, feature in enumerate(self.planner.places.get(kind, ())):
            if isinstance(feature, Window) and not feature.sees_our_own:
                cell, held = self.planner.layout.places[feature]
                slot, linked = (cell.count_slot, -1) if held is None else (held.slot, held.linked)
                probe = _add(probes, _key(cell.table, feature.at))
                reads.append([place, probe, AGGREGATE[feature.aggregate], slot, cell.count_slot, linked])
        return reads

    def cursors(self) -> list[list[int]]:
        """Every (band, over) with events to take back, band by band."""
        return [row for rows in self.cursors_of_bands() for row in rows]

    def cursors_of_bands(self) -> list[list[list[int]]]:
        """The same for each band; its longest one lets its events go."""
        found: list[list[list[int]]] = []
        for band, longest in enumerate(self.bands.overs):
            last = self.overs.index(longest)
            mine = sorted({over for b, over in self._over_kinds if b == band} | {last})
            found.append([[band, over, int(over == last)] for over in mine])
        return found


def _fact_rows(
    planner: _Planner, facts: Mapping[tuple[str, str], int]
) -> tuple[list[list[list[int]]], list[list[list[int]]]]:
    """For each kind: which facts its events change, and which facts are recalled for it."""
    updates: list[list[list[int]]] = []
    recalls: list[list[list[int]]] = []
    for kind in KINDS:
        rows = [_fact_update(kind, fact, argument, column, planner.word) for (fact, argument), column in facts.items()]
        updates.append([row for row in rows if row])
        recalls.append(
            [
                [place, FACT[f.fact], facts[f.fact, f.argument], INDEX[f.of]]
                for place, f in enumerate(planner.places.get(kind, ()))
                if isinstance(f, Fact)
            ]
        )
    return updates, recalls


def _knowing(updates: list[list[int]], recalls: list[list[int]]) -> list[int]:
    """Return the columns of the entities whose facts events of a kind read or write."""
    written = {INDEX["src"], INDEX["dst"]} if updates else set()
    return sorted(written | {column for _, _, _, column in recalls})


#: What an event does to a fact: set it from number (src), set it to now (dst), first and last sight, on and off a list.
SET_NUMBER, SET_NOW, SEE_FIRST, SEE_LAST, LIST_ON, LIST_OFF = range(6)


def _fact_update(kind: str, fact: str, argument: str, column: int, word: Callable[[str], int]) -> list[int]:
    if fact == "profile" and kind == "profile":
        return [SET_NUMBER, column, word(argument)]
    if fact == "since" and kind == argument:
        return [SET_NOW, column, 0]
    if fact in ("first_seen", "last_seen") and kind not in CAUSED | INTERNAL:
        return [SEE_FIRST if fact == "first_seen" else SEE_LAST, column, 0]
    if fact == "listed" and kind in ("listed", "unlisted"):
        return [LIST_ON if kind == "listed" else LIST_OFF, column, word(argument)]
    return []


def _key(table: int, roles: tuple[str, ...]) -> list[int]:
    return [table, *_columns(roles)]


def _columns(names: tuple[str, ...]) -> list[int]:
    return [INDEX[names[0]], INDEX[names[1]] if len(names) == 2 else -1]


def _add(rows: list[list[int]], row: list[int]) -> int:
    if row not in rows:
        rows.append(row)
    return rows.index(row)


def _starts(groups: Sequence[Sequence[object]]) -> Ints:
    return np.cumsum([0, *(len(group) for group in groups)], dtype=np.int64)


def _flat(groups: list[list[list[int]]], width: int) -> Ints:
    return _ints([row for group in groups for row in group], 2, width)


def _ints(values: Sequence[object], dimensions: int, width: int = 1) -> Ints:
    array = np.array(values, dtype=np.int64)
    return array if dimensions == 1 else array.reshape(-1, width)
