"""Orders ahead: where reported money has gone before, a stop also holds what comes next, up to what is still missing.

An institution that does not ask before it pays tells of money when it has moved on, and a hold for what lies there
now finds nothing. But gangs use their accounts again. So an account of whose receipts nearly all came by the way of
reported money, more than a little, and which passed most of it on, is a *channel*, and channels that paid each other,
with the accounts that victims paid, are a *ring* (``graph.rings``). Each channel of a ring about which several people
reported gets an order for

    min(what the ring's reports miss and no order holds yet, what ever came there by the way of reported money)

It holds what lies there and what comes, so also where the method says that the money in a mixed account is not the
reported part of it: against those who mixed it, what is missing is claimed from the whole. The disputed sum stays the
limit, by report and in all: what one order comes to hold lowers the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from stanch.decide.book import Book
from stanch.decide.following import Follow
from stanch.decide.orders import Want
from stanch.decide.shares import capped
from stanch.graph.ledger import Ledger
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.model.columns import NULL

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels in a currency: what came into each by the way of reported money, minor units, and its ring.

    ``victims`` are the accounts from which reported payments came; ``rings`` are the backed reports of each ring.
    """

    brought: Mapping[int, int]
    ring_of: Mapping[int, int]
    rings: Mapping[int, Sequence[Report]]
    victims: Collection[int]

    def reports(self, account: int) -> Sequence[Report]:
        """Return the backed reports of the ring of an account, none where it is in none."""
        return self.rings.get(self.ring_of.get(account, NULL), ())


def channels(taint: Taint, ledger: Ledger, currency: int, follow: Follow) -> Channels:
    """Find the channels and rings as they are now."""
    backed = [report for report in taint.reports_of(currency) if report.backed]
    if len({report.victim for report in backed}) < follow.victims:
        return Channels({}, {}, {}, ())
    accounts = np.array(sorted(taint.through()), dtype=np.int64)
    brought = _brought(taint.received(accounts, currency), follow)
    groups = taint.rings(currency, accounts, (brought > 0).astype(np.int64))
    ring_of = dict(zip(accounts.tolist(), groups.tolist(), strict=True))
    rings: dict[int, list[Report]] = {}
    for report in backed:
        if report.payee in ring_of:
            rings.setdefault(ring_of[report.payee], []).append(report)
    payers = {ledger.payer(report.entry) for report in backed if report.entry is not None}
    found = {account: most for account, most in zip(accounts.tolist(), brought.tolist(), strict=True) if most}
    return Channels(found, ring_of, rings, payers)


def wants_ahead(
    taint: Taint, ledger: Ledger, book: Book, currency: int, follow: Follow, spared: Collection[int]
) -> list[Want]:
    """Return the orders ahead at the channels of each ring in a currency; ``spared`` are accounts that get none."""
    found = channels(taint, ledger, currency, follow)
    open_ = Open(taint.missing(currency), book.held_for(currency))
    claims = {ring: Claims.of(reports, open_) for ring, reports in found.rings.items() if _enough(reports, follow)}
    wants = []
    for account, most in found.brought.items():
        claim = claims.get(found.ring_of[account])
        if claim is None or account in found.victims or account in spared or ledger.sees_through(account):
            continue
        bank, (reports, shares) = ledger.bank_of(account), claim.up_to(most)
        if bank != NULL and sum(shares) >= follow.smallest:
            wants.append(Want(account, bank, currency, sum(shares), reports, "stop", shares, backed=True, ahead=True))
    return wants


@dataclass(frozen=True, slots=True)
class Open:
    """What each report misses, and what holds in force keep in its name: minor units by report.

    Orders that are out at the same time can come to hold more in a name than that report misses; it is for others of
    its ring then. So what may still be held is told for reports together.
    """

    missing: Mapping[int, int]
    held: Mapping[int, int]

    def together(self, reports: Iterable[int]) -> int:
        """Return what reports miss together that nothing holds in their names."""
        return max(sum(self.missing.get(each, 0) - self.held.get(each, 0) for each in set(reports)), 0)

    def of(self, report: int) -> int:
        """Return what one report misses that nothing holds in its name."""
        return max(self.missing.get(report, 0) - self.held.get(report, 0), 0)


@dataclass(slots=True)
class Claims:
    """What the reports of a ring still claim, each and together; accounts of one ring often share it alike."""

    reports: Sequence[int]
    each: Sequence[int]
    together: int
    _shared: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, reports: Sequence[Report], open_: Open) -> Self:
        """Return the claims of these reports."""
        ids = [report.id for report in reports]
        return cls(ids, [open_.of(each) for each in ids], open_.together(ids))

    def up_to(self, most: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the reports that share what they claim, up to a sum, and their shares: minor units."""
        total = min(most, self.together)
        if total not in self._shared:
            parts = zip(self.reports, capped(total, self.each), strict=True)
            whose = {report: part for report, part in parts if part}
            self._shared[total] = tuple(whose), tuple(whose.values())
        return self._shared[total]


def _enough(reports: Sequence[Report], follow: Follow) -> bool:
    return len({report.victim for report in reports}) >= follow.victims


def _brought(received: Ints, follow: Follow) -> Ints:
    """Return what came into each account by the way of reported money where that makes it a channel, else 0.

    ``received`` is (n, 3), see ``Taint.received``.
    """
    came, brought, left = received.T
    mostly = (brought >= follow.single) & (brought * 100 >= came * follow.channel)
    channel = mostly & ((brought - left) * 100 >= brought * follow.passed_on)
    return np.where(channel & (brought > 0), brought, 0)
