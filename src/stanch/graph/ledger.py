"""The ledger: every settled movement in order of time, each account's ways in and out, and what its balance can be.

Append-only, shared by the live line and by replay. Entries keep their numbers when history drops off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph import entering as at_
from stanch.graph.entering import Pages
from stanch.graph.postings import Postings, Sheet, sheet_of, stated
from stanch.graph.scratch import Scratch
from stanch.model.columns import NULL

Ints = npt.NDArray[np.int64]

_SMALL: Final = 1 << 10
_FULL: Final = 0.6
#: Room is made for so many postings at a time.
_AT_ONCE: Final = 1 << 16
#: A reported payment is looked for among so many of the payee's latest receipts.
_LOOK_BACK: Final = 20_000


class Ledger:
    """The owner of the ledger's arrays (see ``Pages``); ``scratch`` is lent to one trace at a time."""

    def __init__(self) -> None:
        self.scratch = Scratch()
        self.pages = Pages(
            np.zeros((0, at_.LINE), dtype=np.int64), np.zeros((0, at_.NOTE), dtype=np.int64),
            np.zeros((0, at_.POOL), dtype=np.int64), _accounts(0), np.zeros(_SMALL, dtype=np.int64),
            np.zeros(at_.COUNTS, dtype=np.int64),
        )  # fmt: skip

    def __len__(self) -> int:
        return int(self.pages.counts[at_.ENTRIES])

    @property
    def base(self) -> int:
        """The oldest entry that is still kept."""
        return int(self.pages.counts[at_.BASE])

    @property
    def shifts(self) -> int:
        """How often an opening balance became better known after money had moved."""
        return int(self.pages.counts[at_.SHIFTS])

    @property
    def nbytes(self) -> int:
        """Bytes in use: what is filled from its start counts as far as it is filled."""
        p, kept = self.pages, len(self) - self.base
        filled = sum(each.nbytes for each in (p.lines[:kept], p.notes[:kept], p.pools[: int(p.counts[at_.POOL_COUNT])]))
        return int(filled + p.accounts.nbytes + p.places.nbytes + p.counts.nbytes)

    def append(self, postings: Postings, refs: Ints | None = None) -> int:
        """Enter postings in log order and return the first new entry. ``refs`` replaces their ``ref`` digests."""
        first = len(self)
        self.enter(sheet_of(postings, refs), 0, len(postings))
        return first

    def enter(self, sheet: Sheet, start: int, stop: int) -> None:
        """Enter the postings [start, stop) of a sheet, in log order."""
        self._make_room(0, sheet.entities)
        for at in range(start, stop, _AT_ONCE):
            end = min(at + _AT_ONCE, stop)
            self._make_room(end - at, sheet.entities)
            at_.enter(self.pages, at, end, sheet.what, sheet.notes, sheet.numbers)

    def line(self, entry: int) -> Ints:
        """Return the line of an entry."""
        line: Ints = self.pages.lines[entry - self.base]
        return line

    def note(self, entry: int) -> Ints:
        """Return the note of an entry."""
        note: Ints = self.pages.notes[entry - self.base]
        return note

    def amount(self, entry: int) -> int:
        """Return the whole amount of an entry, 0 where it has dropped off."""
        return int(self.line(entry)[at_.AMOUNT]) if self.kept(entry) else 0

    def payer(self, entry: int) -> int:
        """Return the account that an entry left, NULL where it has dropped off."""
        return int(self.note(entry)[at_.SRC]) if self.kept(entry) else NULL

    def kept(self, entry: int) -> bool:
        """Whether an entry exists and has not dropped off."""
        return self.base <= entry < len(self)

    def pool(self, account: int, currency: int) -> int:
        """Return the pool of an account's own money, or -1."""
        return at_.find_pool(self.pages, account, currency, NULL)

    def first_pool(self, account: int) -> int:
        """Return the pool with which the list of an account's pools begins, or -1."""
        known = 0 <= account < len(self.pages.accounts)
        return int(self.pages.accounts[account, at_.POOLS]) if known else at_.NONE

    def pools_of(self, account: int, currency: int) -> Iterator[int]:
        """The pools of an account in a currency, the payments that pass through it included."""
        pool = self.first_pool(account)
        while pool != at_.NONE:
            if self.pages.pools[pool, at_.CURRENCY] == currency:
                yield pool
            pool = int(self.pages.pools[pool, at_.NEXT_POOL])

    def sees_through(self, account: int) -> bool:
        """Whether payments only pass through an account: it has a pool for each of them, and no balance of its own."""
        return 0 <= account < len(self.pages.accounts) and bool(self.pages.accounts[account, at_.THROUGH_FLAG])

    def balance(self, account: int, currency: int) -> tuple[int, int | None]:
        """Return the lowest and the highest balance that the ledger allows; None where no limit is known."""
        low, high = 0, True
        pools = list(self.pools_of(account, currency))
        for pool in pools:
            row = self.pages.pools[pool]
            low += int(row[at_.OPENING] + row[at_.IN] - row[at_.OUT])
            high = high and bool(row[at_.KNOWN])
        new = not pools and 0 <= account < len(self.pages.accounts) and self.pages.accounts[account, at_.NEW] == 1
        return low, low if (pools and high) or new else None

    def told(self, account: int, currency: int, at: int, amount: int) -> bool:
        """Take what an institution answers about a balance that was not known; returns whether that was so."""
        if self.balance(account, currency)[1] is not None or self.sees_through(account):
            return False
        self.append(stated(account, currency, at, amount))
        return True

    def bank_of(self, account: int) -> int:
        """Return the word code of the institution that keeps the account, or NULL."""
        known = 0 <= account < len(self.pages.accounts)
        return int(self.pages.accounts[account, at_.BANK]) if known else NULL

    def find_payment(
        self, payee: int, ref: int | None, amount: int | None, before: int, currency: int | None = None
    ) -> int | None:
        """Return the latest payment to ``payee`` up to the time ``before`` that settled ``ref``.

        Without ``ref`` the latest of that amount. None where there is none among the latest receipts.
        """
        known = 0 <= payee < len(self.pages.accounts)
        pool, best = int(self.pages.accounts[payee, at_.POOLS]) if known else at_.NONE, at_.NONE
        while pool != at_.NONE:
            if currency is None or self.pages.pools[pool, at_.CURRENCY] == currency:
                best = max(best, self._receipt(pool, ref, amount, before))
            pool = int(self.pages.pools[pool, at_.NEXT_POOL])
        return None if best == at_.NONE else best

    def find_leg(self, payee: int, ref: int) -> int | None:
        """Return the leg to ``payee`` of the payment whose first leg settled ``ref``: by the reference both carry."""
        kept = len(self) - self.base
        notes = self.pages.notes[:kept]
        first = np.flatnonzero(notes[:, at_.REF] == ref)
        if not len(first) or notes[first[-1], at_.PAYMENT] == NULL:
            return None
        legs = np.flatnonzero((notes[:, at_.PAYMENT] == notes[first[-1], at_.PAYMENT]) & (notes[:, at_.DST] == payee))
        return int(legs[-1]) + self.base if len(legs) else None

    def forget(self, before: int) -> None:
        """Let entries older than a time drop off; balances and the numbers of entries stay."""
        lines, notes, pools, *_ = self.pages
        kept = len(self) - self.base
        gone = int(np.searchsorted(lines[:kept, at_.AT], before))
        if not gone:
            return
        base = self.base + gone
        lines, notes = lines[gone:kept].copy(), notes[gone:kept].copy()
        payers, firsts = np.unique(lines[:, at_.SP], return_index=True)
        pools[:, at_.FIRST_OUT] = at_.NONE
        pools[payers, at_.FIRST_OUT] = firsts + base
        self.pages.counts[at_.BASE] = base
        self.pages = self.pages._replace(lines=lines, notes=notes)

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the ledger as named arrays."""
        kept, pools = len(self) - self.base, int(self.pages.counts[at_.POOL_COUNT])
        p = self.pages
        return {
            "lines": p.lines[:kept], "notes": p.notes[:kept], "pools": p.pools[:pools],
            "accounts": p.accounts, "counts": p.counts,
        }  # fmt: skip

    def load(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over what was saved."""
        held = {name: np.ascontiguousarray(array, dtype=np.int64) for name, array in arrays.items()}
        self.pages = Pages(places=_index(len(held["pools"])), **held)
        at_.place_pools(self.pages)

    def _receipt(self, pool: int, ref: int | None, amount: int | None, before: int) -> int:
        entry = int(self.pages.pools[pool, at_.LAST_IN])
        for _ in range(_LOOK_BACK):
            if entry < self.base:
                return at_.NONE
            line = self.line(entry)
            same = self.note(entry)[at_.REF] == ref if ref is not None else line[at_.AMOUNT] == amount
            if same and line[at_.AT] <= before:
                return entry
            entry = int(line[at_.PREV_IN])
        return at_.NONE

    def _make_room(self, coming: int, entities: int) -> None:
        p = self.pages
        lines, pools = len(self) - self.base + coming, int(p.counts[at_.POOL_COUNT]) + 2 * coming
        if lines <= len(p.lines) and pools <= min(len(p.pools), _FULL * len(p.places)) and entities <= len(p.accounts):
            return
        p = p._replace(
            lines=longer(p.lines, lines), notes=longer(p.notes, lines), pools=longer(p.pools, pools),
            accounts=_more_accounts(p.accounts, entities),
        )  # fmt: skip
        if pools > _FULL * len(p.places):
            p = p._replace(places=_index(pools))
            at_.place_pools(p)
        self.pages = p


def longer(table: Ints, need: int) -> Ints:
    """Return the table with room for ``need`` rows, half as many again when it must grow."""
    if need <= len(table):
        return table
    more = np.zeros((max(need, len(table) * 3 // 2, _SMALL), *table.shape[1:]), dtype=table.dtype)
    more[: len(table)] = table
    return more


def _accounts(count: int) -> Ints:
    empty = np.zeros((count, at_.HOLDER), dtype=np.int64)
    empty[:, at_.BANK], empty[:, at_.POOLS] = NULL, at_.NONE
    return empty


def _more_accounts(accounts: Ints, entities: int) -> Ints:
    if entities <= len(accounts):
        return accounts
    more = _accounts(max(entities, len(accounts) * 3 // 2))
    more[: len(accounts)] = accounts
    return more


def _index(pools: int) -> Ints:
    return np.zeros(max(_SMALL, 1 << int(pools / _FULL).bit_length()), dtype=np.int64)
