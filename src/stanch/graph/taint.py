"""Live taint: where reported money is now, kept up entry by entry, so that a payment out of it is seen in time.

It equals a trace from scratch without limits at every moment. What a report, a withdrawal or a better known opening
balance changes is carried again from the reported payments on, when the taint is next asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph import entering as at_
from stanch.graph import marking
from stanch.graph import purses as c
from stanch.graph.channel import CAME, KEPT, RECEIPTS, came, received
from stanch.graph.ledger import Ledger, longer
from stanch.graph.marking import Marks
from stanch.graph.report import Report
from stanch.graph.rings import rings
from stanch.graph.running import Limits, Run
from stanch.graph.scratch import Scratch
from stanch.graph.trace import Place

Ints = npt.NDArray[np.int64]

_SMALL: Final = 1024


class _Stream:
    """The taint in one currency: its reports, and the run that carries them."""

    def __init__(self, ledger: Ledger, method: str) -> None:
        self.ledger, self.method, self.scratch = ledger, method, Scratch()
        self.reports: dict[int, Report] = {}
        self.run: Run | None = None
        self.stale = True
        self.walked_to = 0
        self.shifts = 0
        self.carried_again = 0
        self.received = np.zeros((_SMALL, KEPT), dtype=np.int64)
        self._slots: dict[int, int] = {}
        self._channels: tuple[int, ...] = ()
        self._state = 0

    def slots(self, accounts: Iterable[int]) -> Ints:
        """Return where what is known of each account's receipts is kept."""
        found = np.array([self._slots.setdefault(each, len(self._slots)) for each in accounts], dtype=np.int64)
        self.received = longer(self.received, len(self._slots))
        return found

    def channels(self, run: Run) -> int:
        """Number the state of the accounts that backed reports' money went through: equal as long as none is added."""
        now = (self.carried_again, int(run.purses[:, c.BACKED].sum()), self.ledger.base)
        if now != self._channels:
            self._channels, self._state = now, self._state + 1
        return self._state

    def follow(self, last: int) -> bool:
        """Walk up to an entry; returns whether anything changed."""
        if self.stale or self.run is None or self._shifted(self.run):
            self._carry_again(last)
            return True
        if not self.run.purses.size:
            self.walked_to = last
            return False
        before = int(self.run.state.counters[c.CHANGES])
        self.run.follow(self.walked_to, last)
        self.walked_to = last
        return int(self.run.state.counters[c.CHANGES]) != before

    def _shifted(self, run: Run) -> bool:
        """Whether an opening changed in a pool that reported money reached."""
        if self.ledger.shifts == self.shifts:
            return False
        since, self.shifts = self.shifts, self.ledger.shifts
        return bool(marking.shifted(run.purses, self.ledger.pages.pools, since))

    def _carry_again(self, last: int) -> None:
        if self.run is not None:
            self.run.clear()
        self.run = Run(self.ledger, list(self.reports.values()), self.method, Limits(until=last), self.scratch)
        self.run.run()
        self.stale, self.walked_to, self.shifts = False, last, self.ledger.shifts
        self.carried_again += 1
        self._slots.clear()


class Taint:
    """The owner of the live taint over a ledger, by one method.

    ``marks`` are arrays by entity code, as of the last ``follow``: ``low`` minor units that are surely reported money
    (the most in any one currency), ``hops`` from the report, 0 where there is none, and ``backed``, whether money of a
    backed report ever went through.
    """

    def __init__(self, ledger: Ledger, method: str = "fifo") -> None:
        self.ledger, self.method = ledger, method
        self._streams: dict[int, _Stream] = {}
        self.marks = Marks(*(np.zeros(_SMALL, dtype=np.int64) for _ in Marks._fields))
        self._count = 0
        self._room_for_receipts = np.empty((2, RECEIPTS), dtype=np.int64)

    @property
    def low(self) -> Ints:
        """What is surely reported money, by entity code."""
        return self.marks.low

    @property
    def hops(self) -> Ints:
        """Hops from the report, by entity code."""
        return self.marks.hops

    @property
    def reports(self) -> tuple[Report, ...]:
        """The active reports, by currency and in the order in which they came."""
        return tuple(report for stream in self._streams.values() for report in stream.reports.values())

    def report(self, report: Report) -> None:
        """Add a report, or replace the one with its id."""
        self.withdraw(report.id)
        stream = self._streams.setdefault(report.currency, _Stream(self.ledger, self.method))
        stream.reports[report.id] = report
        stream.stale = True

    def withdraw(self, report_id: int) -> bool:
        """Take a report and its taint away; returns whether there was one."""
        for stream in self._streams.values():
            if stream.reports.pop(report_id, None) is not None:
                stream.stale = True
                return True
        return False

    def follow(self, entries: int | None = None) -> bool:
        """Carry the taint up to the entry ``entries`` (exclusive; default: all).

        Returns whether any account holds other reported money, or holds it more or less surely, than before. What it
        holds besides is not looked at.
        """
        last = len(self.ledger) if entries is None else entries
        changed = [stream.follow(last) for stream in self._streams.values()]
        if any(changed):
            self._mark()
        return any(changed)

    def places(self, currency: int | None = None) -> tuple[Place, ...]:
        """Where reported money is now, the largest first within a currency; shares in the order of ``reports_of``."""
        wanted = self._streams if currency is None else [code for code in self._streams if code == currency]
        self.follow()
        runs: Iterable[Run | None] = (self._streams[code].run for code in wanted)
        return tuple(place for run in runs if run is not None for place in run.places())

    def reports_of(self, currency: int) -> tuple[Report, ...]:
        """Return the reports in a currency that the ledger knows, in the order of the shares of its places."""
        self.follow()
        stream = self._streams.get(currency)
        return () if stream is None or stream.run is None else tuple(stream.run.reports)

    def low_of(self, account: int, currency: int) -> int:
        """Return what is surely reported money on an account in a currency."""
        stream = self._streams.get(currency)
        if stream is None or stream.run is None:
            return 0
        return int(stream.run.state.purses[self._purses(stream.run, account, currency), c.SURE].sum())

    def whose(self, account: int, currency: int) -> dict[int, int]:
        """Return what each report has on an account in a currency under the method, minor units by report."""
        stream = self._streams.get(currency)
        if stream is None or stream.run is None:
            return {}
        run = stream.run
        heads = run.state.purses[self._purses(run, account, currency), c.HEAD]
        found = np.zeros((len(heads), len(run.reports)), dtype=np.int64)
        marking.shares(heads, run.state.parcels, found)
        sums = zip(run.reports, found.sum(axis=0).tolist(), strict=True)
        return {report.id: amount for report, amount in sums if amount}

    def missing(self, currency: int) -> dict[int, int]:
        """Return what has not come back of each report in a currency, as far as it was traced; as of ``follow``."""
        stream = self._streams.get(currency)
        if stream is None or stream.run is None:
            return {}
        claims = stream.run.state.claims
        left = (claims[:, c.CLAIM_FOUND] - claims[:, c.CLAIM_BACK]).tolist()
        return {report.id: amount for report, amount in zip(stream.run.reports, left, strict=True)}

    def through(self) -> frozenset[int]:
        """Return the accounts through which money of backed reports went, as of the last ``follow``."""
        marked = self.marks.marked[: self._count]
        return frozenset(marked[self.marks.backed[marked] > 0].tolist())

    def went_through(self, account: int) -> bool:
        """Whether money of backed reports went through an account, as of the last ``follow``."""
        return 0 <= account < len(self.marks.backed) and bool(self.marks.backed[account])

    def came(self, account: int, currency: int, since: int) -> tuple[int, int]:
        """Return what came into an account since a time, and what of it came by the way of backed reports' money.

        That is: the reported payments, and what came from accounts through which such money went, without what came
        back of the account's own. Minor units.
        """
        stream = self._streams.get(currency)
        if stream is None or stream.run is None:
            return 0, 0
        pages, state, found = self.ledger.pages, stream.run.state, np.zeros(2, dtype=np.int64)
        place = (self.ledger.first_pool(account), currency)
        came(pages, state, place, since, found, self._room_for_receipts)
        return int(found[0]), min(int(found[0]), int(found[1]))

    def came_ever(self, account: int, currency: int) -> tuple[int, int]:
        """Return the same since ever."""
        found, brought, _ = self.received(np.array([account], dtype=np.int64), currency)[0].tolist()
        return found, brought

    def received(self, accounts: Ints, currency: int) -> Ints:
        """Return (n, 3) of accounts: what came ever, what of it by the way of backed reports' money, what lies there.

        The last is what is surely reported money there, whosever report. Worked out again only where money moved, or
        where another account became a channel. Minor units; ``accounts`` are codes that the ledger knows.
        """
        stream = self._streams.get(currency)
        if stream is None or stream.run is None or not len(accounts):
            return np.zeros((len(accounts), 3), dtype=np.int64)
        run, slots, now = stream.run, stream.slots(accounts.tolist()), (currency, stream.channels(stream.run))
        received(self.ledger.pages, run.state, now, (accounts, slots), stream.received, self._room_for_receipts)
        found: Ints = stream.received[slots, CAME:]
        found[:, 1] = np.minimum(found[:, 0], found[:, 1])
        return found

    def rings(self, currency: int, accounts: Ints, channel: Ints) -> Ints:
        """Return the ring of each account: the place in ``accounts`` of its first member. See ``graph.rings``.

        ``accounts`` are sorted codes of accounts through which backed reports' money went; ``channel`` is 1 for
        channels, 0 for others.
        """
        stream, group = self._streams.get(currency), np.arange(len(accounts), dtype=np.int64)
        if stream is not None and stream.run is not None and len(accounts):
            rings(self.ledger.pages, stream.run.state, currency, accounts, channel, group)
        return group

    def carried(self, account: int, currency: int, amount: int) -> tuple[int, int]:
        """Return what a payment of ``amount`` out of an account would carry now: (surely, traced), minor units.

        As of the last ``follow``; (0, 0) where payments only pass through the account. See ``Run.carried``.
        """
        stream, pool = self._streams.get(currency), self.ledger.pool(account, currency)
        if stream is None or stream.run is None or pool == at_.NONE:
            return 0, 0
        return stream.run.carried(pool, amount)

    def _purses(self, run: Run, account: int, currency: int) -> Ints:
        """Return the purses that reported money has on an account in a currency, in the order of its pools."""
        found = np.empty(len(run.purses), dtype=np.int64)
        first, pools = self.ledger.first_pool(account), self.ledger.pages.pools
        return found[: marking.purses_at(first, currency, pools, run.scratch.purse_of, found)]

    def _mark(self) -> None:
        """Write the marks of all that reported money reached anew."""
        m, marked = self.marks, self.marks.marked[: self._count]
        m.low[marked], m.hops[marked], m.backed[marked], self._count = 0, 0, 0, 0
        runs = [stream.run for stream in self._streams.values() if stream.run is not None]
        self._room(len(self.ledger.pages.accounts), 2 * sum(len(run.purses) for run in runs))
        for run in runs:
            self._count = marking.mark(run.purses, self.ledger.pages.pools, self.marks, self._count)

    def _room(self, entities: int, purses: int) -> None:
        m = self.marks
        if entities > len(m.low) or purses > len(m.marked):
            low, hops, backed, sums = (longer(each, entities) for each in (m.low, m.hops, m.backed, m.sums))
            self.marks = Marks(low, hops, backed, sums, longer(m.marked, purses))
