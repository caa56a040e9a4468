"""ISO 20022 files: one message each; its payments or answers are the rows."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from stanch.intake.readers.iso20022_rows import rows_of
from stanch.intake.readers.iso20022_xml import read_message
from stanch.intake.readers.raw import Broken, Raw
from stanch.model.columns import BY_NAME, SENT, ColumnType
from stanch.model.errors import InputError

#: A message is read whole: a larger file must be sent in several messages.
MAX_BYTES: Final = 256 * 2**20


class Iso20022Reader:
    """Reads one message, bare or behind its header, plain or compressed. Row n is its nth payment or answer.

    The rows are in Stanch's own form, amounts in minor units; a payment that cannot be one is broken and stops nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Return the columns that a sender writes."""
        return list(SENT)

    def read(self, columns: list[str], chunk_rows: int) -> Iterator[Raw]:
        """Yield the rows of the message. Raises InputError when the message as a whole cannot be taken."""
        numbers: list[int] = []
        rows: list[dict[str, str | int]] = []
        broken: list[Broken] = []
        for number, row in rows_of(read_message(self._data())):
            if isinstance(row, dict):
                rows.append(row)
                numbers.append(number)
            else:
                broken.append(Broken(number, row.reason, row.verbatim))
        for start in range(0, max(len(rows), 1), chunk_rows):
            part = rows[start : start + chunk_rows]
            table = pa.table({name: pa.array([row.get(name) for row in part], _type(name)) for name in columns})
            found = np.array(numbers[start : start + chunk_rows], np.int64)
            yield Raw(table, found, tuple(broken) if start == 0 else ())

    def _data(self) -> bytes:
        try:
            with pa.input_stream(str(self._path), compression="detect") as stream:
                data: bytes = stream.read(MAX_BYTES + 1)
        except (pa.ArrowException, OSError, zlib.error) as error:
            raise InputError(f"cannot be read on ({str(error)[:120]}); send the file again, whole") from None
        if len(data) > MAX_BYTES:
            raise InputError(f"a message of more than {MAX_BYTES:,} bytes; send it in several messages")
        return data


def _type(name: str) -> pa.DataType:
    return pa.int64() if BY_NAME[name].type is ColumnType.INT else pa.string()
