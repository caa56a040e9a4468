"""Compiled hash tables over integer keys: open addressing, linear probing, deletion that leaves no graves.

``find_row`` keeps no keys of its own: a slot holds half of the hash and the address of a row whose first two words are
the key. ``bump`` counts (address, value) pairs, the multiset behind exact sliding ``distinct``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled, inlined

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

#: Tables grow before more than this share of their slots is taken.
FULL = 0.6

_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(32)
_COUNT_SHIFT = 40
_PLACE = (1 << _COUNT_SHIFT) - 1


@inlined
def mixed(first: int, second: int) -> np.uint64:
    """Mix two words into 64 well spread bits (the finaliser of SplitMix64, Steele and others 2014)."""
    h = np.uint64(first) * np.uint64(0x9E3779B97F4A7C15) + (np.uint64(second) ^ np.uint64(0xD1B54A32D192ED03))
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@inlined
def find_row(index: Words, slots: Ints, h: np.uint64, first: int, second: int) -> int:
    """Return the address of the row with this key, or -1. ``h`` is the key mixed, as in all of these."""
    last = np.uint64(index.shape[0] - 1)
    print_ = h >> _HIGH
    at = print_ & last
    while True:
        entry = index[at]
        if entry == np.uint64(0):
            return -1
        if entry >> _HIGH == print_:
            row = ((entry & _LOW) - np.uint64(1)) << np.uint64(1)
            if slots[row] == first and slots[row + np.uint64(1)] == second:
                return int(np.int64(row))
        at = (at + np.uint64(1)) & last


@inlined
def add_row(index: Words, h: np.uint64, row: int) -> None:
    """Enter a row (an even address below 2**33) that is known to be absent."""
    last = np.uint64(index.shape[0] - 1)
    print_ = h >> _HIGH
    at = print_ & last
    while index[at] != np.uint64(0):
        at = (at + np.uint64(1)) & last
    index[at] = (print_ << _HIGH) | np.uint64((row >> 1) + 1)


@inlined
def drop_row(index: Words, h: np.uint64, row: int) -> None:
    """Remove a row that is known to be present; later entries of its run move up."""
    last = np.uint64(index.shape[0] - 1)
    print_ = h >> _HIGH
    mine = (print_ << _HIGH) | np.uint64((row >> 1) + 1)
    at = print_ & last
    while index[at] != mine:
        at = (at + np.uint64(1)) & last
    hole = at
    at = (at + np.uint64(1)) & last
    while index[at] != np.uint64(0):
        home = (index[at] >> _HIGH) & last
        if ((at - home) & last) >= ((at - hole) & last):
            index[hole] = index[at]
            hole = at
        at = (at + np.uint64(1)) & last
    index[hole] = np.uint64(0)


@compiled
def regrow(index: Words, larger: Words) -> None:
    """Enter all rows of one index into a larger, empty one."""
    last = np.uint64(larger.shape[0] - 1)
    for place in range(index.shape[0]):
        entry = index[place]
        if entry != np.uint64(0):
            at = (entry >> _HIGH) & last
            while larger[at] != np.uint64(0):
                at = (at + np.uint64(1)) & last
            larger[at] = entry


@inlined
def bump(pairs: Ints, place: int, value: int, by: int) -> int:
    """Change the count of (place, value) by +1 or -1 and return it; a count of 0 takes no room.

    ``pairs`` is (capacity, 2): count and place in one word, the value in the other.
    """
    last = np.uint64(pairs.shape[0] - 1)
    at = mixed(place, value) & last
    while pairs[at, 0] != 0:
        word = pairs[at, 0]
        if word & _PLACE == place and pairs[at, 1] == value:
            count = (word >> _COUNT_SHIFT) + by
            if count > 0:
                pairs[at, 0] = (count << _COUNT_SHIFT) | place
            else:
                _close(pairs, at)
            return int(count)
        at = (at + np.uint64(1)) & last
    pairs[at, 0] = (1 << _COUNT_SHIFT) | place
    pairs[at, 1] = value
    return 1


@inlined
def _close(pairs: Ints, at: np.uint64) -> None:
    last = np.uint64(pairs.shape[0] - 1)
    hole = at
    at = (at + np.uint64(1)) & last
    while pairs[at, 0] != 0:
        home = mixed(pairs[at, 0] & _PLACE, pairs[at, 1]) & last
        if ((at - home) & last) >= ((at - hole) & last):
            pairs[hole, 0] = pairs[at, 0]
            pairs[hole, 1] = pairs[at, 1]
            hole = at
        at = (at + np.uint64(1)) & last
    pairs[hole, 0] = 0
    pairs[hole, 1] = 0


@compiled
def regrow_pairs(pairs: Ints, larger: Ints) -> None:
    """Enter all pairs of one multiset into a larger, empty one."""
    last = np.uint64(larger.shape[0] - 1)
    for i in range(pairs.shape[0]):
        if pairs[i, 0] != 0:
            at = mixed(pairs[i, 0] & _PLACE, pairs[i, 1]) & last
            while larger[at, 0] != 0:
                at = (at + np.uint64(1)) & last
            larger[at, 0] = pairs[i, 0]
            larger[at, 1] = pairs[i, 1]
