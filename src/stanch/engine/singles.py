"""Single events: a few at a time, checked one by one, straight into the matrix of the core.

For a handful of events the columns of a bulk intake cost more than the events themselves. Both ways give the same
rows; a test holds them to it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import datetime
from sys import getsizeof
from typing import Final, cast

import numpy as np
import pyarrow as pa

from stanch.engine.arrivals import CARRIED, CARRIED_TYPES, Arrivals, with_identity
from stanch.engine.names import Names
from stanch.intake.identifiers import normalise
from stanch.intake.identities import Identities
from stanch.intake.take import IntakeContext
from stanch.intake.texts import Clear, Texts
from stanch.intake.words import Words
from stanch.intake.zones import QUARTER, local_hours, zone
from stanch.model.columns import BY_NAME, INDEX, MATRIX, NULL, SENT, TEXT_SCORES, ColumnType
from stanch.model.entities import SCHEMES
from stanch.model.errors import InputError
from stanch.model.events import micros
from stanch.model.kept import Kept
from stanch.model.kinds import READ, READ_FROM_SERVICES, SERVICES
from stanch.privacy.identity import Identity

Row = dict[str, object]
Known = tuple[int, ...]

#: Bytes of identifiers kept in memory, some 200,000; the oldest then make room.
_MOST: Final = 64 << 20
#: What is known of an identifier, beside its spelling: the codes and the place in the table.
_BESIDE: Final = 250
_MOST_HOURS: Final = 10_000

_ENTITIES: Final = tuple(name for name in SENT if BY_NAME[name].type is ColumnType.ENTITY)
_SYMBOLS: Final = tuple((name, INDEX[name]) for name in SENT if BY_NAME[name].type is ColumnType.SYMBOL)
_NUMBERS: Final = tuple((name, INDEX[name]) for name in SENT if BY_NAME[name].type is ColumnType.INT)
_HAPPENED, _KNOWN, _HOUR = (INDEX[name] for name in ("happened_at", "known_at", "hour"))
_SCORES: Final = tuple(INDEX[name] for name in TEXT_SCORES)
_EMPTY: Final = array("q", [NULL] * len(MATRIX))
#: Where what is known of an identifier goes: its code, its kind, and its facets in the order of ``FACETS``.
_PLACES: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    name: (
        (0, INDEX[name]),
        *((at, INDEX[f"{name}_{facet}"]) for at, facet in enumerate(("kind", "country", "type", "range", "bin"), 1)
          if f"{name}_{facet}" in INDEX),
        *([(6, INDEX["tac"])] if name == "device" else []),
        *([(7, INDEX["subnet"])] if name == "address" else []),
    )
    for name in _ENTITIES
}  # fmt: skip


class Singles:
    """Takes rows that ``model.events`` has checked. One owner.

    ``names`` gives the codes.
    """

    def __init__(self, context: IntakeContext, names: Names, secret: bytes) -> None:
        self._names = names
        self._secret = secret
        self._identities = Identities(context.keys, context.vault, Words())
        self._texts = Texts(context.keys, context.vault, self._identities, context.scorer)
        self._zone = zone(context.timezone)
        self._known: Kept[str, Known | str] = Kept(_MOST, _weigh)
        self._hours: dict[int, int] = {}

    def identities(self) -> list[Identity]:
        """Return the identities met since the last time; who takes them brings them into the vault."""
        return self._identities.taken()

    @property
    def nbytes(self) -> int:
        """Bytes of the identifiers kept in memory."""
        return self._known.nbytes

    def take(self, rows: Sequence[Row], now: int | None) -> tuple[Arrivals, dict[int, str]]:
        """Return the good events in their order, and the reason of each refused one by its place.

        ``now`` is when we learned of them, None where the rows say so.
        """
        made: list[array[int]] = []
        kept: list[Row] = []
        reasons: dict[int, str] = {}
        for place, sent in enumerate(rows):
            try:
                made.append(self._row(sent, now))
                kept.append(sent)
            except InputError as error:
                reasons[place] = str(error)
        ciphers = self._take_texts(made, kept)
        self._known.trim()
        matrix = np.frombuffer(bytearray().join(made), dtype=np.int64).reshape(len(made), len(MATRIX))
        carried = {name: _carried(name, [sent.get(name) for sent in kept]) for name in CARRIED if name != "text"}
        carried["text"] = _carried("text", ciphers)
        return with_identity(matrix, carried, self._names, self._secret), reasons

    def _row(self, sent: Row, now: int | None) -> array[int]:
        row, code = _EMPTY[:], self._names.words.code
        row[_HAPPENED] = micros(cast("datetime", sent["happened_at"]))
        row[_HOUR] = self._hour(row[_HAPPENED])
        known = sent["known_at"]
        row[_KNOWN] = now if now is not None else micros(cast("datetime", known)) if known else row[_HAPPENED]
        for name, at in _SYMBOLS:
            word = sent[name]
            if word:
                row[at] = code(cast("str", word))
        for name, at in _NUMBERS:
            number = sent[name]
            if number is not None:
                row[at] = cast("int", number)
        for name in _ENTITIES:
            clear = sent[name]
            if clear is not None:
                self._name(name, cast("str", clear), row)
        reference = sent["end_to_end"]
        if reference is not None:
            row[INDEX["payment"]] = self._texts.payment(cast("str", reference))
        return row

    def _hour(self, happened: int) -> int:
        """Return the local hour of a moment: it is the same throughout a quarter of an hour, in every zone there is."""
        quarter = happened // QUARTER
        found = self._hours.get(quarter)
        if found is None:
            if len(self._hours) > _MOST_HOURS:
                self._hours = {}
            moment = np.array([quarter * QUARTER], dtype=np.int64)
            found = self._hours[quarter] = int(local_hours(moment, self._zone)[0])
        return found

    def _name(self, column: str, clear: str, row: array[int]) -> None:
        found = self._known.get(clear)
        if found is None:
            found = self._known[clear] = self._learn(clear)
        if isinstance(found, str):
            raise InputError(f"{column}: {found}")
        for at, to in _PLACES[column]:
            row[to] = found[at]

    def _learn(self, clear: str) -> Known | str:
        try:
            kind, identifier = normalise(clear)
        except InputError as error:
            return str(error)
        pseudonym = self._identities.keep(kind, SCHEMES[kind], identifier.normalised)
        code = self._names.words.code
        facets = (NULL if facet is None else code(facet) for facet in identifier.facets)
        return (self._code(pseudonym), code(kind), *facets)

    def _code(self, pseudonym: bytes) -> int:
        words = np.frombuffer(pseudonym, dtype=np.uint64).reshape(1, 2)
        return int(self._names.entities.codes(words, _ONE)[0])

    def _take_texts(self, rows: Sequence[array[int]], sent: Sequence[Row]) -> list[bytes | None]:
        """Return the texts as they are kept; what they contain and were scored goes into the rows."""
        ciphers: list[bytes | None] = [None] * len(rows)
        where = [place for place, each in enumerate(sent) if each["text"] is not None]
        clear = [
            Clear(
                cast("str", sent[n]["text"]), cast("str", sent[n]["event_id"]), rows[n][_KNOWN],
                self._may_read(rows[n], cast("str", sent[n]["kind"])),
            )
            for n in where
        ]  # fmt: skip
        for place, taken in zip(where, self._texts.take(clear) if clear else (), strict=True):
            row, ciphers[place] = rows[place], taken.cipher
            if taken.contact is not None:
                row[INDEX["contact"]] = self._code(taken.contact)
            row[INDEX["contacts"]], row[INDEX["text_digest"]] = taken.contacts, taken.digest
            for at, score in zip(_SCORES, taken.scores, strict=True):
                row[at] = NULL if score is None else score
        return ciphers

    def _may_read(self, row: array[int], kind: str) -> bool:
        by_service = kind in READ_FROM_SERVICES and self._names.words.word(row[INDEX["src_type"]]) in SERVICES
        return kind in READ or by_service


def _weigh(clear: str, _: Known | str) -> int:
    return _BESIDE + getsizeof(clear)


_ONE: Final = np.ones(1, dtype=np.bool_)


def _carried(name: str, values: Sequence[object]) -> pa.Array:
    if all(value is None for value in values):
        return pa.nulls(len(values), CARRIED_TYPES[name])
    return pa.array(values, CARRIED_TYPES[name])
