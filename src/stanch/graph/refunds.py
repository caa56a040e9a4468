"""Refunds: money that goes back to the victim it was taken from, in compiled code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.graph.claims import fill_gaps
from stanch.graph.entering import AMOUNT, DP, NONE
from stanch.graph.purses import (
    ALL_SURE,
    BACK_SURE,
    CERTAIN,
    CLAIM_BACK,
    CLAIM_FOUND,
    CLAIM_POOL,
    END,
    FRESH,
    HEAD,
    LENGTH,
    LIFO,
    METHOD,
    MOVED_SURE,
    NEXT,
    PART,
    PART_SURE,
    PARTS,
    PROPORTIONAL,
    REPORT,
    START,
    SURE,
    TOTAL,
    WHOSE,
    State,
    add_part,
    sum_of_parts,
    unlink,
)
from stanch.model.compiled import inlined, kernel

Ints = npt.NDArray[np.int64]


@kernel
def refund(s: State, purse: Ints, line: Ints, exact: bool) -> None:
    """A return to a victim takes that victim's money first: what the method did not take is taken now."""
    concerns = False
    for claim in range(s.claims.shape[0]):
        if s.claims[claim, CLAIM_POOL] != line[DP] or s.claims[claim, CLAIM_FOUND] == 0:
            continue
        concerns = True
        left = line[AMOUNT] - sum_of_parts(s)
        node, before = purse[HEAD], NONE
        while node != NONE and left > 0:
            p = s.parcels[node]
            if p[REPORT] != claim:
                before, node = node, p[NEXT]
                continue
            taken = min(left, p[END] - p[START])
            proportional = s.rules[METHOD] == PROPORTIONAL
            sure = p[CERTAIN] > 0 or proportional
            if proportional:
                add_part(s, 0, taken, claim, 0, 0)
            else:
                fill_gaps(s, claim, taken, line[AMOUNT], 1 if exact else 0, 0)
            if exact and proportional:
                s.counters[MOVED_SURE] += taken
            if sure:
                lost = min(taken, purse[SURE])
                purse[SURE] -= lost
                s.counters[ALL_SURE] -= lost
            purse[TOTAL] -= taken
            left -= taken
            if taken == p[END] - p[START]:
                node = unlink(s, purse, before, node)
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
def give_back(s: State, pool: int) -> int:
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
def sure_share(s: State, back: int, exact: bool) -> int:
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
