"""The diary of the country: events as columns of codes, written down as they are thought of, drained day by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.lab.world.clock import Ints
from stanch.lab.world.names import Names

#: What a column takes: a number or code for every row, one for all of them, or a word for all of them.
Values = Ints | int | str
#: A table of events: column name -> one array, all of the same length; -1 stands for "nothing".
Rows = dict[str, npt.NDArray[np.integer]]

NOTHING: Final = -1

_SMALL, _CODE, _LONG = np.int16, np.int32, np.int64

#: Columns of the diary and how they are kept. The last three are truth, and never reach the events.
COLUMNS: Final[dict[str, type[np.int16 | np.int32 | np.int64]]] = {
    "event": _LONG, "known": _LONG, "happened": _LONG, "kind": _SMALL, "source": _SMALL,
    "src": _CODE, "dst": _CODE, "holder": _CODE, "device": _CODE, "address": _CODE, "place": _CODE,
    "region": _SMALL, "channel": _SMALL, "amount": _LONG, "currency": _SMALL, "duration": _CODE,
    "detail": _SMALL, "number": _LONG, "attestation": _SMALL, "ref": _LONG, "end_to_end": _LONG,
    "text": _CODE,
    "case": _SMALL, "step": _SMALL, "bad": _SMALL,
}  # fmt: skip


class Diary:
    """Collects events; gives every one its number. Rows stay until they become known."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._next = 1
        self._chunks: list[Rows] = []

    def note(self, kind: str, happened: Ints | int, **columns: Values) -> Ints:
        """Write down events of one kind that become known at once; return their numbers."""
        return self.write(kind, happened, None, columns)

    def write(self, kind: str, happened: Ints | int, known: Ints | None, columns: Mapping[str, Values]) -> Ints:
        """Write down events of one kind; return their numbers.

        ``happened`` gives how many there are; every other column is broadcast to it. ``known`` is when the
        deployment learns of them, None for at once.
        """
        when = np.atleast_1d(np.asarray(happened, dtype=np.int64))
        numbers = self.number(len(when))
        rows: Rows = {"event": numbers, "happened": when, "known": when if known is None else known}
        rows |= {name: self._spread(value, name, len(when)) for name, value in columns.items()}
        self._chunks.append(rows | {"kind": self._spread(kind, "kind", len(when))})
        return numbers

    def number(self, count: int) -> Ints:
        """Hand out numbers that nothing else has: for events, and for what several events refer to."""
        first, self._next = self._next, self._next + count
        return np.arange(first, self._next, dtype=np.int64)

    def told(self, kind: str) -> Rows:
        """Return the events of one kind that are not drained yet, in the order in which they were written down."""
        word = self.names.word(kind)
        return _joined([chunk for chunk in self._chunks if len(chunk["kind"]) and chunk["kind"][0] == word])

    def drain(self, before: int | None = None) -> Rows:
        """Take out all events known before a moment (all there are, if none is given), in no order."""
        rows = _joined(self._chunks)
        if before is None:
            self._chunks = []
            return rows
        due = rows["known"] < before
        self._chunks = [] if due.all() else [_where(rows, ~due)]
        return _where(rows, due)

    def _spread(self, value: Values, column: str, count: int) -> npt.NDArray[np.integer]:
        plain = self.names.word(value) if isinstance(value, str) else value
        return np.broadcast_to(np.asarray(plain, dtype=COLUMNS[column]), (count,))


def _joined(chunks: list[Rows]) -> Rows:
    total = sum(len(chunk["event"]) for chunk in chunks)
    rows: Rows = {name: np.full(total, NOTHING, dtype=dtype) for name, dtype in COLUMNS.items()}
    begin = 0
    for chunk in chunks:
        end = begin + len(chunk["event"])
        for name, values in chunk.items():
            rows[name][begin:end] = values
        begin = end
    return rows


def _where(rows: Mapping[str, npt.NDArray[np.integer]], mask: npt.NDArray[np.bool_]) -> Rows:
    return {name: values[mask] for name, values in rows.items()}
