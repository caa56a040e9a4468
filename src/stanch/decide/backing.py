"""Backing: what speaks for a report beside the word of the person who made it.

One person can be mistaken: a parcel comes late, a seller is slow to answer. The machine delays on one report alone, and
an order lies ready, but whoever approves it is told that nothing else speaks for it yet. A report is backed when

- another person reported a payment into the same account,
- money of a report that is backed went through that account already,
- its money went on as scam money does: through a second account, in cash or crypto assets, or split over several, or
- the account's holder asks to pay it out, beyond what else the account holds.

A report that is backed stays so until it is withdrawn or cleared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stanch.graph.ledger import Ledger
from stanch.graph.report import Report
from stanch.graph.trace import Trace
from stanch.graph.tracing import trace

#: The hop of a payment by the account that was paid: what it reaches is passed on once.
_SECOND: Final = 2
#: How far a trace looks for signs, and how many entries it may walk.
_HOPS: Final = 3
_WORK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Signs:
    """When money counts as passed on: at least ``passed_on`` percent of it; split over at least ``split`` accounts.

    ``asked`` percent of it must be asked for: a trader pays most of a sale to his own supplier, a mule keeps little.
    """

    passed_on: int = 50
    asked: int = 80
    split: int = 3


@dataclass(slots=True)
class Backing:
    """The owner of what accounts asked to pay out of reported money, minor units by account and currency."""

    signs: Signs = Signs()
    method: str = "fifo"
    _asked: dict[tuple[int, int], int] = field(default_factory=dict)

    def asked(self, account: int, currency: int, amount: int) -> None:
        """Note that an account's holder asked to pay out an amount that only reported money covers."""
        key = (account, currency)
        self._asked[key] = self._asked.get(key, 0) + amount

    def forget(self, reports: Iterable[Report]) -> None:
        """Keep only what was asked at payees of these reports."""
        payees = {(report.payee, report.currency) for report in reports}
        self._asked = {key: amount for key, amount in self._asked.items() if key in payees}

    def found(
        self, reports: Mapping[int, Report], about: Collection[int], ledger: Ledger, through: Callable[[int], bool]
    ) -> list[Report]:
        """Return those of ``about`` that are backed now and were not, as they are then.

        ``through`` tells whether money of backed reports went through an account.
        """
        open_ = [reports[each] for each in about if each in reports]
        return [
            replace(report, backed=True)
            for report in open_
            if not report.backed
            and report.entry is not None
            and (through(report.payee) or self._backed(report, reports, ledger))
        ]

    def save(self) -> list[list[int]]:
        """Return what was asked as plain data."""
        return [[account, currency, amount] for (account, currency), amount in sorted(self._asked.items())]

    def load(self, plain: Iterable[Any]) -> None:
        """Take over what was saved."""
        self._asked = {(account, currency): amount for account, currency, amount in plain}

    def _backed(self, report: Report, reports: Mapping[int, Report], ledger: Ledger) -> bool:
        if any(_by_another(report, other) for other in reports.values()):
            return True
        part = report.amount * self.signs.asked
        asked = self._asked.get((report.payee, report.currency), 0)
        if asked and asked * 100 >= part:
            return True
        alone = trace(ledger, [report], method=self.method, hops=_HOPS, work=_WORK)
        return alone.reported > 0 and passed_on(alone, self.signs) * 100 >= alone.reported * self.signs.passed_on


def passed_on(found: Trace, signs: Signs) -> int:
    """Return how much of a report's money went on as scam money does, minor units."""
    further = sum(place.traced for place in found.places if place.hop > _SECOND)
    out = sum(leaving.traced for leaving in found.exits if leaving.way in ("cash", "crypto") or leaving.hop > _SECOND)
    second = [place.traced for place in found.places if place.hop == _SECOND]
    return further + out + (sum(second) if len(second) >= signs.split else 0)


def _by_another(report: Report, other: Report) -> bool:
    return other.payee == report.payee and other.victim != report.victim and other.entry is not None
