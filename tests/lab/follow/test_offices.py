"""The offices of a world: which orders officials take up, and when."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from stanch.lab.follow.answers import Answers, Approval, Institution
from stanch.lab.follow.offices import Offices
from stanch.model.time import HOUR, MINUTE

NOON = 4 * HOUR  # in the country's time
ACCOUNT = b"account-1"


class Laid(NamedTuple):
    order_id: str = "o-1"
    measure: str = "stop"
    account: bytes | str = ACCOUNT
    institution: str = "bank"
    amount: int = 500
    placed_at: int = NOON
    follows: str = ""
    approvals: int = 1
    back: tuple[tuple[bytes, int], ...] = ()
    power: str = "police"
    backed: bool = True
    ahead: bool = False


def offices() -> Offices:
    bank = Institution(source="bank", answer_minutes=10)
    answers = Answers({"bank": bank}, Approval(minutes=6, spread=0.0, night_minutes=6))
    return Offices(answers, lambda clear: clear.encode(), {ACCOUNT: "account:1"})


def said(desk: Offices) -> list[tuple[str, int]]:
    """Everything that is said until nobody has anything more to say: what, and at which minute after noon."""
    found = []
    while (at := desk.next_due()) is not None:
        row = desk.speak(lambda _account: 1_000)
        found += [] if row is None else [(str(row["kind"]), (at - NOON) // MINUTE)]
    return found


def test_an_order_for_which_more_than_one_word_speaks_is_approved_and_answered() -> None:
    desk = offices()
    desk.ordered(Laid())
    assert said(desk) == [("order_approved", 6), ("freeze_answered", 16)]
    assert desk.held(ACCOUNT) == 500


@pytest.mark.parametrize("measure", ["query", "stop", "freeze"])
def test_what_one_word_speaks_for_is_left(measure: str) -> None:
    desk = offices()
    desk.ordered(Laid(measure=measure, backed=False))
    desk.ordered(Laid(measure=measure, backed=False, amount=900, placed_at=NOON + HOUR))
    assert (said(desk), desk.held(ACCOUNT)) == ([], 0)


def test_it_is_taken_up_in_the_moment_more_speaks_for_it() -> None:
    desk = offices()
    desk.ordered(Laid(backed=False))
    desk.ordered(Laid(amount=700, placed_at=NOON + 30 * MINUTE))
    assert said(desk) == [("order_approved", 36), ("freeze_answered", 46)]
    assert desk.held(ACCOUNT) == 700


def test_it_is_taken_up_once() -> None:
    desk = offices()
    for minute, backed in ((0, False), (1, True), (2, True), (3, True)):
        desk.ordered(Laid(placed_at=NOON + minute * MINUTE, backed=backed))
    assert said(desk) == [("order_approved", 7), ("freeze_answered", 17)]


def test_what_ends_before_more_speaks_for_it_is_never_taken_up() -> None:
    desk = offices()
    desk.ordered(Laid(backed=False))
    desk.ordered(Laid(measure="ended", placed_at=NOON + MINUTE))
    assert said(desk) == []
