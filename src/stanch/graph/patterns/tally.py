"""A tally: small counts by number, in one open-addressed table; most of what was counted is soon counted down again."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.graph.patterns.transfers import Ints
from stanch.model.compiled import compiled, inlined

_SPREAD: Final = np.int64(-7046029254386353131)  # 2^64 divided by the golden ratio
_SMALLEST: Final = 2048
_ROOM: Final = 8  # a new table has so many numbers for one key that counts


@inlined
def _first(table: Ints, key: int) -> int:
    mixed = key * _SPREAD
    return int(2 * ((mixed ^ (mixed >> 32)) & (len(table) // 2 - 1)))


@inlined
def slot(table: Ints, key: int) -> int:
    """Return the place of a key, 1 or more, or the free place for it; its count stands in the next place."""
    place = _first(table, key)
    while table[place] != key and table[place] != 0:
        place = (place + 2) & (len(table) - 1)
    return place


@compiled
def remade(table: Ints, counting: int) -> Ints:
    """Return a table with room for ``counting`` keys, without those whose count is 0; never smaller than before."""
    places = max(len(table), _SMALLEST)
    while places < counting * _ROOM:
        places *= 2
    fresh = np.zeros(places, np.int64)
    for k in range(0, len(table), 2):
        if table[k + 1] > 0:
            place = slot(fresh, int(table[k]))
            fresh[place], fresh[place + 1] = table[k], table[k + 1]
    return fresh
