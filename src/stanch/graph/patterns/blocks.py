"""Bipartite blocks: the same few accounts pay the same few others within days."""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.made import by_ends
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.graph.patterns.union import grouped
from stanch.model.compiled import compiled


def blocks(transfers: Transfers, limits: Limits) -> tuple[list[Pattern], int]:
    """Return blocks in which every payer pays at least two of the payees and every payee is paid by two payers.

    Two payers belong together when both pay the same two accounts within the window.
    """
    t = transfers
    early, late, cut = _pairs((t.src, t.dst, t.at), (t.outs, t.out_from), limits.block_window, limits.pairs)
    one, other = _squares(transfers, early, late, limits.block_window)
    group = grouped(len(t), one, other)
    inside = np.unique(np.concatenate([one, other]))
    found = []
    for first in np.unique(group[inside]):
        legs = inside[group[inside] == first]
        least = limits.block_accounts
        if min(len(np.unique(t.src[legs])), len(np.unique(t.dst[legs]))) >= least:
            found.append(by_ends(t, "bipartite", legs.tolist(), ("payer", "both", "payee")))
    return found, cut


def _squares(transfers: Transfers, early: Ints, late: Ints, window: int) -> tuple[Ints, Ints]:
    """Return legs that belong together: pairs of legs to the same two payees, by different payers near in time."""
    t = transfers
    low = np.minimum(t.dst[early], t.dst[late])
    high = np.maximum(t.dst[early], t.dst[late])
    key = low * t.accounts + high
    order = np.lexsort((late, key))
    early, late, key = early[order], late[order], key[order]
    near = (key[1:] == key[:-1]) & (t.src[early[1:]] != t.src[early[:-1]])
    near &= np.abs(t.at[late[1:]] - t.at[early[:-1]]) <= window
    at = np.flatnonzero(near)
    a, b = at, at + 1
    one = np.concatenate([early[a], early[a], early[b]])
    other = np.concatenate([late[a], early[b], late[b]])
    return one, other


@compiled
def _pairs(legs: tuple[Ints, Ints, Ints], out: tuple[Ints, Ints], window: int, budget: int) -> tuple[Ints, Ints, int]:
    """Return pairs of legs of one payer to two payees in the window, and how many legs had too many partners."""
    _, dst, at = legs
    listed, starts = out
    one, other = [0 for _ in range(0)], [0 for _ in range(0)]
    cut = 0
    for a in range(len(starts) - 1):
        for p in range(starts[a], starts[a + 1]):
            q = p + 1
            while q < starts[a + 1] and at[listed[q]] <= at[listed[p]] + window and q - p <= budget:
                if dst[listed[q]] != dst[listed[p]]:
                    one.append(listed[p])
                    other.append(listed[q])
                q += 1
            cut += q - p > budget
    return np.array(one, dtype=np.int64), np.array(other, dtype=np.int64), cut
