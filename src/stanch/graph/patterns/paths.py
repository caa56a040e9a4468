"""Legs as money walks them: the payments of each account in time order, each with the place where a path goes on.

Moments are ranks: 0 for the first moment of the history, 1 for the next different one. A path is strictly later at
each leg, so only the order of the moments counts, and a rank fits 32 bits.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled

Places = npt.NDArray[np.int32]

#: Columns of a leg in a list: its rank, the account at its other end, where a path through it goes on in that
#: account's list, and (of legs in) the rank of the next leg of the same pair.
RANK: Final = 0
OTHER: Final = 1
ON: Final = 2
NEXT: Final = 3

_NEVER: Final = 2**31 - 1


class Paths(NamedTuple):
    """Legs for walks in time order.

    ``ins[in_from[a]:in_from[a + 1]]`` are the legs into account ``a``, (n, 4) with the columns above: a walk back goes
    on below ``ON``, a walk ahead (``outs``) goes on from ``ON``. ``before`` is, for each transfer, where the legs into
    its payer that are earlier than it end; ``rank`` its moment.
    """

    ins: Places
    in_from: Ints
    outs: Places
    out_from: Ints
    before: Places
    rank: Places


def paths(transfers: Transfers) -> Paths:
    """Return the legs of a history for walks in time order; fewer than 2^31 of them."""
    t = transfers
    rank = np.zeros(len(t), np.int32)
    np.cumsum(t.at[1:] != t.at[:-1], out=rank[1:])
    ins, outs, before = _listed((t.src, t.dst), rank, t.in_from, t.out_from)
    _mark_next(ins, t.in_from)
    return Paths(ins, t.in_from, outs, t.out_from, before, rank)


@compiled
def _listed(ends: tuple[Ints, Ints], rank: Places, in_from: Ints, out_from: Ints) -> tuple[Places, Places, Places]:
    """Enter the legs moment by moment: what happens at one moment does not go on in what else happens then."""
    src, dst = ends
    ins, outs = np.empty((len(src), 4), np.int32), np.empty((len(src), 4), np.int32)
    before, place = np.empty(len(src), np.int32), np.empty(len(src), np.int32)
    ends_in, ends_out = in_from[:-1].copy(), out_from[:-1].copy()
    first = 0
    while first < len(src):
        stop = first
        while stop < len(src) and rank[stop] == rank[first]:
            before[stop] = ends_in[src[stop]]
            stop += 1
        for e in range(first, stop):
            p, q = ends_in[dst[e]], ends_out[src[e]]
            ins[p, RANK], ins[p, OTHER], ins[p, ON], ins[p, NEXT] = rank[e], src[e], before[e], _NEVER
            outs[q, RANK], outs[q, OTHER], outs[q, NEXT] = rank[e], dst[e], _NEVER
            place[e] = q
            ends_in[dst[e]] += 1
            ends_out[src[e]] += 1
        for e in range(first, stop):
            outs[place[e], ON] = ends_out[dst[e]]
        first = stop
    return ins, outs, before


@compiled
def _mark_next(ins: Places, in_from: Ints) -> None:
    last = np.full(len(in_from), -1, np.int64)
    for a in range(len(in_from) - 1):
        for p in range(in_from[a], in_from[a + 1]):
            giver = ins[p, OTHER]
            if last[giver] >= in_from[a]:
                ins[last[giver], NEXT] = ins[p, RANK]
            last[giver] = p
