"""Secured: what those who reported can count on, in their own names, by the orders and the stops of a home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import duckdb

from stanch.lab.follow.field import Field
from stanch.lab.follow.lots import Lots

#: A return ends the hold out of which it is paid: what it gave back is secured for good.
_KEPT: Final = """
SELECT order_id, account, CASE WHEN ended IS NULL THEN greatest(amount, given_back) ELSE given_back END FROM holds
"""


class Named(Protocol):
    """An order, as far as it says for whom it is."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def reports(self) -> tuple[int, ...]:
        """The reports that it is for."""

    @property
    def shares(self) -> tuple[int, ...]:
        """What of its sum is for each of them, minor units."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one order holds on an account at the end or gave back out of it, minor units; ``place`` in clear."""

    order_id: str
    place: str
    amount: int


def kept_at_end(base: duckdb.DuckDBPyConnection, places: Mapping[bytes, str]) -> list[Kept]:
    """Return what each order keeps at accounts through which victims' money goes. Needs the table of holds."""
    rows = base.execute(_KEPT).fetchall()
    return [
        Kept(order, places[bytes(account)], int(amount))
        for order, account, amount in rows
        if amount and bytes(account) in places
    ]


def by_place(kept: Iterable[Kept]) -> dict[str, int]:
    """Return what orders keep by account, minor units."""
    return _sums((each.place, each.amount) for each in kept)


def in_names(kept: Sequence[Kept], lots: Lots, orders: Iterable[Named], payments: Mapping[int, str]) -> dict[str, int]:
    """Return what orders keep in the name of each reported payment, minor units.

    Money in one account cannot be told apart: an order keeps what lies there for the reports that it names. What is
    kept beyond the victims' money that truly lies there is nobody's of them, and is left out in proportion.
    ``payments``: report -> the payment that it is about.
    """
    there, whole = _sums((lot.place, lot.amount) for lot in lots), by_place(kept)
    shares = {order.id: (order.reports, order.shares) for order in orders}
    found: dict[str, int] = defaultdict(int)
    for each in (each for each in kept if each.amount):
        theirs = min(there.get(each.place, 0), whole[each.place]) * each.amount // whole[each.place]
        reports, parts = shares.get(each.order_id, ((), ()))
        for report, part in zip(reports, parts, strict=True):
            found[payments.get(report, "")] += theirs * part // sum(parts)
    return dict(found)


def secured(ground: Field, lots: Lots, named: Mapping[str, int]) -> int:
    """Return what is secured for those who reported, minor units.

    For each of them it is what was stopped of the payment on its way, or what orders keep in its name, whichever is
    more, as an order can cover what was stopped before; never more than was paid.
    """
    stopped = _sums((lot.payment, lot.amount) for lot in lots if lot.stopped is not None)
    return sum(min(lots.paid[ref], max(stopped.get(ref, 0), named.get(ref, 0))) for ref in ground.reports)


def _sums(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for name, amount in amounts:
        found[name] += amount
    return dict(found)
