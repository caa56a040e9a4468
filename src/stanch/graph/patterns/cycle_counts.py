"""How many cycles in time order each transfer closes, by length.

Money that runs in a circle: each leg strictly later than the one before, no account twice, all within a window.
Parallel payments on a leg are one cycle, not two.
"""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled


def cycles(transfers: Transfers, window: int, longest: int, budget: int) -> tuple[Ints, Ints]:
    """Return (n, longest - 1) cycles that each transfer closes, by length from 2, and the transfers cut short.

    ``window`` is the most time between first and last leg, both included. ``budget`` is how many legs are looked at
    for one transfer at most; where it was hit the counts are a lower bound.
    """
    t = transfers
    return _cycles((t.src, t.dst, t.at), (t.ins, t.in_from), (t.outs, t.out_from), window, longest, budget)


@compiled
def _cycles(  # noqa: C901, PLR0915 one walk, kept in one loop for the compiler
    legs: tuple[Ints, Ints, Ints],
    into: tuple[Ints, Ints],
    out: tuple[Ints, Ints],
    window: int,
    longest: int,
    budget: int,
) -> tuple[Ints, Ints]:
    """Walk back from the payer of each transfer, leg before leg, to its payee.

    ``near[x]`` is the transfer for which x is known to have been paid by the payee in the window: the last step back
    is looked up there instead of walked.
    """
    src, dst, at = legs
    ins, in_from = into
    outs, out_from = out
    found = np.zeros((len(src), longest - 1), np.int64)
    ends_in, lows_in = in_from[:-1].copy(), in_from[:-1].copy()
    ends_out, lows_out = out_from[:-1].copy(), out_from[:-1].copy()
    on_path = np.zeros(len(in_from), np.bool_)
    near = np.full(len(in_from), -1, np.int64)
    stack = np.zeros(longest + 1, np.int64)
    node = np.zeros(longest + 1, np.int64)
    taken = np.zeros((longest + 1, len(in_from)), np.int64)
    visit = np.zeros(longest + 1, np.int64)
    visits = 0
    cut = [0 for _ in range(0)]
    for e in range(len(src)):
        payer, payee, first = src[e], dst[e], at[e] - window
        while lows_in[payer] < ends_in[payer] and at[ins[lows_in[payer]]] < first:
            lows_in[payer] += 1
        while lows_out[payee] < ends_out[payee] and at[outs[lows_out[payee]]] < first:
            lows_out[payee] += 1
        if lows_in[payer] < ends_in[payer] and lows_out[payee] < ends_out[payee]:
            for p in range(lows_out[payee], ends_out[payee]):
                near[dst[outs[p]]] = e
            work, depth, visits = 0, 1, visits + 1
            visit[1] = visits
            node[1], stack[1] = payer, ends_in[payer] - 1
            on_path[payer] = True
            before = at[e]
            while depth > 0:
                here = node[depth]
                p = stack[depth]
                if p < lows_in[here] or at[ins[p]] < first or work >= budget:
                    on_path[here] = False
                    depth -= 1
                    continue
                stack[depth] -= 1
                work += 1
                leg = ins[p]
                before = at[e] if depth == 1 else at[ins[stack[depth - 1] + 1]]
                if at[leg] >= before:
                    continue
                giver = src[leg]
                if taken[depth, giver] == visit[depth]:
                    continue
                taken[depth, giver] = visit[depth]
                if giver == payee:
                    found[e, depth - 1] += 1
                elif not on_path[giver] and depth + 1 < longest:
                    if depth + 2 == longest and near[giver] != e:
                        continue
                    depth, visits = depth + 1, visits + 1
                    visit[depth] = visits
                    node[depth], stack[depth] = giver, ends_in[giver] - 1
                    on_path[giver] = True
            if work >= budget:
                cut.append(e)
        ends_in[payee] += 1
        ends_out[payer] += 1
    return found, np.array(cut, dtype=np.int64)
