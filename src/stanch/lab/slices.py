"""Edits of a slice of events: rows left out, amounts cut, settlements turned into rejections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from stanch.model.schema import TAKEN_SCHEMA


@dataclass(slots=True)
class Edits:
    """What changes in a slice of ``rows`` events. One owner, the loop, for one slice."""

    rows: int
    dropped: set[int] = field(default_factory=set)
    amounts: dict[int, int] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.dropped or self.amounts or self.rejected)

    def drop(self, row: int) -> None:
        """Leave a row out."""
        self.dropped.add(row)

    def reject(self, row: int, reason: str) -> None:
        """Turn a settled line into a rejected one."""
        self.rejected[row] = reason


def edited(table: pa.Table, edits: Edits) -> pa.Table:
    """Return the slice with its edits; columns keep their types."""
    if edits.amounts:
        table = _replaced(table, "amount", dict(edits.amounts))
    if edits.rejected:
        table = _replaced(table, "kind", dict.fromkeys(edits.rejected, "rejected"))
        table = _replaced(table, "detail", dict(edits.rejected))
    if edits.dropped:
        keep = np.ones(edits.rows, dtype=np.bool_)
        keep[list(edits.dropped)] = False
        table = table.filter(pa.array(keep))
    return table


def _replaced(table: pa.Table, column: str, values: dict[int, str] | dict[int, int]) -> pa.Table:
    at = table.schema.get_field_index(column)
    spelled = table[column].to_pylist()
    for row, value in values.items():
        spelled[row] = value
    kind = table.schema.field(column).type
    if pa.types.is_dictionary(kind):
        new = pa.array(spelled, kind.value_type).dictionary_encode().cast(kind)
    else:
        new = pa.array(spelled, kind)
    return table.set_column(at, table.schema.field(column), new)


def moved(line: pa.Table, at: int) -> pa.Table:
    """Return a row as it comes at another moment (UTC microseconds)."""
    for name in ("happened_at", "known_at"):
        place, about = line.schema.get_field_index(name), line.schema.field(name)
        line = line.set_column(place, about, pa.array([at], pa.int64()).cast(about.type))
    return line


def row_table(row: dict[str, object]) -> pa.Table:
    """Return one event in ``TAKEN_SCHEMA``; columns that the row does not name are empty."""
    columns = [pa.array([row[f.name]], f.type) if f.name in row else _EMPTY[f.name] for f in TAKEN_SCHEMA]
    return pa.table(columns, schema=TAKEN_SCHEMA)


_EMPTY: Final = {field.name: pa.nulls(1, field.type) for field in TAKEN_SCHEMA}
