"""Where orders stand: by id, the open ones by account, and when the clock acts on each next."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from stanch.decide.orders import HOLDS, Order, Want


class Shelf:
    """The only owner of orders. Ids are the moment of the draft and a counter within it."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._alive: dict[str, None] = {}  # open orders, in the order in which they were drafted
        self._open: dict[int, list[str]] = {}
        self._ends: list[tuple[int, str]] = []
        self._named = (-1, 0)
        self._spent: dict[tuple[int, int, str], set[int]] = {}
        self.cleared: set[int] = set()
        self.steps = 0  #: how many steps were kept: while it stays, every order stays

    def name(self, now: int) -> str:
        """Return the next id for an order drafted at ``now``."""
        count = self._named[1] + 1 if self._named[0] == now else 1
        self._named = (now, count)
        return f"o{now}-{count}"

    def put(self, order: Order) -> None:
        """Keep an order as it stands after a step."""
        self.steps += 1
        if order.open and order.id not in self._alive:
            self._alive[order.id] = None
            self._open.setdefault(order.account, []).append(order.id)
        elif not order.open and order.id in self._alive:
            del self._alive[order.id]
            self._open[order.account].remove(order.id)
        self._orders[order.id] = order
        for moment in _moments(order):
            heapq.heappush(self._ends, (moment, order.id))

    def get(self, order_id: str) -> Order | None:
        """Return an order by its id."""
        return self._orders.get(order_id)

    def at(self, account: int, measures: Sequence[str], currency: int | None = None) -> list[Order]:
        """Return the open orders of some measures at an account, oldest first."""
        found = (self._orders[each] for each in self._open.get(account, ()))
        return [o for o in found if o.measure in measures and currency in (None, o.currency)]

    def in_force(self, account: int, currency: int) -> list[Order]:
        """Return the holds in force at an account, freezes first."""
        found = [o for o in self.at(account, HOLDS, currency) if o.state == "in_force"]
        return sorted(found, key=lambda order: order.measure)

    def followers(self, order: Order, measures: Sequence[str]) -> list[Order]:
        """Return the open orders that release or pay out a hold."""
        return [each for each in self.at(order.account, measures) if each.follows == order.id]

    def all_open(self) -> list[Order]:
        """Return every open order, in the order in which they were drafted."""
        return [self._orders[each] for each in self._alive]

    def all(self) -> Iterator[Order]:
        """Yield every order ever drafted."""
        yield from self._orders.values()

    def spend(self, order: Order) -> None:
        """Remember that a measure was decided on for these reports: it is not drafted for them again."""
        key = (order.account, order.currency, _spent_as(order))
        self._spent.setdefault(key, set()).update(order.reports)

    def spent(self, want: Want) -> set[int]:
        """Return the reports for which what is wanted was decided on before; an order ahead is another matter."""
        return self._spent.get((want.account, want.currency, _spent_as(want)), set())

    def next_end(self) -> int | None:
        """Return when the clock acts next; None if never."""
        while self._ends and not self._stands(*self._ends[0]):
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def due(self, now: int) -> Order | None:
        """Return the order whose moment came first of those that came until ``now``."""
        end = self.next_end()
        return self._orders[self._ends[0][1]] if end is not None and end <= now else None

    def save(self) -> dict[str, object]:
        """Return the orders as plain data."""
        return {
            "orders": msgspec.to_builtins(list(self._orders.values())),
            "named": list(self._named),
            "spent": [[*key, sorted(reports)] for key, reports in self._spent.items()],
            "cleared": sorted(self.cleared),
        }

    def load(self, data: Mapping[str, object]) -> None:
        """Take over saved orders."""
        self._orders, self._alive, self._open, self._ends = {}, {}, {}, []
        for order in msgspec.convert(data["orders"], list[Order]):
            self.put(order)
        self._named = msgspec.convert(data["named"], tuple[int, int])
        spent = msgspec.convert(data["spent"], list[tuple[int, int, str, set[int]]])
        self._spent = {(account, currency, measure): reports for account, currency, measure, reports in spent}
        self.cleared = msgspec.convert(data["cleared"], set[int])

    def _stands(self, moment: int, order_id: str) -> bool:
        return moment in _moments(self._orders[order_id])


def _spent_as(one: Order | Want) -> str:
    return "ahead" if one.ahead else one.measure


def _moments(order: Order) -> tuple[int, ...]:
    if not order.open:
        return ()
    return tuple({moment for moment in (order.due, order.until) if moment is not None})
