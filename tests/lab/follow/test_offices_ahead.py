"""Claims about institutions that hold ahead: what comes is kept up to the sum, and told of in its time."""

from __future__ import annotations

from lab.follow.test_offices import ACCOUNT, NOON, Laid, offices
from stanch.lab.follow.offices import Offices
from stanch.model.time import MINUTE


def answered(desk: Offices, there: int) -> list[tuple[int, object]]:
    """Let everybody speak; return when sums were told, in minutes, and which."""
    told = []
    while (due := desk.next_due()) is not None:
        row = desk.speak(lambda _: there)
        if row is not None and row["kind"] == "freeze_answered":
            told.append((round((due - NOON) / MINUTE), row["amount"]))
    return told


def test_it_holds_what_lies_there_and_what_comes_up_to_its_sum() -> None:
    desk = offices()
    desk.ordered(Laid(amount=500, ahead=True))
    assert answered(desk, 100) == [(16, 100)]
    desk.came(ACCOUNT, 250, NOON + 60 * MINUTE, lambda _: 350)
    assert desk.held(ACCOUNT) == 350
    desk.came(ACCOUNT, 250, NOON + 60 * MINUTE, lambda _: 600)
    assert desk.held(ACCOUNT) == 500
    assert not desk.waits(ACCOUNT)
    assert answered(desk, 600) == [(61, 500)], "once, with all that is held by then"


def test_a_plain_stop_does_not_wait() -> None:
    desk = offices()
    desk.ordered(Laid(amount=500))
    assert answered(desk, 100) == [(16, 100)]
    assert not desk.waits(ACCOUNT)


def test_a_lower_sum_lets_go_of_the_rest() -> None:
    desk = offices()
    desk.ordered(Laid(amount=500, ahead=True))
    answered(desk, 400)
    desk.ordered(Laid(amount=300, ahead=True))
    assert (desk.held(ACCOUNT), desk.waits(ACCOUNT), answered(desk, 400)) == (300, False, [])


def test_a_freeze_takes_over_and_the_stop_waits_for_the_rest() -> None:
    desk = offices()
    desk.ordered(Laid(amount=500, ahead=True))
    answered(desk, 200)
    desk.ordered(Laid(order_id="o-2", measure="freeze", amount=200, placed_at=NOON + 60 * MINUTE, follows="o-1"))
    assert [amount for _, amount in answered(desk, 200)] == [200]
    assert {key: (hold.amount, hold.most) for key, hold in desk.holds.items()} == {"o-1": (0, 300), "o-2": (200, 200)}
    desk.came(ACCOUNT, 900, NOON + 300 * MINUTE, lambda _: 1_100)
    assert desk.held(ACCOUNT) == 500


def test_nothing_is_told_of_an_order_that_ended_meanwhile() -> None:
    desk = offices()
    desk.ordered(Laid(amount=500, ahead=True))
    answered(desk, 0)
    desk.came(ACCOUNT, 250, NOON + 60 * MINUTE, lambda _: 250)
    desk.ordered(Laid(measure="ended", placed_at=NOON + 60 * MINUTE))
    assert (answered(desk, 250), desk.held(ACCOUNT)) == ([], 0)
