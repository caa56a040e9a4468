"""The index of cards: what each institution told of its cards and their holders, kept abreast of the log.

A function of the log: the same log gives the same index, however it was cut into commits and wherever the reading was
broken off. It costs a look into a table of kinds for each event, and learning only for those that tell of cards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.camara import TOLD, texts_at
from stanch.engine.names import Names
from stanch.exchange.camara.answers import Known
from stanch.exchange.camara.card import ROLE_OF, CardEvent, CardState, learned, tells
from stanch.intake.identifiers import pseudonym_of
from stanch.model.columns import INDEX, NULL
from stanch.model.errors import StoreError
from stanch.privacy.pseudonyms import Keys
from stanch.store.cards import CardFile, Changes, Of, Source
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

#: What is told of holders, with the role that they have in it.
_FOUNDED: Final = "company_registered"
_OF_HOLDERS: Final = frozenset({("profile", "birth_year")})
_ROLE_OF_HOLDER: Final = {"profile": "src", _FOUNDED: "dst"}

#: What is read of the log.
READ: Final = (
    "seq", "kind", "source", "as_of", "happened_at", "src", "dst", "holder", "detail", "number", "attrs",
)  # fmt: skip
#: A place is noted at the latest after so many events, though none of them told of a card.
NOTED_EVERY: Final = 1_000_000
#: Rows learned from in one transaction while a log is read.
TOGETHER: Final = 20_000

_KIND: Final = INDEX["kind"]

_encode: Final = msgspec.msgpack.encode
_card: Final = msgspec.msgpack.Decoder(CardState)


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """What an institution told of a holder."""

    birth_year: int | None = None
    business: bool = False


_holder: Final = msgspec.msgpack.Decoder(Holder)


@dataclass(frozen=True, slots=True)
class _Told:
    """One event that tells of a card or a holder, with its words."""

    source: str
    kind: str
    detail: str
    row: list[int]
    attrs: str


class CardIndex:
    """The owner of what is known of cards. ``names`` are those of the log, and know what is handed in.

    One thread at a time takes and saves; any may ask.
    """

    def __init__(self, path: Path, names: Names) -> None:
        self.file = CardFile(path)
        self._names = names
        kinds: npt.NDArray[np.bool_] = np.zeros(len(names.words), dtype=np.bool_)  # kinds are its first words
        kinds[[code for kind in TOLD if (code := names.words.find(kind)) is not None]] = True
        self._tells = kinds
        self.seq, self.as_of = -1, 0
        self._noted = self.seq
        self._sources: dict[str, Source] = {}
        self._forget_changes()

    def begin(self) -> None:
        """Go on from what the file holds; what was not saved is forgotten. A damaged file begins anew."""
        try:
            reached = self.file.reached()
        except StoreError:
            reached = None
        if reached is None:
            self.file.clear()
        self.seq, self.as_of = reached or (-1, 0)
        self._noted = self.seq
        self._sources = self.file.sources()
        self._forget_changes()

    def close(self) -> None:
        """Save and close."""
        try:
            self.save(least=0)
        finally:
            self.file.close()

    def take(self, rows: Ints, attrs: Ints | pa.Array | None) -> None:
        """Learn from the next events of the log: their matrix (n, columns), and ``attrs`` beside it."""
        told = np.flatnonzero(self._tells[rows[:, _KIND]])
        if len(told):
            self._learn(self._worded(rows[told], texts_at(attrs, told)))
            self._learned += len(told)
        self.seq, self.as_of = int(rows[-1, INDEX["seq"]]), int(rows[-1, INDEX["as_of"]])

    def save(self, least: int = 1) -> None:
        """Write what was learned, once it came from so many events, and how far the log was read. Raises StoreError."""
        if self.seq < 0 or (self._learned < least and self.seq - self._noted < NOTED_EVERY):
            return
        cards = {of: _encode(card) for of, card in self._cards.items()}
        holders = {of: _encode(holder) for of, holder in self._holders.items()}
        self.file.save(Changes(self._changed, cards, holders), self.seq, self.as_of)
        self._noted = self.seq
        self._forget_changes()

    def known(self, source: str, card: bytes, keys: Keys, at: int | None = None) -> Known:
        """Return what an institution told of a card, as far as it is saved; ``at`` is when it is asked."""
        now = self.as_of if at is None else max(self.as_of, at)
        (number, since), state = self.file.find(source, card) or ((0, None), None)
        known = CardState() if state is None else _card.decode(state)
        told = None if known.holder is None else self.file.holder((number, known.holder))
        holder = Holder() if told is None else _holder.decode(told)
        pseudonym = partial(pseudonym_of, keys)
        return Known(known, now, now if since is None else since, pseudonym, holder.birth_year, holder.business)

    def _worded(self, rows: Ints, attrs: list[str]) -> list[_Told]:
        word = self._names.words.word
        return [
            _Told(word(row[INDEX["source"]]) or "", word(row[_KIND]) or "", word(row[INDEX["detail"]]) or "", row, text)
            for row, text in zip(rows.tolist(), attrs, strict=True)
        ]

    def _learn(self, told: list[_Told]) -> None:
        about_cards = [each for each in told if tells(each.kind, each.detail)]
        about_holders = [each for each in told if (each.kind, each.detail) in _OF_HOLDERS or each.kind == _FOUNDED]
        for each in about_holders:
            self._know(each.source, None)
        for each in about_cards:
            self._know(each.source, each.row[INDEX["as_of"]])
        self._learn_cards([(self._of(each, ROLE_OF[each.kind]), each) for each in about_cards])
        self._learn_holders([(self._of(each, _ROLE_OF_HOLDER[each.kind]), each) for each in about_holders])

    def _learn_cards(self, told: list[tuple[Of | None, _Told]]) -> None:
        missing = {of for of, _ in told if of is not None} - self._cards.keys()
        kept = self.file.states("cards", missing)
        self._cards |= {of: _card.decode(kept[of]) if of in kept else CardState() for of in missing}
        for of, each in told:
            if of is not None:
                self._cards[of] = learned(self._cards[of], self._event(each))

    def _learn_holders(self, told: list[tuple[Of | None, _Told]]) -> None:
        missing = {of for of, _ in told if of is not None} - self._holders.keys()
        kept = self.file.states("holders", missing)
        self._holders |= {of: _holder.decode(kept[of]) if of in kept else Holder() for of in missing}
        for of, each in told:
            if of is not None:
                before = self._holders[of]
                born = before.birth_year if each.kind == _FOUNDED else each.row[INDEX["number"]]
                self._holders[of] = Holder(born, before.business or each.kind == _FOUNDED)

    def _know(self, source: str, told_of_a_card: int | None) -> None:
        """Give a source its number, and note when it first told of a card."""
        known = self._sources.get(source)
        if known is None or (known[1] is None and told_of_a_card is not None):
            number = len(self._sources) + 1 if known is None else known[0]
            self._sources[source] = self._changed[source] = (number, told_of_a_card)

    def _of(self, told: _Told, role: str) -> Of | None:
        pseudonym = self._name(told.row[INDEX[role]])
        return None if pseudonym is None else (self._sources[told.source][0], pseudonym)

    def _event(self, told: _Told) -> CardEvent:
        row = told.row
        device = self._name(row[INDEX["dst"]]) if told.kind == "card_attached" else None
        holder = self._name(row[INDEX["holder"]])
        return CardEvent(told.kind, row[INDEX["happened_at"]], told.detail, holder, device, told.attrs)

    def _name(self, entity: int) -> bytes | None:
        return None if entity == NULL else self._names.entities.pseudonym(entity)

    def _forget_changes(self) -> None:
        self._changed: dict[str, Source] = {}
        self._cards: dict[Of, CardState] = {}
        self._holders: dict[Of, Holder] = {}
        self._learned = 0


def read_on(index: CardIndex, records: Records, stopped: Callable[[], bool] = lambda: False) -> None:
    """Bring an index that has begun to the end of a log, or to where ``stopped`` says so.

    One that is not of this log begins anew. Raises StoreError where the index is damaged, or the log cannot be read.
    """
    if index.seq >= 0 and not _is_of(index, records):
        index.file.clear()
        index.begin()
    for each in records.blocks(index.seq + 1, columns=READ):
        if stopped():
            break
        index.take(each.block.matrix(), each.block.columns.get("attrs"))
        index.save(least=TOGETHER)
    index.save()


def _is_of(index: CardIndex, records: Records) -> bool:
    """Return whether the log has the event that an index ends with: places and clock of two logs never agree."""
    return records.clock_at(index.seq) == index.as_of
