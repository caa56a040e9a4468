"""CSV files: fast where lines are as they should be, line by line where they are not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from stanch.intake.readers.lines import Block, blocks, decoded, legible
from stanch.intake.readers.raw import Broken, Raw
from stanch.model.errors import InputError
from stanch.model.events import shown

#: A quoted value may run over this many lines; beyond it the quote was never closed.
_MAX_LINES: Final = 50
_SHOWN: Final = 4096


class CsvReader:
    """Reads a CSV file with a header line. Row n is line n + 1."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self._path = path
        self._delimiter = delimiter
        self._names = _header(path, delimiter)

    def names(self) -> list[str]:
        """Return the names of the file's columns."""
        return list(self._names)

    def read(self, columns: list[str], chunk_rows: int) -> Iterator[Raw]:
        """Yield the rows of the file, in order. A line that is not a row is broken and stops nothing."""
        rest = b""
        for block in blocks(self._path):
            data = rest + block.data
            first = block.first - rest.count(b"\n")
            if first == 1:
                data, first = data[data.index(b"\n") + 1 :] if b"\n" in data else b"", 2
            raw, rest = self._block(Block(first, legible(data), block.final), columns)
            yield from _cut(raw, chunk_rows)

    def _block(self, block: Block, columns: list[str]) -> tuple[Raw, bytes]:
        """Return the rows of a block, and the lines at its end that begin a row which is not yet whole."""
        table = self._fast(block, columns)
        if table is not None:
            return Raw(table, np.arange(block.first - 1, block.first - 1 + table.num_rows)), b""
        return _Careful(self._names, self._delimiter, block).read(columns)

    def _fast(self, block: Block, columns: list[str]) -> pa.Table | None:
        """Return the rows of a block in which every line is one row, else None."""
        lines = block.data.count(b"\n") + (not block.data.endswith(b"\n") and bool(block.data))
        if _left_open(block.data):
            return None
        if not lines:
            return pa.table({name: pa.array([], pa.string()) for name in columns})
        try:
            table = pacsv.read_csv(
                pa.BufferReader(block.data),
                read_options=pacsv.ReadOptions(
                    column_names=self._names, use_threads=False, block_size=len(block.data) + 1
                ),
                parse_options=pacsv.ParseOptions(delimiter=self._delimiter),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        return table if table.num_rows == lines else None


class _Careful:
    """Reads one block line by line, so that a broken line costs itself and nothing else."""

    def __init__(self, names: list[str], delimiter: str, block: Block) -> None:
        self._names = names
        self._delimiter = delimiter
        self._block = block
        self._lines = block.data.removesuffix(b"\n").split(b"\n") if block.data else []
        self._fields: list[list[str]] = []
        self._rows: list[int] = []
        self._broken: list[Broken] = []

    def read(self, columns: list[str]) -> tuple[Raw, bytes]:
        """Return the rows, and the lines at the end that may go on in the next block."""
        at = 0
        while at < len(self._lines):
            used = self._record(at)
            if used == 0:
                return self._raw(columns), b"\n".join(self._lines[at:]) + b"\n"
            at += used
        return self._raw(columns), b""

    def _record(self, at: int) -> int:
        """Read the record that begins at a line; return how many lines it took, 0 if it may go on in the next block."""
        text = decoded(self._lines[at])
        if text is None:
            return self._break(at, "neither UTF-8 nor GB18030; send the line in UTF-8")
        if not text.strip():
            return 1
        fields = self._parse([text])
        if fields is not None and len(fields) == len(self._names):
            return self._keep(at, fields, 1)
        if fields is not None:
            return self._break(at, f"{len(fields)} fields; expected {len(self._names)}; correct the line")
        return self._long_record(at)

    def _long_record(self, at: int) -> int:
        texts: list[str] = []
        for line in self._lines[at : at + _MAX_LINES]:
            text = decoded(line)
            if text is None:
                break
            texts.append(text)
            fields = self._parse(texts) if len(texts) > 1 else None
            if fields is not None and len(fields) == len(self._names):
                return self._keep(at, fields, len(texts))
            if fields is not None:
                break
        else:
            if not self._block.final and len(texts) < _MAX_LINES:
                return 0
        return self._break(at, "a quote is opened and never closed; correct the line")

    def _parse(self, texts: Sequence[str]) -> list[str] | None:
        """Return the fields of one record, None if its quotes do not close."""
        try:
            records = list(csv.reader([f"{text}\n" for text in texts], delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        return [field.removesuffix("\r") for field in records[0]] if len(records) == 1 else None

    def _keep(self, at: int, fields: list[str], lines: int) -> int:
        self._fields.append(fields)
        self._rows.append(self._block.first - 1 + at)
        return lines

    def _break(self, at: int, reason: str) -> int:
        shown = self._lines[at][:_SHOWN].decode("utf-8", "backslashreplace")
        self._broken.append(Broken(self._block.first - 1 + at, reason, shown))
        return 1

    def _raw(self, columns: list[str]) -> Raw:
        places = {name: place for place, name in enumerate(self._names)}
        made = {c: pa.array([fields[places[c]] for fields in self._fields], pa.string()) for c in columns}
        return Raw(pa.table(made), np.array(self._rows, np.int64), tuple(self._broken))


def _left_open(data: bytes) -> bool:
    """Return whether the last line opens a quote without closing it, which the fast reader takes for a value."""
    last = data.rfind(b"\n", 0, -1) + 1
    return data.count(b'"') % 2 == 1 or data.count(b'"', last) % 2 == 1


def _header(path: Path, delimiter: str) -> list[str]:
    first = next(blocks(path), None)
    line = decoded(first.data.split(b"\n", 1)[0].rstrip(b"\r")) if first is not None else None
    if not line:
        raise InputError("no header line; the first line names the columns")
    names = next(csv.reader([line], delimiter=delimiter))
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"the header names column {shown(min(twice))} twice; give every column a name of its own")
    return names


def _cut(raw: Raw, rows: int) -> Iterator[Raw]:
    for start in range(0, max(raw.table.num_rows, 1), rows):
        part = slice(start, start + rows)
        yield Raw(raw.table.slice(start, rows), raw.rows[part], raw.broken if start == 0 else ())
