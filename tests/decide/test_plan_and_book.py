"""The plan and the order book together: asked again nothing is doubled, and what moved on is withdrawn."""

from __future__ import annotations

from order_book import BANK, CNY, START, shipped
from stanch.decide.book import Book
from stanch.decide.hold_plan import Dispute, no_longer, plan
from stanch.decide.orders import Want
from stanch.graph.trace import Place

CASE = Dispute(reports=(1,), currency=CNY, total=200_000)


def wants(*sums: tuple[int, int]) -> tuple[Want, ...]:
    """The plan for accounts in which these sums sit."""
    places = [Place(account, 1, START, low, low, low, (low, low), (low,)) for account, low in sums]
    return plan(places, {account: BANK for account, _ in sums}, {}, {}, START, CASE)


def test_a_plan_asked_again_drafts_nothing_new() -> None:
    book = Book(shipped("cn"))
    assert len(book.draft(wants((7, 90_000), (8, 50_000)), START)) == 2
    assert book.draft(wants((7, 90_000), (8, 50_000)), START) == []


def test_an_order_follows_the_money_down() -> None:
    book = Book(shipped("cn"))
    book.draft(wants((7, 90_000)), START)
    (change,) = book.draft(wants((7, 40_000)), START + 1)
    assert (change.order.amount, change.order.account) == (40_000, 7)


def test_an_order_that_the_money_has_left_behind_is_withdrawn() -> None:
    book = Book(shipped("cn"))
    book.draft(wants((7, 90_000)), START)
    moved = wants((8, 90_000))
    changes = book.draft((*no_longer(book.open_orders(), moved), *moved), START + 1)
    assert [(change.order.account, change.order.open) for change in changes] == [(7, False), (8, True)]
    assert no_longer(book.open_orders(), moved) == ()
