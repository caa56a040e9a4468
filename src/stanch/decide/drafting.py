"""Drafting: what a plan wants becomes drafts, without asking twice for what is out, in force or was decided before."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stanch.decide.orders import HOLDS, MACHINE, MEASURES, Change, Order, Want
from stanch.decide.shares import split
from stanch.decide.shelf import Shelf
from stanch.decide.writing import Actor, Writer
from stanch.law.pack import Pack
from stanch.model.errors import InputError

_PLANNED: Actor = (None, MACHINE, "planned")
_ONE_WORD: Actor = (None, MACHINE, "one_word")
_AHEAD: Actor = (None, MACHINE, "ahead")
_SENT = ("approved", "overdue")


class Drafts:
    """Turns wants into drafts on the shelf."""

    def __init__(self, pack: Pack, shelf: Shelf, writer: Writer) -> None:
        self._pack = pack
        self._shelf = shelf
        self._writer = writer

    def draft(self, want: Want, now: int) -> list[Change]:
        """Draft, raise, lower or withdraw what one want asks for."""
        if want.measure not in MEASURES:
            raise InputError(f"want: unknown measure {want.measure!r}; known: {', '.join(MEASURES)}")
        if want.amount and not want.reports:
            raise InputError(f"want: a {want.measure} of {want.amount} rests on no report; name the reports")
        want = self._standing(want)
        if want.ahead:
            return self._ahead(want, now)
        if want.measure in HOLDS:
            return self._hold(want, now)
        if want.measure == "query":
            return [] if self._open(want) else self._new(want, now)
        return self._about_holds(want, now)

    def hearing(self, hold: Order, deadline: int, now: int) -> Change:
        """Draft the release that somebody else decides on before the objection's deadline."""
        want = Want(hold.account, hold.institution, hold.currency, hold.amount, hold.reports, "release", hold.shares)
        order = msgspec.structs.replace(self._order(want, now, hold.id), objection=deadline, due=deadline)
        return self._writer.first(order, (None, MACHINE, "objected"))

    def _standing(self, want: Want) -> Want:
        """Take out the reports that were cleared, with their shares."""
        shares = want.shares or split(want.amount, [1] * len(want.reports))
        if len(shares) != len(want.reports) or sum(shares) != want.amount or min(shares, default=0) < 0:
            raise InputError(f"want: shares {shares} must be one a report and add up to {want.amount}")
        if want.shares and self._shelf.cleared.isdisjoint(want.reports):
            return want
        left = [(r, s) for r, s in zip(want.reports, shares, strict=True) if r not in self._shelf.cleared]
        reports, kept = tuple(r for r, _ in left), tuple(s for _, s in left)
        return msgspec.structs.replace(want, reports=reports, shares=kept, amount=sum(kept))

    def _hold(self, want: Want, now: int) -> list[Change]:
        """Bring what is drafted and sent to the sum wanted: what was approved is only ever lowered."""
        orders = self._open(want)
        sent = [order for order in orders if order.state in _SENT]
        standing = [order for order in orders if order.state == "in_force"] if want.measure == "freeze" else []
        rest = want.amount - sum(order.held for order in standing) - sum(order.amount for order in sent)
        want = _besides(want, (*standing, *sent)) if want.measure == "freeze" else want
        draft = next((order for order in orders if order.state == "drafted"), None)
        changes = self._lowered(sent, -rest, now)
        if draft is not None and draft.approvals and rest > draft.amount and want.measure == "freeze":
            return changes  # one official has decided on it: the difference is another draft, once this one is out
        if draft is None:
            return changes + (self._new(_sized(want, rest), now) if rest > 0 else [])
        return changes + self._redrafted(draft, _sized(want, max(rest, 0)), now)

    def _ahead(self, want: Want, now: int) -> list[Change]:
        """Bring what orders ahead can still come to hold near the sum wanted: officials are not asked for each cent.

        More is asked for when less than half of it is open; what is open is lowered once a quarter of it is too much.
        """
        orders = self._open(want)
        out = [order for order in orders if order.state in _SENT or order.room]
        open_ = sum(order.room or order.amount for order in out)
        draft = next((order for order in orders if order.state == "drafted"), None)
        rest = want.amount - open_
        if draft is not None and (rest <= 0 or abs(draft.amount - rest) * 2 > rest or not draft.ahead):
            return self._redrafted(draft, _sized(want, max(rest, 0)), now)
        if draft is not None:
            return self._redrafted(draft, _like(want, draft), now)
        if rest * 2 > want.amount:
            return self._new(_sized(want, rest), now)
        return self._narrowed(out, -rest, now) if -rest * 4 > open_ else []

    def _narrowed(self, out: list[Order], by: int, now: int) -> list[Change]:
        """Lower what can still come to be held, the latest order first; what is held stays."""
        changes = []
        for order in reversed(out):
            less = min(by, order.room or order.amount)
            if less > 0:
                changes.append(self._writer.lower(order, order.amount - less, now, "not_wanted"))
                by -= less
        return changes

    def _lowered(self, sent: list[Order], by: int, now: int) -> list[Change]:
        changes = []
        for order in reversed(sent):
            if by > 0:
                changes.append(self._writer.lower(order, order.amount - by, now, "not_wanted"))
                by -= order.amount
        return changes

    def _redrafted(self, draft: Order, want: Want, now: int) -> list[Change]:
        if not want.amount:
            return [self._writer.close(draft, now, "not_wanted")]
        backed = want.backed or draft.backed
        if (want.amount, want.reports, want.shares, want.ahead) == (*_sum_of(draft), draft.ahead):
            said: Actor = (None, MACHINE, "backed")
            return [self._writer.step(draft, "drafted", now, said, {"backed": True})] if backed != draft.backed else []
        # an approval was given for the sum that was shown: for a larger one it does not count
        approvals = draft.approvals if want.amount <= draft.amount else ()
        fields: dict[str, object] = {
            "amount": want.amount, "reports": want.reports, "shares": want.shares, "approvals": approvals,
            "backed": backed, "ahead": want.ahead,
        }  # fmt: skip
        reason = "replanned" if backed == draft.backed else "backed"
        reason = "ahead" if want.ahead and not draft.ahead else reason
        return [self._writer.step(draft, "drafted", now, (None, MACHINE, reason), fields)]

    def _about_holds(self, want: Want, now: int) -> list[Change]:
        """Draft a release of each hold in force, or the return of money out of them, freezes first."""
        changes, rest = [], want.amount - sum(order.amount for order in self._open(want))
        for hold in self._shelf.in_force(want.account, want.currency):
            if self._shelf.followers(hold, ("release", "return")):
                continue
            sum_here = hold.held if want.measure == "release" else min(rest, hold.held)
            rest -= sum_here
            if sum_here > 0:
                changes += self._new(_sized(want, sum_here), now, hold.id)
        return changes

    def _new(self, want: Want, now: int, follows: str = "") -> list[Change]:
        if not want.reports or set(want.reports) <= self._shelf.spent(want):
            return []
        actor = _AHEAD if want.ahead else _PLANNED if want.backed else _ONE_WORD
        return [self._writer.first(self._order(want, now, follows), actor)]

    def _order(self, want: Want, now: int, follows: str) -> Order:
        term = self._pack.term(want.measure, now)
        stop = self._shelf.in_force(want.account, want.currency) if want.measure == "freeze" else []
        return Order(
            id=self._shelf.name(now), measure=want.measure, account=want.account, institution=want.institution,
            currency=want.currency, amount=want.amount, held=0, reports=want.reports, shares=want.shares,
            state="drafted", power="", term=term.id, basis=term.basis.en, drafted_at=now,
            due=self._pack.draft.end(now, self._pack.calendar), follows=follows or (stop[-1].id if stop else ""),
            backed=want.backed, ahead=want.ahead,
        )  # fmt: skip

    def _open(self, want: Want) -> list[Order]:
        return self._shelf.at(want.account, (want.measure,), want.currency)


def _besides(want: Want, orders: Sequence[Order]) -> Want:
    """Return a want whose shares are what other orders at the account do not name already."""
    named: dict[int, int] = {}
    for order in orders:
        for report, share in zip(order.reports, order.shares, strict=True):
            named[report] = named.get(report, 0) + share
    left = [(report, share - named.get(report, 0)) for report, share in zip(want.reports, want.shares, strict=True)]
    found = [(report, share) for report, share in left if share > 0]
    if not found:
        return want
    reports, shares = tuple(r for r, _ in found), tuple(s for _, s in found)
    return msgspec.structs.replace(want, reports=reports, shares=shares, amount=sum(shares))


def _sum_of(order: Order) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    return order.amount, order.reports, order.shares


def _like(want: Want, draft: Order) -> Want:
    return msgspec.structs.replace(want, amount=draft.amount, reports=draft.reports, shares=draft.shares)


def _sized(want: Want, amount: int) -> Want:
    if amount == want.amount:
        return want
    return msgspec.structs.replace(want, amount=amount, shares=split(amount, want.shares))
