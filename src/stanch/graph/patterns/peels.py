"""Peel chains: a sum is passed on again and again, and a small part is split off at each stop."""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.made import made
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled


def peel_chains(transfers: Transfers, limits: Limits) -> tuple[list[Pattern], int]:
    """Return chains of stops at which one leg in leaves as two legs, the larger going on to the next stop."""
    t = transfers
    setting = (limits.pass_window, limits.splits, limits.rest_least, limits.split_slack)
    rest, peel, cut = _splits((t.dst, t.at, t.amount), (t.outs, t.out_from), setting)
    begins = np.setdiff1d(np.flatnonzero(rest >= 0), rest[rest >= 0])
    found = [_chain(t, int(first), rest, peel) for first in begins]
    return [chain for chain in found if len(chain.roles["passing"]) >= limits.peels], cut


def _chain(transfers: Transfers, first: int, rest: Ints, peel: Ints) -> Pattern:
    legs, peeled, leg = [first], [], first
    while rest[leg] >= 0:
        peeled.append(int(peel[leg]))
        leg = int(rest[leg])
        legs.append(leg)
    roles = {
        "source": [int(transfers.src[first])],
        "passing": transfers.dst[legs[:-1]].tolist(),
        "peeled": transfers.dst[peeled].tolist(),
        "end": [int(transfers.dst[leg])],
    }
    return made(transfers, "peel_chain", roles, legs + peeled)


@compiled
def _splits(
    legs: tuple[Ints, Ints, Ints], out: tuple[Ints, Ints], setting: tuple[int, int, float, float]
) -> tuple[Ints, Ints, int]:
    """Return for each leg the two later legs, larger and smaller, that split it up; -1 where there are none."""
    dst, at, amount = legs
    listed, starts = out
    window, most, least, slack = setting
    rest, peel = np.full(len(dst), -1), np.full(len(dst), -1)
    low, cut = starts[:-1].copy(), 0
    for e in range(len(dst)):
        account = dst[e]
        while low[account] < starts[account + 1] and (at[listed[low[account]]] < at[e] or listed[low[account]] <= e):
            low[account] += 1
        last = min(low[account] + most, starts[account + 1])
        cut += last < starts[account + 1] and at[listed[last]] <= at[e] + window
        for p in range(low[account], last):
            for q in range(p + 1, last):
                if rest[e] >= 0 or at[listed[q]] > at[e] + window:
                    break
                one, other = amount[listed[p]], amount[listed[q]]
                fits = abs(amount[e] - one - other) <= amount[e] * slack
                if fits and max(one, other) >= amount[e] * least and one != other:
                    rest[e] = listed[p] if one > other else listed[q]
                    peel[e] = listed[q] if one > other else listed[p]
    return rest, peel, cut
