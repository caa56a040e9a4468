"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.intake.readers.raw import Raw
from stanch.model.errors import InputError

#: What a damaged file raises: its metadata may hold anything, names that are no text included.
_DAMAGE: Final = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError)


class ParquetReader:
    """Reads a Parquet file by row groups."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path, memory_map=False)
        except _DAMAGE as error:
            raise _broken(error) from None

    def names(self) -> list[str]:
        """Return the names of the file's columns."""
        return list(self._file.schema_arrow.names)

    def schema(self) -> pa.Schema:
        """Return the Arrow schema with its metadata."""
        return self._file.schema_arrow

    def read(self, columns: list[str], chunk_rows: int) -> Iterator[Raw]:
        """Yield the rows of the file, in order, in tables of at most ``chunk_rows``."""
        row = 1
        try:
            for batch in self._file.iter_batches(batch_size=chunk_rows, columns=columns):
                numbers = np.arange(row, row + batch.num_rows)
                row += batch.num_rows
                batch.validate(full=True)  # words that are no UTF-8 would surface much later
                yield Raw(pa.Table.from_batches([batch]), numbers)
        except _DAMAGE as error:
            raise _broken(error) from None


def _broken(error: Exception) -> InputError:
    return InputError(f"not a readable Parquet file ({str(error)[:120]}); send the file again, whole")
