"""NDJSON files: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from stanch.intake.readers.lines import blocks, decoded
from stanch.intake.readers.raw import Broken, Raw
from stanch.model.errors import InputError
from stanch.model.events import shown

_SHOWN: Final = 4096
_Row = dict[str, object]


class NdjsonReader:
    """Reads a file of JSON objects; a name that a line leaves out is empty there. Row n is line n.

    With ``known`` names a line that holds another one is broken; without, the file is read once more for its names.
    """

    def __init__(self, path: Path, known: frozenset[str] | None = None) -> None:
        self._path = path
        self._known = known
        self._decoder = msgspec.json.Decoder(_Row)

    def names(self) -> list[str]:
        """Return every name that occurs in the file, in order of first sight."""
        if self._known is not None:
            return sorted(self._known)
        found: dict[str, None] = {}
        for _, rows, _ in self._parsed():
            for row in rows:
                found.update(dict.fromkeys(row))
        if not found:
            raise InputError("no JSON object in the file; expected one a line")
        return list(found)

    def read(self, columns: list[str], chunk_rows: int) -> Iterator[Raw]:
        """Yield the rows of the file, in order. A line that is no object is broken and stops nothing."""
        for numbers, rows, broken in self._parsed():
            for start in range(0, max(len(rows), 1), chunk_rows):
                part = rows[start : start + chunk_rows]
                table = pa.table({name: _column([row.get(name) for row in part]) for name in columns})
                found = np.array(numbers[start : start + chunk_rows], np.int64)
                yield Raw(table, found, tuple(broken) if start == 0 else ())

    def _parsed(self) -> Iterator[tuple[list[int], list[_Row], list[Broken]]]:
        for block in blocks(self._path):
            numbers: list[int] = []
            rows: list[_Row] = []
            broken: list[Broken] = []
            for number, line in enumerate(block.data.removesuffix(b"\n").split(b"\n"), block.first):
                if line.strip():
                    self._line(number, line, numbers, rows, broken)
            yield numbers, rows, broken

    def _line(self, number: int, line: bytes, numbers: list[int], rows: list[_Row], broken: list[Broken]) -> None:
        text = decoded(line)
        if text is None:
            broken.append(_broken(number, line, "neither UTF-8 nor GB18030; send the line in UTF-8"))
            return
        try:
            row = self._decoder.decode(text)
        except (msgspec.DecodeError, RecursionError):  # also of what is nested without end
            broken.append(_broken(number, line, "not a JSON object; correct the line"))
            return
        unknown = row.keys() - self._known if self._known is not None else None
        if unknown:
            broken.append(_broken(number, line, f"unknown field {shown(min(unknown))}; rename it or use a mapping"))
            return
        rows.append(row)
        numbers.append(number)


def _broken(number: int, line: bytes, reason: str) -> Broken:
    return Broken(number, reason, line[:_SHOWN].decode("utf-8", "backslashreplace"))


def _column(values: list[object]) -> pa.Array:
    """Return values as words or numbers; a column of several types, or of records, becomes words."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    try:
        if kinds <= {int}:
            return pa.array(values, pa.int64())
        if kinds <= {int, float}:
            return pa.array(values, pa.float64())
    except (OverflowError, pa.ArrowInvalid):
        pass
    return pa.array([None if value is None else _word(value) for value in values], pa.string())


def _word(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
