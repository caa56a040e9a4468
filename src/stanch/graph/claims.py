"""Claims: what a report newly traces of a payment, beyond what was traced of it already; in compiled code."""

from __future__ import annotations

from stanch.graph.purses import (
    CLAIM_AMOUNT,
    CLAIM_ENTRY,
    CLAIM_FOUND,
    CLAIMED,
    FOUND,
    LENGTH,
    METHOD,
    NEXT_CLAIM,
    OFFSET,
    PARTS,
    POISON,
    PROPORTIONAL,
    State,
    add_part,
    sum_of_parts,
)
from stanch.model.compiled import inlined, kernel


@inlined
def claim_parts(s: State, entry: int, amount: int, exact: bool) -> None:
    """Report what is not yet traced of a payment, from its first unit on, for each report of this entry in turn."""
    sure = 1 if exact or s.counters[PARTS] == 0 else 0
    while s.counters[NEXT_CLAIM] < s.claims.shape[0] and s.claims[s.counters[NEXT_CLAIM], CLAIM_ENTRY] == entry:
        claim = s.counters[NEXT_CLAIM]
        s.counters[NEXT_CLAIM] += 1
        wanted = min(s.claims[claim, CLAIM_AMOUNT], amount)
        if s.rules[METHOD] == POISON:
            found = wanted
            if s.counters[PARTS] == 0:
                add_part(s, 0, amount, claim, 0, 1)
        elif s.rules[METHOD] == PROPORTIONAL:
            found = min(wanted, amount - sum_of_parts(s))
            if found > 0:
                add_part(s, 0, found, claim, found * sure, 1)
        else:
            found = fill_gaps(s, claim, wanted, amount, sure, 1)
        s.claims[claim, CLAIM_FOUND] = found
        s.counters[FOUND] += found
        s.counters[CLAIMED] += found if exact else wanted


@kernel
def fill_gaps(s: State, whose: int, wanted: int, amount: int, sure: int, fresh: int) -> int:
    """Give a report the stretches of a payment that no part covers yet, from its first unit on; return how much."""
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
        add_part(s, start, length, whose, length * sure, fresh)
        found += length
        start += length
    return int(found)
