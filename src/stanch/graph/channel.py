"""What came into an account, and how much of it came by the way of reported money: compiled, over the ledger's lists.

Reported money *went through* an account when it came into it at any time, by the method, even if all of it has gone
on. A mule lives on money that comes by such accounts; a shop that was paid once with stolen money lives on its
customers. Only backed reports count: one person's word alone makes nobody a channel.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import AMOUNT, AT, BASE, DP, LAST_IN, NONE, PREV_IN, SP, Pages
from stanch.graph.purses import BACKED, CLAIM_BACKED, CLAIM_ENTRY, CLAIM_FOUND, CLAIM_POOL, State
from stanch.model.compiled import inlined, kernel

Ints = npt.NDArray[np.int64]

#: No more receipts than this are looked at, the latest first: a busy shop is known for what it is long before.
RECEIPTS: Final = 2_000


@inlined
def _is_channel(s: State, pool: int) -> bool:
    """Whether money of a backed report went through a pool."""
    purse = s.purse_of[pool] if 0 <= pool < s.purse_of.shape[0] else NONE
    return bool(purse != NONE and s.purses[purse, BACKED] == 1)


@kernel
def came(p: Pages, s: State, pool: int, since: int, found: Ints) -> None:
    """Add to ``found`` what came into a pool since a time (UTC microseconds), and what of it came out of such pools.

    Amounts are minor units; see ``claimed`` for the reported payments themselves.
    """
    entry = p.pools[pool, LAST_IN]
    for _ in range(RECEIPTS):
        if entry < p.counts[BASE]:
            return
        line = p.lines[entry - p.counts[BASE]]
        if line[AT] < since:
            return
        found[0] += line[AMOUNT]
        if _is_channel(s, line[SP]):
            found[1] += line[AMOUNT]
        entry = line[PREV_IN]


@kernel
def claimed(p: Pages, s: State, pool: int, since: int) -> int:
    """Return what backed reports claim of payments into a pool, minor units, without what ``came`` counts whole."""
    found = 0
    for i in range(s.claims.shape[0]):
        claim = s.claims[i]
        line = p.lines[claim[CLAIM_ENTRY] - p.counts[BASE]]
        if claim[CLAIM_BACKED] == 1 and line[DP] == pool and line[AT] >= since:
            found += 0 if _is_channel(s, claim[CLAIM_POOL]) else claim[CLAIM_FOUND]
    return int(found)
