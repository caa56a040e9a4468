"""How many scatter-gathers each transfer completes: one account pays several others, and they all pay another one.

As the Graph Feature Preprocessor counts: the legs lie in one window, in any order among themselves.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.graph.patterns.relations import Relations, enter, leave, relations
from stanch.graph.patterns.tally import remade, slot
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled, inlined

#: What the state numbers: places of the tally in use, and keys that count.
_USED: Final = 0
_COUNTING: Final = 1


def scatter_gathers(transfers: Transfers, window: int, sizes: int, budget: int) -> tuple[Ints, Ints]:
    """Return (n, sizes) scatter-gathers completed, by the number of accounts between from 2, and those cut short.

    ``window`` holds the legs in ``[t - window, t]``. ``budget`` is how many partners one transfer looks at. One
    between accounts with more is left out: what it would complete, or let later ones complete, is not counted.
    """
    t = transfers
    found, cut = np.zeros((len(t), sizes), np.int64), np.zeros(len(t), np.bool_)
    _complete((t.src, t.dst, t.at), window, relations(t), budget, found, cut)
    return found, np.flatnonzero(cut)


@compiled
def _complete(
    legs: tuple[Ints, Ints, Ints],
    window: int,
    now: Relations,
    budget: int,
    found: Ints,
    cut: np.typing.NDArray[np.bool_],
) -> None:
    """Keep, for each two accounts, how many lie between them; a transfer changes that only for partners of its ends."""
    src, dst, at = legs
    tally, state = remade(np.zeros(0, np.int64), 0), np.zeros(2, np.int64)
    gone = 0
    for e in range(len(at)):
        while at[gone] < at[e] - window:
            if not cut[gone]:
                _forget(now, tally, state, now.pair[gone], src[gone], dst[gone])
            gone += 1
        payer, payee, pair = src[e], dst[e], now.pair[e]
        partners = now.in_stop[payer] - now.in_from[payer] + now.out_stop[payee] - now.out_from[payee]
        if partners > budget:
            cut[e] = True
            continue
        new = now.legs[pair] == 0
        now.legs[pair] += 1
        if new and 4 * (state[_USED] + partners) > len(tally):
            tally = remade(tally, state[_COUNTING] + partners)
            state[_USED] = state[_COUNTING]
        _count(now, tally, state, payer, payee, new, e, found)
        if new:
            enter(now, pair, payer, payee)


@inlined
def _count(  # noqa: PLR0913 compiled: arrays one by one
    now: Relations, tally: Ints, state: Ints, payer: int, payee: int, new: bool, e: int, found: Ints
) -> None:
    """Count what lies between each payer of the payer and the payee, then the payer and each payee of the payee."""
    accounts = len(now.in_from)
    first, stop = now.in_from[payer], now.in_stop[payer]
    for p in range(first, stop):
        if now.payers[p, 0] != payee:
            _add(found, e, _seen(tally, state, now.payers[p, 0] * accounts + payee + 1, new))
    first, stop = now.out_from[payee], now.out_stop[payee]
    for p in range(first, stop):
        if now.payees[p, 0] != payer:
            _add(found, e, _seen(tally, state, payer * accounts + now.payees[p, 0] + 1, new))


@inlined
def _add(found: Ints, e: int, size: int) -> None:
    if size >= 2:
        found[e, min(size - 2, found.shape[1] - 1)] += 1


@inlined
def _seen(tally: Ints, state: Ints, key: int, new: bool) -> int:
    """Return how many accounts lie between two, this one included; a ``new`` one is counted in."""
    place = slot(tally, key)
    if new:
        state[_USED] += tally[place] == 0
        state[_COUNTING] += tally[place + 1] == 0
        tally[place] = key
        tally[place + 1] += 1
    return int(tally[place + 1])


@inlined
def _forget(now: Relations, tally: Ints, state: Ints, pair: int, payer: int, payee: int) -> None:
    """Take a transfer that has left the window out of what is counted, if it was the last of its pair."""
    now.legs[pair] -= 1
    if now.legs[pair] > 0:
        return
    leave(now, pair, payer, payee)
    accounts = len(now.in_from)
    first, stop = now.in_from[payer], now.in_stop[payer]
    for p in range(first, stop):
        if now.payers[p, 0] != payee:
            _take_off(tally, state, now.payers[p, 0] * accounts + payee + 1)
    first, stop = now.out_from[payee], now.out_stop[payee]
    for p in range(first, stop):
        if now.payees[p, 0] != payer:
            _take_off(tally, state, payer * accounts + now.payees[p, 0] + 1)


@inlined
def _take_off(tally: Ints, state: Ints, key: int) -> None:
    place = slot(tally, key)
    tally[place + 1] -= 1
    state[_COUNTING] -= tally[place + 1] == 0
