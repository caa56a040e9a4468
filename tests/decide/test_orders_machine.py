"""No order of acts, however strange, brings an order where it must not be."""

from __future__ import annotations

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from order_book import shipped
from stanch.decide.book import Book
from stanch.decide.orders import FEWEST_APPROVALS, HOLDS, MEASURES, OPEN, STEPS, Change, Order, Refusal, Want
from stanch.model.time import HOUR

START = 1_780_000_000_000_000
ACCOUNTS, REPORTS, OFFICIALS, BANKS = (1, 2), tuple(range(1, 40)), (11, 12, 13), (3, 4)
POLICE = frozenset({"police"})
POWERS = st.sampled_from([frozenset({"police"}), frozenset({"police", "court"}), frozenset({"bank"}), frozenset()])
PICK = st.integers(0, 11)


class Acts(RuleBasedStateMachine):
    """Plans, officials, institutions, holders and time act on one book in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book(shipped("cn"))
        self.now = START
        self.last: dict[str, Order] = {}

    @rule(account=st.sampled_from(ACCOUNTS), measure=st.sampled_from(MEASURES), parts=st.dictionaries(
        st.sampled_from(REPORTS), st.integers(1, 400), min_size=1, max_size=3))  # fmt: skip
    def plan(self, account: int, measure: str, parts: dict[int, int]) -> None:
        want = Want(account, BANKS[account - 1], 1, sum(parts.values()), tuple(parts), measure, tuple(parts.values()))
        changes = self.book.draft([want], self.now)
        self.note(*changes)
        sent = [o for o in self.book.open_orders(account) if o.measure == measure and o.state != "in_force"]
        if measure in HOLDS:
            assert sum(o.amount for o in sent) <= want.amount, "never more than what is wanted"
        assert self.book.draft([want], self.now) == [], "the same plan again drafts nothing"

    @rule(pick=PICK, official=st.sampled_from(OFFICIALS), powers=POWERS)
    def approve(self, pick: int, official: int, powers: frozenset[str]) -> None:
        self.said(self.book.approve(self.some(pick), official, 90, powers, self.now))

    @rule(pick=PICK, official=st.sampled_from(OFFICIALS), powers=POWERS)
    @precondition(lambda self: len(self.last) % 3 == 2)
    def decline(self, pick: int, official: int, powers: frozenset[str]) -> None:
        self.said(self.book.decline(self.some(pick), official, 90, powers, "unfounded", self.now))

    @rule(pick=PICK, bank=st.sampled_from(BANKS), held=st.none() | st.integers(-5, 900),
          answer=st.sampled_from(["in_force", "done", "refused", "unknown_account", "perhaps"]))  # fmt: skip
    def answer(self, pick: int, bank: int, held: int | None, answer: str) -> None:
        order_id = self.some(pick)
        self.said(self.book.answer(order_id, bank, answer, held, self.now))
        again = self.book.answer(order_id, bank, answer, held, self.now)
        assert not isinstance(again, Change), "the same answer twice is one step"

    @rule(pick=PICK, first=st.sampled_from(OFFICIALS))
    def decide(self, pick: int, first: int) -> None:
        order_id = self.some(pick)
        for official in (first, first % 13 + 1):
            self.said(self.book.approve(order_id, official, 90, POLICE, self.now))

    @rule(pick=PICK, held=st.none() | st.integers(1, 900))
    def carry_out(self, pick: int, held: int | None) -> None:
        order = self.last.get(self.some(pick))
        if order is not None:
            answer = "in_force" if order.measure in HOLDS else "done"
            self.said(self.book.answer(order.id, order.institution, answer, held, self.now))

    @rule(account=st.sampled_from(ACCOUNTS), measure=st.sampled_from(HOLDS), report=st.sampled_from(REPORTS))
    def hold_now(self, account: int, measure: str, report: int) -> None:
        """Bring an order from its draft to what its institution does within a moment."""
        changes = self.book.draft([Want(account, BANKS[account - 1], 1, 100, (report,), measure)], self.now)
        self.note(*changes)
        for order in [change.order for change in changes if change.to == "drafted"]:
            for official in (11, 12):
                self.said(self.book.approve(order.id, official, 90, POLICE, self.now))
            self.said(self.book.answer(order.id, order.institution, "in_force", None, self.now))

    @rule(account=st.sampled_from(ACCOUNTS))
    def freeze(self, account: int) -> None:
        want = self.book.to_freeze(account, 1)
        if want is not None:
            self.note(*self.book.draft([want], self.now))

    @rule(account=st.sampled_from(ACCOUNTS), amount=st.integers(1, 900))
    def give_back(self, account: int, amount: int) -> None:
        self.note(*self.book.draft([Want(account, BANKS[account - 1], 1, amount, (40,), "return")], self.now))

    @rule(pick=PICK)
    def complain(self, pick: int) -> None:
        self.said(self.book.object(self.some(pick), 40, self.now))

    @rule(
        reports=st.sets(st.sampled_from(REPORTS), max_size=1), accounts=st.sets(st.sampled_from(ACCOUNTS), max_size=1)
    )
    @precondition(lambda self: len(self.last) % 5 == 4)
    def clear(self, reports: set[int], accounts: set[int]) -> None:
        self.note(*self.book.clear(self.now, accounts=accounts, reports=reports))
        for order in self.book.open_orders():
            if order.measure != "release":
                assert order.account not in accounts
                assert reports.isdisjoint(order.reports)

    @rule(pick=PICK, back=st.sampled_from([1, HOUR]))
    def wait_for(self, pick: int, back: int) -> None:
        """Come to the moment before an order's next end."""
        order = self.last.get(self.some(pick))
        if order is not None and order.open:
            self.now = max(self.now, min(order.due or START, order.until or 10 * START) - back)
            self.note(*self.book.tick(self.now))

    @rule(hours=st.sampled_from([0, 1, 3, 5, 23, 25, 49, 400]))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR
        self.note(*self.book.tick(self.now))

    @rule()
    def restart(self) -> None:
        saved = msgspec.json.decode(msgspec.json.encode(self.book.save()))
        self.book = Book(self.book.pack)
        self.book.load(saved)

    @invariant()
    def what_stands_may_stand(self) -> None:
        for order in self.last.values():
            assert self.book.order(order.id) == order, "every step was told"
            assert 0 <= order.held <= order.amount
            assert sum(order.shares) == order.amount
            if order.state == "in_force":
                assert order.until is not None
                assert order.until > self.now
                assert order.basis
                assert order.power in ("police", "prosecutor", "court")
            if order.state in ("approved", "in_force"):
                assert len({a.official for a in order.approvals}) >= FEWEST_APPROVALS[order.measure]
        end = self.book.next_end()
        assert end is None or end > self.now

    @invariant()
    def what_is_held_is_under_an_order_in_force(self) -> None:
        for account in ACCOUNTS:
            orders = [o for o in self.last.values() if (o.account, o.state) == (account, "in_force")]
            assert self.book.held(account, 1) == sum(o.held for o in orders)

    def some(self, pick: int) -> str:
        alive = [each for each in self.last if self.last[each].state in OPEN]
        ids = list(self.last) if pick > 9 else alive  # what ended is acted on now and then too
        return ids[-1 - pick % len(ids)] if ids else "o1-1"

    def said(self, said: Change | Refusal | None) -> None:
        if isinstance(said, Change):
            self.note(said)
        elif said is not None:
            assert said.reason

    def note(self, *changes: Change) -> None:
        for change in (each for top in changes for each in top.each()):
            before = self.last.get(change.order.id)
            assert change.from_ == (before.state if before else "")
            assert change.step == (before.step if before else 0) + 1
            assert change.to in STEPS[change.order.measure][change.from_]
            self.near_ends(before, change)
            self.last[change.order.id] = change.order

    def near_ends(self, before: Order | None, change: Change) -> None:
        known = {before.due, before.until} if before else set()
        for moment in {change.order.due, change.order.until} - known - {None}:
            assert not change.order.open or (moment or 0) >= self.now + 2 * HOUR

    def teardown(self) -> None:
        while (end := self.book.next_end()) is not None:
            self.now = end
            self.note(*self.book.tick(self.now))
        standing = [o for o in self.book.open_orders() if o.measure != "release"]
        assert standing == [], "everything ends by itself"


TestActs = Acts.TestCase
TestActs.settings = settings(max_examples=200, stateful_step_count=100, deadline=None, derandomize=True)
