"""Interners: pseudonyms and words become small codes, in the order in which the log first saw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.columns import NULL
from stanch.model.compiled import kernel
from stanch.model.errors import InputError

Words64 = npt.NDArray[np.uint64]

#: More entities than this cannot be told apart by the windows' keys.
MAX_ENTITIES: Final = 2**31 - 2

_FULL: Final = 0.6
_SMALL: Final = 1 << 12


@kernel
def _intern(
    index: Words64,
    known: Words64,
    count: int,
    column: Words64,
    valid: npt.NDArray[np.bool_],
    out: npt.NDArray[np.int64],
) -> int:
    """Write the code of each valid pseudonym; enter new ones. Returns how many are known then."""
    last = np.uint64(index.shape[0] - 1)
    for r in range(column.shape[0]):
        if not valid[r]:
            out[r] = NULL
            continue
        first = column[r, 0]
        second = column[r, 1]
        mark = first >> np.uint64(32)
        at = (first ^ second) & last
        while True:
            entry = index[at]
            if entry == np.uint64(0):
                index[at] = (mark << np.uint64(32)) | np.uint64(count + 1)
                known[count, 0] = first
                known[count, 1] = second
                out[r] = count
                count += 1
                break
            if entry >> np.uint64(32) == mark:
                code = np.int64(entry & np.uint64(0xFFFFFFFF)) - 1
                if known[code, 0] == first and known[code, 1] == second:
                    out[r] = code
                    break
            at = (at + np.uint64(1)) & last
    return count


class Entities:
    """Codes of pseudonyms: 0, 1, 2 ... in the order of first sight. A pseudonym is 16 bytes, here two words."""

    def __init__(self) -> None:
        self._known: Words64 = np.zeros((_SMALL, 2), dtype=np.uint64)
        self._index: Words64 = np.zeros(_SMALL, dtype=np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes in use."""
        return self.until(self._count).nbytes + self._index.nbytes

    def codes(self, column: Words64, valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return the codes (n,) of a column (n, 2) of pseudonyms, NULL where not valid; new ones are entered."""
        self._make_room(len(column))
        out = np.empty(len(column), dtype=np.int64)
        self._count = int(_intern(self._index, self._known, self._count, np.ascontiguousarray(column), valid, out))
        return out

    def enter(self, pseudonyms: Words64) -> None:
        """Enter pseudonyms (k, 2) that are new, in their order."""
        self.codes(pseudonyms, np.ones(len(pseudonyms), dtype=np.bool_))

    def since(self, count: int) -> Words64:
        """Return the pseudonyms from a code on, (k, 2)."""
        return self._known[count : self._count].copy()

    def until(self, count: int) -> Words64:
        """Return the pseudonyms before a code, (k, 2), as they lie in memory: they never change."""
        return self._known[:count]

    def pseudonym(self, code: int) -> bytes:
        """Return the 16 bytes behind a code."""
        found: bytes = self._known[code].tobytes()
        return found

    def find(self, pseudonym: bytes) -> int | None:
        """Return the code of a pseudonym, or None; nothing is entered. For a question now and then: it reads all."""
        words = np.frombuffer(pseudonym, dtype=np.uint64)
        found = np.flatnonzero((self._known[: self._count] == words).all(axis=1))
        return int(found[0]) if len(found) else None

    def _make_room(self, coming: int) -> None:
        need = self._count + coming
        if need > MAX_ENTITIES:
            raise InputError(f"more than {MAX_ENTITIES:,} entities; split the deployment by source")
        if need > len(self._known):
            more = np.zeros((max(need, len(self._known) * 3 // 2), 2), dtype=np.uint64)
            more[: self._count] = self._known[: self._count]
            self._known = more
        if need > _FULL * len(self._index):
            held = self._known[: self._count].copy()
            self._index = np.zeros(1 << int(need / _FULL).bit_length(), dtype=np.uint64)
            again = np.empty(len(held), dtype=np.int64)
            _intern(self._index, self._known, 0, held, np.ones(len(held), dtype=np.bool_), again)


class Words:
    """Codes of words of small vocabularies, in the order of first use."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = list(words)
        self._codes = {word: code for code, word in enumerate(self._words)}

    def __len__(self) -> int:
        return len(self._words)

    def code(self, word: str) -> int:
        """Return the code of a word, entering it if new."""
        code = self._codes.get(word)
        if code is None:
            code = self._codes[word] = len(self._words)
            self._words.append(word)
        return code

    def find(self, word: str) -> int | None:
        """Return the code of a word, or None; nothing is entered, so that any thread may ask."""
        return self._codes.get(word)

    def codes(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the codes of several words."""
        return np.array([self.code(word) for word in words], dtype=np.int64)

    def word(self, code: int) -> str | None:
        """Return the word behind a code; None for NULL."""
        return None if code == NULL else self._words[code]

    def since(self, count: int) -> list[str]:
        """Return the words from a code on."""
        return self._words[count:]
