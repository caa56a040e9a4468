"""The plan and the order book together: asked again nothing is doubled, and what moved on is withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_book import BANK, CNY, LATER, START, approved, shipped, step
from stanch.decide.book import Book
from stanch.decide.hold_plan import Dispute, no_longer, plan
from stanch.decide.orders import Want
from stanch.graph.trace import Place

CASE = Dispute(reports=(1,), currency=CNY, total=200_000)
WORD = replace(CASE, backed=frozenset())


def wants(*sums: tuple[int, int], case: Dispute = CASE) -> tuple[Want, ...]:
    """The plan for accounts in which these sums sit."""
    places = [Place(account, 1, START, low, low, low, (low, low), (low,)) for account, low in sums]
    return plan(places, {account: BANK for account, _ in sums}, {}, {}, START, case)


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


@pytest.mark.parametrize("later", [90_000, 40_000], ids=["the same sum", "another sum"])
def test_a_draft_says_when_more_than_one_word_speaks_for_it(later: int) -> None:
    book = Book(shipped("cn"))
    (first,) = book.draft(wants((7, 90_000), case=WORD), START)
    assert (first.reason, first.order.backed) == ("one_word", False)
    assert book.draft(wants((7, 90_000), case=WORD), START + 1) == []
    (then,) = book.draft(wants((7, later)), START + 2)
    assert (then.reason, then.order.backed, then.order.amount, then.order.id) == ("backed", True, later, first.order.id)
    assert book.draft(wants((7, later)), START + 3) == []


def test_a_draft_for_which_more_spoke_once_keeps_it() -> None:
    book = Book(shipped("cn"))
    book.draft(wants((7, 90_000)), START)
    assert book.draft(wants((7, 90_000), case=WORD), START + 1) == []
    (change,) = book.draft(wants((7, 40_000), case=WORD), START + 2)
    assert (change.reason, change.order.backed) == ("replanned", True)


def test_a_draft_of_one_word_follows_the_money_without_saying_more() -> None:
    book = Book(shipped("cn"))
    book.draft(wants((7, 90_000), case=WORD), START)
    (change,) = book.draft(wants((7, 40_000), case=WORD), START + 1)
    assert (change.reason, change.order.backed) == ("replanned", False)


def test_an_official_may_approve_an_order_for_which_one_word_alone_speaks() -> None:
    book = Book(shipped("cn"))
    (draft,) = book.draft(wants((7, 90_000), case=WORD), START)
    assert approved(book, draft.order.id, START + 1).to == "approved"
    assert step(book.answer(draft.order.id, BANK, "in_force", None, LATER)).order.held == 90_000
