"""What speaks for a report beside the word of the one who made it: every sign, and one step short of each."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from graph.naive_money import Move
from graph.test_carry import ledger_of, report_of
from stanch.decide.backing import Backing, Signs
from stanch.graph.ledger import Ledger
from stanch.graph.report import Report

VICTIM, MULE, OTHER_VICTIM, OUTSIDE = 0, 1, 2, 20
STOLEN = 1_000
PAID = Move(VICTIM, MULE, STOLEN)
SIGNS = Signs(passed_on=50, split=3)
CNY, USD = 0, 1


def book_of(*moves: Move) -> Ledger:
    """A ledger in which nobody but the victims had anything before."""
    victims = {VICTIM: STOLEN, OTHER_VICTIM: STOLEN}
    return ledger_of(list(moves), {**dict.fromkeys(range(3, 12), 0), MULE: 0, **victims})


def report(number: int = 1, entry: int | None = 0, amount: int = STOLEN, **more: int) -> Report:
    of = {"victim": VICTIM, "payee": MULE, "currency": CNY, "at": 100, **more}
    return Report(number, of["victim"], of["payee"], amount, of["currency"], of["at"], entry)


def nowhere(account: int) -> bool:
    """No money of a backed report went through any account."""
    return account < 0


def backed(
    ledger: Ledger, *reports: Report, backing: Backing | None = None, about: Sequence[int] = (1,), through: int = -1
) -> list[int]:
    known = {each.id: each for each in reports}
    found = (backing or Backing(SIGNS)).found(known, about, ledger, lambda account: account == through)
    assert all(each.backed for each in found)
    return [each.id for each in found]


def onward(*amounts: int, way: str = "transfer") -> list[Move]:
    """What the mule pays to accounts of its own for each sum, or takes out."""
    return [Move(MULE, 3 + n if way == "transfer" else OUTSIDE, amount, way) for n, amount in enumerate(amounts)]


def test_one_report_alone_is_one_word() -> None:
    assert backed(book_of(PAID), report()) == []


def test_two_people_who_paid_into_one_account_speak_for_each_other() -> None:
    ledger = book_of(PAID, Move(OTHER_VICTIM, MULE, 10))
    both = report(), report(2, 1, 10, victim=OTHER_VICTIM)
    assert backed(ledger, *both, about=(1, 2)) == [1, 2]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (report(2, 1, 10), "the same person once more"),
        (report(2, 1, 10, victim=OTHER_VICTIM, payee=3), "another account"),
        (report(2, None, 10, victim=OTHER_VICTIM), "a payment that nobody knows of"),
    ],
)
def test_what_is_not_a_second_word(second: Report, why: str) -> None:
    ledger = book_of(PAID, Move(VICTIM if second.victim == VICTIM else OTHER_VICTIM, second.payee, 10))
    assert backed(ledger, report(), second) == [], why


def test_a_report_in_another_currency_is_a_word_too() -> None:
    second = report(2, 0, 10, victim=OTHER_VICTIM, currency=USD)
    assert backed(book_of(PAID), report(), second) == [1]


def test_money_of_a_backed_report_went_through_the_account_already() -> None:
    assert backed(book_of(PAID), report(), through=MULE) == [1]
    assert backed(book_of(PAID), report(), through=3) == []


@pytest.mark.parametrize(
    ("moves", "speaks"),
    [
        ([*onward(600), Move(3, 4, 500)], True),
        ([*onward(600), Move(3, 4, 499)], False),
        (onward(500, way="cash"), True),
        (onward(499, way="cash"), False),
        (onward(500, way="crypto"), True),
        (onward(499, way="crypto"), False),
        (onward(1_000, way="goods"), False),
        ([*onward(1_000), Move(3, OUTSIDE, 500, "goods")], True),
        (onward(200, 200, 100), True),
        (onward(200, 200, 99), False),
        (onward(500, 500), False),
        ([*onward(200, 100), *onward(200, way="cash")], False),
        ([*onward(200, 100, 100), *onward(100, way="cash")], True),
        ([Move(MULE, VICTIM, 1_000, "returned")], False),
    ],
    ids=[
        "two accounts on", "two accounts on, a unit short", "cash", "cash, a unit short", "crypto",
        "crypto, a unit short",
        "a purchase", "a purchase out of the next account", "split over three", "split over three, a unit short",
        "split over two", "two and too little cash", "three and some cash", "given back",
    ],
)  # fmt: skip
def test_money_that_went_on_as_scam_money_does(moves: list[Move], speaks: bool) -> None:
    assert backed(book_of(PAID, *moves), report()) == ([1] if speaks else [])


def test_only_what_was_paid_counts_as_the_whole() -> None:
    """Reported are 9,000, paid were 1,000: half of what was paid went on."""
    assert backed(book_of(PAID, *onward(500, way="cash")), report(amount=9_000)) == [1]


@pytest.mark.parametrize("method", ["fifo", "lifo", "proportional"])
def test_the_money_is_followed_by_the_method_of_the_policy(method: str) -> None:
    """The mule had 1,000 before: by which method decides whether the cash is the victim's."""
    moves = [PAID, Move(MULE, OUTSIDE, 900, "cash")]
    ledger = ledger_of(moves, {VICTIM: STOLEN, MULE: 1_000})
    speaks = backed(ledger, report_of(moves, 1, 0, STOLEN), backing=Backing(SIGNS, method))
    assert speaks == ([1] if method == "lifo" else [])


def test_the_numbers_are_those_of_the_policy() -> None:
    strict = Backing(Signs(passed_on=51, split=4))
    assert backed(book_of(PAID, *onward(500, way="cash")), report(), backing=strict) == []
    assert backed(book_of(PAID, *onward(200, 200, 200)), report(), backing=strict) == []
    assert backed(book_of(PAID, *onward(200, 200, 100, 10)), report(), backing=strict) == [1]


@pytest.mark.parametrize(
    ("asked", "speaks"),
    [
        ([(MULE, CNY, 800)], True),
        ([(MULE, CNY, 799)], False),
        ([(MULE, CNY, 400), (MULE, CNY, 400)], True),
        ([(3, CNY, 1_000)], False),
        ([(MULE, USD, 1_000)], False),
    ],
    ids=["most of it", "a unit short", "in two parts", "another account", "another currency"],
)
def test_the_holder_asks_to_pay_it_out(asked: list[tuple[int, int, int]], speaks: bool) -> None:
    backing = Backing(SIGNS)
    for each in asked:
        backing.asked(*each)
    assert backed(book_of(PAID), report(), backing=backing) == ([1] if speaks else [])


def test_a_report_that_names_no_sum_is_backed_by_nobody_asking() -> None:
    assert backed(book_of(PAID), report(amount=0)) == []


def test_what_was_asked_is_forgotten_with_the_last_report_into_the_account() -> None:
    backing = Backing(SIGNS)
    backing.asked(MULE, CNY, 800)
    backing.forget([report(payee=3), report(currency=USD)])
    assert backed(book_of(PAID), report(), backing=backing) == []
    backing.asked(MULE, CNY, 800)
    backing.forget([report(2, victim=OTHER_VICTIM)])
    assert backed(book_of(PAID), report(), backing=backing) == [1]


def test_what_was_asked_survives_its_plain_form() -> None:
    backing, again = Backing(SIGNS), Backing(SIGNS)
    backing.asked(MULE, CNY, 799)
    backing.asked(3, USD, 7)
    again.load(msgspec.json.decode(msgspec.json.encode(backing.save())))
    assert again.save() == backing.save()
    again.asked(MULE, CNY, 1)
    assert backed(book_of(PAID), report(), backing=again) == [1]


def test_it_is_found_once_and_only_for_what_is_asked_about() -> None:
    ledger = book_of(PAID, *onward(500, way="cash"))
    (said,) = Backing(SIGNS).found({1: report()}, (1,), ledger, nowhere)
    assert backed(ledger, said) == [], "it was found before"
    assert backed(ledger, report(), about=()) == []
    assert backed(ledger, report(), about=(7,)) == [], "a report that is followed no more"
    assert backed(ledger, report(entry=None), through=MULE) == [], "no payment was found for it"
