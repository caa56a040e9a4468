"""How many patterns each transfer completes, by their size: features of a transfer, with nothing but what came before.

Each count is a block of columns: in row ``i``, column ``k`` of a block, the patterns of size ``k + 2`` that transfer
``i`` completes; the last column of a block holds all larger ones. Rows are in the order of ``Transfers``, ties in the
order given. The counts are those of the streaming Graph Feature Preprocessor (Blanusa et al., ICAIF 2024), which a
test holds.
"""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled


def fans(transfers: Transfers, window: int, sizes: int) -> Ints:
    """Count fan-ins, then fan-outs, (n, 2 sizes): distinct partners of one account in ``(t - window, t]``."""
    return _both(transfers, window, sizes, True)


def degrees(transfers: Transfers, window: int, sizes: int) -> Ints:
    """Count transfers in, then out, (n, 2 sizes) of one account in ``(t - window, t]``, partners repeated or not."""
    return _both(transfers, window, sizes, False)


def _both(transfers: Transfers, window: int, sizes: int, distinct: bool) -> Ints:
    t = transfers
    counts = np.zeros((len(t), 2, sizes), np.int64)
    _fans(t.src, t.at, (t.ins, t.in_from), window, distinct, counts[:, 0])
    _fans(t.dst, t.at, (t.outs, t.out_from), window, distinct, counts[:, 1])
    return counts.reshape(len(t), 2 * sizes)


@compiled
def _fans(partner: Ints, at: Ints, index: tuple[Ints, Ints], window: int, distinct: bool, out: Ints) -> None:
    """Slide one window over the transfers of each hub; ``seen`` counts its partners, and is emptied after it."""
    listed, starts = index
    most = out.shape[1] - 1
    seen = np.zeros(len(starts), np.int32)
    moments, partners = at[listed], partner[listed]
    for a in range(len(starts) - 1):
        low, size = starts[a], 0
        for p in range(starts[a], starts[a + 1]):
            size += 1 if seen[partners[p]] == 0 or not distinct else 0
            seen[partners[p]] += 1
            while moments[low] <= moments[p] - window:
                seen[partners[low]] -= 1
                size -= 1 if seen[partners[low]] == 0 or not distinct else 0
                low += 1
            if size >= 2:
                out[listed[p], min(size - 2, most)] = 1
        for p in range(low, starts[a + 1]):
            seen[partners[p]] = 0
