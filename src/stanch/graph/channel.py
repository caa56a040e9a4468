"""What came into an account, and how much of it came by the way of reported money: compiled, over the ledger's lists.

Reported money *went through* an account when it came into it at any time, by the method, even if all of it has gone
on. A mule lives on money that comes by such accounts; a shop that was paid once with stolen money lives on its
customers. Only backed reports count: one person's word alone makes nobody a channel. Nor does a victim become one to
whom a scammer sends some money back as bait: who paid into such accounts first, and got something from them after that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import AMOUNT, AT, BASE, DP, LAST_IN, LAST_OUT, NONE, PREV_IN, PREV_OUT, SP, Pages
from stanch.graph.purses import BACKED, State
from stanch.model.compiled import inlined, kernel

Ints = npt.NDArray[np.int64]

#: No more receipts than this are looked at, the latest first: a busy shop is known for what it is long before.
RECEIPTS: Final = 2_000


@inlined
def _through(s: State, pool: int) -> bool:
    """Whether money of backed reports went through a pool."""
    purse = s.purse_of[pool] if 0 <= pool < s.purse_of.shape[0] else NONE
    return bool(purse != NONE and s.purses[purse, BACKED] == 1)


@kernel
def paid_before(p: Pages, s: State, pool: int, since: int, first: int) -> bool:
    """Whether a pool paid into pools that such money went through before the time ``first``, and after ``since``."""
    entry = p.pools[pool, LAST_OUT]
    for _ in range(RECEIPTS):
        if entry < p.counts[BASE]:
            return False
        line = p.lines[entry - p.counts[BASE]]
        if line[AT] < since:
            return False
        if line[AT] < first and _through(s, line[DP]):
            return True
        entry = line[PREV_OUT]
    return False


@kernel
def came(p: Pages, s: State, pool: int, since: int, found: Ints) -> None:
    """Add to ``found`` what came into a pool since a time (UTC microseconds), and what of it came out of such pools.

    ``found`` is (all, of it out of such pools, when that first came). Amounts are minor units; reported payments
    themselves are not looked at.
    """
    entry = p.pools[pool, LAST_IN]
    for _ in range(RECEIPTS):
        if entry < p.counts[BASE]:
            return
        line = p.lines[entry - p.counts[BASE]]
        if line[AT] < since:
            return
        found[0] += line[AMOUNT]
        if _through(s, line[SP]):
            found[1] += line[AMOUNT]
            found[2] = min(found[2], line[AT])
        entry = line[PREV_IN]
