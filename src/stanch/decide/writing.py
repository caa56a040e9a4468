"""One step of one order: the only place that makes an order out of the one before it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from stanch.decide.orders import HOLDS, MACHINE, STEPS, Approval, Change, Order
from stanch.decide.shares import split
from stanch.decide.shelf import Shelf
from stanch.law.pack import Pack, Term
from stanch.model.errors import StanchError

#: Who acts, by what right, and why in one word.
Actor = tuple[int | None, str, str]


class Writer:
    """Writes steps to the shelf and returns them as changes."""

    def __init__(self, pack: Pack, shelf: Shelf) -> None:
        self._pack = pack
        self._shelf = shelf

    def first(self, order: Order, actor: Actor) -> Change:
        """Keep a new draft."""
        self._shelf.put(order)
        return self._change(order, "", order.drafted_at, actor)

    def step(self, order: Order, to: str, now: int, actor: Actor, fields: dict[str, object] | None = None) -> Change:
        """Move an order to a state, with what else changes; a step that is not in ``STEPS`` is a bug."""
        if to not in STEPS[order.measure].get(order.state, ()):
            raise StanchError(f"order {order.id}: no step of a {order.measure} leads from {order.state} to {to}")
        after = msgspec.structs.replace(order, state=to, step=order.step + 1, **(fields or {}))
        self._shelf.put(after)
        return self._change(after, order.state, now, actor)

    def send(self, order: Order, term: Term, approvals: tuple[Approval, ...], now: int, actor: Actor) -> Change:
        """Send out what enough officials approved: from here on it has a power, a basis and an end."""
        releases = order.measure == "release"
        until = None if releases else term.lasts.end(now, self._pack.calendar)
        answer = term.answer.end(now, self._pack.calendar)
        fields: dict[str, object] = {
            "approvals": approvals, "power": approvals[-1].power, "term": term.id, "basis": term.basis.en,
            "until": until, "due": answer if until is None else min(answer, until), "objection": None,
        }  # fmt: skip
        hold = self._shelf.get(order.follows)
        if order.measure == "return" and hold is not None and hold.held < order.amount:
            fields |= {"amount": hold.held, "shares": split(hold.held, order.shares)}
        change = self.step(order, "approved", now, actor, fields)
        if not releases or hold is None:
            return change
        return _with(change, (self.end(hold, "released", now, (actor[0], actor[1], "release_approved")),))

    def renew(self, order: Order, term: Term, approval: Approval) -> Change:
        """Count an approval towards another term of a hold in force; the last one needed begins it."""
        pending = (*order.pending, approval)
        actor = (approval.official, approval.power, "approved")
        if len(pending) < term.approvals or order.until is None:
            return self.step(order, "in_force", approval.at, actor, {"pending": pending})
        fields: dict[str, object] = {
            "approvals": (*order.approvals, *pending), "pending": (), "renewals": order.renewals + 1,
            "until": term.lasts.end(order.until, self._pack.calendar), "term": term.id, "basis": term.basis.en,
        }  # fmt: skip
        return self.step(order, "in_force", approval.at, (approval.official, approval.power, "renewed"), fields)

    def in_force(self, order: Order, held: int, now: int, actor: Actor) -> Change:
        """Note what an institution holds: from here on the order is for that sum, unless it is ahead.

        A freeze takes over from stops.
        """
        fields: dict[str, object] = {"held": held, "due": None}
        if not order.ahead:
            fields |= {"amount": held, "shares": split(held, order.shares)}
        change = self.step(order, "in_force", now, actor, fields)
        if order.measure != "freeze":
            return change
        return _with(change, tuple(self._taken_over(order, now)) if order.state != "in_force" else ())

    def paid(self, order: Order, paid: int, now: int, actor: Actor) -> Change:
        """Note what an institution paid back; the hold ends, or goes on for the rest."""
        change = self.step(order, "done", now, actor, {"held": paid})
        hold = self._shelf.get(order.follows)
        if hold is None or hold.state != "in_force":
            return change
        rest, who = hold.held - paid, (actor[0], actor[1], "paid_back")
        if rest <= 0:
            return _with(change, (self.end(hold, "returned", now, who),))
        if hold.until is not None and hold.until <= now:
            return _with(change, (self.end(hold, "expired", now, (None, MACHINE, "time_is_up")),))
        left = hold.amount - paid if hold.ahead else rest
        fields: dict[str, object] = {"amount": left, "held": rest, "shares": split(left, hold.shares)}
        return _with(change, (self.step(hold, "in_force", now, who, fields),))

    def end(self, order: Order, to: str, now: int, actor: Actor) -> Change:
        """End an order; drafts that speak of its hold lapse with it."""
        if to in ("declined", "refused", "expired", "released", "done") and actor[2] != "not_wanted":
            self._shelf.spend(order)
        change = self.step(order, to, now, actor)
        return _with(change, self._moot(order, now)) if order.measure in HOLDS else change

    def close(self, order: Order, now: int, reason: str) -> Change:
        """End an order because its ground is gone: a draft lapses, anything else is released at once."""
        if reason == "cleared":
            self._shelf.spend(order)
        return self.end(order, "lapsed" if order.state == "drafted" else "released", now, (None, MACHINE, reason))

    def lower(self, order: Order, amount: int, now: int, reason: str) -> Change:
        """Lower an order to a sum; to nothing ends it."""
        if amount <= 0:
            return self.close(order, now, reason)
        return self._resized(order, order.reports, split(amount, order.shares), now, reason)

    def without(self, order: Order, reports: Collection[int], now: int) -> Change:
        """Take cleared reports out of an order, with their part of the sum."""
        left = [(r, s) for r, s in zip(order.reports, order.shares, strict=True) if r not in reports]
        if sum(share for _, share in left) <= 0:
            return self.close(order, now, "cleared")
        return self._resized(order, tuple(r for r, _ in left), tuple(s for _, s in left), now, "partly_cleared")

    def _resized(
        self, order: Order, reports: tuple[int, ...], shares: tuple[int, ...], now: int, reason: str
    ) -> Change:
        amount = sum(shares)
        fields: dict[str, object] = {
            "reports": reports, "shares": shares, "amount": amount, "held": min(order.held, amount),
        }  # fmt: skip
        return self.step(order, order.state, now, (None, MACHINE, reason), fields)

    def _taken_over(self, freeze: Order, now: int) -> Iterator[Change]:
        """Yield what becomes of the stops at an account where a freeze takes over the sum ordered, the oldest first.

        One that still holds something, or is ahead, goes on for the rest; what is not in force and not ahead ends.
        """
        who: Actor = (None, MACHINE, "freeze_in_force")
        amount = freeze.amount
        for stop in self._shelf.at(freeze.account, ("stop",), freeze.currency):
            if stop.state != "in_force":
                if not stop.ahead:
                    yield self.end(stop, "lapsed" if stop.state == "drafted" else "replaced", now, who)
                continue
            taken = min(amount, stop.held)
            amount -= taken
            left, held = stop.amount - taken, stop.held - taken
            if not left:
                yield self.end(stop, "replaced", now, who)
            elif taken:
                yield self.step(
                    stop, "in_force", now, who, {"amount": left, "held": held, "shares": split(left, stop.shares)}
                )

    def _moot(self, hold: Order, now: int) -> tuple[Change, ...]:
        drafts = [each for each in self._shelf.followers(hold, ("release", "return")) if not each.power]
        return tuple(self.end(each, "lapsed", now, (None, MACHINE, "no_longer_held")) for each in drafts)

    def _change(self, order: Order, from_: str, at: int, actor: Actor) -> Change:
        code, power, reason = actor
        how = self._pack.by_id(order.term).objection.how.en
        return Change(order, order.step, from_, order.state, at, code, power, reason, order.basis, order.until, how)


def _with(change: Change, also: tuple[Change, ...]) -> Change:
    return msgspec.structs.replace(change, also=(*change.also, *also))
