"""Carrying reported money along the ledger, in compiled code: the one engine behind traces and the live taint.

Each pool that reported money reached has a *purse* (``purses.py``); entries are walked in the order of the ledger. What
is reported less all that is sure is the *slack*: without slack every amount is exact, and no place can hold more than
what is sure there plus the slack. These files are compiled into each other: see decision 7.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.graph.arriving import arrive
from stanch.graph.claims import claim_parts
from stanch.graph.entering import AMOUNT, BASE, KNOWN, LINE, NEXT_OUT, NONE, OPENING, OUT_BEFORE, SP, SRC_IN, WAY, Pages
from stanch.graph.postings import RETURNED
from stanch.graph.purses import (
    ALL_SURE,
    CHANGES,
    CLAIM_ASKED,
    CLAIMED,
    CUT,
    FIFO,
    FOUND,
    FRESH,
    GONE,
    HEAP,
    HOP,
    HOPS,
    KEEP_STEPS,
    LEFT,
    LENGTH,
    LIFO,
    METHOD,
    MOVED_SURE,
    PARCELS,
    PART_SURE,
    PARTS,
    POISON,
    PROPORTIONAL,
    PURSES,
    PUSHING,
    STEP_ASKED,
    STEP_ENTRY,
    STEP_HIGH,
    STEP_HOP,
    STEP_LOW,
    STEP_TRACED,
    STEPS,
    SURE,
    TOTAL,
    UNTIL,
    WALKED,
    WHOSE,
    WORK,
    State,
    sum_of_parts,
    take_share,
    take_stretch,
    touch,
)
from stanch.graph.refunds import refund
from stanch.graph.subrogation import subrogate
from stanch.graph.waiting import pop, push
from stanch.model.compiled import fetch, inlined, kernel

Ints = npt.NDArray[np.int64]

DONE, FULL = 0, 1


@inlined
def _take(s: State, pages: Pages, line: Ints, purse: Ints) -> bool:
    """Take a payment's parts out of the payer's purse; returns whether all about it is exact."""
    method = s.rules[METHOD]
    if method == POISON:
        touch(s, purse, line[AMOUNT])
        purse[GONE] = line[OUT_BEFORE] + line[AMOUNT]
        return False
    pool = pages.pools[line[SP]]
    known = bool(pool[KNOWN] == 1)
    exact = known and s.counters[CLAIMED] == s.counters[ALL_SURE]
    if method == FIFO:
        start = line[OUT_BEFORE] - pool[OPENING]
        take_stretch(s, purse, start, start + line[AMOUNT], known)
    elif method == LIFO:
        top = line[SRC_IN] - line[OUT_BEFORE]
        exact = s.counters[CLAIMED] == s.counters[ALL_SURE]
        take_stretch(s, purse, top - line[AMOUNT], top, known)
    else:
        balance = pool[OPENING] + line[SRC_IN] - line[OUT_BEFORE]
        take_share(s, purse, line[AMOUNT], balance, known)
    purse[GONE] = line[OUT_BEFORE] + line[AMOUNT]
    if line[WAY] == RETURNED:
        refund(s, purse, line, exact)
        subrogate(s, line, exact)
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
    claim_parts(s, entry, line[AMOUNT], exact)
    if s.counters[PARTS] > 0 or s.counters[ALL_SURE] != sure:
        s.counters[CHANGES] += 1
    if s.counters[PARTS] == 0:
        return
    if s.counters[PARTS] > taken:
        hop = 1
    if s.rules[KEEP_STEPS] == 1:
        _note_step(s, entry, hop, exact, min(line[AMOUNT], reach + s.counters[FOUND] - before))
    arrive(s, pages, line, entry, hop, exact)


@inlined
def _note_step(s: State, entry: int, hop: int, exact: bool, high: int) -> None:
    """Write down what a movement carried."""
    step = s.steps[s.counters[STEPS]]
    s.counters[STEPS] += 1
    traced, sure, asked = sum_of_parts(s), s.counters[MOVED_SURE], 0
    for i in range(s.counters[PARTS]):
        asked += s.parts[i, LENGTH] if s.claims[s.parts[i, WHOSE], CLAIM_ASKED] == 1 else 0
        sure += s.parts[i, PART_SURE] if s.parts[i, FRESH] == 1 or s.rules[METHOD] != PROPORTIONAL else 0
    step[STEP_ENTRY], step[STEP_HOP], step[STEP_TRACED], step[STEP_LOW] = entry, hop, traced, sure
    step[STEP_HIGH], step[STEP_ASKED] = traced if exact else high, asked


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
        walk(s, pages, pop(s))
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
