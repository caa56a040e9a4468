"""Entering postings into the ledger, in compiled code: pools, running totals, openings and lists in order of time.

A *pool* is the money of one account in one currency. A payment that passes through a see-through entity has a pool of
its own there, so that its legs stay together. ``opening`` is what the pool held before its first entry, at its
lowest where it is not ``KNOWN``. A pool is never below zero: where its opening is unknown the opening is higher, else
money came in unseen just before.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.graph.postings import BALANCE, GOODS, MOVE, OPENED, SEE_THROUGH, TRANSFER, UNKNOWN
from stanch.model.columns import NULL
from stanch.model.compiled import fetch, inlined, kernel

Ints = npt.NDArray[np.int64]

#: Columns of a line, one for each movement. ``SRC_IN``, ``OUT_BEFORE``: all that had come into and left the payer's
#: pool before; ``DST_IN``, ``DST_OUT``: the same of the payee's, after the payer's. ``NEXT_OUT``: the payer's next
#: outgoing entry; ``OUT_THEN``: the payee's latest outgoing entry then; ``PREV_IN``, ``PREV_OUT``: payee's and payer's
#: one before.
LINE: Final = 13
(SP, DP, AMOUNT, WAY, OUT_BEFORE, SRC_IN, DST_IN, DST_OUT, NEXT_OUT, OUT_THEN, PREV_IN, PREV_OUT, AT) = range(LINE)
#: Columns of what is seldom read of an entry.
NOTE: Final = 5
SRC, DST, PAYMENT, SEQ, REF = range(NOTE)
#: Columns of a pool.
POOL: Final = 12
(ACCOUNT, CURRENCY, THROUGH, OPENING, KNOWN, IN, OUT, FIRST_OUT, LAST_OUT, LAST_IN, NEXT_POOL, SHIFTED) = range(POOL)
#: Columns of an account: its bank, its newest pool, whether it is see-through, whether it was new when we first saw it.
HOLDER: Final = 4
BANK, POOLS, THROUGH_FLAG, NEW = range(HOLDER)
#: What is counted: entries so far, pools, and how often an opening changed after the fact.
COUNTS: Final = 4
ENTRIES, POOL_COUNT, SHIFTS, BASE = range(COUNTS)
NONE: Final = -1
#: So many postings ahead memory is asked for: first for what tells the pool, then for the pool.
_LATER: Final = 16
_SOON: Final = 6


class Pages(NamedTuple):
    """The ledger's arrays. Entry ``e`` stands in row ``e - counts[BASE]`` of lines and notes."""

    lines: Ints
    notes: Ints
    pools: Ints
    accounts: Ints
    places: Ints
    counts: Ints


@inlined
def pool_hash(account: int, currency: int, through: int) -> int:
    """Return the first place to look for a pool, before it is cut to the length of the index."""
    mixed = np.uint64(account) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= (np.uint64(currency) + np.uint64(1)) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= np.uint64(through) * np.uint64(0x165667B19E3779F9)
    return int((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(2))


@kernel
def find_pool(p: Pages, account: int, currency: int, through: int) -> int:
    """Return the pool of an account and currency, or NONE."""
    last = p.places.shape[0] - 1
    at = pool_hash(account, currency, through) & last
    while p.places[at] != 0:
        pool = p.places[at] - 1
        row = p.pools[pool]
        if row[ACCOUNT] == account and row[CURRENCY] == currency and row[THROUGH] == through:
            return int(pool)
        at = (at + 1) & last
    return NONE


@kernel
def place_pools(p: Pages) -> None:
    """Enter all pools into an empty index."""
    last = p.places.shape[0] - 1
    for pool in range(p.counts[POOL_COUNT]):
        at = pool_hash(p.pools[pool, ACCOUNT], p.pools[pool, CURRENCY], p.pools[pool, THROUGH]) & last
        while p.places[at] != 0:
            at = (at + 1) & last
        p.places[at] = pool + 1


@kernel
def _pool(p: Pages, account: int, currency: int, through: int) -> int:
    found = find_pool(p, account, currency, through)
    if found != NONE:
        return found
    pool = p.counts[POOL_COUNT]
    p.counts[POOL_COUNT] += 1
    row = p.pools[pool]
    row[:] = 0
    row[ACCOUNT], row[CURRENCY], row[THROUGH] = account, currency, through
    row[FIRST_OUT], row[LAST_OUT], row[LAST_IN], row[NEXT_POOL] = NONE, NONE, NONE, NONE
    if account != NULL:
        row[NEXT_POOL] = p.accounts[account, POOLS]
        p.accounts[account, POOLS] = pool
        row[KNOWN] = 1 if through != NULL or p.accounts[account, NEW] == 1 else 0
    last = p.places.shape[0] - 1
    at = pool_hash(account, currency, through) & last
    while p.places[at] != 0:
        at = (at + 1) & last
    p.places[at] = pool + 1
    return int(pool)


@kernel
def _side(p: Pages, account: int, currency: int, payment: int) -> int:
    see_through = account != NULL and p.accounts[account, THROUGH_FLAG] == 1
    return _pool(p, account, currency, payment if see_through else NULL)


@kernel
def _shift(p: Pages, pool: int, opening: int) -> None:
    p.pools[pool, OPENING] = opening
    p.counts[SHIFTS] += 1
    p.pools[pool, SHIFTED] = p.counts[SHIFTS]


@kernel
def _leave(p: Pages, line: Ints, entry: int) -> None:
    """Take an entry's amount out of the payer's pool."""
    payer = p.pools[line[SP]]
    short = line[AMOUNT] - (payer[OPENING] + payer[IN] - payer[OUT])
    if short > 0 and payer[KNOWN] == 1:
        payer[IN] += short
    elif short > 0:
        _shift(p, line[SP], payer[OPENING] + short)
    line[OUT_BEFORE], line[SRC_IN] = payer[OUT], payer[IN]
    payer[OUT] += line[AMOUNT]
    line[PREV_OUT] = payer[LAST_OUT]
    if payer[LAST_OUT] >= p.counts[BASE]:
        p.lines[payer[LAST_OUT] - p.counts[BASE], NEXT_OUT] = entry
    if payer[FIRST_OUT] == NONE:
        payer[FIRST_OUT] = entry
    payer[LAST_OUT] = entry


@kernel
def _come(p: Pages, line: Ints, entry: int) -> None:
    """Put an entry's amount into the payee's pool."""
    payee = p.pools[line[DP]]
    line[DST_IN], line[DST_OUT] = payee[IN], payee[OUT]
    line[OUT_THEN], line[PREV_IN] = payee[LAST_OUT], payee[LAST_IN]
    payee[IN] += line[AMOUNT]
    payee[LAST_IN] = entry


@kernel
def _move(p: Pages, note: Ints, currency: int, amount: int, way: int, at: int) -> None:
    entry = p.counts[ENTRIES]
    p.counts[ENTRIES] += 1
    for column in range(NOTE):
        p.notes[entry - p.counts[BASE], column] = note[column]
    line = p.lines[entry - p.counts[BASE]]
    if way == GOODS and p.accounts[note[DST], THROUGH_FLAG] == 1:
        way = TRANSFER
    line[SP], line[DP] = _side(p, note[SRC], currency, note[PAYMENT]), _side(p, note[DST], currency, note[PAYMENT])
    line[AMOUNT], line[WAY], line[NEXT_OUT], line[AT] = amount, way, NONE, at
    _leave(p, line, entry)
    _come(p, line, entry)


@kernel
def _state(p: Pages, note: Ints, currency: int, amount: int, at: int) -> None:
    """Take a stated balance: it fixes an unknown opening; what it then contradicts moved unseen."""
    pool = _pool(p, note[SRC], currency, NULL)
    row = p.pools[pool]
    if row[KNOWN] == 0:
        row[KNOWN] = 1
        _shift(p, pool, max(row[OPENING], amount - row[IN] + row[OUT]))
    unseen = amount - (row[OPENING] + row[IN] - row[OUT])
    if unseen > 0:
        row[IN] += unseen
    elif unseen < 0:
        _move(p, note, currency, -unseen, UNKNOWN, at)


@kernel
def _open(p: Pages, account: int) -> None:
    """A new account holds nothing; an account that already moved money was not new."""
    if p.accounts[account, POOLS] == NONE:
        p.accounts[account, NEW] = 1


@inlined
def _fetch_place(p: Pages, account: int, currency: int) -> None:
    """Ask for what tells an account's pool."""
    if account != NULL:
        fetch(p.accounts, account * HOLDER)
        fetch(p.places, pool_hash(account, currency, NULL) & (p.places.shape[0] - 1))


@inlined
def _fetch_pool(p: Pages, account: int, currency: int) -> None:
    """Ask for the pool that probably is an account's: the one in the first place where it would be looked for."""
    pool = p.places[pool_hash(account, currency, NULL) & (p.places.shape[0] - 1)] - 1
    if account != NULL and pool >= 0:
        fetch(p.pools, pool * POOL)
        fetch(p.pools, pool * POOL + POOL - 1)


@kernel
def enter(p: Pages, start: int, stop: int, what: Ints, notes: Ints, numbers: Ints) -> None:
    """Enter the postings [start, stop); ``numbers`` (n, 5): at, amount, currency, way, source."""
    for i in range(start, stop):
        if i + _SOON < stop:
            _fetch_pool(p, notes[i + _SOON, SRC], numbers[i + _SOON, 2])
            _fetch_pool(p, notes[i + _SOON, DST], numbers[i + _SOON, 2])
        if i + _LATER < stop:
            _fetch_place(p, notes[i + _LATER, SRC], numbers[i + _LATER, 2])
            _fetch_place(p, notes[i + _LATER, DST], numbers[i + _LATER, 2])
        note, number = notes[i], numbers[i]
        at, amount, currency, source = number[0], number[1], number[2], number[4]
        account = note[DST] if what[i] != BALANCE and what[i] != MOVE else note[SRC]
        names_bank = what[i] == OPENED or what[i] == MOVE
        if names_bank and account != NULL and (what[i] == OPENED or p.accounts[account, BANK] == NULL):
            p.accounts[account, BANK] = source
        if what[i] == MOVE:
            if amount != NULL and amount > 0:
                _move(p, note, currency, amount, number[3], at)
        elif what[i] == BALANCE:
            if amount != NULL:
                _state(p, note, currency, max(amount, 0), at)
        elif account != NULL and what[i] == OPENED:
            _open(p, account)
        elif account != NULL:
            p.accounts[account, THROUGH_FLAG] = 1 if what[i] == SEE_THROUGH else 0
