"""Reported money carried through a whole history at once, straight from columns, by fifo.

For recomputation: no ledger is built, no list of an account's payments, nothing is kept but each account's totals and
the stretches of its receipts that were reported. It gives what a trace of all reports gives, at the lowest openings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.columns import NULL
from stanch.model.compiled import fetch, inlined, kernel

Ints = npt.NDArray[np.int64]

NONE: Final = -1
#: Columns of an account: receipts so far, payments so far less the opening, its first and last reported stretch.
HOLDING: Final = 4
CAME, GONE, FIRST, LAST = range(HOLDING)
#: Columns of a stretch of receipts: from, to, whose report, the next one of the account.
STRETCH: Final = 4
START, END, REPORT, NEXT = range(STRETCH)
USED, FREE, CLAIM = range(3)
_ROOM: Final = 1024
_AHEAD: Final = 12


@dataclass(frozen=True, slots=True)
class Carried:
    """What each report has on each account in the end: equal columns, by account and then by report."""

    account: Ints
    report: Ints
    amount: Ints


@dataclass(frozen=True, slots=True)
class Payments:
    """A history in order of time: accounts ``src``, ``dst`` (n,) below ``accounts``, ``amount`` in minor units."""

    src: Ints
    dst: Ints
    amount: Ints
    accounts: int


class Claims(NamedTuple):
    """Reports in order of their payments: places of these, amounts still to claim, victims, and what is counted.

    ``counters``: stretches in use, the first free one, the next claim.
    """

    reported: Ints
    amounts: Ints
    victims: Ints
    counters: Ints


class Move(NamedTuple):
    """A payment: the stretch [start, end) of the payer's receipts, how far it shifts, its place, payee, if reported."""

    start: int
    end: int
    shift: int
    entry: int
    to: int
    claimed: bool


def replay(paid: Payments, openings: Ints, reported: Ints, amounts: Ints) -> Carried:
    """Return where reported money is in the end.

    ``openings`` (accounts,): what each account held before, NULL where unknown: then as little as its payments allow.
    ``reported`` (reports,): rising places of reported payments; ``amounts``: how much of each was reported.
    """
    holdings = np.empty((paid.accounts, HOLDING), dtype=np.int64)
    columns = (paid.src, paid.dst, paid.amount)
    _open(columns, openings, holdings)
    counters = np.array([0, NONE, 0], dtype=np.int64)
    claims = Claims(reported, amounts.copy(), paid.src[reported], counters)
    stretches, done = np.empty((_ROOM + 2 * len(reported), STRETCH), dtype=np.int64), 0
    while (done := _carry(columns, done, openings, holdings, stretches, claims)) < len(paid.src):
        stretches = np.concatenate((stretches, np.empty_like(stretches)))
    return _carried(holdings, stretches)


@kernel
def _open(columns: tuple[Ints, Ints, Ints], openings: Ints, holdings: Ints) -> None:
    """Find the openings that no payment contradicts, and set the holdings to what they were before all payments."""
    src, dst, amount = columns
    holdings[:, CAME] = 0
    holdings[:, GONE] = 0
    for i in range(src.shape[0]):
        if i + _AHEAD < src.shape[0]:
            fetch(holdings, src[i + _AHEAD] * HOLDING)
            fetch(holdings, dst[i + _AHEAD] * HOLDING)
        payer = holdings[src[i]]
        payer[CAME] -= amount[i]
        payer[GONE] = max(payer[GONE], -payer[CAME])
        holdings[dst[i], CAME] += amount[i]
    for account in range(holdings.shape[0]):
        opening = holdings[account, GONE] if openings[account] == NULL else openings[account]
        holdings[account, CAME], holdings[account, GONE] = 0, -opening
        holdings[account, FIRST], holdings[account, LAST] = NONE, NONE


@inlined
def _give(stretches: Ints, holding: Ints, span: tuple[int, int], report: int, counters: Ints) -> None:
    """Append a reported stretch to an account's receipts; what continues its last one is one with it."""
    start, end = span
    last = holding[LAST]
    if last != NONE and stretches[last, END] == start and stretches[last, REPORT] == report:
        stretches[last, END] = end
        return
    node = counters[FREE]
    if node == NONE:
        node = counters[USED]
        counters[USED] += 1
    else:
        counters[FREE] = stretches[node, NEXT]
    row = stretches[node]
    row[START], row[END], row[REPORT], row[NEXT] = start, end, report, NONE
    if last == NONE:
        holding[FIRST] = node
    else:
        stretches[last, NEXT] = node
    holding[LAST] = node


@inlined
def _report(stretches: Ints, payee: Ints, span: tuple[int, int], claims: Claims, entry: int) -> None:
    """Give what no report covers yet of a reported payment, as receipts of the payee, to its reports in turn."""
    start, end = span
    for claim in range(claims.counters[CLAIM], claims.reported.shape[0]):
        if claims.reported[claim] != entry or start >= end:
            break
        length = min(claims.amounts[claim], end - start)
        if length > 0:
            _give(stretches, payee, (start, start + length), claim, claims.counters)
            claims.amounts[claim] -= length
            start += length


@inlined
def _take_first(stretches: Ints, payer: Ints, end: int, counters: Ints) -> None:
    """Take what lies before ``end`` of an account's first stretch."""
    node = payer[FIRST]
    if stretches[node, END] > end:
        stretches[node, START] = end
        return
    payer[FIRST] = stretches[node, NEXT]
    if payer[FIRST] == NONE:
        payer[LAST] = NONE
    stretches[node, NEXT] = counters[FREE]
    counters[FREE] = node


@kernel
def _pass_on(stretches: Ints, payer: Ints, payee: Ints, move: Move, claims: Claims) -> None:
    """Take the stretches of a payment from the payer, the oldest first, and report what it was reported for."""
    at = move.start
    while payer[FIRST] != NONE and stretches[payer[FIRST], START] < move.end:
        low, whose = stretches[payer[FIRST], START], stretches[payer[FIRST], REPORT]
        high = min(stretches[payer[FIRST], END], move.end)
        _take_first(stretches, payer, move.end, claims.counters)
        if move.claimed:
            _report(stretches, payee, (at + move.shift, low + move.shift), claims, move.entry)
        if claims.victims[whose] != move.to:  # what reaches its victim again is over
            _give(stretches, payee, (low + move.shift, high + move.shift), whose, claims.counters)
        at = high
    if move.claimed:
        _report(stretches, payee, (at + move.shift, move.end + move.shift), claims, move.entry)


@kernel
def _carry(
    columns: tuple[Ints, Ints, Ints], first: int, openings: Ints, holdings: Ints, stretches: Ints, claims: Claims
) -> int:
    """Carry payments from ``first`` on; return the first one for which there was no room, or how many there are."""
    src, dst, amount = columns
    for i in range(first, src.shape[0]):
        if i + _AHEAD < src.shape[0]:
            fetch(holdings, src[i + _AHEAD] * HOLDING)
            fetch(holdings, dst[i + _AHEAD] * HOLDING)
        payer, payee = holdings[src[i]], holdings[dst[i]]
        claim = claims.counters[CLAIM]
        claimed = claim < claims.reported.shape[0] and claims.reported[claim] == i
        moves = claimed or payer[FIRST] != NONE
        if moves and stretches.shape[0] < claims.counters[USED] * (2 if claimed else 1) + claims.reported.shape[0] + 4:
            return i
        if openings[src[i]] != NULL and payer[CAME] - payer[GONE] < amount[i]:
            payer[CAME] = payer[GONE] + amount[i]  # came in unseen just before
        start = payer[GONE]
        payer[GONE] += amount[i]
        came = payee[CAME]
        payee[CAME] += amount[i]
        if moves:
            move = Move(start, start + amount[i], came - start, i, dst[i], claimed)
            _pass_on(stretches, payer, payee, move, claims)
            while claimed and claim < claims.reported.shape[0] and claims.reported[claim] == i:
                claim += 1
            claims.counters[CLAIM] = claim
    return int(src.shape[0])


def _carried(holdings: Ints, stretches: Ints) -> Carried:
    """Add up the stretches that are left, by account and report."""
    tainted = np.flatnonzero(holdings[:, FIRST] != NONE)
    found: dict[tuple[int, int], int] = {}
    for account, first in zip(tainted.tolist(), holdings[tainted, FIRST].tolist(), strict=True):
        node = first
        while node != NONE:
            start, end, report, node = stretches[node].tolist()
            found[account, report] = found.get((account, report), 0) + end - start
    rows = np.array([(*key, amount) for key, amount in sorted(found.items())], dtype=np.int64).reshape(-1, 3)
    return Carried(rows[:, 0], rows[:, 1], rows[:, 2])
