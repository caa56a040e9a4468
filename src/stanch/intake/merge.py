"""Merging runs into one order: by ``known_at``, then by the order of files, then by row.

Whole stretches move at a time: the least last key among the open runs says how far all of them may go.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from stanch.intake.runs import Micros, Run, known_at, sort


class _Open:
    """A run being read: its rows not yet given out."""

    def __init__(self, run: Run) -> None:
        self.order = run.order
        self._tables = run.read()
        self.table: pa.Table | None = None
        self.keys: Micros = np.zeros(0, np.int64)
        self.fill()

    def fill(self) -> None:
        """Read the next rows once all are given out."""
        while self.table is None or not self.table.num_rows:
            self.table = next(self._tables, None)
            if self.table is None:
                return
        self.keys = known_at(self.table)

    def last(self) -> tuple[int, int]:
        """Return the key of the last row read, and the run's order."""
        return int(self.keys[-1]), self.order

    def cut(self, limit: tuple[int, int]) -> pa.Table:
        """Give out the rows that come before or at the limit."""
        table = self.table
        if table is None:
            raise AssertionError("a run was cut after its end")
        key, order = limit
        count = int(np.searchsorted(self.keys, key, side="right" if self.order <= order else "left"))
        self.table, self.keys = table.slice(count), self.keys[count:]
        self.fill()
        return table.slice(0, count)


def merge(runs: list[Run]) -> Iterator[pa.Table]:
    """Yield all rows of the runs in one order. A run is opened when the others have reached its first row."""
    waiting = sorted(runs, key=lambda run: (run.first, run.order), reverse=True)
    opened: list[_Open] = []
    while waiting or opened:
        while waiting and (not opened or _reached(waiting[-1], opened)):
            run = _Open(waiting.pop())
            if run.table is not None:
                opened.append(run)
                opened.sort(key=lambda r: r.order)
        if not opened:
            continue
        limit = min(run.last() for run in opened)
        parts = [part for part in (run.cut(limit) for run in opened) if part.num_rows]
        opened = [run for run in opened if run.table is not None]
        yield parts[0] if len(parts) == 1 else sort(pa.concat_tables(parts).combine_chunks())


def _reached(run: Run, opened: list[_Open]) -> bool:
    return (run.first, run.order) <= min(other.last() for other in opened)


def rechunked(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Yield the same rows in tables of ``rows``, the last one shorter."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += table.num_rows
        while count >= rows:
            whole = pa.concat_tables(held)
            yield whole.slice(0, rows)
            held, count = [whole.slice(rows)], count - rows
    if count:
        yield pa.concat_tables(held)
