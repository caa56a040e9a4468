"""The order book: every order from its draft to its end, by the law pack in force, moved by people, answers and time.

Nothing here acts alone except to the good of the person: the machine drafts, lowers, lets lapse and releases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from stanch.decide.drafting import Drafts
from stanch.decide.officials import Official, not_theirs, own_decision, same_eyes
from stanch.decide.orders import ANSWERS, HOLDS, MACHINE, Approval, Change, Order, Refusal, Want
from stanch.decide.shares import split
from stanch.decide.shelf import Shelf
from stanch.decide.writing import Writer
from stanch.law.pack import Pack, Term

#: What a saved book is: plain data.
Plain = dict[str, object]

_ENDED = "the order ended on the clock, by an answer or by a release before; nothing was changed"


class Book:
    """Decides about orders, deterministically. Times are UTC microseconds; entities and words are codes."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._shelf = Shelf()
        self._writer = Writer(pack, self._shelf)
        self._drafts = Drafts(pack, self._shelf, self._writer)

    def draft(self, wants: Sequence[Want], now: int) -> list[Change]:
        """Draft what a plan wants; an open order is raised or lowered, never doubled. The same wants again: nothing."""
        changes = []
        for want in wants:
            changes += [*self._ended(want.account, now), *self._drafts.draft(want, now)]
        return changes

    def approve(
        self, order_id: str, official: int, employer: int, powers: frozenset[str], now: int
    ) -> Change | Refusal:
        """Note an official's approval; the last one that the term asks for sends the order out, or renews it."""
        order = self._shelf.get(order_id)
        if order is None:
            return _unknown(order_id)
        person = Official(official, employer, powers)
        if order.state == "in_force":
            return self._renew(order, person, now)
        if order.state != "drafted" and not _unheard(order):
            return Refusal(order_id, "not_waiting", f"it is {order.state}, not waiting for an approval")
        term = self.pack.term(order.measure, now)
        given = tuple(each.official for each in order.approvals)
        refusal = (
            not_theirs(order, term, person)
            or same_eyes(order, person, given)
            or own_decision(order, self._shelf.get(order.follows), person)
            or self._nothing_held(order)
        )
        return refusal or self._approved(order, term, person, now)

    def decline(
        self, order_id: str, official: int, employer: int, powers: frozenset[str], reason: str, now: int
    ) -> Change | Refusal:
        """Note that an official declines a draft, or ends an order that is out: what it holds is free at once."""
        order = self._shelf.get(order_id)
        if order is None:
            return _unknown(order_id)
        if not order.open or (order.measure == "release" and order.until is None and order.power):
            return Refusal(order_id, "ended", _ENDED)
        person, term = Official(official, employer, powers), self.pack.by_id(order.term)
        refusal = not_theirs(order, term, person) or own_decision(order, self._shelf.get(order.follows), person)
        if refusal:
            return refusal
        to = "declined" if order.state == "drafted" or _unheard(order) else "released"
        return self._writer.end(order, to, now, (official, person.power(term) or "", reason or "declined"))

    def answer(
        self, order_id: str, institution: int, answer: str, held: int | None, now: int
    ) -> Change | Refusal | None:
        """Note what an institution answers; ``held`` is what it holds or paid. None: the same answer once more."""
        order = self._shelf.get(order_id)
        if order is None:
            return _unknown(order_id)
        if institution != order.institution:
            return Refusal(order_id, "not_asked", "this institution was not asked; only the one asked can answer")
        if order.state == "drafted" or _unheard(order):
            return Refusal(order_id, "not_sent", "the order was not sent yet; it waits for an approval")
        to = ANSWERS[order.measure].get(answer)
        if to is None:
            known = ", ".join(ANSWERS[order.measure])
            return Refusal(order_id, "no_such_answer", f"answer {answer!r} does not fit a {order.measure}; {known} do")
        unsaid = 0 if order.ahead else order.amount
        sum_held = unsaid if held is None else max(0, min(held, order.amount))
        if order.state == to and (to != "in_force" or sum_held == order.held):
            return None
        if not order.open or _over(order, now) or (order.state == "in_force" and to != "in_force"):
            return Refusal(order_id, "ended", f"it is {order.state}; {_ENDED}")
        if not sum_held and order.measure not in ("query", "release") and not (order.ahead and to == "in_force"):
            to = "released" if order.state == "in_force" else "refused"  # nothing is held, or not any more
        return self._answered(order, to, answer, sum_held, now)

    def object(self, order_id: str, person: int, now: int) -> Change | Refusal:
        """Note an objection with its deadline, and draft the release that another official decides on."""
        order = self._shelf.get(order_id)
        if order is None:
            return _unknown(order_id)
        standing = order.state in ("approved", "overdue", "in_force") and not _over(order, now)
        if order.measure not in HOLDS or not standing:
            return Refusal(order_id, "nothing_to_object", f"it is a {order.measure}, {order.state}; no hold stands")
        if self._shelf.followers(order, ("release",)):
            return Refusal(order_id, "objected_already", "an objection or release of it is being decided")
        deadline = self.pack.by_id(order.term).hearing.end(now, self.pack.calendar)
        change = self._writer.step(order, order.state, now, (person, "person", "objected"), {"objection": deadline})
        hearing = self._drafts.hearing(change.order, deadline, now)
        return msgspec.structs.replace(change, also=(hearing,))

    def clear(self, now: int, *, accounts: Collection[int] = (), reports: Collection[int] = ()) -> list[Change]:
        """Release at once what rests only on cleared reports or concerns a cleared account; lower what rests partly."""
        self._shelf.cleared.update(reports)
        changes = []
        for order in self._shelf.all_open():
            standing = self._shelf.get(order.id)
            if standing is None or not standing.open or standing.measure == "release":
                continue
            if standing.account in accounts or set(standing.reports) <= set(reports):
                changes.append(self._writer.close(standing, now, "cleared"))
            elif _over(standing, now):
                changes.append(self._timed(standing, now))
            elif not set(standing.reports).isdisjoint(reports):
                changes.append(self._writer.without(standing, reports, now))
        return changes

    def let_go(self, account: int, currency: int, amount: int, now: int) -> list[Change]:
        """Lower what stops hold at an account by an amount, the latest first: nobody misses it."""
        changes = []
        for stop in reversed(self._shelf.in_force(account, currency)):
            less = min(amount, stop.held) if stop.measure == "stop" else 0
            if less > 0:
                changes.append(self._writer.lower(stop, stop.held - less, now, "not_wanted"))
                amount -= less
        return changes

    def tick(self, now: int) -> list[Change]:
        """Let time act: drafts lapse, silence becomes overdue, holds end."""
        changes = []
        while (order := self._shelf.due(now)) is not None:
            changes.append(self._timed(order, now))
        return changes

    def next_end(self) -> int | None:
        """Return when time acts next, None if never."""
        return self._shelf.next_end()

    def held(self, account: int, currency: int) -> int:
        """Return what is under stop or freeze in force at an account, minor units."""
        return sum(order.held for order in self._shelf.in_force(account, currency))

    def held_in_all(self, currency: int) -> int:
        """Return what is under stop or freeze in force in a currency, minor units."""
        holds = (o for o in self._shelf.all_open() if o.measure in HOLDS and o.state == "in_force")
        return sum(order.held for order in holds if order.currency == currency)

    def held_for(self, currency: int, but: int | None = None) -> dict[int, int]:
        """Return what holds in force keep in the name of each report, minor units; ``but`` those at one account."""
        found: dict[int, int] = {}
        for order in self._shelf.all_open():
            if order.account == but:
                continue
            if order.measure in HOLDS and order.state == "in_force" and order.currency == currency:
                for report, part in zip(order.reports, split(order.held, order.shares), strict=True):
                    found[report] = found.get(report, 0) + part
        return found

    def to_freeze(self, account: int, currency: int) -> Want | None:
        """Return the want of a freeze for all that is under stop at an account, None where nothing is."""
        holds = self._shelf.in_force(account, currency)
        if not any(hold.measure == "stop" for hold in holds):
            return None
        parts: dict[int, int] = {}
        for hold in holds:
            for report, share in zip(hold.reports, split(hold.held, hold.shares), strict=True):
                parts[report] = parts.get(report, 0) + share
        parts = {report: share for report, share in parts.items() if share}
        whole = sum(parts.values())
        return Want(
            account, holds[-1].institution, currency, whole, tuple(parts), "freeze", tuple(parts.values()),
            any(hold.backed for hold in holds),
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """How many steps orders took: while it stays, every order stays as it is."""
        return self._shelf.steps

    def order(self, order_id: str) -> Order | None:
        """Return an order by its id."""
        return self._shelf.get(order_id)

    def open_orders(self, account: int | None = None) -> list[Order]:
        """Return the open orders, of one account where given, oldest first."""
        return [o for o in self._shelf.all_open() if account in (None, o.account)]

    def orders(self) -> Iterable[Order]:
        """Return every order there ever was."""
        return self._shelf.all()

    def save(self) -> Plain:
        """Return the book as plain data."""
        return self._shelf.save()

    def load(self, data: Mapping[str, Any]) -> None:  # Any: plain data, checked on reading
        """Take over a saved book."""
        self._shelf.load(data)

    def _approved(self, order: Order, term: Term, person: Official, now: int) -> Change:
        power = person.power(term) or ""
        approvals = (*order.approvals, Approval(person.code, person.employer, power, now))
        actor = (person.code, power, "approved")
        if len(approvals) < term.approvals:
            return self._writer.step(order, order.state, now, actor, {"approvals": approvals})
        return self._writer.send(order, term, approvals, now, actor)

    def _renew(self, order: Order, person: Official, now: int) -> Change | Refusal:
        term = self.pack.term(order.measure, now)
        given = tuple(each.official for each in order.pending)
        if _over(order, now):
            return Refusal(order.id, "ended", _ENDED)
        refusal = not_theirs(order, term, person) or same_eyes(order, person, given) or _too_soon(order, term, now)
        if refusal:
            return refusal
        return self._writer.renew(order, term, Approval(person.code, person.employer, person.power(term) or "", now))

    def _answered(self, order: Order, to: str, answer: str, held: int, now: int) -> Change:
        actor = (order.institution, "institution", answer)
        if to == "in_force":
            return self._writer.in_force(order, held, now, actor)
        if to == "done" and order.measure == "return":
            return self._writer.paid(order, held, now, actor)
        return self._writer.end(order, to, now, actor)

    def _nothing_held(self, order: Order) -> Refusal | None:
        if order.measure not in ("release", "return"):
            return None
        hold = self._shelf.get(order.follows)
        if hold is not None and hold.open:
            return None
        return Refusal(order.id, "nothing_held", "the hold it speaks of ended; nothing is left to decide")

    def _ended(self, account: int, now: int) -> list[Change]:
        """End the holds at an account whose time is up, where no tick came since: they are not moved any more."""
        return [self._timed(order, now) for order in self._shelf.at(account, HOLDS) if _over(order, now)]

    def _timed(self, order: Order, now: int) -> Change:
        clock = (None, MACHINE, "time_is_up")
        if order.state == "drafted" and order.objection is None:
            return self._writer.end(order, "lapsed", now, (None, MACHINE, "not_decided"))
        if order.until is not None and order.until <= now:
            return self._writer.end(order, "expired", now, clock)
        reason = "objection_unanswered" if order.state == "drafted" else "no_answer"
        return self._writer.step(order, "overdue", now, (None, MACHINE, reason), {"due": None})


def _over(order: Order, now: int) -> bool:
    """Whether its time is up although no tick said so yet."""
    return order.until is not None and order.until <= now


def _unheard(order: Order) -> bool:
    """Whether it is an objection that nobody decided in time: it can still be decided."""
    return order.measure == "release" and order.state == "overdue" and not order.power


def _too_soon(order: Order, term: Term, now: int) -> Refusal | None:
    if term.renewals is not None and order.renewals >= term.renewals:
        return Refusal(order.id, "no_more_terms", f"{term.id} allows {term.renewals} renewals, all are used")
    began = max(each.at for each in order.approvals)
    if order.until is not None and 2 * (now - began) < order.until - began:
        return Refusal(order.id, "too_soon", "another term can be decided in the last half of this one")
    return None


def _unknown(order_id: str) -> Refusal:
    return Refusal(order_id, "unknown_order", "no order has this id; it was never drafted here")
