"""Every entity, word and text of the made-up country, known by a small code until the files are written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stanch.lab.world.clock import Ints


class Names:
    """The one owner of codes: entities in clear form, words of small vocabularies, texts."""

    def __init__(self) -> None:
        self._entities: list[pa.StringArray] = []
        self._count = 0
        self._words: dict[str, int] = {}
        self._texts: dict[str, int] = {}

    def add(self, kind: str, identifiers: Sequence[str]) -> Ints:
        """Add entities of one kind; return their codes, which are consecutive. Nobody adds the same twice."""
        plain = pa.array(identifiers, type=pa.string())
        self._entities.append(pc.binary_join_element_wise(pa.scalar(f"{kind}:"), plain, ""))
        first, self._count = self._count, self._count + len(plain)
        return np.arange(first, self._count, dtype=np.int64)

    def __len__(self) -> int:
        """Return how many entities there are."""
        return self._count

    def one(self, kind: str, identifier: str) -> int:
        """Add one entity and return its code."""
        return int(self.add(kind, [identifier])[0])

    def word(self, word: str) -> int:
        """Return the code of a word, such as a kind, a channel or a region."""
        return self._words.setdefault(word, len(self._words))

    def words(self, words: Sequence[str]) -> Ints:
        """Return the codes of several words."""
        return np.asarray([self.word(word) for word in words], dtype=np.int64)

    def text(self, text: str) -> int:
        """Return the code of a text."""
        return self._texts.setdefault(text, len(self._texts))

    def texts(self, texts: Sequence[str]) -> Ints:
        """Return the codes of several texts."""
        return np.asarray([self.text(text) for text in texts], dtype=np.int64)

    def entity_strings(self) -> pa.StringArray:
        """Return all entities in clear form, at the position of their code."""
        if len(self._entities) != 1:
            self._entities = [pa.concat_arrays(self._entities)]
        return self._entities[0]

    def spelled(self, code: int) -> str:
        """Return one entity in clear form."""
        return str(self.entity_strings()[code])

    def spelled_word(self, code: int) -> str:
        """Return one word."""
        return list(self._words)[code]

    def word_strings(self) -> pa.StringArray:
        """Return all words, at the position of their code."""
        return pa.array(list(self._words), type=pa.string())

    def text_strings(self) -> pa.StringArray:
        """Return all texts, at the position of their code."""
        return pa.array(list(self._texts), type=pa.string())
