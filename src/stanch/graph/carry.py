"""Carrying reported money along the ledger, in compiled code: the one engine behind traces and the live taint.

Each pool that reported money reached has a *purse*: a list of parcels, each of one report. Under FIFO a parcel is a
stretch of the pool's stream of receipts, and a payment takes the oldest stretch; under LIFO it is a stretch of height
above the opening balance, and a payment takes the top; under proportional a payment takes the purse's share, rounded
down, split among reports by largest remainder; under poison everything that was touched is reached as a whole.

``SURE`` is what a purse holds whatever the unknown opening balances are. What is reported less all that is sure is
the *slack*: without slack every amount is exact, and no place can hold more than what is sure there plus the slack.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import (
    AMOUNT,
    AT,
    BASE,
    DP,
    DST_IN,
    DST_OUT,
    FIRST_OUT,
    KNOWN,
    LINE,
    NEXT_OUT,
    NONE,
    OPENING,
    OUT_BEFORE,
    OUT_THEN,
    SP,
    SRC_IN,
    WAY,
    Pages,
)
from stanch.graph.postings import CASH, RETURNED
from stanch.model.compiled import fetch, inlined, kernel

Ints = npt.NDArray[np.int64]

FIFO, LIFO, PROPORTIONAL, POISON = range(4)

#: A purse; ``GONE`` is what had left its pool in all when it was last looked at.
PURSE: Final = 8
POOL_OF, HEAD, TAIL, TOTAL, SURE, HOP, SINCE, GONE = range(PURSE)
#: A parcel: a stretch of stream or height (from 0 where money has no place), its report, what of it is sure, the next.
PARCEL: Final = 5
START, END, REPORT, CERTAIN, NEXT = range(PARCEL)
STEP: Final = 5
STEP_ENTRY, STEP_HOP, STEP_TRACED, STEP_LOW, STEP_HIGH = range(STEP)
LEAVING: Final = 5
LEFT_ENTRY, LEFT_HOP, LEFT_TRACED, LEFT_LOW, LEFT_HEAD = range(LEAVING)
#: A part of one movement: where in it, how long, whose, what of it is sure, whether it was reported just now.
PART: Final = 5
OFFSET, LENGTH, WHOSE, PART_SURE, FRESH = range(PART)
CLAIM: Final = 5
CLAIM_ENTRY, CLAIM_AMOUNT, CLAIM_POOL, CLAIM_FOUND, CLAIM_BACK = range(CLAIM)

#: ``CLAIMED`` is the most that can have been found, whatever the openings; less ``ALL_SURE`` it is the slack.
#: ``CHANGES`` counts the entries that changed what some purse holds.
COUNTERS: Final = 16
(PURSES, PARCELS, FREE, PARTS, STEPS, LEFT, HEAP, NEXT_CLAIM, FOUND, CLAIMED, ALL_SURE, BACK_SURE, WALKED, CUT,
 MOVED_SURE, CHANGES) = range(COUNTERS)  # fmt: skip
RULES: Final = 6
METHOD, HOPS, WORK, UNTIL, KEEP_STEPS, PUSHING = range(RULES)
DONE, FULL = 0, 1


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
def _take_parcel(s: State) -> int:
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
def _add_part(s: State, offset: int, length: int, whose: int, sure: int, fresh: int) -> None:
    part = s.parts[s.counters[PARTS]]
    part[OFFSET], part[LENGTH], part[WHOSE], part[PART_SURE], part[FRESH] = offset, length, whose, sure, fresh
    s.counters[PARTS] += 1


@kernel
def _unlink(s: State, purse: Ints, before: int, node: int) -> int:
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
def _take_stretch(s: State, purse: Ints, start: int, end: int, known: bool) -> None:
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
        _add_part(s, low - start, moved, p[REPORT], moved if p[CERTAIN] > 0 and (known or lifo) else 0, 0)
        purse[TOTAL] -= moved
        if p[CERTAIN] > 0:
            purse[SURE] -= moved
            s.counters[ALL_SURE] -= moved
        if moved == p[END] - p[START]:
            node = _unlink(s, purse, before, node)
        elif lifo:
            p[END] = low
            break
        else:
            p[START] = high
            break


@kernel
def _take_share(s: State, purse: Ints, amount: int, balance: int, known: bool) -> None:
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
        _add_part(s, 0, part, s.parcels[node, REPORT], 0, 0)
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
            node = _unlink(s, purse, before, node)
        else:
            before, node = node, s.parcels[node, NEXT]


@inlined
def _poison(s: State, purse: Ints, amount: int) -> None:
    """Reach the whole amount, and count it once, for the first report that came."""
    _add_part(s, 0, amount, s.parcels[purse[HEAD], REPORT], 0, 0)


@inlined
def _moved(s: State) -> int:
    found = 0
    for i in range(s.counters[PARTS]):
        found += s.parts[i, LENGTH]
    return int(found)


@kernel
def _refund(s: State, purse: Ints, line: Ints, exact: bool) -> None:
    """A return to a victim takes that victim's money first: what the method did not take is taken now."""
    concerns = False
    for claim in range(s.claims.shape[0]):
        if s.claims[claim, CLAIM_POOL] != line[DP] or s.claims[claim, CLAIM_FOUND] == 0:
            continue
        concerns = True
        left = line[AMOUNT] - _moved(s)
        node, before = purse[HEAD], NONE
        while node != NONE and left > 0:
            p = s.parcels[node]
            if p[REPORT] != claim:
                before, node = node, p[NEXT]
                continue
            taken = min(left, p[END] - p[START])
            proportional = s.rules[METHOD] == PROPORTIONAL
            sure = p[CERTAIN] > 0 or proportional
            _add_part(s, 0, taken, claim, taken if exact and not proportional else 0, 0)
            if exact and proportional:
                s.counters[MOVED_SURE] += taken
            if sure:
                lost = min(taken, purse[SURE])
                purse[SURE] -= lost
                s.counters[ALL_SURE] -= lost
            purse[TOTAL] -= taken
            left -= taken
            if taken == p[END] - p[START]:
                node = _unlink(s, purse, before, node)
            elif proportional or s.rules[METHOD] == LIFO:
                p[END] -= taken
            else:
                p[START] += taken
    if concerns and not exact:
        _doubt(s, purse, line[AMOUNT])


@kernel
def _doubt(s: State, purse: Ints, amount: int) -> None:
    """After a refund out of an uncertain purse nothing that it could have taken is sure."""
    if s.rules[METHOD] == PROPORTIONAL:
        lost = min(amount, purse[SURE])
    else:
        lost = purse[SURE]
        node = purse[HEAD]
        while node != NONE:
            s.parcels[node, CERTAIN] = 0
            node = s.parcels[node, NEXT]
    purse[SURE] -= lost
    s.counters[ALL_SURE] -= lost


@inlined
def _claim(s: State, entry: int, amount: int, exact: bool) -> None:
    """Report what is not yet traced of a payment, from its first unit on, for each report of this entry in turn."""
    sure = 1 if exact or s.counters[PARTS] == 0 else 0
    while s.counters[NEXT_CLAIM] < s.claims.shape[0] and s.claims[s.counters[NEXT_CLAIM], CLAIM_ENTRY] == entry:
        claim = s.counters[NEXT_CLAIM]
        s.counters[NEXT_CLAIM] += 1
        wanted = min(s.claims[claim, CLAIM_AMOUNT], amount)
        if s.rules[METHOD] == POISON:
            found = wanted
            if s.counters[PARTS] == 0:
                _add_part(s, 0, amount, claim, 0, 1)
        elif s.rules[METHOD] == PROPORTIONAL:
            found = min(wanted, amount - _moved(s))
            if found > 0:
                _add_part(s, 0, found, claim, found * sure, 1)
        else:
            found = _claim_stretches(s, claim, wanted, amount, sure)
        s.claims[claim, CLAIM_FOUND] = found
        s.counters[FOUND] += found
        s.counters[CLAIMED] += found if exact else wanted


@kernel
def _claim_stretches(s: State, claim: int, wanted: int, amount: int, sure: int) -> int:
    """Claim the stretches of a payment that no part covers yet, from its first unit on."""
    start, found, covered = 0, 0, s.counters[PARTS]
    while found < wanted and start < amount:
        end, again = amount, start
        for i in range(covered):
            part = s.parts[i]
            if part[OFFSET] <= start < part[OFFSET] + part[LENGTH]:
                again = max(again, part[OFFSET] + part[LENGTH])
            elif part[OFFSET] > start:
                end = min(end, part[OFFSET])
        if again > start:
            start = again
            continue
        length = min(wanted - found, end - start)
        _add_part(s, start, length, claim, length * sure, 1)
        found += length
        start += length
    return int(found)


@inlined
def _purse(s: State, pool: int, hop: int, at: int) -> int:
    found = s.purse_of[pool]
    if found != NONE:
        return int(found)
    number = int(s.counters[PURSES])
    s.counters[PURSES] += 1
    s.purse_of[pool] = number
    purse = s.purses[number]
    purse[POOL_OF], purse[HEAD], purse[TAIL], purse[TOTAL], purse[SURE] = pool, NONE, NONE, 0, 0
    purse[HOP], purse[SINCE] = hop, at
    return number


@inlined
def _put(s: State, purse: Ints, start: int, part: Ints, lifo: bool) -> None:
    """Put a part into a purse: a stretch at its place, an amount beside the same report's."""
    purse[TOTAL] += part[LENGTH]
    placed = s.rules[METHOD] < PROPORTIONAL
    if not placed:
        node = purse[HEAD]
        while node != NONE:
            if s.parcels[node, REPORT] == part[WHOSE]:
                s.parcels[node, END] += part[LENGTH]
                return
            node = s.parcels[node, NEXT]
    node = _take_parcel(s)
    p = s.parcels[node]
    p[START] = start + part[OFFSET] if placed else 0
    p[END], p[REPORT], p[CERTAIN], p[NEXT] = p[START] + part[LENGTH], part[WHOSE], part[PART_SURE], NONE
    if purse[HEAD] == NONE:
        purse[HEAD], purse[TAIL] = node, node
    elif lifo:
        p[NEXT] = purse[HEAD]
        purse[HEAD] = node
    else:
        s.parcels[purse[TAIL], NEXT] = node
        purse[TAIL] = node


@inlined
def _sort_parts(s: State) -> None:
    """Order the parts by where they lie in the movement."""
    for i in range(1, s.counters[PARTS]):
        j = i
        while j > 0 and s.parts[j - 1, OFFSET] > s.parts[j, OFFSET]:
            for c in range(PART):
                s.parts[j, c], s.parts[j - 1, c] = s.parts[j - 1, c], s.parts[j, c]
            j -= 1


@inlined
def _give_back(s: State, pool: int) -> int:
    """Take out the parts that reach the account their victim paid from, and return how much they are."""
    kept, back = 0, 0
    for i in range(s.counters[PARTS]):
        part = s.parts[i]
        if part[FRESH] == 0 and s.claims[part[WHOSE], CLAIM_POOL] == pool:
            s.claims[part[WHOSE], CLAIM_BACK] += part[LENGTH]
            s.counters[BACK_SURE] += part[PART_SURE]
            s.counters[ALL_SURE] += part[PART_SURE]
            back += part[LENGTH]
            continue
        if kept != i:
            for column in range(PART):
                s.parts[kept, column] = part[column]
        kept += 1
    s.counters[PARTS] = kept
    return int(back)


@inlined
def _sure_share(s: State, back: int, exact: bool) -> int:
    """Return what is sure of a proportional movement that stays traced, after ``back`` went to victims."""
    sure, fresh, taken = int(s.counters[MOVED_SURE]), 0, 0
    for i in range(s.counters[PARTS]):
        fresh += s.parts[i, PART_SURE]
        taken += 0 if s.parts[i, FRESH] == 1 else s.parts[i, LENGTH]
    if back == 0:
        return sure + fresh
    returned = back if exact else (sure if taken == 0 else 0)
    s.counters[BACK_SURE] += returned
    s.counters[ALL_SURE] += returned
    return fresh + (taken if exact else 0)


@inlined
def _exit(s: State, entry: int, hop: int, sure: int) -> None:
    row = s.left[s.counters[LEFT]]
    s.counters[LEFT] += 1
    row[LEFT_ENTRY], row[LEFT_HOP], row[LEFT_TRACED], row[LEFT_LOW], row[LEFT_HEAD] = entry, hop, 0, sure, NONE
    s.counters[ALL_SURE] += sure
    for i in range(s.counters[PARTS]):
        node = _take_parcel(s)
        p = s.parcels[node]
        p[START], p[END], p[REPORT], p[NEXT] = 0, s.parts[i, LENGTH], s.parts[i, WHOSE], row[LEFT_HEAD]
        row[LEFT_TRACED] += s.parts[i, LENGTH]
        row[LEFT_HEAD] = node


@inlined
def _arrive(s: State, pages: Pages, line: Ints, entry: int, hop: int, exact: bool) -> None:
    """Put the parts of a movement where they went: back to victims, out of sight, or into the payee's purse."""
    back = _give_back(s, line[DP])
    sure = 0
    if s.rules[METHOD] == PROPORTIONAL:
        sure += _sure_share(s, back, exact)
    else:
        for i in range(s.counters[PARTS]):
            sure += s.parts[i, PART_SURE]
    if s.counters[PARTS] == 0:
        return
    if line[WAY] >= CASH:
        _exit(s, entry, hop, sure)
        return
    purse = s.purses[_purse(s, line[DP], hop, line[AT])]
    waits = purse[TOTAL] > 0  # for its next payment already
    _fill(s, purse, line, sure)
    if s.rules[PUSHING] == 1 and not waits:
        _follow(s, pages, purse, line, entry)


@inlined
def _fill(s: State, purse: Ints, line: Ints, sure: int) -> None:
    lifo = s.rules[METHOD] == LIFO
    if s.rules[METHOD] < PROPORTIONAL:
        _sort_parts(s)
    if purse[TOTAL] == 0:
        purse[GONE] = line[DST_OUT]
    for i in range(s.counters[PARTS]):
        _put(s, purse, line[DST_IN] - (line[DST_OUT] if lifo else 0), s.parts[i], lifo)
    purse[SURE] += sure
    s.counters[ALL_SURE] += sure


@inlined
def _follow(s: State, pages: Pages, purse: Ints, line: Ints, entry: int) -> None:
    """Remember the payee's next payment, unless the limit of hops forbids to walk it."""
    if purse[HOP] >= s.rules[HOPS] and s.counters[CUT] == 1:
        return
    then = line[OUT_THEN] - pages.counts[BASE]
    coming = pages.lines[then, NEXT_OUT] if then >= 0 else pages.pools[line[DP], FIRST_OUT]
    if coming > entry and purse[HOP] < s.rules[HOPS]:
        fetch(pages.lines, (coming - pages.counts[BASE]) * LINE)
        push(s, coming)
    elif coming > entry and coming < s.rules[UNTIL]:
        s.counters[CUT] = 1


@inlined
def push(s: State, entry: int) -> None:
    """Enter an entry into the heap of those to walk, the earliest on top."""
    at = s.counters[HEAP]
    s.counters[HEAP] += 1
    s.heap[at] = entry
    while at > 0 and s.heap[(at - 1) >> 1] > s.heap[at]:
        s.heap[at], s.heap[(at - 1) >> 1] = s.heap[(at - 1) >> 1], s.heap[at]
        at = (at - 1) >> 1


@inlined
def _pop(s: State) -> int:
    """Take the earliest entry from the heap, all its copies with it."""
    top = s.heap[0]
    while s.counters[HEAP] > 0 and s.heap[0] == top:
        s.counters[HEAP] -= 1
        size = s.counters[HEAP]
        s.heap[0] = s.heap[size]
        at = 0
        while True:
            child = 2 * at + 1
            if child >= size:
                break
            if child + 1 < size and s.heap[child + 1] < s.heap[child]:
                child += 1
            if s.heap[at] <= s.heap[child]:
                break
            s.heap[at], s.heap[child] = s.heap[child], s.heap[at]
            at = child
    return int(top)


@inlined
def _take(s: State, pages: Pages, line: Ints, purse: Ints) -> bool:
    """Take a payment's parts out of the payer's purse; returns whether all about it is exact."""
    method = s.rules[METHOD]
    if method == POISON:
        _poison(s, purse, line[AMOUNT])
        purse[GONE] = line[OUT_BEFORE] + line[AMOUNT]
        return False
    pool = pages.pools[line[SP]]
    known = bool(pool[KNOWN] == 1)
    exact = known and s.counters[CLAIMED] == s.counters[ALL_SURE]
    if method == FIFO:
        start = line[OUT_BEFORE] - pool[OPENING]
        _take_stretch(s, purse, start, start + line[AMOUNT], known)
    elif method == LIFO:
        top = line[SRC_IN] - line[OUT_BEFORE]
        exact = s.counters[CLAIMED] == s.counters[ALL_SURE]
        _take_stretch(s, purse, top - line[AMOUNT], top, known)
    else:
        balance = pool[OPENING] + line[SRC_IN] - line[OUT_BEFORE]
        _take_share(s, purse, line[AMOUNT], balance, known)
    purse[GONE] = line[OUT_BEFORE] + line[AMOUNT]
    if line[WAY] == RETURNED:
        _refund(s, purse, line, exact)
    return bool(exact)


@inlined
def walk(s: State, pages: Pages, entry: int) -> None:
    """Carry what one entry moves: what the payer's purse gives, and what is reported of it."""
    line = pages.lines[entry - pages.counts[BASE]]
    s.counters[PARTS], s.counters[MOVED_SURE], hop = 0, 0, 1
    sure = s.counters[ALL_SURE]
    slack = s.counters[CLAIMED] - sure
    exact, reach = slack == 0, slack
    number = s.purse_of[line[SP]]
    if number != NONE and s.purses[number, TOTAL] > 0:
        purse = s.purses[number]
        if purse[HOP] >= s.rules[HOPS]:
            s.counters[CUT] = 1
        else:
            hop = purse[HOP] + 1
            reach = purse[SURE] + slack
            exact = _take(s, pages, line, purse)
            if s.rules[PUSHING] == 1 and purse[TOTAL] > 0 and line[NEXT_OUT] > entry:
                fetch(pages.lines, (line[NEXT_OUT] - pages.counts[BASE]) * LINE)
                push(s, line[NEXT_OUT])
    taken, before = s.counters[PARTS], s.counters[FOUND]
    _claim(s, entry, line[AMOUNT], exact)
    if s.counters[PARTS] > 0 or s.counters[ALL_SURE] != sure:
        s.counters[CHANGES] += 1
    if s.counters[PARTS] == 0:
        return
    if s.counters[PARTS] > taken:
        hop = 1
    if s.rules[KEEP_STEPS] == 1:
        _note_step(s, entry, hop, exact, min(line[AMOUNT], reach + s.counters[FOUND] - before))
    _arrive(s, pages, line, entry, hop, exact)


@inlined
def _note_step(s: State, entry: int, hop: int, exact: bool, high: int) -> None:
    """Write down what a movement carried."""
    step = s.steps[s.counters[STEPS]]
    s.counters[STEPS] += 1
    traced, sure = _moved(s), s.counters[MOVED_SURE]
    for i in range(s.counters[PARTS]):
        sure += s.parts[i, PART_SURE] if s.parts[i, FRESH] == 1 or s.rules[METHOD] != PROPORTIONAL else 0
    step[STEP_ENTRY], step[STEP_HOP], step[STEP_TRACED], step[STEP_LOW] = entry, hop, traced, sure
    step[STEP_HIGH] = traced if exact else high


@inlined
def room(s: State) -> bool:
    """Whether the next entry surely finds room: it can touch every parcel and every claim a few times."""
    most = 4 * s.counters[PARCELS] + 2 * s.claims.shape[0] + 8
    if s.parcels.shape[0] < most or s.parts.shape[0] < most or s.purses.shape[0] <= s.counters[PURSES]:
        return False
    if s.left.shape[0] <= s.counters[LEFT] or s.heap.shape[0] < s.counters[HEAP] + 2:
        return False
    return bool(s.rules[KEEP_STEPS] == 0 or s.steps.shape[0] > s.counters[STEPS])


@kernel
def run(s: State, pages: Pages) -> int:
    """Walk from the heap until it is empty or the work is done; FULL where the caller must make room first."""
    while s.counters[HEAP] > 0:
        if s.counters[WALKED] >= s.rules[WORK]:
            s.counters[CUT] = 1
            return DONE
        if not room(s):
            return FULL
        if s.heap[0] >= s.rules[UNTIL]:
            return DONE
        s.counters[WALKED] += 1
        walk(s, pages, _pop(s))
    return DONE


@kernel
def follow(s: State, pages: Pages, first: int, last: int) -> int:
    """Walk the entries [first, last) that move reported money. Returns where to go on, ``last`` if done."""
    for entry in range(first, last):
        number = s.purse_of[pages.lines[entry - pages.counts[BASE], SP]]
        if number != NONE and s.purses[number, TOTAL] > 0:
            if not room(s):
                return entry
            s.counters[WALKED] += 1
            walk(s, pages, entry)
    return last
