"""Groups: what hangs together by pairs of links, as the smallest member of each group."""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.transfers import Ints
from stanch.model.compiled import compiled


@compiled
def grouped(count: int, one: Ints, other: Ints) -> Ints:
    """Return for each of ``count`` things the smallest of its group; ``one[k]`` and ``other[k]`` belong together."""
    root = np.arange(count)
    for k in range(len(one)):
        a, b = one[k], other[k]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a < b:
            root[b] = a
        else:
            root[a] = b
    for k in range(count):
        root[k] = root[root[k]]
    return root
