"""Relations: who pays whom within a window that slides, each pair once, the partners of an account side by side."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled, inlined

Places = npt.NDArray[np.int32]

#: Columns of a pair: its place among the payers of its payee, and among the payees of its payer.
_IN: Final = 0
_OUT: Final = 1


class Relations(NamedTuple):
    """The pairs of a history. ``pair`` is the pair of each transfer; ``legs`` how many of it lie in the window.

    The payers of account ``a`` now are ``payers[in_from[a]:in_stop[a], 0]``, the pairs with them stand in column 1;
    likewise its payees. ``place`` is (pairs, 2).
    """

    pair: Places
    legs: Places
    payers: Places
    in_from: Ints
    in_stop: Ints
    payees: Places
    out_from: Ints
    out_stop: Ints
    place: Places


def relations(transfers: Transfers) -> Relations:
    """Return the pairs of a history, none of them in the window yet; fewer than 2^31."""
    t = transfers
    pair, in_from, out_from = _numbered(t.dst, t.outs, t.out_from)
    count = int(out_from[-1])
    payers, payees, place = (np.zeros((count, 2), np.int32) for _ in range(3))
    legs = np.zeros(count, np.int32)
    return Relations(pair, legs, payers, in_from, in_from.copy(), payees, out_from, out_from.copy(), place)


@inlined
def enter(now: Relations, pair: int, payer: int, payee: int) -> None:
    """Put a pair into the window."""
    p, q = now.in_stop[payee], now.out_stop[payer]
    now.payers[p, 0], now.payers[p, 1], now.place[pair, _IN] = payer, pair, p
    now.payees[q, 0], now.payees[q, 1], now.place[pair, _OUT] = payee, pair, q
    now.in_stop[payee] += 1
    now.out_stop[payer] += 1


@inlined
def leave(now: Relations, pair: int, payer: int, payee: int) -> None:
    """Take a pair out of the window: the last of each list moves into its place."""
    now.in_stop[payee] -= 1
    now.out_stop[payer] -= 1
    _move(now.payers, now.place, _IN, now.in_stop[payee], now.place[pair, _IN])
    _move(now.payees, now.place, _OUT, now.out_stop[payer], now.place[pair, _OUT])


@inlined
def _move(listed: Places, place: Places, side: int, old: int, new: int) -> None:
    listed[new, 0], listed[new, 1] = listed[old, 0], listed[old, 1]
    place[listed[new, 1], side] = new


@compiled
def _numbered(dst: Ints, outs: Ints, out_from: Ints) -> tuple[Places, Ints, Ints]:
    """Number the pairs by payer; return the pair of each transfer, and where each account's pairs in and out begin."""
    pair, last = np.empty(len(dst), np.int32), np.full(len(out_from), -1, np.int64)
    ins, starts = np.zeros(len(out_from), np.int64), np.zeros(len(out_from), np.int64)
    count = 0
    for a in range(len(out_from) - 1):
        for p in range(out_from[a], out_from[a + 1]):
            payee = dst[outs[p]]
            if last[payee] < starts[a]:
                last[payee] = count
                ins[payee + 1] += 1
                count += 1
            pair[outs[p]] = last[payee]
        starts[a + 1] = count
    return pair, np.cumsum(ins), starts
