"""Counting items of personal information over files: each once, by class, with what could not be read beside it.

An item is what one row says of one person in one class: its content, spelled alike, counts once over all files. A row's
identity data alone are an item of the class ``other``; beside something stricter they are part of that. At least:
identifiers that stand together in a row are one person's. At most: every identifier is a person's own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.items.cells import Cell, read_cell
from stanch.intake.items.columns import NONE, ColumnUse, classes, use_of
from stanch.intake.items.persons import Persons
from stanch.intake.mapping import OWN_FORM
from stanch.intake.readers.formats import open_reader
from stanch.intake.readers.raw import Raw
from stanch.law.items import Items
from stanch.model.errors import InputError

OTHER: Final = "other"
_CHUNK: Final = 8192
_SAMPLE: Final = 400  # cells of each column that are looked at to tell what it holds
_SHOWN: Final = 20  # problems named by row and reason; all of them are counted


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not be read: where and why. What stands in it is not shown."""

    row: int
    reason: str


@dataclass(slots=True)
class FileCount:
    """One file: its rows, those without anything that points to a person, and those that could not be read.

    ``not_understood`` are columns with values that may hold anything; ``error`` is why reading ended early.
    """

    file: str
    rows: int = 0
    without_person: int = 0
    broken: int = 0
    problems: list[Problem] = field(default_factory=list)
    columns: tuple[ColumnUse, ...] = ()
    not_understood: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ItemCount:
    """All files together: items by class. ``whole`` is false where a file could not be read to its end."""

    files: tuple[FileCount, ...]
    items: Mapping[str, Items]
    repeated: int  #: rows that say again what is counted already
    whole: bool


def count_files(files: Sequence[Path], said: Mapping[str, str] | None = None) -> ItemCount:
    """Return the items in CSV, TSV, NDJSON and Parquet files; ``said`` names the class of columns by their names.

    Raises InputError for a class that nobody knows. A file that cannot be read is named in its count and stops nothing.
    """
    said = said or {}
    unknown = set(said.values()) - set(classes())
    if unknown:
        raise InputError(f"unknown class {min(unknown)!r}; known: {', '.join(classes())}")
    tally = _Tally()
    counts = tuple(_count_file(path, said, tally) for path in files)
    unread = sum(count.rows if count.not_understood else count.broken + count.without_person for count in counts)
    items, repeated = tally.items(unread)
    return ItemCount(counts, items, repeated, all(count.error is None for count in counts))


def _count_file(path: Path, said: Mapping[str, str], tally: _Tally) -> FileCount:
    count = FileCount(path.name)
    try:
        if path.stat().st_size:
            for raw in _read(path):
                _count_rows(raw, said, count, tally)
    except (InputError, OSError) as error:
        count.error = str(error)
    return count


def _read(path: Path) -> Iterator[Raw]:
    reader = open_reader(path, OWN_FORM)
    yield from reader.read(reader.names(), _CHUNK)


def _count_rows(raw: Raw, said: Mapping[str, str], count: FileCount, tally: _Tally) -> None:
    table = {name: _texts(raw.table[name]) for name in raw.table.column_names}
    if not count.columns and raw.table.num_rows:
        count.columns = tuple(use_of(name, cells[:_SAMPLE], said) for name, cells in table.items())
    strange = {use.name for use in count.columns if use.of is None and any(table[use.name])}
    count.not_understood = tuple(sorted(strange | set(count.not_understood)))
    count.broken += len(raw.broken)
    room = _SHOWN - len(count.problems)
    count.problems += [Problem(broken.row, broken.reason) for broken in raw.broken[:room]]
    count.rows += raw.table.num_rows + len(raw.broken)
    for row in zip(*(table[use.name] for use in count.columns), strict=True):
        count.without_person += not tally.take(count.columns, row)


def _texts(column: pa.ChunkedArray) -> list[str]:
    """Return a column as texts, empty where there is nothing; what has parts is written out."""
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return ["" if value is None else str(value) for value in column.to_pylist()]
    return [value or "" for value in pc.cast(column, pa.string()).to_pylist()]


class _Tally:
    """The owner of what was counted: for each class the persons and contents seen, as numbers and digests."""

    def __init__(self) -> None:
        self._persons = Persons()
        self._seen: dict[str, dict[tuple[int, bytes], bool]] = {}
        self._rows = 0

    def take(self, columns: Sequence[ColumnUse], row: Sequence[str]) -> bool:
        """Count one row; return whether it points to a person."""
        held, cells = _held(columns, row)
        if not held:
            return not any(cell for cell, use in zip(row, columns, strict=True) if use.of != NONE)
        who = self._persons.of_row(cells)
        if who is None:
            return False
        number, checked = who
        for of in [each for each in held if each != OTHER] or [OTHER]:
            content = b"" if of == OTHER else held[of]
            seen = self._seen.setdefault(of, {})
            seen[number, content] = seen.get((number, content), False) or checked
            self._rows += 1
        return True

    def items(self, unread: int) -> tuple[dict[str, Items], int]:
        """Return the items by class, and how many rows said again what another one had said."""
        found = {}
        for of in (each for each in classes() if each != NONE):
            seen = self._seen.get(of, {})
            least = len({(self._persons.root(who), content) for (who, content), checked in seen.items() if checked})
            found[of] = Items(least, len(seen) - least, unread)
        return found, self._rows - sum(len(seen) for seen in self._seen.values())


def _held(columns: Sequence[ColumnUse], row: Sequence[str]) -> tuple[dict[str, bytes], list[Cell]]:
    """Return the digest of what a row says in each class, and its cells that point to a person."""
    parts: dict[str, list[str]] = {}
    cells: list[Cell] = []
    for use, clear in zip(columns, row, strict=True):
        if not clear or use.of is None or use.of == NONE:
            continue
        read = read_cell(use.kind, clear)
        if read is not None and use.kind != "text":
            cells.append(read)
        form = read.form if read is not None else unicodedata.normalize("NFKC", clear).strip()
        if form:
            parts.setdefault(use.of, []).append(f"{use.kind}:{' '.join(form.split())}")
    digests = {of: blake2b("\x1f".join(sorted(told)).encode(), digest_size=16).digest() for of, told in parts.items()}
    return digests, cells
