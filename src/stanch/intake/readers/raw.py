"""What every reader gives: a table of raw rows, and the rows that no table can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be read at all: its number in the file, why, and the row as it stands there."""

    row: int
    reason: str
    verbatim: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Raw:
    """Some rows of a file: the table, each row's number in the file (from 1), and the broken rows among them."""

    table: pa.Table
    rows: npt.NDArray[np.int64]
    broken: tuple[Broken, ...] = ()


class Reader(Protocol):
    """Reads one file. Raises InputError when the file as a whole cannot be read."""

    def names(self) -> list[str]:
        """Return the names of the file's columns."""

    def read(self, columns: list[str], chunk_rows: int) -> Iterator[Raw]:
        """Yield the rows of the file, in order, in tables of about ``chunk_rows``."""
