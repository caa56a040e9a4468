"""Identities: every clear identifier is checked, normalised and pseudonymised once, then known by a number.

A known identifier costs one look-up; a new one costs the check of its scheme, a keyed
hash and a place in the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.intake.identifier import FACETS
from stanch.intake.identifiers import normalise
from stanch.intake.spellings import UNKNOWN, Spellings
from stanch.intake.words import ABSENT, Codes, Words, nothing, spread
from stanch.model.entities import ENTITY_KINDS, PSEUDONYM_BYTES, SCHEMES
from stanch.model.errors import InputError
from stanch.privacy.identity import Identity, Vault
from stanch.privacy.pseudonyms import Keys, pseudonym

#: Identifiers kept in memory where nothing else is asked for; at about 120 bytes each the cache then starts anew.
MAX_KNOWN: Final = 4_000_000

_KIND_CODES: Final = {kind: code for code, kind in enumerate(ENTITY_KINDS)}
_WIDTH: Final = 2 + len(FACETS)
_KIND, _REASON, _FIRST_FACET = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Named:
    """One entity column after naming: a number per row (``ABSENT`` where empty) and the tables they point into."""

    rows: Codes
    pseudonyms: npt.NDArray[np.uint8]
    facts: npt.NDArray[np.int32]
    empty: bool = False

    def bytes16(self) -> pa.Array:
        """Return the column of pseudonyms."""
        if self.empty:
            return pa.nulls(len(self.rows), pa.binary(PSEUDONYM_BYTES))
        picked = np.ascontiguousarray(self.pseudonyms[self.rows])
        absent = self.rows == ABSENT
        valid = None if not absent.any() else pa.array(~absent).buffers()[1]
        return pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(PSEUDONYM_BYTES), len(self.rows), [valid, pa.py_buffer(picked)]
        )

    def kinds(self) -> Codes:
        """Return the entity kind of each row as its place in ``ENTITY_KINDS``, ``ABSENT`` where empty or refused."""
        return self._fact(_KIND)

    def reasons(self) -> Codes:
        """Return the word of the reason why the identifier of a row is refused, ``ABSENT`` where it is not."""
        return self._fact(_REASON)

    def facet(self, name: str) -> Codes:
        """Return the words of one facet."""
        return self._fact(_FIRST_FACET + FACETS.index(name))

    def _fact(self, position: int) -> Codes:
        if self.empty:
            return self.rows
        column: Codes = self.facts[self.rows, position]
        column[self.rows == ABSENT] = ABSENT
        return column


class Identities:
    """All identifiers seen by one intake. One owner; the vault gets new ones at ``flush``. ``most``: kept in memory."""

    def __init__(self, keys: Keys, vault: Vault, words: Words, most: int | None = None) -> None:
        self._keys = keys
        self._vault = vault
        self._words = words
        self._most = MAX_KNOWN if most is None else most
        self._spellings = Spellings(keys.digest)
        self._pseudonyms = np.zeros((1024, PSEUDONYM_BYTES), np.uint8)
        self._facts = np.full((1024, _WIDTH), ABSENT, np.int32)
        self._new: list[Identity] = []
        self.warnings: dict[str, int] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of the identifiers kept in memory."""
        return self._spellings.nbytes + self._pseudonyms.nbytes + self._facts.nbytes

    def name(self, column: pa.Array) -> Named:
        """Return the numbers of a column of ``kind:identifier`` strings."""
        if column.null_count == len(column):
            return Named(nothing(len(column)), self._pseudonyms, self._facts, empty=True)
        if not pa.types.is_dictionary(column.type):
            return Named(self._numbers(column.cast(pa.string())), self._pseudonyms, self._facts)
        encoded = _only_used(column)
        table = self._numbers(encoded.dictionary.cast(pa.string()))
        return Named(spread(table, encoded.indices), self._pseudonyms, self._facts)

    def _numbers(self, clears: pa.Array) -> Codes:
        numbers = self._spellings.find(clears)
        unknown = numbers == UNKNOWN
        if not unknown.any():
            return numbers
        new = clears.filter(pa.array(unknown)).unique()
        first = self._spellings.add(new)
        while len(self._spellings) > len(self._facts):
            self._double()
        for number, clear in enumerate(new.to_pylist(), first):
            self._learn(number, clear)
        return self._spellings.find(clears)

    def keep(self, kind: str, scheme: str, normalised: str) -> bytes:
        """Return the pseudonym of an identity found elsewhere, such as in a text, and keep it."""
        name = pseudonym(self._keys, scheme, normalised)
        self._new.append(Identity(name, kind, scheme, normalised))
        return name

    def flush(self) -> None:
        """Hand new identities to the vault, before anything that names them leaves intake."""
        if self._new:
            self._vault.put(self.taken())
        if len(self._spellings) > self._most:
            self._spellings = Spellings(self._keys.digest)

    def taken(self) -> list[Identity]:
        """Return the new identities; who takes them brings them into the vault."""
        new, self._new = self._new, []
        return new

    def _learn(self, number: int, clear: str) -> None:
        self._facts[number] = ABSENT
        try:
            kind, identifier = normalise(clear)
        except InputError as error:
            self._facts[number, _REASON] = self._words.code(str(error))
            return
        name = self.keep(kind, SCHEMES[kind], identifier.normalised)
        self._pseudonyms[number] = np.frombuffer(name, np.uint8)
        code = self._words.code
        self._facts[number] = [_KIND_CODES[kind], ABSENT, *map(code, identifier.facets)]
        if identifier.warning is not None:
            self.warnings[identifier.warning] = self.warnings.get(identifier.warning, 0) + 1

    def _double(self) -> None:
        # new tables, so that columns already named keep the ones they point into
        self._pseudonyms = np.concatenate([self._pseudonyms, np.zeros_like(self._pseudonyms)])
        self._facts = np.concatenate([self._facts, np.full_like(self._facts, ABSENT)])


def _only_used(encoded: pa.DictionaryArray) -> pa.DictionaryArray:
    """Drop dictionary values that no row uses: a file-wide dictionary would be looked up again for every chunk."""
    if len(encoded.dictionary) <= len(encoded):
        return encoded
    return encoded.cast(encoded.type.value_type).dictionary_encode()
