"""Answers to CAMARA requests out of a home: its log is read for the one card, and nothing in it is changed.

Binding an IoT card is an act: its events come back with the answer, for the caller to enter like all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.names import Names
from stanch.exchange.camara import shapes
from stanch.exchange.camara.answers import Known, Row, reply, shared, verify
from stanch.exchange.camara.card import ROLE_OF, CardEvent, CardState, learned, tells
from stanch.exchange.camara.operations import Caller, CamaraError, read_request, subject, write
from stanch.intake.identifiers import pseudonym_of
from stanch.model.columns import INDEX, NULL
from stanch.model.errors import InputError
from stanch.privacy.pseudonyms import Keys
from stanch.store.blocks import Block
from stanch.store.keys import open_keys
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

_READ: Final = ("kind", "source", "as_of", "happened_at", "src", "dst", "holder", "detail", "number", "attrs")
#: Kinds of which an answer can depend.
TOLD: Final = (*ROLE_OF, "profile", "company_registered")
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back to who asked, and the clear events to be entered because of it."""

    status: int
    body: bytes
    rows: tuple[Row, ...] = ()


def answered(
    home: Path, path: str, body: bytes, caller: Caller, *, at: int | None = None, source: str | None = None
) -> Answered:
    """Return the answer to a request; a request that cannot be answered is told why, in CAMARA's own form.

    ``at`` is when it is asked, where that is later than the log's clock; with a ``source`` only what this institution
    told counts. Reads the whole log. Raises StoreError where there is no home.
    """
    return answer_with(lambda number: known_of(home, number, at, source), path, body, caller)


def answer_with(find: Callable[[str], Known], path: str, body: bytes, caller: Caller) -> Answered:
    """Return the answer to a request out of what ``find`` knows of a number; it may raise CamaraError too."""
    try:
        request = read_request(path, body)
        if request is None:
            return Answered(_OK, write(shared(caller)))
        if isinstance(request, shapes.NumberVerify):
            return Answered(_OK, write(verify(request, caller)))
        number = subject(request, caller)
        found = reply(path, request, find(number), number)
    except CamaraError as error:
        return Answered(error.info.status, write(error.info))
    return Answered(_OK, write(found.answer), found.rows)


def card_of(keys: Keys, number: str) -> bytes:
    """Return the pseudonym of a number. Raises CamaraError where it is none."""
    try:
        return pseudonym_of(keys, f"card:{number}")
    except InputError as error:
        raise CamaraError(400, "INVALID_ARGUMENT", f"phoneNumber: {error}") from None


def known_of(home: Path, number: str, at: int | None = None, source: str | None = None) -> Known:
    """Return what the log of a home, or one institution in it, says about a number, read from its start."""
    with Records.read(home) as records:
        keys = open_keys(home).keys
        found = _Found(card_of(keys, number), source)
        for each in records.blocks(columns=_READ):
            found.names.load(each.block.new_entities, list(each.block.new_symbols))
            found.take(each.block)
        clock = records.last_as_of() or 0
    now = max(clock, clock if at is None else at)
    holder = found.card.holder
    return Known(
        found.card, now, now if found.since is None else found.since, partial(pseudonym_of, keys),
        None if holder is None else found.born.get(holder), holder in found.companies,
    )  # fmt: skip


class _Found:
    """The owner of what one reading finds about one card, and of the holders that it may have.

    The slow twin of ``engine.card_index``, which a test holds to it.
    """

    def __init__(self, wanted: bytes, source: str | None) -> None:
        self.names = Names()
        self.card = CardState()
        self.since: int | None = None
        self.born: dict[bytes, int] = {}
        self.companies: set[bytes] = set()
        self._wanted = wanted
        self._source = source

    def take(self, block: Block) -> None:
        rows, word = block.matrix(), self.names.words.word
        told = np.flatnonzero(np.isin(rows[:, INDEX["kind"]], self.names.words.codes(TOLD)))
        for row, attrs in zip(rows[told].tolist(), texts_at(block.columns.get("attrs"), told), strict=True):
            if self._source is None or word(row[INDEX["source"]]) == self._source:
                self._take(row, attrs, word(row[INDEX["kind"]]) or "", word(row[INDEX["detail"]]) or "")

    def _take(self, row: list[int], attrs: str, kind: str, detail: str) -> None:
        name = self._name
        if kind == "profile" and detail == "birth_year" and row[INDEX["src"]] != NULL:
            self.born[self.names.entities.pseudonym(row[INDEX["src"]])] = row[INDEX["number"]]
        if kind == "company_registered" and row[INDEX["dst"]] != NULL:
            self.companies.add(self.names.entities.pseudonym(row[INDEX["dst"]]))
        if not tells(kind, detail):
            return
        self.since = row[INDEX["as_of"]] if self.since is None else self.since
        if name(row[INDEX[ROLE_OF[kind]]]) == self._wanted:
            device = name(row[INDEX["dst"]]) if kind == "card_attached" else None
            told = CardEvent(kind, row[INDEX["happened_at"]], detail, name(row[INDEX["holder"]]), device, attrs)
            self.card = learned(self.card, told)

    def _name(self, entity: int) -> bytes | None:
        return None if entity == NULL else self.names.entities.pseudonym(entity)


def texts_at(column: Ints | pa.Array | None, rows: Ints) -> list[str]:
    """Return a column of strings at some rows, empty where it has none."""
    if column is None:
        return [""] * len(rows)
    return [str(value or "") for value in pa.array(column).take(pa.array(rows)).to_pylist()]
