"""Runs: stretches of coded events, each in order of ``known_at``, that are merged into one order.

A run is read as it is needed. Rows that came out of order are collected, sorted and kept, in memory while they are few
and in temporary Arrow files when they are many; such files hold pseudonyms only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

#: Rows sorted at once, and rows kept in memory before the rest goes to disk (about 250 bytes each).
RUN_ROWS: Final = 1_000_000
MEMORY_ROWS: Final = 2_000_000

Micros = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch in order: where it begins, its place among equals, and how to read it."""

    first: int
    order: int
    read: Callable[[], Iterator[pa.Table]]


def known_at(coded: pa.Table) -> Micros:
    """Return the key of the order."""
    micros: Micros = coded["known_at"].cast(pa.int64()).to_numpy()
    return micros


def sort(coded: pa.Table) -> pa.Table:
    """Return rows in order of ``known_at``, equals as they were."""
    keys = known_at(coded)
    if len(keys) < 2 or bool((keys[1:] >= keys[:-1]).all()):
        return coded
    return coded.take(pa.array(np.argsort(keys, kind="stable")))


class Sorter:
    """Collects rows out of order and gives them back as runs. One owner; ``close`` removes its files."""

    def __init__(self, chunk_rows: int) -> None:
        self._chunk_rows = chunk_rows
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._kept_rows = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, coded: pa.Table, order: int) -> list[Run]:
        """Collect rows; return the run that they complete, if they do."""
        self._pending.append(coded)
        self._pending_rows += coded.num_rows
        return self.flush(order) if self._pending_rows >= RUN_ROWS else []

    def flush(self, order: int) -> list[Run]:
        """Return what is collected as a run."""
        if not self._pending_rows:
            return []
        table = sort(pa.concat_tables(self._pending).combine_chunks())
        self._pending, self._pending_rows = [], 0
        self._kept_rows += table.num_rows
        first = int(known_at(table.slice(0, 1))[0])
        if self._kept_rows <= MEMORY_ROWS:
            return [Run(first, order, lambda: iter(_cut(table, self._chunk_rows)))]
        path = self._spill(table, order)
        return [Run(first, order, lambda: _read(path))]

    def discard(self) -> None:
        """Forget the rows that are in no run yet."""
        self._pending, self._pending_rows = [], 0

    def folder(self) -> Path | None:
        """Return where runs are kept on disk, None while all are in memory."""
        return None if self._folder is None else Path(self._folder.name)

    def close(self) -> None:
        """Remove temporary files."""
        if self._folder is not None:
            self._folder.cleanup()

    def _spill(self, table: pa.Table, order: int) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="stanch-intake-")
        path = Path(self._folder.name) / f"{order}-{self._kept_rows}.arrow"
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=self._chunk_rows)
        return path


def _cut(table: pa.Table, rows: int) -> list[pa.Table]:
    return [table.slice(start, rows) for start in range(0, table.num_rows, rows)]


def _read(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path), "rb") as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(number)])
