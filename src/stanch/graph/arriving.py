"""Arriving: where the parts of a movement go, in compiled code - back to victims, out of sight, into a purse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import AT, BASE, DP, DST_IN, DST_OUT, FIRST_OUT, LINE, NEXT_OUT, NONE, OUT_THEN, WAY, Pages
from stanch.graph.postings import CASH
from stanch.graph.purses import (
    ALL_SURE,
    BACKED,
    CERTAIN,
    CLAIM_BACKED,
    CUT,
    END,
    GONE,
    HEAD,
    HOP,
    HOPS,
    LEFT,
    LEFT_ENTRY,
    LEFT_HEAD,
    LEFT_HOP,
    LEFT_LOW,
    LEFT_TRACED,
    LENGTH,
    LIFO,
    METHOD,
    NEXT,
    OFFSET,
    PART_SURE,
    PARTS,
    POOL_OF,
    PROPORTIONAL,
    PURSES,
    PUSHING,
    REPORT,
    SINCE,
    START,
    SURE,
    TAIL,
    TOTAL,
    UNTIL,
    WHOSE,
    State,
    sort_parts,
    sum_of_parts,
    take_parcel,
)
from stanch.graph.refunds import give_back, sure_share
from stanch.graph.waiting import push
from stanch.model.compiled import fetch, inlined

Ints = npt.NDArray[np.int64]


@inlined
def purse_at(s: State, pool: int, hop: int, at: int) -> int:
    """Return the purse of a pool, a new one where reported money had not come before."""
    found = s.purse_of[pool]
    if found != NONE:
        return int(found)
    number = int(s.counters[PURSES])
    s.counters[PURSES] += 1
    s.purse_of[pool] = number
    purse = s.purses[number]
    purse[POOL_OF], purse[HEAD], purse[TAIL], purse[TOTAL], purse[SURE] = pool, NONE, NONE, 0, 0
    purse[HOP], purse[SINCE], purse[BACKED] = hop, at, 0
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
    node = take_parcel(s)
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
def _exit(s: State, entry: int, hop: int, sure: int) -> None:
    row = s.left[s.counters[LEFT]]
    s.counters[LEFT] += 1
    row[LEFT_ENTRY], row[LEFT_HOP], row[LEFT_TRACED], row[LEFT_LOW], row[LEFT_HEAD] = entry, hop, 0, sure, NONE
    s.counters[ALL_SURE] += sure
    for i in range(s.counters[PARTS]):
        node = take_parcel(s)
        p = s.parcels[node]
        p[START], p[END], p[REPORT], p[NEXT] = 0, s.parts[i, LENGTH], s.parts[i, WHOSE], row[LEFT_HEAD]
        row[LEFT_TRACED] += s.parts[i, LENGTH]
        row[LEFT_HEAD] = node


@inlined
def _fill(s: State, purse: Ints, line: Ints, sure: int) -> None:
    lifo = s.rules[METHOD] == LIFO
    if s.rules[METHOD] < PROPORTIONAL:
        sort_parts(s)
    if purse[TOTAL] == 0:
        purse[GONE] = line[DST_OUT]
    for i in range(s.counters[PARTS]):
        _put(s, purse, line[DST_IN] - (line[DST_OUT] if lifo else 0), s.parts[i], lifo)
        if s.parts[i, LENGTH] > 0:  # of a share that was rounded down nothing may be left
            purse[BACKED] |= s.claims[s.parts[i, WHOSE], CLAIM_BACKED]
    purse[SURE] += sure
    s.counters[ALL_SURE] += sure


@inlined
def _await(s: State, pages: Pages, purse: Ints, line: Ints, entry: int) -> None:
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
def arrive(s: State, pages: Pages, line: Ints, entry: int, hop: int, exact: bool) -> None:
    """Put the parts of a movement where they went: back to victims, out of sight, or into the payee's purse."""
    back = give_back(s, line[DP])
    sure = 0
    if s.rules[METHOD] == PROPORTIONAL:
        sure += sure_share(s, back, exact)
    else:
        for i in range(s.counters[PARTS]):
            sure += s.parts[i, PART_SURE]
    if s.counters[PARTS] == 0:
        return
    if line[WAY] >= CASH:
        _exit(s, entry, hop, sure)
        return
    if sum_of_parts(s) == 0:
        return
    purse = s.purses[purse_at(s, line[DP], hop, line[AT])]
    waits = purse[TOTAL] > 0  # for its next payment already
    _fill(s, purse, line, sure)
    if s.rules[PUSHING] == 1 and not waits:
        _await(s, pages, purse, line, entry)
