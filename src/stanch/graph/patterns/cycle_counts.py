"""How many cycles in time order each transfer closes, by length.

Money that runs in a circle: each leg strictly later than the one before, no account twice, all within a window.
Parallel payments on a leg are one cycle, not two.
"""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.paths import NEXT, ON, OTHER, RANK, Paths, Places, paths
from stanch.graph.patterns.reach import (
    AHEAD,
    BACK,
    BEGIN,
    EARLIEST,
    LATEST,
    SEEN_OUT,
    labels,
    meeting,
    reach_across,
    reach_ahead,
    reach_back,
)
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled, inlined


def cycles(transfers: Transfers, window: int, sizes: int, budget: int) -> tuple[Ints, Ints]:
    """Return (n, sizes) cycles that each transfer closes, by length from 2, and the transfers cut short.

    The last column holds all longer cycles: there is no longest. ``window`` is the most time between first and last
    leg, both included. ``budget`` is how many legs are looked at for one transfer at most; where it was met the counts
    are a lower bound.
    """
    t = transfers
    return _cycles((t.src, t.dst, t.at), window, paths(t), sizes, budget)


@compiled
def _cycles(moves: tuple[Ints, Ints, Ints], window: int, legs: Paths, sizes: int, budget: int) -> tuple[Ints, Ints]:
    """Look at each transfer as the last leg: what its payee reaches, what reaches its payer, then each way between."""
    src, dst, at = moves
    found = np.zeros((len(at), sizes), np.int64)
    accounts = len(legs.in_from) - 1
    label = labels(legs.in_from, legs.out_from)
    lows_in, lows_out, ends_out = legs.in_from[:-1].copy(), legs.out_from[:-1].copy(), legs.out_from[:-1].copy()
    queue, back = np.empty((2 * len(at) + 2, 2), np.int32), np.empty((len(at) + 2, 2), np.int32)
    path, on_path = np.zeros((accounts + 2, 3), np.int64), np.zeros(accounts, np.bool_)
    cut, oldest = [0 for _ in range(0)], 0
    for e in range(len(at)):
        while at[oldest] < at[e] - window:
            oldest += 1
        payer, payee, low, top = src[e], dst[e], legs.rank[oldest], legs.before[e]
        lows_in[payer] = _from(legs.ins, lows_in[payer], top, low)
        lows_out[payee] = _from(legs.outs, lows_out[payee], ends_out[payee], low)
        ends_out[payer] += 1
        least, last = lows_out[payee], ends_out[payee]
        if lows_in[payer] == top or least == last or legs.outs[least, RANK] > legs.ins[top - 1, RANK]:
            continue
        back_legs, out_legs = top - lows_in[payer], last - least
        span = legs.ins[top - 1, RANK] - legs.outs[least, RANK]
        middle = legs.outs[least, RANK] + span * back_legs // (back_legs + out_legs)
        label[payee, AHEAD], label[payee, EARLIEST] = e, low - 1
        label[payer, BACK], label[payer, LATEST] = e, legs.rank[e]
        queue[0, 0], queue[0, 1], back[0, 0], back[0, 1] = payee, least, payer, top
        work = reach_ahead(legs.outs, label, queue, e, payer, middle, budget)
        queued, more = reach_back(legs.ins, label, back, e, payee, middle, budget - work)
        work += more
        waiting = meeting(label, back, queued, queue, e)
        if label[payee, BACK] == e:
            queue[waiting, 0], queue[waiting, 1] = payee, least
            label[payee, SEEN_OUT] = legs.out_from[payee + 1]
            waiting += 1
        if waiting or label[payer, AHEAD] == e:
            work += reach_across(legs.outs, label, queue, waiting, e, payer, middle, budget - work)
            path[1, 0], path[1, 1], path[1, 2] = payer, top, legs.rank[e]
            work += _walk(legs.ins, label, path, on_path, e, payee, budget - work, found)
        if work >= budget:
            cut.append(e)
    return found, np.array(cut, dtype=np.int64)


@inlined
def _from(listed: Places, place: int, stop: int, low: int) -> int:
    """Return the first place from ``place`` on with a rank of ``low`` or more."""
    while place < stop and listed[place, RANK] < low:
        place += 1
    return place


@inlined
def _walk(  # noqa: PLR0913 compiled: arrays one by one
    ins: Places,
    label: Places,
    path: Ints,
    on_path: np.typing.NDArray[np.bool_],
    e: int,
    payee: int,
    most: int,
    found: Ints,
) -> int:
    """Walk back from ``path[1]``, leg before leg, and only where the money of the payee arrived; count by length.

    ``path`` holds account, place in its legs in, and the rank that they must be below; return the legs looked at.
    """
    depth, work = 1, 0
    on_path[path[1, 0]] = True
    while depth > 0:
        here, p = path[depth, 0], path[depth, 1] - 1
        if p < label[here, BEGIN] or ins[p, RANK] < label[here, EARLIEST] or work >= most:
            on_path[here] = False
            depth -= 1
            continue
        path[depth, 1] = p
        work += 1
        giver, rank = ins[p, OTHER], ins[p, RANK]
        if ins[p, NEXT] < path[depth, 2] or label[giver, AHEAD] != e or label[giver, EARLIEST] >= rank:
            continue
        if giver == payee:
            found[e, min(depth - 1, found.shape[1] - 1)] += 1
        elif not on_path[giver]:
            depth += 1
            path[depth, 0], path[depth, 1], path[depth, 2] = giver, ins[p, ON], rank
            on_path[giver] = True
    return work
