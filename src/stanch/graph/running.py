"""A run of the carrying engine: owns its arrays, makes room, and reads places and exits from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph import carry, marking
from stanch.graph import entering as at_
from stanch.graph import purses as c
from stanch.graph.ledger import Ledger
from stanch.graph.purses import State
from stanch.graph.report import Report
from stanch.graph.scratch import Scratch
from stanch.graph.trace import METHODS, WAYS, Exit, Place, Rows
from stanch.model.errors import InputError

Ints = npt.NDArray[np.int64]

ENDLESS: Final = 2**62


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run goes: hops from the report, ledger entries walked, and the first entry not looked at."""

    hops: int = ENDLESS
    work: int = ENDLESS
    until: int = ENDLESS
    keep_steps: bool = False


class Run:
    """Carries the money of reports (in one currency) along a ledger. ``reports`` are those found in it, by entry.

    ``beside`` are reports that are not asked about, whose money shares the pools with theirs.
    """

    def __init__(
        self,
        ledger: Ledger,
        reports: Sequence[Report],
        method: str,
        limits: Limits,
        scratch: Scratch,
        beside: Sequence[Report] = (),
    ) -> None:
        self.ledger, self.scratch = ledger, scratch
        others = {report.id for report in beside}
        found = [
            r for r in (*reports, *beside) if r.entry is not None and ledger.kept(r.entry) and r.entry < limits.until
        ]
        self.reports = sorted(found, key=lambda r: (r.entry, r.id))
        pools = int(ledger.pages.counts[at_.POOL_COUNT])
        self.state = _state(ledger, self.reports, _rules(method, limits), scratch.room(pools))
        self.asked = np.array([report.id not in others for report in self.reports], dtype=np.bool_)
        self.state.claims[:, c.CLAIM_ASKED] = self.asked

    def run(self) -> None:
        """Walk from the reported payments on until nothing is left to walk."""
        while carry.run(self.state, self.ledger.pages) == carry.FULL:
            self._make_room()
        self.state.rules[c.PUSHING] = 0

    def follow(self, first: int, last: int) -> None:
        """Walk new entries, in order."""
        purse_of = self.scratch.room(int(self.ledger.pages.counts[at_.POOL_COUNT]))
        if purse_of is not self.state.purse_of:
            self.state = self.state._replace(purse_of=purse_of)
        while (first := carry.follow(self.state, self.ledger.pages, first, last)) < last:
            self._make_room()

    def clear(self) -> None:
        """Leave the scratch as it was found."""
        self.scratch.purse_of[self.purses[:, c.POOL_OF]] = at_.NONE

    @property
    def purses(self) -> Ints:
        """The purses (k, columns) of pools that were reached."""
        return self.state.purses[: self.state.counters[c.PURSES]]

    @property
    def complete(self) -> bool:
        """Whether no limit cut the run short."""
        return not self.state.counters[c.CUT]

    def lows(self) -> Ints:
        """What is sure in each purse now; what a cut run did not look at may have left."""
        purses = self.purses
        if self.complete:
            return purses[:, c.SURE].copy()
        left = self.ledger.pages.pools[purses[:, c.POOL_OF], at_.OUT] - purses[:, c.GONE]
        low: Ints = np.maximum(purses[:, c.SURE] - left, 0)
        return low

    def slack(self) -> int:
        """How much more than what is sure there any one place could hold."""
        s = self.state
        exits = int(s.left[: s.counters[c.LEFT], c.LEFT_LOW].sum())
        return int(s.counters[c.CLAIMED] - self.lows().sum() - exits - s.counters[c.BACK_SURE])

    def carried(self, pool: int, amount: int) -> tuple[int, int]:
        """Return what a payment of ``amount`` out of a pool would carry now: what is sure of it, and what is traced.

        Equal to what walking that payment would take. Where the pool's opening is unknown and the payment larger than
        what the pool is known to hold, what lies beyond counts as clean money that was never seen.
        """
        number = int(self.scratch.purse_of[pool]) if pool < len(self.scratch.purse_of) else at_.NONE
        if number == at_.NONE or not self.state.purses[number, c.TOTAL]:
            return 0, 0
        purse, row = self.state.purses[number].tolist(), self.ledger.pages.pools[pool].tolist()
        method, known = self.state.rules[c.METHOD], row[at_.KNOWN] == 1
        if method == c.POISON:
            return 0, amount
        if method == c.PROPORTIONAL:
            balance = max(row[at_.OPENING] + row[at_.IN] - row[at_.OUT], amount)
            return c.share(purse[c.SURE], amount, balance) if known else 0, c.share(purse[c.TOTAL], amount, balance)
        return self._stretch(purse[c.HEAD], row, amount)

    def _stretch(self, head: int, pool: list[int], amount: int) -> tuple[int, int]:
        """Return what the stretch that a payment would take now holds: the sure part, and all that is traced."""
        lifo, known = self.state.rules[c.METHOD] == c.LIFO, pool[at_.KNOWN] == 1
        start = pool[at_.OUT] - pool[at_.OPENING]
        if lifo:
            unseen = max(amount - pool[at_.OPENING] - pool[at_.IN] + pool[at_.OUT], 0) if known else 0
            start = pool[at_.IN] + unseen - pool[at_.OUT] - amount
        traced, certain = marking.overlap(self.state.parcels, head, start, start + amount)
        return int(certain) if known or lifo else 0, int(traced)

    def returned(self) -> int:
        """What went back to the victims who were asked about."""
        return int(self.state.claims[self.asked, c.CLAIM_BACK].sum())

    def found(self) -> int:
        """What was found paid of the reports that were asked about."""
        return int(self.state.claims[self.asked, c.CLAIM_FOUND].sum())

    def reached(self) -> int:
        """How many accounts traced money came to."""
        back = self.state.claims[self.state.claims[:, c.CLAIM_BACK] > 0, c.CLAIM_POOL]
        pools = np.concatenate((self.purses[:, c.POOL_OF], back))
        accounts = np.sort(self.ledger.pages.pools[pools, at_.ACCOUNT])
        return int(np.count_nonzero(np.diff(accounts))) + bool(len(accounts))

    def places(self, order: Sequence[Report] | None = None) -> Rows[Place]:
        """Where traced money sits, the largest first. Pools of one account are one place. Shares by ``order``."""
        poison, held = self.state.rules[c.METHOD] == c.POISON, self.purses[:, c.TOTAL] > 0
        purses = self.purses[held]
        pools, shares = self.ledger.pages.pools[purses[:, c.POOL_OF]], self._shares(purses[:, c.HEAD], order)
        lows = np.zeros(len(purses), dtype=np.int64) if poison else self.lows()[held]
        return Rows(partial(_places, (purses, pools, lows, shares), self.slack()))

    def exits(self, order: Sequence[Report] | None = None) -> Rows[Exit]:
        """Where traced money left, in order of time. Shares by ``order``."""
        rows = self.state.left[: self.state.counters[c.LEFT]].copy()
        entries, shares = rows[:, c.LEFT_ENTRY] - self.ledger.base, self._shares(rows[:, c.LEFT_HEAD], order)
        pages = self.ledger.pages
        return Rows(partial(_exits, (rows, pages.lines[entries], pages.notes[entries], shares), self.slack()))

    def _shares(self, heads: Ints, order: Sequence[Report] | None) -> Ints:
        """Return what each report (column; default: those of the run) has in lists of parcels (row)."""
        shares = np.zeros((len(heads), len(self.reports)), dtype=np.int64)
        marking.shares(heads, self.state.parcels, shares)
        if order is None:
            return shares
        found = np.zeros((len(heads), len(order)), dtype=np.int64)
        place = {id(report): number for number, report in enumerate(self.reports)}
        for number, report in enumerate(order):
            if id(report) in place:
                found[:, number] = shares[:, place[id(report)]]
        return found

    def _make_room(self) -> None:
        s = self.state
        most = 8 * int(s.counters[c.PARCELS]) + 2 * len(s.claims) + 64
        self.state = s._replace(
            parcels=_roomy(s.parcels, s.counters[c.PARCELS], most), parts=_roomy(s.parts, 0, most),
            purses=_roomy(s.purses, s.counters[c.PURSES], 64), steps=_roomy(s.steps, s.counters[c.STEPS], 64),
            left=_roomy(s.left, s.counters[c.LEFT], 64), heap=_roomy(s.heap, s.counters[c.HEAP], 64),
        )  # fmt: skip


def _roomy(table: Ints, used: np.int64 | int, more: int) -> Ints:
    """Return a table with room for so many rows more than are used; only those are kept, the rest stays untouched."""
    if used + more <= len(table):
        return table
    larger = np.zeros((max(int(used) + more, 2 * len(table)), *table.shape[1:]), dtype=np.int64)
    larger[:used] = table[:used]
    return larger


def one_currency(reports: Sequence[Report]) -> int:
    """Return the currency of reports. Raises InputError where there is none, or more than one."""
    currencies = {report.currency for report in reports}
    if len(currencies) != 1:
        raise InputError(f"reports in {len(currencies)} currencies; trace those of one currency at a time")
    return currencies.pop()


def _places(columns: tuple[Ints, Ints, Ints, Ints], slack: int) -> tuple[Place, ...]:
    """Return the places of purses: their rows, their pools' rows, what is sure in each, shares by report."""
    found: dict[int, Place] = {}
    for purse, pool, low, shares in zip(*(column.tolist() for column in columns), strict=True):
        place = _place(purse, pool, (low, slack), shares)
        old = found.get(place.account)
        found[place.account] = place if old is None else _joined(old, place, slack)
    return tuple(sorted(found.values(), key=lambda place: (-place.traced, place.account)))


def _place(purse: list[int], pool: list[int], sure: tuple[int, int], shares: list[int]) -> Place:
    """Return the place of a purse; ``sure``: what is sure there, and the slack."""
    low, slack = sure
    balance = pool[at_.OPENING] + pool[at_.IN] - pool[at_.OUT]
    most = balance if pool[at_.KNOWN] else None
    high = low + slack if most is None else min(low + slack, most)
    return Place(
        pool[at_.ACCOUNT], purse[c.HOP], purse[c.SINCE], purse[c.TOTAL], low, max(high, low), (balance, most),
        tuple(shares),
    )  # fmt: skip


def _exits(columns: tuple[Ints, Ints, Ints, Ints], slack: int) -> tuple[Exit, ...]:
    return tuple(
        _exit(row, line, note, slack, shares)
        for row, line, note, shares in zip(*(column.tolist() for column in columns), strict=True)
    )


def _exit(row: list[int], line: list[int], note: list[int], slack: int, shares: list[int]) -> Exit:
    traced, low = row[c.LEFT_TRACED], row[c.LEFT_LOW]
    return Exit(
        note[at_.SRC], note[at_.DST], WAYS[line[at_.WAY]], line[at_.AT], row[c.LEFT_HOP], row[c.LEFT_ENTRY], traced,
        low, min(line[at_.AMOUNT], low + slack), tuple(shares),
    )  # fmt: skip


def _joined(a: Place, b: Place, slack: int) -> Place:
    most = None if a.balance[1] is None or b.balance[1] is None else a.balance[1] + b.balance[1]
    low = a.low + b.low
    return Place(
        a.account, min(a.hop, b.hop), min(a.since, b.since), a.traced + b.traced, low,
        low + slack if most is None else max(low, min(low + slack, most)), (a.balance[0] + b.balance[0], most),
        tuple(x + y for x, y in zip(a.shares, b.shares, strict=True)),
    )  # fmt: skip


def _rules(method: str, limits: Limits) -> Ints:
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}; known: {', '.join(METHODS)}")
    return np.array(
        [METHODS.index(method), limits.hops, limits.work, limits.until, limits.keep_steps, 1], dtype=np.int64
    )


def _state(ledger: Ledger, reports: Sequence[Report], rules: Ints, purse_of: npt.NDArray[np.int32]) -> State:
    claims = np.zeros((len(reports), c.CLAIM), dtype=np.int64)
    for number, report in enumerate(reports):
        entry = report.entry if report.entry is not None else at_.NONE
        claims[number, : c.CLAIM_FOUND] = entry, report.amount, ledger.line(entry)[at_.SP]
        claims[number, c.CLAIM_BACKED] = report.backed
    counters = np.zeros(c.COUNTERS, dtype=np.int64)
    counters[c.FREE], counters[c.HEAP] = at_.NONE, len(reports)
    heap = np.zeros(len(reports) + 256, dtype=np.int64)
    heap[: len(reports)] = claims[:, c.CLAIM_ENTRY]  # ascending, so it is a heap already
    room = 4 * len(reports) + 256
    purses, parcels, parts, steps, left = (
        np.zeros((room, width), dtype=np.int64) for width in (c.PURSE, c.PARCEL, c.PART, c.STEP, c.LEAVING)
    )
    return State(purse_of, purses, parcels, parts, steps, left, heap, claims, counters, rules)
