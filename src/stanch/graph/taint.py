"""Live taint: where reported money is now, kept up entry by entry, so that a payment out of it is seen in time.

It equals a trace from scratch without limits at every moment. What a report, a withdrawal or a better known opening
balance changes is carried again from the reported payments on, when the taint is next asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph import carry as c
from stanch.graph import entering as at_
from stanch.graph.ledger import Ledger, longer
from stanch.graph.report import Report
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

    def follow(self, last: int) -> bool:
        """Walk up to an entry; returns whether anything changed."""
        if self.stale or self.run is None or self._shifted(self.run):
            self._carry_again(last)
            return True
        before = int(self.run.state.counters[c.WALKED])
        self.run.follow(self.walked_to, last)
        self.walked_to = last
        return int(self.run.state.counters[c.WALKED]) != before

    def _shifted(self, run: Run) -> bool:
        """Whether an opening changed in a pool that reported money reached."""
        if self.ledger.shifts == self.shifts:
            return False
        changed = self.ledger.pages.pools[run.purses[:, c.POOL_OF], at_.SHIFTED] > self.shifts
        self.shifts = self.ledger.shifts
        return bool(changed.any())

    def _carry_again(self, last: int) -> None:
        if self.run is not None:
            self.run.clear()
        self.run = Run(self.ledger, list(self.reports.values()), self.method, Limits(until=last), self.scratch)
        self.run.run()
        self.stale, self.walked_to, self.shifts = False, last, self.ledger.shifts


class Taint:
    """The owner of the live taint over a ledger, by one method.

    ``low`` and ``hops`` are arrays by entity code: minor units that are surely reported money (the most in any one
    currency), and hops from the report, 0 where there is none. Both are as of the last ``follow``.
    """

    def __init__(self, ledger: Ledger, method: str = "fifo") -> None:
        self.ledger, self.method = ledger, method
        self.low: Ints = np.zeros(_SMALL, dtype=np.int64)
        self.hops: Ints = np.zeros(_SMALL, dtype=np.int64)
        self._streams: dict[int, _Stream] = {}
        self._marked: Ints = np.zeros(0, dtype=np.int64)

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
        """Carry the taint up to the entry ``entries`` (exclusive; default: all). Returns whether anything changed."""
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
        of = stream.run.scratch.purse_of
        purses = [int(of[pool]) for pool in self.ledger.pools_of(account, currency) if pool < len(of)]
        return sum(int(stream.run.state.purses[purse, c.SURE]) for purse in purses if purse != at_.NONE)

    def whose(self, account: int, currency: int) -> dict[int, int]:
        """Return what each report has on an account in a currency under the method, minor units by report."""
        stream, found = self._streams.get(currency), dict[int, int]()
        if stream is None or stream.run is None:
            return found
        run = stream.run
        pools = [pool for pool in self.ledger.pools_of(account, currency) if pool < len(run.scratch.purse_of)]
        for purse in (int(run.scratch.purse_of[pool]) for pool in pools):
            node = at_.NONE if purse == at_.NONE else int(run.state.purses[purse, c.HEAD])
            while node != at_.NONE:
                parcel = run.state.parcels[node]
                report = run.reports[parcel[c.REPORT]].id
                found[report] = found.get(report, 0) + int(parcel[c.END] - parcel[c.START])
                node = int(parcel[c.NEXT])
        return found

    def _mark(self) -> None:
        """Write ``low`` and ``hops`` of all that is tainted anew."""
        self._room(len(self.ledger.pages.accounts))
        self.low[self._marked] = 0
        self.hops[self._marked] = 0
        marked = [self._mark_stream(stream.run) for stream in self._streams.values() if stream.run is not None]
        self._marked = np.concatenate(marked) if marked else np.zeros(0, dtype=np.int64)

    def _mark_stream(self, run: Run) -> Ints:
        purses = run.purses[run.purses[:, c.TOTAL] > 0]
        accounts: Ints = self.ledger.pages.pools[purses[:, c.POOL_OF], at_.ACCOUNT]
        codes, where = np.unique(accounts, return_inverse=True)
        low = np.zeros(len(codes), dtype=np.int64)
        hops = np.full(len(codes), np.iinfo(np.int64).max)
        np.add.at(low, where, purses[:, c.SURE])
        np.minimum.at(hops, where, purses[:, c.HOP])
        self.low[codes] = np.maximum(self.low[codes], low)
        first = self.hops[codes] == 0
        self.hops[codes] = np.where(first, hops, np.minimum(self.hops[codes], hops))
        return codes

    def _room(self, entities: int) -> None:
        self.low, self.hops = longer(self.low, entities), longer(self.hops, entities)
