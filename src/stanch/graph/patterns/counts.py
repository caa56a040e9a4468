"""How many patterns each transfer completes, by their size: features of a transfer, with nothing but what came before.

Each function returns (n, sizes) int64: in row ``i``, column ``k``, the patterns of size ``k + 2`` that transfer ``i``
completes; the last column holds all larger ones. Rows are in the order of ``Transfers``, ties in the order given.
The counts are those of the streaming Graph Feature Preprocessor (Blanusa et al., ICAIF 2024), which a test holds.
"""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled


def fans(transfers: Transfers, window: int, sizes: int) -> tuple[Ints, Ints]:
    """Count fan-ins and fan-outs: distinct partners of one account in ``(t - window, t]``."""
    t = transfers
    into = _fans(t.dst, t.src, t.at, (t.ins, t.in_from), window, sizes, True)
    out = _fans(t.src, t.dst, t.at, (t.outs, t.out_from), window, sizes, True)
    return into, out


def degrees(transfers: Transfers, window: int, sizes: int) -> tuple[Ints, Ints]:
    """Count transfers in and out of one account in ``(t - window, t]``, partners repeated or not."""
    t = transfers
    into = _fans(t.dst, t.src, t.at, (t.ins, t.in_from), window, sizes, False)
    out = _fans(t.src, t.dst, t.at, (t.outs, t.out_from), window, sizes, False)
    return into, out


@compiled
def _fans(  # noqa: PLR0913 compiled: arrays one by one
    hub: Ints, partner: Ints, at: Ints, index: tuple[Ints, Ints], window: int, sizes: int, distinct: bool
) -> Ints:
    """Slide one window over the transfers of each hub; ``seen`` counts its partners, and is emptied after it."""
    listed, starts = index
    out = np.zeros((len(hub), sizes), np.int64)
    seen = np.zeros(len(starts), np.int64)
    for a in range(len(starts) - 1):
        low, size = starts[a], 0
        for p in range(starts[a], starts[a + 1]):
            e = listed[p]
            size += 1 if seen[partner[e]] == 0 or not distinct else 0
            seen[partner[e]] += 1
            while at[listed[low]] <= at[e] - window:
                gone = partner[listed[low]]
                seen[gone] -= 1
                size -= 1 if seen[gone] == 0 or not distinct else 0
                low += 1
            if size >= 2:
                out[e, min(size - 2, sizes - 1)] = 1
        for p in range(low, starts[a + 1]):
            seen[partner[listed[p]]] = 0
    return out
