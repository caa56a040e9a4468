"""Cycles with their legs: money that runs in a circle, each leg later than the one before."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.made import made
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled

#: Three who know one another pay each other often: a triangle counts only where the same money can have come round.
_TRIANGLE: Final = 3


def circles(transfers: Transfers, limits: Limits) -> tuple[list[Pattern], int]:
    """Return cycles in time order and how many transfers were cut short by the work budget."""
    t = transfers
    lengths = (limits.cycle_shortest, limits.cycle_longest)
    index = (t.ins, t.in_from)
    legs, starts, cut = _walk((t.src, t.dst, t.at), index, limits.cycle_window, lengths, limits.budget)
    found = []
    for k in range(len(starts) - 1):
        those = legs[starts[k] : starts[k + 1]].tolist()
        if len(those) == _TRIANGLE and not _same_money(t.amount[those], limits.kept_most):
            continue
        found.append(made(t, "cycle", {"passing": t.src[those].tolist()}, those))
    return found, cut


def _same_money(amounts: Ints, kept_most: float) -> bool:
    """Return whether each leg can be the money of the one before: no more, and not much less."""
    share = amounts[1:] / np.maximum(amounts[:-1], 1)
    return bool(np.all((share <= 1) & (share >= 1 - kept_most)))


@compiled
def _walk(
    columns: tuple[Ints, Ints, Ints], into: tuple[Ints, Ints], window: int, lengths: tuple[int, int], budget: int
) -> tuple[Ints, Ints, int]:
    """Walk back from each transfer, leg before leg, until its payee pays; parallel legs are walked once, the last."""
    src, dst, at = columns
    ins, starts = into
    shortest, longest = lengths
    ends = starts[:-1].copy()
    legs, bounds, cut = [0 for _ in range(0)], [0], 0
    on_path = np.zeros(len(starts), np.bool_)
    place, path = np.zeros(longest + 1, np.int64), np.zeros(longest + 1, np.int64)
    taken, visit, visits = np.zeros((longest + 1, len(starts)), np.int64), np.zeros(longest + 1, np.int64), 0
    for e in range(len(src)):
        first, depth, work, visits = at[e] - window, 1, 0, visits + 1
        path[0], place[1], visit[1] = e, ends[src[e]] - 1, visits
        on_path[src[e]] = True
        while depth > 0:
            here = src[path[depth - 1]]
            p = place[depth]
            if p < starts[here] or at[ins[p]] < first or work >= budget:
                on_path[here] = False
                depth -= 1
                continue
            place[depth] -= 1
            work += 1
            leg = ins[p]
            giver = src[leg]
            if at[leg] >= at[path[depth - 1]] or taken[depth, giver] == visit[depth]:
                continue
            taken[depth, giver] = visit[depth]
            path[depth] = leg
            if giver == dst[e]:
                if depth + 1 >= shortest:
                    for k in range(depth, -1, -1):
                        legs.append(path[k])  # noqa: PERF401 compiled
                    bounds.append(len(legs))
            elif not on_path[giver] and depth + 1 < longest:
                depth, visits = depth + 1, visits + 1
                visit[depth], place[depth] = visits, ends[giver] - 1
                on_path[giver] = True
        cut += work >= budget
        ends[dst[e]] += 1
    return np.array(legs, dtype=np.int64), np.array(bounds, dtype=np.int64), cut
