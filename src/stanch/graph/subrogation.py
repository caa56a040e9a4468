"""Subrogation: whose money pays a victim back steps into that victim's place, in compiled code.

An order gives back what lies in an account to the victims that it names; the method may hold that some of it is another
victim's money. He who is paid back has no more than his loss: for each unit of another's that came back to him, a unit
that is traced as his elsewhere is the other's from then on. No amount moves, only names; what cannot be exchanged,
because nothing is traced as his any more, goes on with the money.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.graph.entering import DP, NONE
from stanch.graph.purses import (
    BACKED,
    CERTAIN,
    CLAIM_BACKED,
    CLAIM_FOUND,
    CLAIM_POOL,
    END,
    FRESH,
    HEAD,
    LEFT,
    LEFT_HEAD,
    LENGTH,
    LIFO,
    METHOD,
    MOVED_SURE,
    NEXT,
    OFFSET,
    PART_SURE,
    PARTS,
    PROPORTIONAL,
    PURSES,
    REPORT,
    START,
    TAIL,
    WHOSE,
    State,
    add_part,
    sort_parts,
    take_parcel,
    unlink,
)
from stanch.model.compiled import inlined, kernel

Ints = npt.NDArray[np.int64]


@inlined
def _theirs(s: State, claim: int, pool: int) -> bool:
    """Whether a claim is of the victim who paid from a pool."""
    return bool(s.claims[claim, CLAIM_POOL] == pool and s.claims[claim, CLAIM_FOUND] > 0)


@kernel
def subrogate(s: State, line: Ints, exact: bool) -> None:
    """Exchange what others would lose to the victim whom a return pays for what is traced as his elsewhere."""
    pool, others, taken = line[DP], 0, s.counters[PARTS]
    for i in range(taken):
        others += 0 if _theirs(s, s.parts[i, WHOSE], pool) else s.parts[i, LENGTH]
    if others == 0:
        return
    if s.rules[METHOD] < PROPORTIONAL:
        sort_parts(s)
    concerns = False
    for claim in range(s.claims.shape[0]):
        if _theirs(s, claim, pool):
            concerns = True
            for i in range(taken):
                if s.parts[i, LENGTH] > 0 and not _theirs(s, s.parts[i, WHOSE], pool):
                    _exchange(s, i, claim)
    if concerns and not exact:
        _nothing_sure(s)


@inlined
def _nothing_sure(s: State) -> None:
    """With openings unknown, whose money came back, and so whether it goes on, is not sure."""
    s.counters[MOVED_SURE] = 0
    for i in range(s.counters[PARTS]):
        s.parts[i, PART_SURE] = 0


@kernel
def _exchange(s: State, at: int, claim: int) -> None:
    """Exchange one part of a return, as far as it goes, for what is traced as the claim's: in purses, then gone."""
    for number in range(s.counters[PURSES]):
        purse = s.purses[number]
        node, before = purse[HEAD], NONE
        while node != NONE and s.parts[at, LENGTH] > 0 and s.parts[at, WHOSE] != claim:
            if s.parcels[node, REPORT] != claim:
                before, node = node, s.parcels[node, NEXT]
                continue
            other = s.parts[at, WHOSE]
            purse[BACKED] |= s.claims[other, CLAIM_BACKED]
            size = _name_part(s, at, claim, s.parcels[node, END] - s.parcels[node, START])
            node = _name_parcel(s, purse, before, node, size, other)
            before = NONE  # found again from the head: what was named may have joined another parcel
            node = purse[HEAD]
    for row in range(s.counters[LEFT]):
        node = s.left[row, LEFT_HEAD]
        while node != NONE and s.parts[at, LENGTH] > 0 and s.parts[at, WHOSE] != claim:
            if s.parcels[node, REPORT] == claim:
                other = s.parts[at, WHOSE]
                size = _name_part(s, at, claim, s.parcels[node, END] - s.parcels[node, START])
                _split(s, node, size, other)
            node = s.parcels[node, NEXT]


@inlined
def _name_part(s: State, at: int, claim: int, most: int) -> int:
    """Name a part, or its first ``most`` units, as the claim's; what is left of it becomes part ``at``."""
    part = s.parts[at]
    size = min(part[LENGTH], most)
    sure = min(part[PART_SURE], size)
    if size == part[LENGTH]:
        part[WHOSE] = claim
        return int(size)
    add_part(s, part[OFFSET], size, claim, sure, part[FRESH])
    part[OFFSET] += size if s.rules[METHOD] < PROPORTIONAL else 0
    part[LENGTH] -= size
    part[PART_SURE] -= sure
    return int(size)


@inlined
def _split(s: State, node: int, size: int, other: int) -> None:
    """Name the end of a parcel that leaves first as another's; the rest follows it in the list."""
    p = s.parcels[node]
    if size < p[END] - p[START]:
        rest = take_parcel(s)
        q = s.parcels[rest]
        q[REPORT], q[CERTAIN], q[NEXT], p[NEXT] = p[REPORT], p[CERTAIN], p[NEXT], rest
        if s.rules[METHOD] == LIFO:
            q[START], q[END], p[START] = p[START], p[END] - size, p[END] - size
        else:
            q[START], q[END], p[END] = p[START] + size, p[END], p[START] + size
    p[REPORT] = other


@kernel
def _name_parcel(s: State, purse: Ints, before: int, node: int, size: int, other: int) -> int:
    """Name so much of a purse's parcel as another's; one that has no place joins what the other has there."""
    if s.rules[METHOD] == PROPORTIONAL:
        mine = purse[HEAD]
        while mine != NONE and s.parcels[mine, REPORT] != other:
            mine = s.parcels[mine, NEXT]
        if mine != NONE:
            s.parcels[mine, END] += size
            s.parcels[node, END] -= size
            return unlink(s, purse, before, node) if s.parcels[node, END] == 0 else node
        _split(s, node, size, other)
        rest = s.parcels[node, NEXT]
        if rest != NONE and s.parcels[rest, START] > 0:
            s.parcels[rest, END] -= s.parcels[rest, START]
            s.parcels[rest, START] = 0
    else:
        _split(s, node, size, other)
    if purse[TAIL] == node and s.parcels[node, NEXT] != NONE:
        purse[TAIL] = s.parcels[node, NEXT]
    return node
