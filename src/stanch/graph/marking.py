"""Reading a run's purses in compiled code: what each account surely holds, how far it is from a report, whose it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import ACCOUNT, CURRENCY, NEXT_POOL, NONE, SHIFTED
from stanch.graph.purses import BACKED, CERTAIN, END, HOP, NEXT, POOL_OF, REPORT, START, SURE, TOTAL
from stanch.model.compiled import kernel

Ints = npt.NDArray[np.int64]


class Marks(NamedTuple):
    """Marks by account: ``low``, ``hops`` and ``backed`` (0: unmarked), ``sums`` (zero between uses).

    ``marked`` lists the accounts that have marks; it has room for every purse twice.
    """

    low: Ints
    hops: Ints
    backed: Ints
    sums: Ints
    marked: Ints


class Watched(NamedTuple):
    """Rows of a batch that move money or ask to, rising: who pays, what they refer to, and which of them ask."""

    rows: Ints
    payers: Ints
    refs: Ints
    asks: npt.NDArray[np.bool_]


@kernel
def shifted(purses: Ints, pools: Ints, since: int) -> bool:
    """Whether the opening of a pool that reported money reached became better known after the shift ``since``."""
    found = False
    for i in range(purses.shape[0]):
        found |= pools[purses[i, POOL_OF], SHIFTED] > since
    return found


@kernel
def mark(purses: Ints, pools: Ints, marks: Marks, count: int) -> int:
    """Mark the accounts in which reported money sits: the most in one currency, the fewest hops.

    And those through which money of a backed report went. ``count`` are marked already, in other currencies. Returns
    how many are marked then.
    """
    low, hops, sums, marked = marks.low, marks.hops, marks.sums, marks.marked
    for i in range(purses.shape[0]):
        account = pools[purses[i, POOL_OF], ACCOUNT]
        if purses[i, BACKED] == 1 and marks.backed[account] == 0:
            marks.backed[account] = 1
            marked[count] = account
            count += 1
        if purses[i, TOTAL] > 0:
            if hops[account] == 0:
                marked[count] = account
                count += 1
                hops[account] = purses[i, HOP]
            hops[account] = min(hops[account], purses[i, HOP])
            sums[account] += purses[i, SURE]
            low[account] = max(low[account], sums[account])
    for i in range(purses.shape[0]):
        sums[pools[purses[i, POOL_OF], ACCOUNT]] = 0
    return count


@kernel
def purses_at(pool: int, currency: int, pools: Ints, purse_of: npt.NDArray[np.int32], out: Ints) -> int:
    """Write the purses of an account's pools in a currency, from its first ``pool`` on; return how many they are.

    A payment firm has a pool for each payment that passed through it: too many to be looked at in Python.
    """
    count = 0
    while pool != NONE:
        if pools[pool, CURRENCY] == currency and pool < purse_of.shape[0] and purse_of[pool] != NONE:
            out[count] = purse_of[pool]
            count += 1
        pool = pools[pool, NEXT_POOL]
    return count


@kernel
def shares(heads: Ints, parcels: Ints, out: Ints) -> None:
    """Add up what each report has (column) in each list of parcels (row), which begins at ``heads``."""
    for i in range(heads.shape[0]):
        node = heads[i]
        while node != NONE:
            out[i, parcels[node, REPORT]] += parcels[node, END] - parcels[node, START]
            node = parcels[node, NEXT]


@kernel
def first_tainted(span: tuple[int, int], watched: Watched, marks: Marks, waited: Ints) -> int:
    """Return the first watched row of [start, stop) whose payer holds reported money or whose ref is waited for.

    Or that asks to pay out of an account through which money of a backed report went. Without any: ``stop``.
    """
    (start, stop), hops = span, marks.hops
    rows, payers, refs = watched.rows, watched.payers, watched.refs
    for i in range(np.searchsorted(rows, start), rows.shape[0]):
        if rows[i] >= stop:
            break
        payer = payers[i]
        if 0 <= payer < hops.shape[0] and (hops[payer] > 0 or (watched.asks[i] and marks.backed[payer] > 0)):
            return int(rows[i])
        for ref in waited:
            if refs[i] == ref:
                return int(rows[i])
    return stop


@kernel
def overlap(parcels: Ints, head: int, start: int, end: int) -> tuple[int, int]:
    """Return how much of the parcels of a list lies in [start, end), and how much of that is certain."""
    traced, certain, node = 0, 0, head
    while node != NONE:
        common = min(parcels[node, END], end) - max(parcels[node, START], start)
        if common > 0:
            traced += common
            certain += common if parcels[node, CERTAIN] > 0 else 0
        node = parcels[node, NEXT]
    return traced, certain
