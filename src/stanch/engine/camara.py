"""Answers to CAMARA requests out of a home: its log is read for the one card, and nothing in it is changed.

Binding an IoT card is an act: its events come back with the answer, for the caller to enter like all others.
"""

from __future__ import annotations

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
from stanch.exchange.camara.card import CardEvent, CardState, learned
from stanch.exchange.camara.operations import Caller, CamaraError, read_request, subject, write
from stanch.intake.identifiers import pseudonym_of
from stanch.model.columns import INDEX, NULL
from stanch.model.errors import InputError
from stanch.store.blocks import Block
from stanch.store.keys import open_keys
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

_READ: Final = ("kind", "as_of", "happened_at", "src", "dst", "holder", "detail", "number", "attrs")
#: Kinds that say something about their src rather than their dst.
_BY_SRC: Final = ("card_attached", "forwarding_set")
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back to who asked, and the clear events to be entered because of it."""

    status: int
    body: bytes
    rows: tuple[Row, ...] = ()


def answered(home: Path, path: str, body: bytes, caller: Caller, *, at: int | None = None) -> Answered:
    """Return the answer to a request; a request that cannot be answered is told why, in CAMARA's own form.

    ``at`` is when it is asked, where that is later than the log's clock. Raises StoreError where there is no home.
    """
    try:
        request = read_request(path, body)
        if request is None:
            return Answered(_OK, write(shared(caller)))
        if isinstance(request, shapes.NumberVerify):
            return Answered(_OK, write(verify(request, caller)))
        number = subject(request, caller)
        found = reply(path, request, known_of(home, number, at), number)
    except CamaraError as error:
        return Answered(error.info.status, write(error.info))
    return Answered(_OK, write(found.answer), found.rows)


def known_of(home: Path, number: str, at: int | None = None) -> Known:
    """Return what the log of a home says about a number."""
    with Records.read(home) as records:
        keys = open_keys(home).keys
        try:
            found = _Found(pseudonym_of(keys, f"card:{number}"))
        except InputError as error:
            raise CamaraError(400, "INVALID_ARGUMENT", f"phoneNumber: {error}") from None
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
    """The owner of what one reading finds about one card, and of the holders that it may have."""

    def __init__(self, wanted: bytes) -> None:
        self.names = Names()
        self.card = CardState()
        self.since: int | None = None
        self.born: dict[bytes, int] = {}
        self.companies: set[bytes] = set()
        self._wanted = wanted

    def take(self, block: Block) -> None:
        rows = block.matrix()
        if self.since is None and len(rows):
            self.since = int(rows[0, INDEX["as_of"]])
        self._take_holders(rows)
        card = self.names.entities.find(self._wanted)
        if card is None:
            return
        about = np.flatnonzero((rows[:, INDEX["dst"]] == card) | (rows[:, INDEX["src"]] == card))
        for row, attrs in zip(rows[about].tolist(), _texts(block, about), strict=True):
            self.card = learned(self.card, self._event(row, attrs, card))

    def _take_holders(self, rows: Ints) -> None:
        code, name = self.names.words.code, self.names.entities.pseudonym
        profiles = rows[rows[:, INDEX["kind"]] == code("profile")]
        for src, detail, year in profiles[:, [INDEX["src"], INDEX["detail"], INDEX["number"]]].tolist():
            if self.names.words.word(detail) == "birth_year":  # asking for its code would enter it before the log does
                self.born[name(src)] = year
        founded = rows[rows[:, INDEX["kind"]] == code("company_registered"), INDEX["dst"]]
        self.companies.update(name(int(company)) for company in founded)

    def _event(self, row: list[int], attrs: str, card: int) -> CardEvent:
        word, kind = self.names.words.word, self.names.words.word(row[INDEX["kind"]]) or ""
        about = "src" if kind in _BY_SRC else "dst"
        return CardEvent(
            kind if row[INDEX[about]] == card else "seen", row[INDEX["happened_at"]], word(row[INDEX["detail"]]) or "",
            self._name(row[INDEX["holder"]]), self._name(row[INDEX["dst"]]) if kind == "card_attached" else None, attrs,
        )  # fmt: skip

    def _name(self, entity: int) -> bytes | None:
        return None if entity == NULL else self.names.entities.pseudonym(entity)


def _texts(block: Block, rows: Ints) -> list[str]:
    column = block.columns.get("attrs")
    if column is None:
        return [""] * len(rows)
    return [str(value or "") for value in pa.array(column).take(pa.array(rows)).to_pylist()]
