"""The docket: orders drafted from where the money is, and what officials and institutions say to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from stanch.decide.ahead import Open, channels, wants_ahead
from stanch.decide.book import Book
from stanch.decide.following import Follow
from stanch.decide.hold_plan import Dispute, HoldPolicy, no_longer, plan
from stanch.decide.orders import Change, Order, Refusal, Want
from stanch.decide.paying_back import paid_back, shared_out
from stanch.graph.ledger import Ledger
from stanch.graph.taint import Taint
from stanch.graph.trace import Place
from stanch.model.columns import NULL

#: Lists that say which power an institution has; the terms of the law packs name the same words.
POWERS: Final = ("police", "court", "bank", "payment_firm", "operator", "regulator")
ESSENTIAL: Final = "essential_payee"


class Acted(msgspec.Struct, frozen=True):
    """A step of an order, or an act without effect, and the row of the batch that brought it about (-1: the clock)."""

    row: int
    change: Change | None = None
    refusal: Refusal | None = None


Said = Change | Refusal | None


@dataclass(slots=True)
class Docket:
    """The owner of the order book and of what is known of those who act on it."""

    follow: Follow
    book: Book
    powers: dict[int, frozenset[str]] = field(default_factory=dict)  #: institution -> its powers
    essential: set[int] = field(default_factory=set)
    answered: dict[int, tuple[int, int]] = field(default_factory=dict)  #: source -> answers, microseconds they took
    cleared: set[int] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)  #: freezes whose money was offered back
    _currencies: set[int] = field(default_factory=set)
    _ready: tuple[int, list[tuple[int, Order]]] = (-1, [])  #: what ``_returnable`` found after so many steps

    def plan(self, taint: Taint, ledger: Ledger, now: int) -> list[Change]:
        """Draft what the hold plan wants, in its order; raise, lower or withdraw what is open already."""
        changes: list[Change] = []
        for currency in sorted({report.currency for report in taint.reports} | self._currencies):
            wanted = self._wanted(taint, ledger, currency, now)
            known = {each for each in {want.measure for want in wanted} if self.book.pack.knows(each, now)}
            wants = [want for want in wanted if want.measure in known]
            open_orders = [order for order in self.book.open_orders() if order.currency == currency]
            changes += self.book.draft((*no_longer(open_orders, wants), *wants), now)
        return changes + self._spoken_for(taint, now)

    def tick(self, taint: Taint, now: int) -> list[Change]:
        """Let time pass: what is over ends, and the return of money that was frozen long enough lies ready."""
        changes = self.book.tick(now)
        for freeze in [order for at, order in self._returnable() if at <= now]:
            self.offered.add(freeze.id)
            missing = self._missing(taint, freeze.currency)
            parts = paid_back(freeze, missing, taint.whose(freeze.account, freeze.currency))
            if parts:
                changes += self.book.draft([_to_return(freeze, parts)], now)
        return changes

    def next_end(self) -> int | None:
        """Return when time acts next, None if never."""
        ends = [at for at, _ in self._returnable()]
        ends += [end for end in (self.book.next_end(),) if end is not None]
        return min(ends, default=None)

    def official(self, kind: str, values: Mapping[str, int], order_id: str, said: str) -> Said:
        """Let an official approve or decline an order, or the person concerned object to it."""
        now, official, employer = values["as_of"], values["src"], values["src_employer"]
        powers = self.powers.get(employer, frozenset())
        if kind == "order_approved":
            return self.book.approve(order_id, official, employer, powers, now)
        if kind == "order_declined":
            return self.book.decline(order_id, official, employer, powers, said, now)
        return self.book.object(order_id, official, now)

    def answer(
        self, values: Mapping[str, int], order_id: str, answer: str, taint: Taint, ledger: Ledger
    ) -> list[Change | Refusal]:
        """Let an institution answer; once it holds money, the freeze that would follow lies ready."""
        order = self.book.order(order_id)
        held = None if values["amount"] == NULL else values["amount"]
        if order is not None and held is not None and values["currency"] not in (NULL, order.currency):
            return [Refusal(order_id, "another_currency", "it tells a sum in another currency than that of the order")]
        said = self.book.answer(order_id, values["source"], answer, held, values["as_of"])
        found: list[Change | Refusal] = [] if said is None else [said]
        if isinstance(said, Change) and order is not None:
            if said.from_ != "in_force":
                self._learn(order, values["as_of"])
            if said.to == "in_force":
                found += self._freeze(said.order, values["as_of"], taint, ledger)
        return found

    def clear(self, reports: Sequence[int], accounts: Sequence[int], now: int) -> list[Change]:
        """Release at once what rests on cleared reports or concerns a cleared account."""
        self.cleared.update(accounts)
        return self.book.clear(now, accounts=accounts, reports=reports)

    def enlist(self, entity: int, word: str, *, on: bool) -> None:
        """Learn that an entity enters or leaves a list."""
        if word == ESSENTIAL:
            (self.essential.add if on else self.essential.discard)(entity)
        if word in POWERS:
            before = self.powers.get(entity, frozenset())
            self.powers[entity] = before | {word} if on else before - {word}

    def _wanted(self, taint: Taint, ledger: Ledger, currency: int, now: int) -> tuple[Want, ...]:
        """Return what the plan asks for, without what a sent order asks for already."""
        places = [place for place in taint.places(currency) if place.account not in self.cleared]
        followed = taint.reports_of(currency)
        reports = tuple(report.id for report in followed)
        ahead = wants_ahead(taint, ledger, self.book, currency, self.follow, self.essential | self.cleared)
        if places or ahead:
            self._currencies.add(currency)
        held = {place.account: self.book.held(place.account, currency) for place in places}
        banks = {place.account: ledger.bank_of(place.account) for place in places}
        dispute = Dispute(
            reports=reports, currency=currency,
            total=sum(taint.missing(currency).values()) - self.book.held_in_all(currency) + sum(held.values()),
            essential=frozenset(self.essential), policy=self._policy(),
            backed=frozenset(report.id for report in followed if report.backed),
            still=frozenset(place.account for place in places if self._still(place, taint, currency)),
        )  # fmt: skip
        covered = {want.account for want in ahead}
        planned = plan(places, banks, self._answers(banks.values()), held, now, dispute)
        return *(want for want in planned if want.measure != "stop" or want.account not in covered), *ahead

    def _still(self, place: Place, taint: Taint, currency: int) -> bool:
        """Tell whether little came into an account that nobody named, and nothing of it went on.

        Or went on as other money does: who lives on other money is no channel.
        """
        if place.hop == 1 or place.traced >= self.follow.single:
            return False
        came, brought = taint.came_ever(place.account, currency)
        return brought <= place.traced or brought * 100 < came * self.follow.channel

    def _spoken_for(self, taint: Taint, now: int) -> list[Change]:
        """Say of each draft of a freeze by now that more than one word speaks for it: the plan asks for stops only."""
        backed = {report.id for report in taint.reports if report.backed}
        alone = [o for o in self.book.open_orders() if o.measure == "freeze" and o.state == "drafted" and not o.backed]
        wants = [self.book.to_freeze(o.account, o.currency) for o in alone if not backed.isdisjoint(o.reports)]
        return self.book.draft([msgspec.structs.replace(want, backed=True) for want in wants if want is not None], now)

    def _missing(self, taint: Taint, currency: int) -> dict[int, int]:
        """Return what each report misses, without what comes back by returns that lie ready or are out."""
        missing = taint.missing(currency)
        for order in self.book.open_orders():
            if order.measure == "return" and order.currency == currency:
                for report, share in zip(order.reports, order.shares, strict=True):
                    missing[report] = max(missing.get(report, 0) - share, 0)
        return missing

    def _returnable(self) -> list[tuple[int, Order]]:
        """Return the freezes in force whose money can be offered back, and from when; worked out after each step.

        Those against which somebody objects, or whose money was offered before, are not among them.
        """
        if self._ready[0] != self.book.steps:
            waiting = [(_decided_at(order) + self.follow.notice, order) for order in self.book.open_orders()
                       if order.measure == "freeze" and order.state == "in_force"]  # fmt: skip
            self._ready = self.book.steps, [
                (at, order) for at, order in waiting
                if order.objection is None and order.held > 0 and self.book.pack.knows("return", at)
            ]  # fmt: skip
        return [(at, order) for at, order in self._ready[1] if order.id not in self.offered]

    def _policy(self) -> HoldPolicy:
        f = self.follow
        return HoldPolicy(smallest=f.smallest, service=f.approval, answer=f.answer, stay=f.stays)

    def _answers(self, sources: Iterable[int]) -> dict[int, int]:
        """Return the mean time to an answer, the expected one counted as one answer."""
        found = {}
        for source in set(sources) - {NULL}:
            count, spent = self.answered.get(source, (0, 0))
            found[source] = (spent + self.follow.answer) // (count + 1)
        return found

    def _learn(self, order: Order, now: int) -> None:
        count, spent = self.answered.get(order.institution, (0, 0))
        begun = max((approval.at for approval in order.approvals), default=order.drafted_at)
        self.answered[order.institution] = (count + 1, spent + now - begun)

    def _freeze(self, hold: Order, now: int, taint: Taint, ledger: Ledger) -> list[Change]:
        """Draft the freeze of all that stops hold at the account, where the law has one, for those who miss it.

        What an order ahead came to hold may be more than those miss whom it was drafted for: it is for those whose
        money lies there, then for the others who reported into the ring. What nobody misses is let go.
        """
        account, currency = hold.account, hold.currency
        want = self.book.to_freeze(account, currency)
        if want is None or not self.book.pack.knows("freeze", now):
            return []
        changes: list[Change] = []
        if any(stop.ahead for stop in self.book.open_orders(account)):
            whole, want = want.amount, self._for_those_who_miss(want, taint, ledger)
            changes = self.book.let_go(account, currency, whole - want.amount, now)
        return changes + (self.book.draft([want], now) if want.amount >= self.follow.smallest else [])

    def _for_those_who_miss(self, want: Want, taint: Taint, ledger: Ledger) -> Want:
        """Return the want of a freeze for those who miss what holds at an account keep, and for no more than that."""
        account, currency = want.account, want.currency
        open_ = Open(self._missing(taint, currency), self.book.held_for(currency, but=account))
        ring = [report.id for report in channels(taint, ledger, currency, self.follow).reports(account)]
        named, there = dict(zip(want.reports, want.shares, strict=True)), taint.whose(account, currency)
        total = min(want.amount, open_.together((*named, *there, *ring)))
        misses = {each: open_.of(each) for each in (*named, *there, *ring)}
        given = shared_out(total, misses, (named, there, dict.fromkeys(ring, total)))
        return msgspec.structs.replace(
            want, amount=sum(given.values()), reports=tuple(given), shares=tuple(given.values())
        )

    def save(self) -> dict[str, object]:
        """Return book and knowledge as plain data."""
        return {
            "book": self.book.save(), "powers": [[each, sorted(words)] for each, words in sorted(self.powers.items())],
            "essential": sorted(self.essential), "cleared": sorted(self.cleared),
            "answered": [[source, *seen] for source, seen in sorted(self.answered.items())],
            "currencies": sorted(self._currencies), "offered": sorted(self.offered),
        }  # fmt: skip

    def load(self, plain: Mapping[str, Any]) -> None:
        """Take over what was saved."""
        self.book.load(plain["book"])
        self.powers = {each: frozenset(words) for each, words in plain["powers"]}
        self.essential, self.cleared = set(plain["essential"]), set(plain["cleared"])
        self.answered = {source: (count, spent) for source, count, spent in plain["answered"]}
        self._currencies, self.offered = set(plain["currencies"]), set(plain["offered"])


def _to_return(freeze: Order, parts: Mapping[int, int]) -> Want:
    return Want(
        freeze.account, freeze.institution, freeze.currency, sum(parts.values()), tuple(parts), "return",
        tuple(parts.values()), freeze.backed,
    )  # fmt: skip


def _decided_at(order: Order) -> int:
    return max((approval.at for approval in order.approvals), default=order.drafted_at)
