"""Arrivals: events as intake hands them over, turned into the matrix of the core, still without a place in the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.names import Names
from stanch.model.columns import BY_NAME, INDEX, MATRIX, NULL, TAKEN, TEXT_SCORES, ColumnType
from stanch.model.compiled import kernel
from stanch.store.digests import body_digests, event_keys, string_digests

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

#: Columns that are carried beside the matrix.
CARRIED_TYPES: Final = {
    "event_id": pa.string(),
    "ref": pa.string(),
    "attrs": pa.string(),
    "text": pa.binary(),
    "end_to_end": pa.string(),
}
CARRIED: Final = tuple(CARRIED_TYPES)

#: What makes two events with one id the same: all that the sender wrote, but not when we learned of it, nor what a
#: model made of it.
_NOT_SENT: Final = frozenset({"known_at", *TEXT_SCORES})
#: Columns of the matrix that intake does not bring.
_OTHERS: Final = np.array([place for name, place in INDEX.items() if name not in TAKEN], dtype=np.int64)
_BODY: Final = np.array([INDEX[n] for n in TAKEN if n in INDEX and n not in _NOT_SENT], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """n events in the order of arrival: the matrix (n, columns), what is carried, and their identity."""

    rows: Ints
    carried: dict[str, pa.Array]
    keys: Keys  # (n, 2)
    bodies: Keys  # (n,)
    refs: Keys  # (n,): digests of ``ref``, 0 where there is none

    def __len__(self) -> int:
        return len(self.rows)

    def string(self, column: str, row: int) -> str | None:
        """Return what is carried beside one row."""
        found: str | None = self.carried[column][row].as_py()
        return found

    def pick(self, places: Ints | slice) -> Arrivals:
        """Return some of the events, in the order of ``places``."""
        if isinstance(places, slice):
            start, stop = places.start or 0, places.stop
            carried = {name: column.slice(start, stop - start) for name, column in self.carried.items()}
        else:
            carried = {name: column.take(pa.array(places)) for name, column in self.carried.items()}
        return Arrivals(self.rows[places], carried, self.keys[places], self.bodies[places], self.refs[places])


def arrivals(table: pa.Table, names: Names, secret: bytes) -> Arrivals:
    """Return the events of a table in ``TAKEN_SCHEMA``; new entities and words get their codes."""
    table = table.combine_chunks()
    columns = np.empty((len(MATRIX), table.num_rows), dtype=np.int64)
    columns[_OTHERS] = NULL
    for name in TAKEN:
        if name in INDEX:
            _fill(columns[INDEX[name]], _one(table[name]), BY_NAME[name].type, names)
    rows = np.empty(columns.T.shape, dtype=np.int64)
    _turn(columns, rows)
    carried = {name: _one(table[name]) for name in CARRIED}
    return with_identity(rows, carried, names, secret)


def with_identity(rows: Ints, carried: dict[str, pa.Array], names: Names, secret: bytes) -> Arrivals:
    """Return events with the keys by which a repeat is recognised: of (source, event_id), and of the body."""
    sources = rows[:, INDEX["source"]]
    keys = event_keys(names.source_digests(sources), carried["event_id"], secret)
    refs = string_digests(carried["ref"], secret)
    extra = refs ^ (string_digests(carried["attrs"], secret) << np.uint64(1))
    return Arrivals(rows, carried, keys, body_digests(rows, _BODY, extra), refs)


def _one(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


@kernel
def _turn(columns: Ints, rows: Ints) -> None:
    """Write columns (columns, n) as rows (n, columns): a row is one stretch of memory, as all that follows reads it."""
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            rows[r, c] = columns[c, r]


def _fill(out: Ints, column: pa.Array, type_: ColumnType, names: Names) -> None:
    """Write what stands in a column of a table, NULL where there is nothing."""
    if column.null_count == len(column):
        out[:] = NULL
    elif type_ is ColumnType.ENTITY:
        words = np.frombuffer(column.buffers()[1], dtype=np.uint64).reshape(-1, 2)
        out[:] = names.entities.codes(words[column.offset : column.offset + len(column)], _valid(column))
    elif type_ is ColumnType.SYMBOL:
        column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        codes, places = names.codes_of(column.dictionary), column.indices
        np.take(codes, _plain(places), out=out, mode="clip")  # what stands where there is nothing may lie outside
        _clear(out, places)
    else:
        out[:] = _plain(column)
        _clear(out, column)


def _clear(out: Ints, column: pa.Array) -> None:
    if column.null_count:
        np.copyto(out, NULL, where=~_valid(column))


def _valid(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Return which values there are, read as they lie: pieces of a few rows are too many to ask Arrow about each."""
    bits = column.buffers()[0] if column.null_count else None
    if bits is None:
        return np.ones(len(column), dtype=np.bool_)
    first = column.offset // 8
    read = np.unpackbits(
        np.frombuffer(bits, np.uint8)[first:], count=column.offset % 8 + len(column), bitorder="little"
    )
    return read[column.offset % 8 :].view(np.bool_)


def _plain(column: pa.Array) -> npt.NDArray[np.signedinteger[Any]]:  # Any: of several widths
    """Return a column of integers or moments as it lies, whatever stands where there is none."""
    kind = np.dtype(f"i{column.type.bit_width // 8}")
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]
