"""Accounts that pass money on: what came in, what went out soon after, and which share they commonly keep.

An account that works for a share sends on nearly the same part of what it receives, each time, and others beside it
do too. That common share is read off the history itself: a spike in the shares sent on by single payments.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled

#: Shares are told apart to a tenth of a thousandth; a spike is this many times wider than chance allows.
_GRAIN: Final = 10_000
_SPIKE: Final = 6.0
_LEAST: Final = 10
_AROUND: Final = 50


def passed_on(transfers: Transfers, window: int, budget: int) -> tuple[Ints, Ints, int]:
    """Return pairs (a leg in, a later leg out of the same account in the window), and how many legs in were cut."""
    t = transfers
    pairs, cut = _pairs((t.dst, t.at), (t.outs, t.out_from), window, budget)
    return pairs[:, 0], pairs[:, 1], cut


def common_shares(transfers: Transfers, received: Ints, sent: Ints, kept_most: float) -> tuple[float, ...]:
    """Return the shares below 1 that stand out among single payments passed on, the commonest first; may be none."""
    amount = transfers.amount
    share = amount[sent] / np.maximum(amount[received], 1)
    below = (share > 1 - kept_most) & (share < 1)
    places = np.rint(share[below] * _GRAIN).astype(np.int64)
    account = transfers.dst[received[below]]
    told = np.unique(places * transfers.accounts + account) // max(transfers.accounts, 1)  # each account once
    counts = np.bincount(told, minlength=_GRAIN + 1)[:_GRAIN].astype(np.float64)
    usual = np.convolve(counts, np.ones(2 * _AROUND + 1), "same") / (2 * _AROUND + 1)
    spikes = np.flatnonzero((counts >= _LEAST) & (counts > usual + _SPIKE * np.sqrt(usual + 1)))
    spikes = spikes[spikes < _GRAIN - _AROUND // 2]  # whole payments passed on: rent and change are ordinary
    return tuple(float(s) / _GRAIN for s in spikes[np.argsort(-(counts - usual)[spikes])][:3])


def passings(transfers: Transfers, share: float, limits: Limits) -> tuple[Ints, int]:
    """Return (k, 5): account, first and last leg in, first and last leg out, as places in its lists; and how many cut.

    The legs out come after all legs in and send on ``share`` of them, to the minor unit but for rounding.
    """
    t = transfers
    setting = (limits.pass_window, limits.legs, limits.budget)
    return _runs((t.at, t.amount), (t.ins, t.in_from), (t.outs, t.out_from), share, setting)


@compiled
def _pairs(legs: tuple[Ints, Ints], out: tuple[Ints, Ints], window: int, budget: int) -> tuple[Ints, int]:
    dst, at = legs
    listed, starts = out
    low = starts[:-1].copy()
    found = [(0, 0) for _ in range(0)]
    cut = 0
    for e in range(len(dst)):
        account = dst[e]
        while low[account] < starts[account + 1] and at[listed[low[account]]] < at[e]:
            low[account] += 1
        p = low[account]
        last = min(starts[account + 1], p + budget)
        while p < last and at[listed[p]] <= at[e] + window:
            found.append((e, listed[p]))
            p += 1
        cut += p == last and p < starts[account + 1] and at[listed[p]] <= at[e] + window
    pairs = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        pairs[k, 0], pairs[k, 1] = found[k]
    return pairs, cut


@compiled
def _runs(
    legs: tuple[Ints, Ints],
    into: tuple[Ints, Ints],
    out: tuple[Ints, Ints],
    share: float,
    setting: tuple[int, int, int],
) -> tuple[Ints, int]:
    """Try every run of legs in with every run of legs out that begins after it; longest runs are ``setting[1]``."""
    at, amount = legs
    ins, in_from = into
    outs, out_from = out
    window, longest, budget = setting
    found = [(0, 0, 0, 0, 0) for _ in range(0)]
    cut = 0
    for a in range(len(in_from) - 1):
        for i0 in range(in_from[a], in_from[a + 1]):
            received, work = 0, 0
            for i1 in range(i0, min(i0 + longest, in_from[a + 1])):
                received += amount[ins[i1]]
                if at[ins[i1]] > at[ins[i0]] + window:
                    break
                wanted = received * share
                slack = received * 0.00005 + 1
                o0 = out_from[a] + np.searchsorted(at[outs[out_from[a] : out_from[a + 1]]], at[ins[i1]])
                while o0 < out_from[a + 1] and at[outs[o0]] <= at[ins[i0]] + window and work < budget:
                    sent = 0
                    for o1 in range(o0, min(o0 + longest, out_from[a + 1])):
                        work += 1
                        sent += amount[outs[o1]]
                        if at[outs[o1]] > at[ins[i0]] + window or sent > wanted + slack:
                            break
                        if sent >= wanted - slack:
                            found.append((a, i0, i1, o0, o1))
                    o0 += 1
            cut += work >= budget
    runs = np.empty((len(found), 5), np.int64)
    for k in range(len(found)):
        for c in range(5):
            runs[k, c] = found[k][c]
    return runs, cut
