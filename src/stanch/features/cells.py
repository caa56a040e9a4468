"""Cells and tables: which windows share a count, and which cells share a row.

Windows that share ``by``, ``over`` and ``where`` share a *cell*. Cells that some event touches at one key, because it
enters them or asks for them, share a *table*: one look-up finds them all, and no row has room for what nobody finds in
it. So a phone's calls and an account's payments stand in rows of their own although both are kept by ``src``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stanch.features.conditions import Condition
from stanch.features.definition import Feature, Window
from stanch.model.kinds import CAUSED, INTERNAL

#: Every row of a table begins with its key (two words) and the number of retained events that refer to it.
ROW_HEAD: Final = 3

_LINKED: Final = ("since_first", "largest")
#: Aggregates whose value is the count, or void when the count is 0.
_COUNTED: Final = ("count", "latest", "since_last")


@dataclass(slots=True)
class Table:
    """Rows of one shape: what their key is, and how many words they have."""

    by: tuple[str, ...]
    stride: int = ROW_HEAD


@dataclass(slots=True)
class Held:
    """One aggregate of a cell: its place in the row and, where its events form a chain, the number of that chain."""

    aggregate: str
    column: tuple[str, ...]
    linked: int = -1
    slot: int = -1


@dataclass(slots=True)
class Cell:
    """The windows over the same events of the same key, and the row in which they stand."""

    by: tuple[str, ...]
    over: int
    where: Condition | None
    needs: tuple[str, ...]
    kinds: frozenset[str]
    held: list[Held] = field(default_factory=list)
    counted: bool = False  # whether some window of the cell needs the count
    count_slot: int = -1
    table: int = -1


@dataclass(slots=True)
class Layout:
    """All tables and cells, and where each window is found: its cell, and what is held for it beside the count."""

    tables: list[Table] = field(default_factory=list)
    cells: dict[tuple[object, ...], Cell] = field(default_factory=dict)
    places: dict[Window, tuple[Cell, Held | None]] = field(default_factory=dict)
    linked: int = 0

    def place(self, window: Window) -> Cell:
        """Give a window its cell and return it; equal aggregates of a cell are held once."""
        cell = self._cell(window)
        cell.counted |= window.aggregate in _COUNTED
        held = None
        if window.aggregate != "count":
            wanted = (window.aggregate, window.column)
            held = next((each for each in cell.held if (each.aggregate, each.column) == wanted), None)
            held = self._held(cell, window) if held is None else held
        self.places[window] = (cell, held)
        return cell

    def lay(self, asked: Mapping[str, Sequence[Feature]]) -> None:
        """Give every cell its table and its places in the row. ``asked``: features by the kind that asks for them."""
        tables: dict[int, int] = {}
        cells = list(self.cells.values())
        for cell, group in zip(cells, self._groups(cells, asked), strict=True):
            if group not in tables:
                tables[group] = len(self.tables)
                self.tables.append(Table(cell.by))
            cell.table = tables[group]
            self._lay_cell(cell, self.tables[cell.table])

    def _cell(self, window: Window) -> Cell:
        text = "" if window.where is None else window.where.text
        needs = window.column if window.aggregate == "latest" else ()
        key = (window.by, window.over, text, needs)
        if key not in self.cells:
            self.cells[key] = Cell(window.by, window.over, window.where, needs, window.kinds - CAUSED - INTERNAL)
        return self.cells[key]

    def _held(self, cell: Cell, window: Window) -> Held:
        held = Held(window.aggregate, window.column)
        if window.aggregate in _LINKED:
            held.linked, self.linked = self.linked, self.linked + 1
        cell.held.append(held)
        return held

    def _groups(self, cells: Sequence[Cell], asked: Mapping[str, Sequence[Feature]]) -> list[int]:
        """Return for each cell the first of those that share its table."""
        number = {id(cell): place for place, cell in enumerate(cells)}
        touched: dict[tuple[object, ...], list[int]] = {}
        for place, cell in enumerate(cells):
            for kind in cell.kinds:
                touched.setdefault((kind, cell.by, cell.by), []).append(place)
        for kind, features in asked.items():
            for feature in features:
                if isinstance(feature, Window) and feature in self.places:
                    cell = self.places[feature][0]
                    touched.setdefault((kind, cell.by, feature.at), []).append(number[id(cell)])
        first = list(range(len(cells)))
        for together in touched.values():
            for place in together[1:]:
                _join(first, together[0], place)
        return [_first(first, place) for place in range(len(cells))]

    def _lay_cell(self, cell: Cell, table: Table) -> None:
        if cell.counted:
            cell.count_slot = table.stride
            table.stride += 1
        for held in cell.held:
            held.slot = table.stride
            table.stride += 2 if held.linked >= 0 else 1


def _first(first: list[int], place: int) -> int:
    while first[place] != place:
        place = first[place]
    return place


def _join(first: list[int], one: int, other: int) -> None:
    ends = _first(first, one), _first(first, other)
    first[max(ends)] = min(ends)
