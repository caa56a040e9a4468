"""Claims about orders ahead: they hold what comes, up to their sum, and nobody is asked twice for it."""

from __future__ import annotations

import pytest
from msgspec import structs

from order_book import ACCOUNT, BANK, CNY, START, approved, order_of, shipped, step, want
from stanch.decide.book import Book
from stanch.decide.hold_plan import no_longer
from stanch.decide.orders import Want
from stanch.model.time import DAY, HOUR, MINUTE


@pytest.fixture
def book() -> Book:
    return Book(shipped("cn"))


def ahead(amount: int = 1_000, reports: tuple[int, ...] = (1, 2)) -> Want:
    return structs.replace(want(amount, reports), ahead=True)


def standing(book: Book, amount: int = 1_000) -> str:
    order = book.draft([ahead(amount)], START)[0].order
    approved(book, order.id, START + MINUTE)
    step(book.answer(order.id, BANK, "in_force", 0, START + 2 * MINUTE))
    return order.id


def test_it_is_in_force_while_nothing_lies_there_and_its_holding_grows(book: Book) -> None:
    order = order_of(book, standing(book))
    assert (order.state, order.amount, order.held, order.room) == ("in_force", 1_000, 0, 1_000)
    step(book.answer(order.id, BANK, "in_force", 300, START + HOUR))
    more = step(book.answer(order.id, BANK, "in_force", 700, START + 2 * HOUR))
    assert (more.from_, more.to, more.order.amount, more.order.held) == ("in_force", "in_force", 1_000, 700)
    assert (book.held(ACCOUNT, CNY), book.held_for(CNY)) == (700, {1: 350, 2: 350})
    assert book.answer(order.id, BANK, "in_force", 700, START + 3 * HOUR) is None


def test_it_never_counts_for_more_than_its_sum(book: Book) -> None:
    order_id = standing(book)
    assert step(book.answer(order_id, BANK, "in_force", 5_000, START + HOUR)).order.held == 1_000


def test_an_answer_without_a_sum_tells_of_nothing_held(book: Book) -> None:
    order = book.draft([ahead()], START)[0].order
    approved(book, order.id, START + MINUTE)
    assert step(book.answer(order.id, BANK, "in_force", None, START + HOUR)).order.held == 0


def test_a_plain_stop_that_holds_nothing_is_refused_and_one_ahead_may_follow_it(book: Book) -> None:
    order = book.draft([want(500)], START)[0].order
    approved(book, order.id, START + MINUTE)
    assert step(book.answer(order.id, BANK, "in_force", 0, START + HOUR)).to == "refused"
    assert book.draft([want(500)], START + 2 * HOUR) == []
    assert [change.order.ahead for change in book.draft([ahead(500, (1,))], START + 2 * HOUR)] == [True]


def test_officials_are_not_asked_for_every_cent(book: Book) -> None:
    order_id = standing(book)
    assert book.draft([ahead(1_400)], START + HOUR) == []
    assert [change.order.amount for change in book.draft([ahead(2_600)], START + HOUR)] == [1_600]
    assert book.draft([ahead(2_700)], START + HOUR) == []
    assert order_of(book, order_id).amount == 1_000


def test_what_is_missing_no_more_is_not_waited_for(book: Book) -> None:
    order_id = standing(book)
    step(book.answer(order_id, BANK, "in_force", 300, START + HOUR))
    assert book.draft([ahead(600)], START + HOUR) == []
    lowered = book.draft([ahead(200)], START + 2 * HOUR)[0].order
    assert (lowered.amount, lowered.held, lowered.room) == (500, 300, 200)


def test_what_no_plan_wants_any_more_keeps_what_it_holds(book: Book) -> None:
    order_id = standing(book)
    step(book.answer(order_id, BANK, "in_force", 300, START + HOUR))
    book.draft(no_longer(book.open_orders(), ()), START + 2 * HOUR)
    assert (order_of(book, order_id).state, order_of(book, order_id).amount, book.held(ACCOUNT, CNY)) == (
        "in_force", 300, 300,
    )  # fmt: skip


def test_one_that_holds_nothing_ends_when_no_plan_wants_it(book: Book) -> None:
    order_id = standing(book)
    book.draft(no_longer(book.open_orders(), ()), START + HOUR)
    assert order_of(book, order_id).state == "released"


def test_a_plain_draft_becomes_one_ahead_and_is_shown_anew(book: Book) -> None:
    plain = book.draft([want(500)], START)[0].order
    change = book.draft([ahead(900)], START + MINUTE)[0]
    assert (change.order.id, change.order.ahead, change.order.amount, change.reason) == (plain.id, True, 900, "ahead")


def test_a_freeze_takes_over_what_it_holds_and_it_goes_on_for_the_rest(book: Book) -> None:
    order_id = standing(book)
    step(book.answer(order_id, BANK, "in_force", 300, START + HOUR))
    wanted = book.to_freeze(ACCOUNT, CNY)
    assert wanted is not None
    assert (wanted.amount, wanted.shares) == (300, (150, 150))
    freeze = book.draft([wanted], START + HOUR)[0].order
    approved(book, freeze.id, START + 2 * HOUR, 11, 12)
    step(book.answer(freeze.id, BANK, "in_force", None, START + 3 * HOUR))
    rest = order_of(book, order_id)
    assert (rest.state, rest.amount, rest.held, book.held(ACCOUNT, CNY)) == ("in_force", 700, 0, 300)


def test_a_freeze_replaces_one_that_is_full(book: Book) -> None:
    order_id = standing(book)
    step(book.answer(order_id, BANK, "in_force", 1_000, START + HOUR))
    wanted = book.to_freeze(ACCOUNT, CNY)
    assert wanted is not None
    freeze = book.draft([wanted], START + HOUR)[0].order
    approved(book, freeze.id, START + 2 * HOUR, 11, 12)
    step(book.answer(freeze.id, BANK, "in_force", None, START + 3 * HOUR))
    assert (order_of(book, order_id).state, book.held(ACCOUNT, CNY)) == ("replaced", 1_000)


def test_it_ends_like_every_stop(book: Book) -> None:
    order_id = standing(book)
    assert [change.to for change in book.tick(START + 3 * DAY)] == ["expired"]
    assert order_of(book, order_id).room == 0
    assert book.draft([ahead()], START + 3 * DAY) == [], "for the same reports it was decided on"
    assert len(book.draft([ahead(reports=(1, 2, 3))], START + 3 * DAY)) == 1


def test_a_cleared_report_takes_its_part_with_it(book: Book) -> None:
    order_id = standing(book)
    step(book.answer(order_id, BANK, "in_force", 800, START + HOUR))
    book.clear(START + 2 * HOUR, reports=(2,))
    assert (order_of(book, order_id).amount, order_of(book, order_id).held) == (500, 500)
