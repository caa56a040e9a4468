"""The names of a home: entities and words by code, and which word is which kind of event."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.features.conditions import ValueType
from stanch.features.plan import KIND_NUMBER
from stanch.model.columns import NULL
from stanch.model.interner import Entities, Words
from stanch.model.kinds import KINDS, LATER

Ints = npt.NDArray[np.int64]

#: The source of events that Stanch itself writes.
OURSELVES = "stanch"

_DICTIONARIES = 64
#: Sources of a batch up to which each is asked for by itself.
_FEW = 256
#: Kinds whose words every home begins with, and so knows by the same codes; the later ones are entered when they come.
_FIRST = tuple(kind for kind in KINDS if kind not in LATER)
#: Number of a kind by the code of its word; then -1 for other words.
_KINDS = np.array([*(KIND_NUMBER.get(kind, -1) for kind in _FIRST), -1], dtype=np.int64)


class Names:
    """Gives codes in the order of the log, so that a replay gives the same ones."""

    def __init__(self) -> None:
        self.entities = Entities()
        self.words = Words((*_FIRST, OURSELVES))
        self._saved = (0, 0)
        self._dictionaries: dict[tuple[int, ...], tuple[pa.Array, Ints]] = {}
        self._sources: dict[int, int] = {}

    def kinds(self, words: Ints) -> Ints:
        """Return the numbers of the kinds that these words name."""
        found: Ints = _KINDS[np.minimum(words, len(_KINDS) - 1)]
        for kind in LATER:
            code = self.words.find(kind)
            if code is not None:
                found[words == code] = KIND_NUMBER[kind]
        return found

    def known(self, words: Iterable[str]) -> Ints:
        """Return the codes of those of the words that have one; nothing is entered."""
        codes = (self.words.find(word) for word in words)
        return np.array([code for code in codes if code is not None], dtype=np.int64)

    def codes_of(self, dictionary: pa.Array) -> Ints:
        """Return the codes of the words of an Arrow dictionary, then NULL; slices of one table share theirs."""
        buffers = [buffer.address if buffer else 0 for buffer in dictionary.buffers()]
        key = (*buffers, dictionary.offset, len(dictionary))
        if key not in self._dictionaries:
            if len(self._dictionaries) >= _DICTIONARIES:
                self._dictionaries.clear()
            self._dictionaries[key] = (dictionary, np.append(self.words.codes(dictionary.to_pylist()), NULL))
        return self._dictionaries[key][1]

    def source_digests(self, sources: Ints) -> npt.NDArray[np.uint64]:
        """Return one word per source that does not depend on the codes of this home."""
        if len(sources) <= _FEW:
            return np.array([self._source_digest(code) for code in sources.tolist()], dtype=np.uint64)
        unique, inverse = np.unique(sources, return_inverse=True)
        digests = [self._source_digest(int(code)) for code in unique]
        return np.array(digests, dtype=np.uint64)[inverse]

    def plain(self, name: str, type_: ValueType, value: int) -> int | str | None:
        """Return a value as people read it: words for codes."""
        return self.words.word(value) if type_ is ValueType.SYMBOL else value

    def unsaved(self) -> tuple[npt.NDArray[np.uint64], list[str]]:
        """Return the entities (k, 2) and words that no commit has carried yet, and regard them as saved."""
        entities, words = self._saved
        self._saved = (len(self.entities), len(self.words))
        return self.entities.since(entities), self.words.since(words)

    def saved(self) -> tuple[npt.NDArray[np.uint64], list[str]]:
        """Return the entities (k, 2, as they lie in memory) and words that commits have carried."""
        entities, words = self._saved
        return self.entities.until(entities), self.words.since(0)[:words]

    def load(self, entities: npt.NDArray[np.uint64], words: list[str]) -> None:
        """Enter what a snapshot or a block of the log carried, in its order."""
        self.entities.enter(entities)
        self.words.codes(words)
        self._saved = (len(self.entities), len(self.words))

    def _source_digest(self, code: int) -> int:
        if code not in self._sources:
            word = self.words.word(code) or ""
            self._sources[code] = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
        return self._sources[code]
