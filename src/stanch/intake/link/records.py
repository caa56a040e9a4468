"""Records of people or companies out of files, each cell in the form in which it is compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.identifiers import NORMALISERS, normalise
from stanch.intake.items.count import Problem
from stanch.intake.link.mapping import LinkMap
from stanch.intake.link.spelling import core_of, form_of, has_characters, sound_of
from stanch.intake.mapping import OWN_FORM
from stanch.intake.readers.formats import open_reader
from stanch.intake.readers.raw import Raw
from stanch.model.errors import InputError

_CHUNK: Final = 65_536
#: Problems told of one file at most; all are counted.
_SHOWN: Final = 20
_NOISE: Final = re.compile(r"[\s\-().]+")
#: Length of resident ids and credit codes, the documents with a check digit of their own.
_CHECKED: Final = 18
_DATE: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ].*)?")

#: Columns of the table that is scored: all texts but ``han``.
COLUMNS: Final = (
    "form", "sound", "given", "family", "any_name", "birth_date", "document", "phone", "email", "address", "city",
)  # fmt: skip

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its entity as ``kind:id``, and its cells by column, empty ones left out."""

    entity: str
    cells: Mapping[str, str]


@dataclass(slots=True)
class Records:
    """What files hold: records in order of file and row, and what was left out: rows = records + without id + broken.

    ``unread`` counts cells by role that were filled and could not be read, such as a birth date that is none.
    """

    records: list[Record] = field(default_factory=list)
    rows: int = 0
    without_id: int = 0
    broken: int = 0
    unread: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def table(self) -> pa.Table:
        """Return the records as columns, with ``n``, the place of each."""
        columns: dict[str, object] = {name: [each.cells.get(name) for each in self.records] for name in COLUMNS}
        han = [has_characters(each.cells.get("form", "")) for each in self.records]
        types = [("n", pa.int64()), *((name, pa.string()) for name in COLUMNS), ("han", pa.bool_())]
        return pa.table({"n": list(range(len(self.records))), **columns, "han": han}, schema=pa.schema(types))


def read_records(paths: Sequence[Path], mapping: LinkMap) -> Records:
    """Read files. Raises InputError where one is missing, cannot be read, or lacks a column of the mapping."""
    found = Records()
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        for raw in _read(path, mapping):
            _take(raw, mapping, found)
    return found


def _read(path: Path, mapping: LinkMap) -> Iterator[Raw]:
    reader = open_reader(path, msgspec.structs.replace(OWN_FORM, delimiter=mapping.delimiter))
    wanted, names = list(dict.fromkeys(mapping.columns.values())), reader.names()
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InputError(f"{path.name}: no column {missing[0]!r}; the file has {', '.join(names)}; correct the mapping")
    yield from reader.read(wanted, _CHUNK)


def _take(raw: Raw, mapping: LinkMap, found: Records) -> None:
    found.rows += len(raw.rows) + len(raw.broken)
    found.broken += len(raw.broken)
    for broken in raw.broken:
        _note(found, broken.row, broken.reason)
    columns = {role: _texts(raw.table[name], mapping.nulls) for role, name in mapping.columns.items()}
    for place, row in enumerate(raw.rows.tolist()):
        given = {role: column[place] for role, column in columns.items() if column[place]}
        entity = _entity(given.pop("id", ""), mapping, found, row)
        if entity is None:
            found.without_id += 1
            continue
        cells, unread = read_cells(given, mapping)
        for role in unread:
            found.unread[role] = found.unread.get(role, 0) + 1
            _note(found, row, f"{role} cannot be read; it is left out of the comparison")
        found.records.append(Record(entity, cells))


def _entity(clear: str, mapping: LinkMap, found: Records, row: int) -> str | None:
    if not clear:
        _note(found, row, "no id; send the id under which the source keeps the record")
        return None
    try:
        return f"{mapping.entity}:{normalise(f'{mapping.entity}:{clear}')[1].normalised}"
    except InputError as error:
        _note(found, row, str(error))
        return None


def _note(found: Records, row: int, reason: str) -> None:
    if len(found.problems) < _SHOWN:
        found.problems.append(Problem(row, reason))


def _texts(column: pa.ChunkedArray, nulls: frozenset[str]) -> list[str]:
    texts = [(value or "").strip() for value in pc.cast(column, pa.string()).to_pylist()]
    return ["" if text in nulls else text for text in texts]


def read_cells(given: Mapping[str, str], mapping: LinkMap) -> tuple[Cells, list[str]]:
    """Return the cells of one row in their compared form, and the roles that could not be read."""
    cells: Cells = {}
    for role, clear in given.items():
        cells |= _READERS[role](clear, mapping)
    unread = [role for role in given if role not in ("given_name", "family_name", "name") and role not in cells]
    unread += [role for role in ("name",) if role in given and "form" not in cells]
    any_name = " ".join(cells[part] for part in ("given", "family") if part in cells)
    return {**cells, **({"any_name": any_name} if any_name else {})}, unread


def _name(clear: str, mapping: LinkMap) -> Cells:
    form = core_of(clear) if mapping.entity == "company" else form_of(clear)
    return {"form": form, "sound": sound_of(form)} if form else {}


def _part(column: str) -> Callable[[str, LinkMap], Cells]:
    def read(clear: str, _mapping: LinkMap) -> Cells:
        form = form_of(clear)
        return {column: sound_of(form) if has_characters(form) else form} if form else {}

    return read


def _birth_date(clear: str, mapping: LinkMap) -> Cells:
    try:
        if mapping.date:
            day = datetime.strptime(clear, mapping.date).replace(tzinfo=UTC).date()
        else:
            parts = _DATE.fullmatch(unicodedata.normalize("NFKC", clear))
            if parts is None:
                return {}
            year, month, number = map(int, parts.groups())
            day = date(year, month, number)
    except ValueError:
        return {}
    return {"birth_date": day.isoformat()}


def _document(clear: str, mapping: LinkMap) -> Cells:
    """Read a document; ``checked`` is its form where its check digit bears it out: nobody has two of these."""
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", clear)).upper()
    try:
        form = NORMALISERS[mapping.entity](bare).normalised
    except InputError:
        return {"document": bare} if bare else {}
    return {"document": form, **({"checked": form} if len(form) == _CHECKED else {})}


def _phone(clear: str, _mapping: LinkMap) -> Cells:
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", clear))
    try:
        return {"phone": NORMALISERS["phone"](bare).normalised}
    except InputError:
        return {}


def _email(clear: str, _mapping: LinkMap) -> Cells:
    folded = unicodedata.normalize("NFKC", clear).casefold()
    return {"email": folded} if re.fullmatch(r"[^@\s]+@[^@\s]+", folded) else {}


def _place(column: str) -> Callable[[str, LinkMap], Cells]:
    def read(clear: str, _mapping: LinkMap) -> Cells:
        form = form_of(clear)
        return {column: form} if form else {}

    return read


_READERS: Final[dict[str, Callable[[str, LinkMap], Cells]]] = {
    "name": _name, "given_name": _part("given"), "family_name": _part("family"), "birth_date": _birth_date,
    "document": _document, "phone": _phone, "email": _email, "address": _place("address"), "city": _place("city"),
}  # fmt: skip
