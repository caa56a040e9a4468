"""A text as the set of its short pieces: one to three Chinese characters, two to five others, hashed into a table.

Digits are read as one digit, so that what is learned is where numbers stand and not which. Each piece counts once a
text; a text's pieces weigh together the same, however long it is.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled, inlined
from stanch.text.folding import Codes

#: Slots of the table; a power of two.
SLOTS: Final = 1 << 18

_LAST: Final = 5
_LAST_HAN: Final = 3
_HAN: Final = 0x2E80
_NINE: Final = 0x39
_ZERO: Final = 0x30
_SEED: Final = 0x811C9DC5
_PRIME: Final = 0x01000193
_MIX: Final = 0x85EBCA6B

Slots = npt.NDArray[np.int32]
Ends = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]


def pieces_of(codes: Codes, ends: Ends) -> tuple[Slots, Ends]:
    """Return the slots of the pieces of each text, end to end, and where each text's ends."""
    return _pieces(codes, ends, SLOTS)


def logits_of(codes: Codes, ends: Ends, weights: Weights, bias: Weights) -> Weights:
    """Return, for each text, the sum of its pieces' weights by class (texts x classes)."""
    return _logits(codes, ends, weights, bias)


def shares_of(codes: Codes, weights: Weights, weighing: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return what each character of one text adds to one weighing of its classes (``weighing``: one a class)."""
    return _shares(codes, weights, weighing)


@inlined
def _mixed(mixed: np.uint32, code: np.uint32) -> np.uint32:
    """Return a hash with one more letter in it, any digit as one; 32 bits, which Numba would widen."""
    letter = np.uint32(_ZERO) if _ZERO <= code <= _NINE else code
    return np.uint32((mixed ^ letter) * np.uint32(_PRIME))


@inlined
def _longest(code: np.uint32) -> int:
    return _LAST_HAN if code >= _HAN else _LAST


@inlined
def _slot(mixed: np.uint32, slots: int) -> np.int32:
    turned = np.uint32((mixed ^ (mixed >> np.uint32(16))) * np.uint32(_MIX))
    return np.int32((turned ^ (turned >> np.uint32(13))) & np.uint32(slots - 1))


@compiled
def _pieces(codes: Codes, ends: Ends, slots: int) -> tuple[Slots, Ends]:
    seen = np.full(slots, -1, np.int32)
    found = np.empty(len(codes) * _LAST + 1, np.int32)
    stops = np.empty(len(ends), np.int64)
    used = 0
    begin = 0
    for row in range(len(ends)):
        for place in range(begin, ends[row]):
            mixed = np.uint32(_SEED)
            shortest = 1 if codes[place] >= _HAN else 2
            for length in range(1, min(_longest(codes[place]), ends[row] - place) + 1):
                mixed = _mixed(mixed, codes[place + length - 1])
                if length >= shortest:
                    slot = _slot(mixed, slots)
                    if seen[slot] != row:
                        seen[slot] = row
                        found[used] = slot
                        used += 1
        begin = ends[row]
        stops[row] = used
    return found[:used].copy(), stops


@compiled
def _logits(codes: Codes, ends: Ends, weights: Weights, bias: Weights) -> Weights:
    slots, classes = weights.shape
    seen = np.full(slots, -1, np.int32)
    out = np.zeros((len(ends), classes), np.float32)
    begin = 0
    for row in range(len(ends)):
        count = 0
        total = np.zeros(classes, np.float64)
        for place in range(begin, ends[row]):
            mixed = np.uint32(_SEED)
            shortest = 1 if codes[place] >= _HAN else 2
            for length in range(1, min(_longest(codes[place]), ends[row] - place) + 1):
                mixed = _mixed(mixed, codes[place + length - 1])
                if length >= shortest:
                    slot = _slot(mixed, slots)
                    if seen[slot] != row:
                        seen[slot] = row
                        count += 1
                        for which in range(classes):
                            total[which] += weights[slot, which]
        scale = 1.0 / np.sqrt(max(count, 1))
        for which in range(classes):
            out[row, which] = np.float32(total[which] * scale + bias[which])
        begin = ends[row]
    return out


@compiled
def _shares(codes: Codes, weights: Weights, weighing: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shares = np.zeros(len(codes), np.float64)
    count = 0
    for place in range(len(codes)):
        mixed = np.uint32(_SEED)
        shortest = 1 if codes[place] >= _HAN else 2
        for length in range(1, min(_longest(codes[place]), len(codes) - place) + 1):
            mixed = _mixed(mixed, codes[place + length - 1])
            if length >= shortest:
                slot = _slot(mixed, len(weights))
                share = 0.0
                for which in range(len(weighing)):
                    share += weights[slot, which] * weighing[which]
                count += 1
                for index in range(place, place + length):
                    shares[index] += share / length
    scale = 1.0 / np.sqrt(max(count, 1))
    for place in range(len(codes)):
        shares[place] *= scale
    return shares
