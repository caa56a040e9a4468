"""How many scatter-gathers each transfer completes: one account pays several others, and they all pay another one.

As the Graph Feature Preprocessor counts: the legs lie in one window, in any order among themselves.
"""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled


def scatter_gathers(transfers: Transfers, window: int, sizes: int, budget: int) -> tuple[Ints, Ints]:
    """Return (n, sizes) scatter-gathers completed, by the number of accounts between from 2, and those cut short.

    ``window`` holds the legs in ``[t - window, t]``. ``budget`` is how many legs are looked at for one transfer.
    """
    t = transfers
    found = np.zeros((len(t), sizes), np.int64)
    cut = np.zeros(len(t), np.int64)
    legs = (t.src, t.dst, t.at)
    _complete(legs, (t.ins, t.in_from), (t.outs, t.out_from), window, budget, found, cut)
    return found, np.flatnonzero(cut)


@compiled
def _complete(  # noqa: C901, PLR0913 one walk, kept in one loop for the compiler
    legs: tuple[Ints, Ints, Ints],
    into: tuple[Ints, Ints],
    out: tuple[Ints, Ints],
    window: int,
    budget: int,
    found: Ints,
    cut: Ints,
) -> None:
    """Look at each transfer as the last gathering leg, then as the last scattering leg, which is its mirror image.

    ``far`` are the accounts two legs away through the transfer; ``count`` the accounts between, beside this one.
    """
    at = legs[2]
    accounts = len(into[1]) - 1
    low_in, high_in = into[1][:-1].copy(), into[1][:-1].copy()
    low_out, high_out = out[1][:-1].copy(), out[1][:-1].copy()
    wanted = np.full(accounts, -1, np.int64)
    between = np.full(accounts, -1, np.int64)
    counted = np.full(accounts, -1, np.int64)
    count = np.zeros(accounts, np.int64)
    far = np.zeros(accounts, np.int64)
    tag = 0
    for e in range(len(at)):
        payer, payee = legs[0][e], legs[1][e]
        high_out[payer] += 1
        high_in[payee] += 1
        for side in range(2):
            if side == 0:
                middle, end, source = payer, payee, legs[0]
                near, low, high = into[0], low_in, high_in
            else:
                middle, end, source = payee, payer, legs[1]
                near, low, high = out[0], low_out, high_out
            oldest, work, reached = at[e] - window, 0, 0
            while low[middle] < high[middle] and at[near[low[middle]]] < oldest:
                low[middle] += 1
            while low[end] < high[end] and at[near[low[end]]] < oldest:
                low[end] += 1
            if low[middle] == high[middle] or high[end] - low[end] < 2:
                continue
            mark = 2 * e + side
            for p in range(low[middle], high[middle]):
                x = source[near[p]]
                if x != end and wanted[x] != mark:
                    wanted[x], count[x], far[reached] = mark, 1, x
                    reached += 1
            between[middle] = mark
            for p in range(low[end], high[end]):
                m = source[near[p]]
                if between[m] == mark or work > budget:
                    continue
                between[m] = mark
                tag += 1
                while low[m] < high[m] and at[near[low[m]]] < oldest:
                    low[m] += 1
                for q in range(low[m], high[m]):
                    work += 1
                    x = source[near[q]]
                    if wanted[x] == mark and counted[x] != tag and x != m:
                        counted[x] = tag
                        count[x] += 1
            for k in range(reached):
                size = count[far[k]]
                if size >= 2:
                    found[e, min(size - 2, found.shape[1] - 1)] += 1
            cut[e] |= work > budget
