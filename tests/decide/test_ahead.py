"""Claims about orders ahead: at which accounts they are drafted, for how much, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from msgspec import structs

from graph.naive_money import Move
from graph.test_carry import ledger_of, report_of
from order_book import BANK, POLICE, POLICE_HOUSE, START, shipped, step
from stanch.decide.ahead import wants_ahead
from stanch.decide.book import Book
from stanch.decide.docket import Docket
from stanch.decide.following import Follow, WrittenFollow, follow_rules
from stanch.decide.orders import Want
from stanch.graph import entering
from stanch.graph.ledger import Ledger
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.model.errors import ConfigError
from stanch.model.time import MINUTE

CNY = 0
ANN, BEN, COLLECTOR, SECOND, THIRD, SHOP, CUSTOMER, OUT = 0, 1, 2, 3, 4, 5, 6, 20
FUNDS = {ANN: 500_000, BEN: 700_000, COLLECTOR: 0, SECOND: 0, THIRD: 0, SHOP: 0, CUSTOMER: 9_000_000}
PAID = [Move(ANN, COLLECTOR, 500_000), Move(BEN, COLLECTOR, 700_000)]
ON = [Move(COLLECTOR, SECOND, 1_100_000), Move(SECOND, THIRD, 900_000), Move(THIRD, OUT, 700_000, "cash")]
TRADE = [Move(CUSTOMER, SHOP, 8_000_000), Move(THIRD, SHOP, 100_000), Move(SHOP, OUT, 7_000_000, "cash")]
STORY = [*PAID, *ON, *TRADE]
RULES = follow_rules(WrittenFollow())


def reports(moves: Sequence[Move] = STORY, *, backed: bool = True) -> list[Report]:
    both = [report_of(list(moves), n, entry, moves[entry].amount) for n, entry in ((1, 0), (2, 1))]
    return [replace(each, backed=backed) for each in both]


def book_and_taint(moves: Sequence[Move], told: Sequence[Report]) -> tuple[Ledger, Taint]:
    ledger = ledger_of(list(moves), FUNDS)
    ledger.pages.accounts[:, entering.BANK] = BANK
    taint = Taint(ledger)
    for report in told:
        taint.report(report)
    taint.follow()
    return ledger, taint


def wanted(
    moves: Sequence[Move] = STORY,
    told: Sequence[Report] | None = None,
    book: Book | None = None,
    follow: Follow = RULES,
    spared: Sequence[int] = (),
) -> dict[int, Want]:
    ledger, taint = book_and_taint(moves, reports(moves) if told is None else told)
    found = wants_ahead(taint, ledger, book or Book(shipped("cn")), CNY, follow, spared)
    assert all(
        want.ahead and want.backed and want.measure == "stop" and sum(want.shares) == want.amount for want in found
    )
    return {want.account: want for want in found}


def test_channels_get_one_up_to_what_ever_came_there_and_is_missing() -> None:
    found = wanted()
    assert {account: want.amount for account, want in found.items()} == {
        COLLECTOR: 1_200_000, SECOND: 1_100_000, THIRD: 900_000,
    }  # fmt: skip
    assert found[COLLECTOR].reports == (1, 2)
    assert found[COLLECTOR].shares == (500_000, 700_000)


def test_a_shop_and_victims_get_none() -> None:
    assert {SHOP, CUSTOMER, ANN, BEN}.isdisjoint(wanted())


def test_one_person_is_not_enough() -> None:
    same = [replace(each, victim=ANN) for each in reports()]
    assert wanted(told=same) == {}
    assert set(wanted(told=same, follow=replace(RULES, victims=1))) == {COLLECTOR, SECOND, THIRD}


def test_nor_are_words_that_nothing_backs() -> None:
    assert wanted(told=reports(backed=False)) == {}


def test_an_account_that_passed_little_on_is_left_to_a_plain_stop() -> None:
    assert THIRD not in wanted([*PAID, *ON[:2], Move(THIRD, OUT, 100_000, "cash")])


def test_who_lives_on_other_money_is_no_channel() -> None:
    other = [Move(CUSTOMER, SECOND, 1_000_000), Move(SECOND, OUT, 1_000_000, "cash"), *STORY]
    told = [replace(report_of(other, n, entry, other[entry].amount), backed=True) for n, entry in ((1, 2), (2, 3))]
    assert SECOND not in wanted(other, told)
    assert SECOND in wanted(other, told, follow=replace(RULES, channel=50))


def test_the_spared_get_none() -> None:
    assert SECOND not in wanted(spared=[SECOND])


def test_two_rings_do_not_answer_for_each_other() -> None:
    """Ben paid another gang, which bought at the same shop."""
    apart = [PAID[0], Move(BEN, THIRD, 700_000), Move(COLLECTOR, SECOND, 500_000), Move(SECOND, SHOP, 450_000),
             Move(THIRD, SHOP, 650_000), Move(CUSTOMER, SHOP, 8_000_000)]  # fmt: skip
    assert wanted(apart) == {}
    alone = wanted(apart, follow=replace(RULES, victims=1))
    assert {account: want.reports for account, want in alone.items()} == {COLLECTOR: (1,), SECOND: (1,), THIRD: (2,)}


def test_what_orders_hold_in_the_name_of_a_report_is_not_asked_for_again() -> None:
    book = Book(shipped("cn"))
    order = book.draft([structs.replace(wanted()[SECOND], currency=CNY)], START)[0].order
    step(book.approve(order.id, 11, POLICE_HOUSE, POLICE, START + MINUTE))
    step(book.answer(order.id, BANK, "in_force", 1_100_000, START + 2 * MINUTE))
    found = wanted(book=book)
    assert {account: want.amount for account, want in found.items()} == {
        COLLECTOR: 100_000,
        SECOND: 100_000,
        THIRD: 100_000,
    }


@pytest.mark.parametrize("field", [{"channel": 0}, {"channel": 101}, {"victims": 0}])
def test_rules_that_make_no_sense_are_refused(field: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"follow\.channel"):
        follow_rules(WrittenFollow(**field))  # type: ignore[arg-type]  # only whole numbers here


def test_orders_that_are_out_together_never_hold_more_than_is_missing() -> None:
    told = reports()
    ledger, taint = book_and_taint(STORY, told)
    docket = Docket(RULES, Book(shipped("cn")))
    drafted = docket.book.draft(wants_ahead(taint, ledger, docket.book, CNY, RULES, ()), START)
    orders = [change.order for change in drafted]
    for order in orders:
        step(docket.book.approve(order.id, 11, POLICE_HOUSE, POLICE, START + MINUTE))
    for minute, order in enumerate(orders, start=2):
        said = {"amount": 800_000, "currency": CNY, "source": BANK, "as_of": START + minute * MINUTE}
        docket.answer(said, order.id, "in_force", taint, ledger)
    held = [docket.book.held(order.account, CNY) for order in orders]
    assert held == [800_000, 400_000, 0]
    freezes = [order for order in docket.book.open_orders() if order.measure == "freeze"]
    named = {
        report.id: sum(dict(zip(f.reports, f.shares, strict=True)).get(report.id, 0) for f in freezes)
        for report in told
    }
    assert sum(order.amount for order in freezes) == 1_200_000
    assert named == {report.id: report.amount for report in told}
