"""What came into an account, and how much of it came by the way of reported money: compiled, over the ledger's lists.

Reported money *went through* an account when it came into it at any time, by the method, even if all of it has gone
on. A mule lives on money that comes by such accounts; a shop that was paid once with stolen money lives on its
customers; a victim who is sent a little back as bait gets some of his own. Only backed reports count: one person's
word alone makes nobody a channel.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import (
    AMOUNT,
    AT,
    BASE,
    CURRENCY,
    DP,
    IN,
    LAST_IN,
    LAST_OUT,
    NEXT_POOL,
    NONE,
    OUT,
    POOLS,
    PREV_IN,
    PREV_OUT,
    SP,
    Pages,
)
from stanch.graph.purses import BACKED, CLAIM_BACKED, CLAIM_ENTRY, CLAIM_FOUND, CLAIM_POOL, SURE, State
from stanch.model.compiled import inlined, kernel

Ints = npt.NDArray[np.int64]

#: No more receipts than this are looked at, the latest first: a busy shop is known for what it is long before.
RECEIPTS: Final = 2_000

#: Columns of what ``received`` keeps of an account: when it was worked out (which state of the channels, what had moved
#: by then), what came, what of it by the way of reported money, and what of that surely lies there.
STATE, MOVED, CAME, BROUGHT, LEFT, KEPT = range(6)


@inlined
def is_channel(s: State, pool: int) -> bool:
    """Whether money of a backed report went through a pool."""
    purse = s.purse_of[pool] if 0 <= pool < s.purse_of.shape[0] else NONE
    return bool(purse != NONE and s.purses[purse, BACKED] == 1)


@kernel
def came(p: Pages, s: State, place: tuple[int, int], since: int, found: Ints, room: Ints) -> None:
    """Add up over all pools of a currency from the first one on; ``place``: that pool, currency. See ``_came``."""
    pool, currency = place
    while pool != NONE:
        if p.pools[pool, CURRENCY] == currency:
            _came(p, s, pool, since, found, room)
        pool = p.pools[pool, NEXT_POOL]


@kernel
def received(p: Pages, s: State, now: tuple[int, int], asked: tuple[Ints, Ints], kept: Ints, room: Ints) -> None:
    """Bring up to date what is kept of accounts, where money moved or another account became a channel.

    ``now``: currency, state of the channels; ``asked``: codes of accounts, and their rows in ``kept`` (m, ``KEPT``).
    Amounts are minor units.
    """
    currency, state = now
    for i in range(asked[0].shape[0]):
        first, known = p.accounts[asked[0][i], POOLS], kept[asked[1][i]]
        sums = _moved(p, first, currency)
        if known[STATE] != state or known[MOVED] != sums:
            known[STATE], known[MOVED], known[CAME], known[BROUGHT] = state, sums, 0, 0
            came(p, s, (first, currency), 0, known[CAME:LEFT], room)
        known[LEFT] = _surely(p, s, first, currency)


@inlined
def _surely(p: Pages, s: State, pool: int, currency: int) -> int:
    """Return what is surely reported money in the pools of a currency from a first one on."""
    found = 0
    while pool != NONE:
        if p.pools[pool, CURRENCY] == currency and pool < s.purse_of.shape[0] and s.purse_of[pool] != NONE:
            found += s.purses[s.purse_of[pool], SURE]
        pool = p.pools[pool, NEXT_POOL]
    return int(found)


@inlined
def _moved(p: Pages, pool: int, currency: int) -> int:
    """Return what ever came into and left the pools of a currency from a first one on: it grows with every movement."""
    found = 0
    while pool != NONE:
        if p.pools[pool, CURRENCY] == currency:
            found += p.pools[pool, IN] + p.pools[pool, OUT]
        pool = p.pools[pool, NEXT_POOL]
    return int(found)


@kernel
def _came(p: Pages, s: State, pool: int, since: int, found: Ints, room: Ints) -> None:
    """Add to ``found`` what came into a pool since a time (UTC microseconds), and what of it by such pools or reported.

    What an account paid into such pools out of its own comes back first: that is not counted. Amounts are minor units.
    ``room`` (2, ``RECEIPTS``) is written over.
    """
    brought, first = 0, p.counts[BASE]
    entry = p.pools[pool, LAST_IN]
    ins, count = room[0], 0
    for _ in range(RECEIPTS):
        if entry < first:
            break
        line = p.lines[entry - first]
        if line[AT] < since:
            break
        found[0] += line[AMOUNT]
        if is_channel(s, line[SP]):
            brought += line[AMOUNT]
            ins[count] = entry
            count += 1
        entry = line[PREV_IN]
    reported = _claimed(p, s, pool, since)
    found[1] += reported
    if brought > 0:
        found[1] += _net(p, room, count, _gone(p, s, pool, since, room[1]), reported)


@kernel
def _gone(p: Pages, s: State, pool: int, since: int, outs: Ints) -> int:
    """Write down what a pool paid into such pools since a time, entries, the latest first; return how many."""
    count, first = 0, p.counts[BASE]
    entry = p.pools[pool, LAST_OUT]
    for _ in range(RECEIPTS):
        if entry < first or p.lines[entry - first, AT] < since:
            break
        if is_channel(s, p.lines[entry - first, DP]):
            outs[count] = entry
            count += 1
        entry = p.lines[entry - first, PREV_OUT]
    return count


@kernel
def _net(p: Pages, room: Ints, coming: int, going: int, stock: int) -> int:
    """Return what pools brought beyond what came back of the account's own; ``room`` has what came and went.

    ``stock`` is what the account has of reported money, its own reported receipts to begin with: it is passed on first.
    """
    own, found, at, out, first = 0, 0, coming - 1, going - 1, p.counts[BASE]
    while at >= 0:
        if out >= 0 and room[1, out] <= room[0, at]:
            amount = p.lines[room[1, out] - first, AMOUNT]
            passed = min(amount, stock)
            stock -= passed
            own += amount - passed
            out -= 1
            continue
        amount = p.lines[room[0, at] - first, AMOUNT]
        back = min(amount, own)
        own -= back
        stock += amount - back
        found += amount - back
        at -= 1
    return int(found)


@kernel
def _claimed(p: Pages, s: State, pool: int, since: int) -> int:
    """Return what backed reports claim of payments into a pool, minor units, without what ``came`` counts whole."""
    found = 0
    for i in range(s.claims.shape[0]):
        claim = s.claims[i]
        line = p.lines[claim[CLAIM_ENTRY] - p.counts[BASE]]
        if claim[CLAIM_BACKED] == 1 and line[DP] == pool and line[AT] >= since:
            found += 0 if is_channel(s, claim[CLAIM_POOL]) else claim[CLAIM_FOUND]
    return int(found)
