"""Purses: the reported money in a pool as a list of parcels, and what a payment takes out of them, in compiled code.

Under FIFO a parcel is a stretch of the pool's stream of receipts, and a payment takes the oldest stretch; under LIFO it
is a stretch of height above the opening balance, and a payment takes the top; under proportional a payment takes the
purse's share, rounded down, split among reports by largest remainder; under poison everything that was touched is
reached as a whole. ``SURE`` is what a purse holds whatever the unknown opening balances are.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import NONE
from stanch.model.compiled import inlined, kernel

Ints = npt.NDArray[np.int64]

FIFO, LIFO, PROPORTIONAL, POISON = range(4)

#: A purse; ``GONE`` is what had left its pool in all when it was last looked at; ``BACKED`` whether money of a report
#: that does not rest on one person's word alone ever came.
PURSE: Final = 9
POOL_OF, HEAD, TAIL, TOTAL, SURE, HOP, SINCE, GONE, BACKED = range(PURSE)
#: A parcel: a stretch of stream or height (from 0 where money has no place), its report, what of it is sure, the next.
PARCEL: Final = 5
START, END, REPORT, CERTAIN, NEXT = range(PARCEL)
STEP: Final = 6
STEP_ENTRY, STEP_HOP, STEP_TRACED, STEP_LOW, STEP_HIGH, STEP_ASKED = range(STEP)
LEAVING: Final = 5
LEFT_ENTRY, LEFT_HOP, LEFT_TRACED, LEFT_LOW, LEFT_HEAD = range(LEAVING)
#: A part of one movement: where in it, how long, whose, what of it is sure, whether it was reported just now.
PART: Final = 5
OFFSET, LENGTH, WHOSE, PART_SURE, FRESH = range(PART)
CLAIM: Final = 7
CLAIM_ENTRY, CLAIM_AMOUNT, CLAIM_POOL, CLAIM_FOUND, CLAIM_BACK, CLAIM_BACKED, CLAIM_ASKED = range(CLAIM)

#: ``CLAIMED`` is the most that can have been found, whatever the openings; less ``ALL_SURE`` it is the slack.
#: ``CHANGES`` counts the entries that changed what some purse holds.
COUNTERS: Final = 16
(PURSES, PARCELS, FREE, PARTS, STEPS, LEFT, HEAP, NEXT_CLAIM, FOUND, CLAIMED, ALL_SURE, BACK_SURE, WALKED, CUT,
 MOVED_SURE, CHANGES) = range(COUNTERS)  # fmt: skip
RULES: Final = 6
METHOD, HOPS, WORK, UNTIL, KEEP_STEPS, PUSHING = range(RULES)


class State(NamedTuple):
    """The engine's arrays; ``purse_of`` (pools,) is NONE where no reported money ever came."""

    purse_of: npt.NDArray[np.int32]
    purses: Ints
    parcels: Ints
    parts: Ints
    steps: Ints
    left: Ints
    heap: Ints
    claims: Ints
    counters: Ints
    rules: Ints


@kernel
def share(amount: int, part: int, whole: int) -> int:
    """Return ``amount * part / whole`` rounded down, exactly, for results below 2**52."""
    found = int(float(amount) * float(part) / float(whole))
    rest = amount * part - found * whole  # wraps, and wraps back
    while rest < 0:
        found -= 1
        rest += whole
    while rest >= whole:
        found += 1
        rest -= whole
    return int(found)


@inlined
def _rest(amount: int, part: int, whole: int, found: int) -> int:
    return amount * part - found * whole


@inlined
def take_parcel(s: State) -> int:
    """Return a parcel that is not in use."""
    free = s.counters[FREE]
    if free != NONE:
        s.counters[FREE] = s.parcels[free, NEXT]
        return int(free)
    s.counters[PARCELS] += 1
    return int(s.counters[PARCELS] - 1)


@inlined
def _give_parcel(s: State, node: int) -> None:
    s.parcels[node, NEXT] = s.counters[FREE]
    s.counters[FREE] = node


@inlined
def add_part(s: State, offset: int, length: int, whose: int, sure: int, fresh: int) -> None:
    """Note one more part of the movement that is walked."""
    part = s.parts[s.counters[PARTS]]
    part[OFFSET], part[LENGTH], part[WHOSE], part[PART_SURE], part[FRESH] = offset, length, whose, sure, fresh
    s.counters[PARTS] += 1


@inlined
def sum_of_parts(s: State) -> int:
    """Return how much of the movement is traced."""
    found = 0
    for i in range(s.counters[PARTS]):
        found += s.parts[i, LENGTH]
    return int(found)


@inlined
def sort_parts(s: State) -> None:
    """Order the parts by where they lie in the movement."""
    for i in range(1, s.counters[PARTS]):
        j = i
        while j > 0 and s.parts[j - 1, OFFSET] > s.parts[j, OFFSET]:
            for c in range(PART):
                s.parts[j, c], s.parts[j - 1, c] = s.parts[j - 1, c], s.parts[j, c]
            j -= 1


@kernel
def unlink(s: State, purse: Ints, before: int, node: int) -> int:
    """Take a parcel out of its purse and return the one after it."""
    after = s.parcels[node, NEXT]
    if before == NONE:
        purse[HEAD] = after
    else:
        s.parcels[before, NEXT] = after
    if purse[TAIL] == node:
        purse[TAIL] = before
    _give_parcel(s, node)
    return int(after)


@kernel
def take_stretch(s: State, purse: Ints, start: int, end: int, known: bool) -> None:
    """Take what lies in [start, end) from the head of the purse; sure only where the pool's opening is known."""
    lifo = s.rules[METHOD] == LIFO
    node, before = purse[HEAD], NONE
    while node != NONE:
        p = s.parcels[node]
        low, high = max(p[START], start), min(p[END], end)
        if low >= high:
            if lifo or p[START] >= end:
                break
            before, node = node, p[NEXT]
            continue
        moved = high - low
        add_part(s, low - start, moved, p[REPORT], moved if p[CERTAIN] > 0 and (known or lifo) else 0, 0)
        purse[TOTAL] -= moved
        if p[CERTAIN] > 0:
            purse[SURE] -= moved
            s.counters[ALL_SURE] -= moved
        if moved == p[END] - p[START]:
            node = unlink(s, purse, before, node)
        elif lifo:
            p[END] = low
            break
        else:
            p[START] = high
            break


@kernel
def take_share(s: State, purse: Ints, amount: int, balance: int, known: bool) -> None:
    """Take the purse's share of a payment, each report's part by largest remainder."""
    total = purse[TOTAL]
    moved = share(total, amount, balance)
    sure = purse[SURE]
    moved_sure = share(sure, amount, balance) if known else 0
    stays = sure - share(sure, amount, balance)
    s.counters[MOVED_SURE] = moved_sure
    purse[SURE] = stays
    s.counters[ALL_SURE] += stays - sure
    if moved == 0:
        return
    left, node = moved, purse[HEAD]
    first = s.counters[PARTS]
    while node != NONE:
        part = share(s.parcels[node, END], moved, total)
        add_part(s, 0, part, s.parcels[node, REPORT], 0, 0)
        left -= part
        node = s.parcels[node, NEXT]
    _spread_rest(s, purse, first, moved, left)
    _shrink(s, purse, first)
    purse[TOTAL] = total - moved


@kernel
def _spread_rest(s: State, purse: Ints, first: int, moved: int, left: int) -> None:
    """Give the units that rounding left over to the largest remainders, the earliest parcel first."""
    total = purse[TOTAL]
    while left > 0:
        best, most, at, node = NONE, -1, first, purse[HEAD]
        while node != NONE:
            rest = _rest(s.parcels[node, END], moved, total, s.parts[at, LENGTH])
            if s.parts[at, OFFSET] == 0 and rest > most:
                best, most = at, rest
            at += 1
            node = s.parcels[node, NEXT]
        s.parts[best, LENGTH] += 1
        s.parts[best, OFFSET] = 1  # has had its unit
        left -= 1


@kernel
def _shrink(s: State, purse: Ints, first: int) -> None:
    at, node, before = first, purse[HEAD], NONE
    while node != NONE:
        s.parcels[node, END] -= s.parts[at, LENGTH]
        s.parts[at, OFFSET] = 0
        at += 1
        if s.parcels[node, END] == 0:
            node = unlink(s, purse, before, node)
        else:
            before, node = node, s.parcels[node, NEXT]


@inlined
def touch(s: State, purse: Ints, amount: int) -> None:
    """Reach the whole amount, and count it once, for the first report that came."""
    add_part(s, 0, amount, s.parcels[purse[HEAD], REPORT], 0, 0)
