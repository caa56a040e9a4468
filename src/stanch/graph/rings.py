"""Rings: channels of reported money, and the accounts that victims paid, joined where they paid each other.

A ring is what one gang uses together, as far as its payments show. An account joins another by a payment into a
channel; a shop at which two gangs bought is no channel (``graph.channel``) and joins nobody. Compiled.
"""

from __future__ import annotations

import numpy as np

from stanch.graph.channel import RECEIPTS, Ints, is_channel
from stanch.graph.entering import ACCOUNT, BASE, CURRENCY, LAST_IN, NEXT_POOL, NONE, POOLS, PREV_IN, SP, Pages
from stanch.graph.purses import State
from stanch.model.compiled import inlined, kernel


@inlined
def _root(group: Ints, at: int) -> int:
    while group[at] != at:
        group[at] = group[group[at]]
        at = group[at]
    return int(at)


@kernel
def rings(p: Pages, s: State, currency: int, accounts: Ints, channel: Ints, group: Ints) -> None:
    """Write the ring of each account into ``group``: the place of its first member.

    ``accounts`` are the sorted codes of accounts through which backed reports' money went, ``channel`` is 1 for those
    that are channels. The latest ``RECEIPTS`` receipts of each are looked at.
    """
    first = p.counts[BASE]
    for i in range(accounts.shape[0]):
        group[i] = i
    for i in range(accounts.shape[0]):
        pool = p.accounts[accounts[i], POOLS] if channel[i] == 1 else NONE
        while pool != NONE:
            entry = p.pools[pool, LAST_IN] if p.pools[pool, CURRENCY] == currency else NONE
            for _ in range(RECEIPTS):
                if entry < first:
                    break
                payer = p.lines[entry - first, SP]
                if is_channel(s, payer):
                    at = np.searchsorted(accounts, p.pools[payer, ACCOUNT])
                    if at < accounts.shape[0] and accounts[at] == p.pools[payer, ACCOUNT]:
                        one, other = _root(group, i), _root(group, at)
                        group[max(one, other)] = min(one, other)
                entry = p.lines[entry - first, PREV_IN]
            pool = p.pools[pool, NEXT_POOL]
    for i in range(accounts.shape[0]):
        group[i] = _root(group, i)
