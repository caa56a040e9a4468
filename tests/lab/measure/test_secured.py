from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from lab.follow.test_arms import move
from stanch.lab.follow.arms import Nothing
from stanch.lab.follow.field import Field, Report
from stanch.lab.follow.lots import Lots
from stanch.lab.measure.secured import Kept, by_place, in_names, secured

ACCOUNTS = ("account:1", "account:2", "account:3")
PAYMENTS = {number: f"pay{number}" for number in range(5)}
sums = st.integers(1, 500)


@dataclass(frozen=True)
class Ordered:
    """What an order says of whom it is for."""

    id: str
    reports: tuple[int, ...]
    shares: tuple[int, ...]


@st.composite
def some_lots(draw: st.DrawFn) -> Lots:
    """Payments of victims into three accounts, moved on, taken out or stopped on the way."""
    lots = Lots()
    for number in range(draw(st.integers(0, 5))):
        paid, there, on = f"pay{number}", draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from([*ACCOUNTS, "out"]))
        lots.move(move(paid, number, "account:v", there, draw(sums)), Nothing().kept)
        further = move(f"on{number}", 9 + number, there, on, draw(sums), paid, leaves=on == "out")
        (lots.stop if draw(st.booleans()) else lots.move)(further, Nothing().kept)
    return lots


@st.composite
def some_orders(draw: st.DrawFn) -> tuple[list[Kept], list[Ordered]]:
    """Orders for some reports each, and what they keep."""
    kept, orders = list[Kept](), list[Ordered]()
    for number in range(draw(st.integers(0, 5))):
        shares = draw(st.dictionaries(st.integers(0, 4), sums, min_size=1))
        orders.append(Ordered(f"order{number}", tuple(shares), tuple(shares.values())))
        kept.append(Kept(f"order{number}", draw(st.sampled_from(ACCOUNTS)), draw(st.integers(1, 900))))
    return kept, orders


def field(*payments: str) -> Field:
    return Field((), {}, {ref: Report(ref, 0, 0) for ref in payments}, 99)


@given(some_lots(), some_orders())
def test_never_more_is_kept_in_names_than_lies_there_or_is_held(
    lots: Lots, ordered: tuple[list[Kept], list[Ordered]]
) -> None:
    kept, orders = ordered
    there, held = by_place(Kept("", lot.place, lot.amount) for lot in lots), by_place(kept)
    named = in_names(kept, lots, orders, PAYMENTS)
    most = sum(min(there.get(account, 0), held.get(account, 0)) for account in ACCOUNTS)
    assert most - 25 <= sum(named.values()) <= most  # each share is rounded down to whole minor units
    assert secured(field(*PAYMENTS.values()), lots, named) <= sum(lots.paid.values())


def paid(*amounts: int) -> Lots:
    lots = Lots()
    for number, amount in enumerate(amounts):
        lots.move(move(f"pay{number}", number, "account:v", "account:1", amount), Nothing().kept)
    return lots


def test_an_order_secures_the_money_of_whoever_it_is_for_those_who_reported() -> None:
    lots, orders = paid(100, 50), [Ordered("o", (0,), (100,))]
    for amount, mine in ((0, 0), (80, 80), (100, 100), (170, 100)):
        named = in_names([Kept("o", "account:1", amount)], lots, orders, PAYMENTS)
        assert secured(field("pay0"), lots, named) == mine


def test_innocent_money_under_an_order_secures_nobody() -> None:
    kept = [Kept("o", "account:2", 100)]
    assert in_names(kept, paid(100), [Ordered("o", (0,), (100,))], PAYMENTS) == {"pay0": 0}


def test_what_was_stopped_and_then_ordered_to_stop_counts_once() -> None:
    lots = paid(100)
    lots.stop(move("on", 5, "account:1", "account:2", 100, "pay0"), Nothing().kept)
    assert secured(field("pay0"), lots, {}) == 100
    assert secured(field("pay0"), lots, {"pay0": 100}) == 100
