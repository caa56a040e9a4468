from __future__ import annotations

import pytest
from hypothesis import given, settings

from graph.naive_money import Move
from graph.test_carry import ACCOUNTS, CONSERVED, check_conserved, ledger_of, report_of
from graph.test_channel import Story, told
from stanch.graph.trace import Trace
from stanch.graph.tracing import trace, trace_among

VICTIM, OTHER, MULE, SECOND = range(4)

#: Both pay the mule; half goes on, by the method the first victim's; then an order pays the first victim back in full.
MOVES = [
    Move(VICTIM, MULE, 100),
    Move(OTHER, MULE, 100),
    Move(MULE, SECOND, 100),
    Move(MULE, VICTIM, 100, "returned"),
]


def followed(moves: list[Move], method: str = "fifo") -> Trace:
    reports = [report_of(moves, 0, 0, 100), report_of(moves, 1, 1, 100)]
    return trace(ledger_of(moves, dict.fromkeys(range(ACCOUNTS), 0)), reports, method=method)


def test_nobody_follows_stolen_money_into_the_account_of_a_victim_who_is_paid_back() -> None:
    found = followed(MOVES)
    check_conserved(found)
    assert [(place.account, place.traced) for place in found.places] == [(SECOND, 100)]
    assert found.returned == 100


def test_whose_money_paid_a_victim_back_steps_into_his_place() -> None:
    (place,) = followed(MOVES).places
    assert place.shares == (0, 100)


def test_what_left_is_the_loss_of_him_whose_money_paid_the_other_back() -> None:
    gone = [*MOVES[:2], Move(MULE, ACCOUNTS, 100, "cash"), MOVES[3]]
    found = followed(gone)
    check_conserved(found)
    assert [leaving.shares for leaving in found.exits] == [(0, 100)]
    assert not found.places


def test_who_is_paid_back_more_than_he_lost_is_followed_for_the_rest() -> None:
    found = followed([*MOVES[:2], Move(MULE, VICTIM, 160, "returned")])
    check_conserved(found)
    assert found.returned == 100
    assert {place.account: place.shares for place in found.places} == {VICTIM: (0, 60), MULE: (0, 40)}


@pytest.mark.parametrize("method", ["fifo", "lifo", "proportional"])
def test_each_victim_can_be_paid_back_in_turn(method: str) -> None:
    found = followed([*MOVES, Move(SECOND, OTHER, 100, "returned")], method)
    check_conserved(found)
    assert not found.places
    assert found.returned == 200


def test_one_of_several_reports_is_told_without_what_went_back_to_another() -> None:
    ledger = ledger_of(MOVES, dict.fromkeys(range(ACCOUNTS), 0))
    first, second = report_of(MOVES, 0, 0, 100), report_of(MOVES, 1, 1, 100)
    alone = trace(ledger, [second])
    assert [(place.account, place.traced) for place in alone.places] == [(VICTIM, 100)], "as if nobody else had lost"
    among = trace_among(ledger, [second], [first, second])
    check_conserved(among)
    assert [(place.account, place.traced, place.low, place.high) for place in among.places] == [(SECOND, 100, 100, 100)]
    back = trace_among(ledger, [first], [second])
    check_conserved(back)
    assert (back.returned, list(back.places)) == (100, [])


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=150)
@given(story=told())
def test_each_among_all_adds_up_to_all(method: str, story: Story) -> None:
    moves, openings, reports = story
    if not reports:
        return
    ledger = ledger_of(moves, openings)
    whole = trace(ledger, reports, method=method, hops=64)
    each = [trace_among(ledger, [report], reports, method=method, hops=64) for report in reports]
    assert sum(one.reported for one in each) == whole.reported
    assert sum(one.returned for one in each) == whole.returned
    for account in range(ACCOUNTS):
        here = [place for one in each for place in one.places if place.account == account]
        assert sum(place.traced for place in here) == sum(p.traced for p in whole.places if p.account == account)
        assert all(0 <= place.low <= place.traced <= place.high for place in here)
    for movement in whole.movements:
        parts = [m.traced for one in each for m in one.movements if m.entry == movement.entry]
        assert sum(parts) == movement.traced
    assert sum(left.traced for one in each for left in one.exits) == sum(left.traced for left in whole.exits)


def test_poison_takes_no_notice_of_others() -> None:
    ledger = ledger_of(MOVES, dict.fromkeys(range(ACCOUNTS), 0))
    first, second = report_of(MOVES, 0, 0, 100), report_of(MOVES, 1, 1, 100)
    assert trace_among(ledger, [second], [first], method="poison") == trace(ledger, [second], method="poison")
