"""Tracing backward: whose money is in an account.

The same methods as forward, read from the end: what the account holds is looked up among its receipts, each receipt
among what its payer held then, and so on up to the limit of hops. What no receipt explains was there before, or came
in unseen. The parts add up to the amount asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stanch.graph import entering as at_
from stanch.graph.ledger import Ledger
from stanch.graph.purses import share
from stanch.graph.tracing import HOPS, WORK, entry_at
from stanch.model.errors import InputError

BACKWARD: Final = ("fifo", "lifo", "proportional")


@dataclass(frozen=True, slots=True)
class Holding:
    """The money asked about: an amount on an account as of the time ``at`` (exclusive; None: now)."""

    account: int
    currency: int
    amount: int
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A part of the money: whose it was, how many hops away, and whether the account had it before all receipts."""

    account: int
    hop: int
    amount: int
    had_before: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A movement that carried a part of the money towards the account, ``hop`` movements before its end."""

    entry: int
    hop: int
    src: int
    dst: int
    at: int
    amount: int
    traced: int


@dataclass(frozen=True, slots=True)
class Origins:
    """Where an amount on an account came from; ``amount`` = the sum of the sources, exactly."""

    method: str
    currency: int
    amount: int
    unknown: int  #: what was asked for beyond what the ledger has seen on the account
    sources: tuple[Source, ...]  #: the largest first
    receipts: tuple[Receipt, ...]  #: in order of time
    walked: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """A stretch [low, high) of what a pool held before an entry, in the method's own measure."""

    pool: int
    low: int
    high: int
    before: int
    hop: int


class _Search:
    def __init__(self, ledger: Ledger, method: str, hops: int, work: int) -> None:
        self.ledger, self.method, self.hops, self.work = ledger, method, hops, work
        self.sources: dict[tuple[int, int, bool], int] = {}
        self.carried: dict[tuple[int, int], int] = {}
        self.walked, self.complete = 0, True

    def search(self, first: _Held) -> None:
        waiting = deque([first])
        while waiting:
            held = waiting.popleft()
            cut = self.walked >= self.work
            if cut or held.hop >= self.hops:
                self.complete = self.complete and not cut
                self._add(held, held.high - held.low, had_before=False)
                continue
            found = 0
            for entry, low, high in self._receipts(held):
                found += high - low
                key = (entry, held.hop + 1)
                self.carried[key] = self.carried.get(key, 0) + high - low
                waiting.append(self._payer(entry, low, high, held.hop + 1))
            if held.high - held.low > found:
                self._add(held, held.high - held.low - found, had_before=True)

    def _add(self, held: _Held, amount: int, *, had_before: bool) -> None:
        key = (int(self.ledger.pages.pools[held.pool, at_.ACCOUNT]), held.hop, had_before)
        self.sources[key] = self.sources.get(key, 0) + amount

    def _receipts(self, held: _Held) -> Iterator[tuple[int, int, int]]:
        """The receipts behind what was held: entry and the stretch [low, high) of it."""
        ledger, low, high = self.ledger, held.low, held.high
        entry = int(ledger.pages.pools[held.pool, at_.LAST_IN])
        while entry >= ledger.base and high > low and self.walked < self.work:
            line = ledger.line(entry).tolist()
            self.walked += 1
            if entry < held.before:
                start, amount = line[at_.DST_IN], line[at_.AMOUNT]
                if self.method == "proportional":
                    whole = int(ledger.pages.pools[held.pool, at_.OPENING]) + start + amount - line[at_.DST_OUT]
                    part = share(high - low, amount, whole)
                    high -= part
                    if part:
                        yield entry, 0, part
                else:
                    start -= line[at_.DST_OUT] if self.method == "lifo" else 0
                    if max(start, low) < min(start + amount, high):
                        yield entry, max(start, low) - start, min(start + amount, high) - start
                    high = max(low, min(high, start))
            entry = line[at_.PREV_IN]

    def _payer(self, entry: int, low: int, high: int, hop: int) -> _Held:
        line = self.ledger.line(entry).tolist()
        pool, start = line[at_.SP], 0
        if self.method == "fifo":
            start = line[at_.OUT_BEFORE] - int(self.ledger.pages.pools[pool, at_.OPENING])
        elif self.method == "lifo":
            start = line[at_.SRC_IN] - line[at_.OUT_BEFORE] - line[at_.AMOUNT]
        return _Held(pool, start + low, start + high, entry, hop)


def backward(ledger: Ledger, holding: Holding, *, method: str = "fifo", hops: int = HOPS, work: int = WORK) -> Origins:
    """Return whose money a holding is.

    FIFO and LIFO look at the money that would leave next, proportional at all of it alike. Raises InputError for a
    method that counts no amounts.
    """
    if method not in BACKWARD:
        raise InputError(f"cannot trace backward by {method!r}; known: {', '.join(BACKWARD)}")
    search, held = _Search(ledger, method, hops, work), 0
    pool = ledger.pool(holding.account, holding.currency)
    if pool != at_.NONE:
        first = _held(ledger, pool, holding.amount, entry_at(ledger, holding.at), method)
        held = first.high - first.low
        search.search(first)
    found = [Source(*key[:2], amount, key[2]) for key, amount in search.sources.items() if amount]
    return Origins(
        method, holding.currency, held, holding.amount - held,
        tuple(sorted(found, key=lambda source: (-source.amount, source.account, source.hop))),
        _all_receipts(ledger, search), search.walked, search.complete,
    )  # fmt: skip


def _held(ledger: Ledger, pool: int, amount: int, before: int, method: str) -> _Held:
    """What of an amount a pool held before an entry."""
    row = ledger.pages.pools[pool].tolist()
    came, gone = row[at_.LAST_IN], row[at_.LAST_OUT]
    while came >= max(before, ledger.base):
        came = int(ledger.line(came)[at_.PREV_IN])
    while gone >= max(before, ledger.base):
        gone = int(ledger.line(gone)[at_.PREV_OUT])
    # of two entries the later one knows both totals
    total_in, total_out = (row[at_.IN], row[at_.OUT]) if before >= len(ledger) else (0, 0)
    if before < len(ledger) and came >= max(gone, ledger.base):
        line = ledger.line(came).tolist()
        total_in, total_out = line[at_.DST_IN] + line[at_.AMOUNT], line[at_.DST_OUT]
    elif before < len(ledger) and gone >= ledger.base:
        line = ledger.line(gone).tolist()
        total_in, total_out = line[at_.SRC_IN], line[at_.OUT_BEFORE] + line[at_.AMOUNT]
    amount = min(amount, row[at_.OPENING] + total_in - total_out)
    if method == "fifo":
        start = total_out - row[at_.OPENING]
    else:
        start = total_in - total_out - amount if method == "lifo" else 0
    return _Held(pool, start, start + amount, before, 0)


def _all_receipts(ledger: Ledger, search: _Search) -> tuple[Receipt, ...]:
    found = []
    for (entry, hop), traced in sorted(search.carried.items()):
        line, note = ledger.line(entry).tolist(), ledger.note(entry).tolist()
        found.append(Receipt(entry, hop, note[at_.SRC], note[at_.DST], line[at_.AT], line[at_.AMOUNT], traced))
    return tuple(found)
