"""The offices of a world: officials who approve what was drafted, and institutions that answer and hold."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from stanch.lab.follow.answers import Answer, Answers
from stanch.model.time import MINUTE, SECOND

#: What an official approves, what an institution reports as done, and what it holds.
_APPROVED: Final = ("query", "stop", "freeze", "return")
_HOLDS: Final = ("stop", "freeze")
_OFFICIALS: Final = {"police": ("P", 6), "court": ("J", 2)}

Row = dict[str, object]
Name = Callable[[str], bytes | None]


class Ordered(Protocol):
    """An order as the engine tells it when it is drafted, changed or ended. Times are UTC microseconds."""

    @property
    def order_id(self) -> str:
        """Its id."""

    @property
    def measure(self) -> str:
        """What is asked: query, stop, freeze, release, return; ``ended`` when the order itself is over."""

    @property
    def account(self) -> bytes | str:
        """The account, as a pseudonym or in clear."""

    @property
    def institution(self) -> str:
        """The source under which the institution sends events."""

    @property
    def amount(self) -> int:
        """The sum, minor units."""

    @property
    def placed_at(self) -> int:
        """When it was drafted."""

    @property
    def follows(self) -> str:
        """The order whose hold this one takes over or lifts, empty for none."""

    @property
    def approvals(self) -> int:
        """How many officials must approve it."""

    @property
    def back(self) -> tuple[tuple[bytes, int], ...]:
        """Of a return: the accounts that the money goes back to, and how much of it."""

    @property
    def power(self) -> str:
        """Whose power it is: police or court."""

    @property
    def backed(self) -> bool:
        """Whether more than one person's word speaks for it."""

    @property
    def ahead(self) -> bool:
        """Whether it also holds what comes later, until it holds its sum."""


@dataclass(slots=True)
class Hold:
    """What an order holds on an account from ``since`` until ``ended`` (UTC microseconds; None: still), minor units.

    ``given_back`` is what of it was returned to victims. Of an order ahead ``most`` is what it may come to hold, and
    ``share`` what the institution keeps of all that comes.
    """

    order_id: str
    account: bytes
    amount: int
    since: int
    given_back: int = 0
    ended: int | None = None
    most: int = 0
    share: float = 1.0
    stops: bool = True  #: a stop, which a freeze takes over
    row: Row = field(default_factory=dict)  #: the answer that tells of it
    telling: bool = False


@dataclass(slots=True)
class Offices:
    """Everybody who acts on orders. ``clear`` names accounts that draws should know by their clear name."""

    answers: Answers
    name: Name
    clear: dict[bytes, str] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    past: list[Hold] = field(default_factory=list)
    _by_account: dict[bytes, dict[str, Hold]] = field(default_factory=dict)  #: the same holds
    _orders: dict[str, Ordered] = field(default_factory=dict)
    _due: list[tuple[int, int, str, Row]] = field(default_factory=list)
    _count: int = 0

    def ordered(self, order: Ordered) -> None:
        """Lay an order before its officials; one that is laid already only changes its sum.

        They leave an order for which one person's word alone speaks until more does.
        """
        if order.measure == "ended":
            self._let_go(order.order_id, order.placed_at)
            self._orders.pop(order.order_id, None)
            return
        before, hold = self._orders.get(order.order_id), self.holds.get(order.order_id)
        if hold is not None:
            hold.most, hold.amount = order.amount, min(hold.amount, order.amount)
            return
        self._orders[order.order_id] = order
        if order.backed and (before is None or not before.backed):
            self._lay(order)

    def next_due(self) -> int | None:
        """Return when the next official or institution speaks."""
        return self._due[0][0] if self._due else None

    def speak(self, there: Callable[[bytes], int]) -> Row | None:
        """Return what is said next, and let a hold begin or end; None when the order ended before.

        ``there`` tells what lies on an account.
        """
        at, _, order_id, row = heapq.heappop(self._due)
        if row.pop("more", False):
            return self._caught(order_id, row)
        order = self._orders.get(order_id)
        if order is None:
            return row if row["kind"] == "returned" else None
        if row["kind"] == "freeze_answered":
            share = float(str(row.pop("share")))
            row["amount"] = self._answered(order, str(row["detail"]), at, share, there)
            self._orders.pop(order_id)
            if order_id in self.holds:
                self.holds[order_id].row = dict(row)
        return row

    def came(self, account: bytes, amount: int, at: int, there: Callable[[bytes], int]) -> None:
        """Let orders ahead hold of what came to an account, and their institution tell of it in its time."""
        for hold in [hold for hold in self._on(account).values() if hold.amount < hold.most]:
            more = min(hold.most - hold.amount, int(amount * hold.share), there(account) - self.held(account))
            if more <= 0:
                continue
            hold.amount += more
            amount -= more
            if not hold.telling:
                hold.telling = True
                self._tell(hold, at)

    def held(self, account: bytes) -> int:
        """Return what orders hold on an account, minor units."""
        return sum(hold.amount for hold in self._on(account).values())

    def waits(self, account: bytes) -> bool:
        """Tell whether an order ahead holds what comes to an account."""
        return any(hold.amount < hold.most for hold in self._on(account).values())

    def _on(self, account: bytes) -> dict[str, Hold]:
        return self._by_account.get(account, {})

    def _begin(self, hold: Hold) -> None:
        self.holds[hold.order_id] = hold
        self._by_account.setdefault(hold.account, {})[hold.order_id] = hold

    def _tell(self, hold: Hold, at: int) -> None:
        self._count += 1
        source = str(hold.row["source"])
        at += round(max(self.answers.told(source), 1.0) * MINUTE)
        times = {"event_id": f"{hold.order_id}/{self._count}", "happened_at": at, "known_at": at, "more": True}
        heapq.heappush(self._due, (at, self._count, hold.order_id, hold.row | times))

    def _caught(self, order_id: str, row: Row) -> Row | None:
        hold = self.holds.get(order_id)
        if hold is None:
            return None
        hold.telling = False
        return row | {"amount": hold.amount}

    def _lay(self, order: Ordered) -> None:
        key, at = self._key(order), order.placed_at
        for number in range(order.approvals if order.measure in _APPROVED else 0):
            at = self.answers.approved_at(key if not number else f"{key}|{number}", at)
            self._say(at, order, self._approval(order, key, number))
        answer = self.answers.answer(order.institution, key, at)
        if answer is not None:
            self._say(answer.at, order, self._reply(order, answer))

    def _approval(self, order: Ordered, key: str, number: int) -> Row:
        letter, count = _OFFICIALS.get(order.power, _OFFICIALS["police"])
        office = order.power if order.power in _OFFICIALS else "police"
        official = f"employee:{office}/{letter}{(sum(key.encode()) + number) % count + 1}"
        return {"kind": "order_approved", "source": "justice", "src": self.name(official), "src_kind": "employee",
                "detail": order.measure}  # fmt: skip

    def _reply(self, order: Ordered, answer: Answer) -> Row:
        detail = answer.detail if order.measure in _HOLDS or answer.detail == "refused" else "done"
        who, account = self.name(self.answers.entity(order.institution)), self._account(order)
        kind = self.clear.get(account, "account").partition(":")[0]
        return {"kind": "freeze_answered", "source": order.institution, "src": who, "src_kind": "institution",
                "dst": account, "dst_kind": kind, "detail": detail, "share": answer.share}  # fmt: skip

    def _say(self, at: int, order: Ordered, row: Row) -> None:
        self._count += 1
        row |= {"event_id": f"{order.order_id}/{self._count}", "ref": order.order_id, "happened_at": at, "known_at": at}
        heapq.heappush(self._due, (at, self._count, order.order_id, row))

    def _answered(
        self, order: Ordered, detail: str, at: int, share: float, there: Callable[[bytes], int]
    ) -> int | None:
        """Let the hold of an answered order begin or end; return what is held."""
        account = self._account(order)
        if detail == "in_force":
            stops = order.measure == "stop"
            free = max(there(account) - self.held(account), 0)
            if order.ahead:
                amount = min(order.amount, int(free * share))
            elif stops:
                amount = min(int(order.amount * share), free)
            else:
                self._take_over(account, order.amount, at)
                free = max(there(account) - self.held(account), 0)
                amount = min(int(order.amount * share), free)
            most = order.amount if order.ahead else amount
            self._begin(Hold(order.order_id, account, amount, at, most=most, share=share, stops=stops))
            return amount
        if detail == "done" and order.measure == "query":
            return max(there(account), 0)
        if detail == "done" and order.measure in ("release", "return"):
            self._end(order, account, at)
            self._pay_back(order, account, at)
        return None

    def _end(self, order: Ordered, account: bytes, at: int) -> None:
        those = [key for key in self._on(account) if order.follows in ("", key)]
        for key in those:
            if order.measure == "release":
                self._let_go(key, at)
            else:
                self.holds[key].given_back = min(order.amount, self.holds[key].amount)

    def _take_over(self, account: bytes, amount: int, at: int) -> None:
        """Let a freeze have an amount of what stops hold on an account, of the oldest first."""
        for key, hold in [(key, hold) for key, hold in self._on(account).items() if hold.stops]:
            taken = min(amount, hold.amount)
            amount -= taken
            rest = Hold(key, account, hold.amount - taken, at, most=hold.most - taken, share=hold.share, row=hold.row)
            if taken:
                self._let_go(key, at)
                if rest.most:
                    self._begin(rest)

    def _pay_back(self, order: Ordered, account: bytes, at: int) -> None:
        """Let the money of a return go back to the accounts that it came from."""
        kind = self.clear.get(account, "account").partition(":")[0]
        for number, (payer, amount) in enumerate(order.back, start=1):
            self._say(at + number * SECOND, order, {
                "kind": "returned", "source": order.institution, "src": account, "src_kind": kind, "dst": payer,
                "dst_kind": self.clear.get(payer, "account").partition(":")[0], "amount": amount, "currency": "CNY",
            })  # fmt: skip

    def _let_go(self, order_id: str, at: int) -> None:
        hold = self.holds.pop(order_id, None)
        if hold is not None:
            del self._by_account[hold.account][order_id]
            hold.ended = at
            self.past.append(hold)

    def _account(self, order: Ordered) -> bytes:
        return order.account if isinstance(order.account, bytes) else self.name(order.account) or b""

    def _key(self, order: Ordered) -> str:
        """Return by what an order is drawn: the clear account, so that figures do not depend on a home's keys."""
        if isinstance(order.account, str):
            return order.account
        return self.clear.get(order.account, order.order_id)
