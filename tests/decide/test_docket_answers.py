"""In which currency an answer of an institution counts."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from order_book import BANK, CNY, START, approved, shipped, step, want
from stanch.decide.book import Book
from stanch.decide.docket import Docket
from stanch.decide.orders import Change, Order, Refusal
from stanch.engine.rules import load_rules
from stanch.graph.ledger import Ledger
from stanch.graph.postings import moves
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.model.columns import NULL

#: A taint and a ledger that know of nothing.
NOTHING = Taint(Ledger()), Ledger()


@pytest.mark.parametrize(("currency", "counts"), [(CNY, True), (NULL, True), (CNY + 1, False)])
def test_a_sum_counts_in_the_currency_of_its_order_or_where_none_is_named(currency: int, counts: bool) -> None:
    docket = Docket(load_rules().policy.follow, Book(shipped("cn")))
    order = docket.book.draft([want(500)], START)[0].order
    approved(docket.book, order.id, START + 1)
    said = {"amount": 300, "currency": currency, "source": BANK, "as_of": START + 2}
    first = docket.answer(said, order.id, "in_force", *NOTHING)[0]
    assert isinstance(first, Change if counts else Refusal)
    assert docket.book.held(order.account, CNY) == (300 if counts else 0)


@pytest.mark.parametrize("backed", [True, False])
def test_freeze_and_return_say_what_the_hold_rests_on(backed: bool) -> None:
    docket = Docket(load_rules().policy.follow, Book(shipped("cn")))
    wanted = msgspec.structs.replace(want(20_000), backed=backed)
    order = docket.book.draft([wanted], START)[0].order
    approved(docket.book, order.id, START + 1)
    said = {"amount": 20_000, "currency": CNY, "source": BANK, "as_of": START + 2}
    freeze = step(docket.answer(said, order.id, "in_force", *NOTHING)[1]).order
    assert (freeze.measure, freeze.backed) == ("freeze", backed)
    approved(docket.book, freeze.id, START + 3, 11, 12)
    docket.answer({**said, "as_of": START + 4}, freeze.id, "in_force", *NOTHING)
    (offered,) = docket.tick(reported(freeze), START + 4 + docket.follow.notice)
    assert (offered.order.measure, offered.order.backed) == ("return", backed)


def test_nothing_goes_back_to_whom_nothing_is_missing() -> None:
    docket = Docket(load_rules().policy.follow, Book(shipped("cn")))
    order = docket.book.draft([want(20_000)], START)[0].order
    approved(docket.book, order.id, START + 1)
    said = {"amount": 20_000, "currency": CNY, "source": BANK, "as_of": START + 2}
    freeze = step(docket.answer(said, order.id, "in_force", *NOTHING)[1]).order
    approved(docket.book, freeze.id, START + 3, 11, 12)
    docket.answer({**said, "as_of": START + 4}, freeze.id, "in_force", *NOTHING)
    assert docket.tick(Taint(Ledger()), START + 4 + docket.follow.notice) == []


def reported(freeze: Order) -> Taint:
    """A taint in which each report of an order misses what the order holds for it, on the order's account."""
    ledger, payer = Ledger(), 90
    for report, share in zip(freeze.reports, freeze.shares, strict=True):
        src, dst, at, amount = (
            np.array([value], dtype=np.int64) for value in (payer + report, freeze.account, START, share)
        )
        ledger.append(moves(src, dst, at, amount, freeze.currency))
    taint = Taint(ledger)
    for entry, (report, share) in enumerate(zip(freeze.reports, freeze.shares, strict=True)):
        taint.report(Report(report, 0, freeze.account, share, freeze.currency, START, entry))
    taint.follow()
    return taint
