"""Which of many words stand in texts: one compiled pass over the signs of all texts, however many words there are.

A word in Latin letters stands alone; others may stand in the middle of what is written without spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled, inlined
from stanch.text.folding import Codes, codes_of

#: Words have up to so many sets; the last bit says that a word is in Latin letters throughout.
SETS: Final = 62
_LATIN: Final = 63
_SEED: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3
_FULL: Final = 3

Marks = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordSets:
    """Words by set, as a table of their beginnings: ``keys`` hashes, ``marks`` the sets of a word that ends there."""

    keys: Marks
    marks: Marks

    def among(self, codes: Codes, ends: Ends) -> Marks:
        """Return, for each text, the sets of which a word stands in it, one bit a set."""
        return _among(codes, ends, self.keys, self.marks)

    def places(self, codes: Codes) -> npt.NDArray[np.int64]:
        """Return (start, stop, sets) of each word that stands in one text."""
        return _places(codes, self.keys, self.marks)


def word_sets(words: Mapping[str, int]) -> WordSets:
    """Return words, each with the bits of its sets, ready to be looked for."""
    table: dict[int, int] = {}
    for word, sets in words.items():
        hashed = _SEED
        for code in codes_of(word).tolist():
            hashed = (hashed ^ code) * _PRIME & 0xFFFFFFFFFFFFFFFF
            table.setdefault(hashed, 0)
        table[hashed] |= sets | (1 << _LATIN if word.isascii() else 0)
    size = 1 << (_FULL * len(table) + 1).bit_length()
    keys, marks = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    for hashed, mark in table.items():
        at = hashed & (size - 1)
        while keys[at]:
            at = (at + 1) & (size - 1)
        keys[at], marks[at] = hashed, mark
    return WordSets(keys, marks)


@inlined
def _entry(keys: Marks, hashed: np.uint64) -> np.int64:
    """Return where the table holds a beginning, or -1."""
    last = np.uint64(keys.shape[0] - 1)
    at = hashed & last
    while keys[at] != np.uint64(0):
        if keys[at] == hashed:
            return np.int64(at)
        at = (at + np.uint64(1)) & last
    return np.int64(-1)


@inlined
def _letter(code: np.uint32) -> bool:
    return bool(0x61 <= code <= 0x7A)


@compiled
def _among(codes: Codes, ends: Ends, keys: Marks, marks: Marks) -> Marks:
    found = np.zeros(len(ends), np.uint64)
    latin = np.uint64(1) << np.uint64(_LATIN)
    begin = 0
    for row in range(len(ends)):
        for place in range(begin, ends[row]):
            inside = place > begin and _letter(codes[place - 1])
            hashed = np.uint64(_SEED)
            for stop in range(place, ends[row]):
                hashed = (hashed ^ np.uint64(codes[stop])) * np.uint64(_PRIME)
                at = _entry(keys, hashed)
                if at < np.int64(0):
                    break
                mark = marks[at]
                if mark & latin and (inside or (stop + 1 < ends[row] and _letter(codes[stop + 1]))):
                    continue
                found[row] |= mark
        begin = ends[row]
    return found & ~latin


@compiled
def _places(codes: Codes, keys: Marks, marks: Marks) -> npt.NDArray[np.int64]:
    out = np.empty((8, 3), np.int64)
    used = 0
    latin = np.uint64(1) << np.uint64(_LATIN)
    for place in range(len(codes)):
        inside = place > 0 and _letter(codes[place - 1])
        hashed = np.uint64(_SEED)
        for stop in range(place, len(codes)):
            hashed = (hashed ^ np.uint64(codes[stop])) * np.uint64(_PRIME)
            at = _entry(keys, hashed)
            if at < np.int64(0):
                break
            mark = marks[at]
            if mark == np.uint64(0) or (
                mark & latin and (inside or (stop + 1 < len(codes) and _letter(codes[stop + 1])))
            ):
                continue
            if used == len(out):
                wider = np.empty((2 * used, 3), np.int64)
                wider[:used] = out
                out = wider
            out[used, 0], out[used, 1], out[used, 2] = place, stop + 1, np.int64(mark & ~latin)
            used += 1
    return out[:used].copy()
