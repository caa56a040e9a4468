from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.lab.flows import Flow
from stanch.lab.follow.answers import Answers, Approval, Institution
from stanch.lab.follow.arms import MANUAL_MINUTES, PORTAL_MINUTES, AllKnowing, Arm, Nothing, Office, play_arm
from stanch.lab.follow.field import Field, Move, Report
from stanch.model.time import HOUR, MINUTE

APPROVAL = Approval(minutes=6, spread=0.0, night_minutes=6)
OWNER = ("g01", "person:a", "loan")
NOON = 4 * HOUR  # in the country's time


def answers(**about: object) -> Answers:
    bank = Institution(source="bank", answer_minutes=10, **about)  # type: ignore[arg-type]  # any field of the struct
    return Answers({"bank": bank}, APPROVAL)


def move(event: str, at: int, src: str, dst: str, amount: int, *funded_by: str, leaves: bool = False) -> Move:
    return Move(("bank", event), at, src, dst, leaves, (Flow(("bank", event), *OWNER, funded_by, amount),))


def chain(*minutes: int, reported: int) -> Field:
    """Pay 1,000, pass 900 on twice, take 800 out; at these minutes, with a report of the payment."""
    at = [NOON + minute * MINUTE for minute in minutes]
    moves = (
        move("pay", at[0], "account:v", "account:1", 1000),
        move("on", at[1], "account:1", "account:2", 900, "pay"),
        move("further", at[2], "account:2", "account:3", 900, "on"),
        move("cash", at[3], "account:3", "outlet:x", 800, "further", leaves=True),
    )
    banks = {f"account:{n}": "bank" for n in "123"}
    return Field(moves, banks, {"pay": Report("pay", NOON + reported * MINUTE, 1000)}, NOON + 24 * HOUR)


SLOW = chain(0, 60, 120, 180, reported=5)
FAST = chain(0, 3, 6, 9, reported=5)
LATE = chain(0, 3, 6, 9, reported=30)

ARMS: dict[str, Callable[[Field, Answers], Arm]] = {
    "nothing": lambda _field, _answers: Nothing(),
    "manual": lambda field, given: Office(field, given, MANUAL_MINUTES),
    "portal": lambda field, given: Office(field, given, PORTAL_MINUTES),
    "knowing": AllKnowing,
}


def held(name: str, field: Field, given: Answers | None = None) -> int:
    given = answers() if given is None else given
    return play_arm(field, ARMS[name](field, given)).held


def test_nobody_holds_anything_where_nobody_acts() -> None:
    found = play_arm(SLOW, Nothing())
    assert (found.reported, found.held, found.left, found.loose) == (1000, 0, 800, 200)


def test_an_office_stops_money_that_lies_for_an_hour() -> None:
    assert held("manual", SLOW) == 1000


def test_an_office_is_too_late_for_money_that_moves_within_minutes() -> None:
    assert held("manual", FAST) == held("portal", FAST) == 200


def test_an_all_knowing_holder_stops_the_next_movement_at_once() -> None:
    assert held("knowing", FAST) == 1000


def test_an_all_knowing_holder_waits_for_institutions_that_only_tell() -> None:
    assert held("knowing", FAST, answers(asks=False)) == 200


def test_nothing_is_in_reach_after_the_exit() -> None:
    found = play_arm(LATE, AllKnowing(LATE, answers()))
    assert (found.in_reach, found.held, found.left) == (200, 200, 800)


def test_an_institution_that_refuses_holds_nothing_for_anybody() -> None:
    no = answers(asks=False, refuses=1.0)
    assert held("manual", SLOW, no) == held("knowing", SLOW, no) == 0


def test_an_institution_that_holds_a_part_lets_the_rest_go() -> None:
    half = answers(asks=False, partly=1.0, part=0.5)
    assert held("knowing", SLOW, half) == 875, "500, 250 and 125 in the three accounts"


def test_what_was_stopped_before_the_report_is_held_by_every_arm() -> None:
    found = play_arm(LATE, Nothing(), {("bank", "further")})
    assert (found.held, found.before, found.loose) == (900, 900, 100)


@st.composite
def fields(draw: st.DrawFn) -> Field:
    moves, accounts, funders = [], ["account:0"], list[tuple[str, str]]()
    for number in range(draw(st.integers(1, 3))):
        account = draw(st.sampled_from(["account:1", "account:2"]))
        moves.append(move(f"pay{number}", NOON + number, "account:v", account, draw(st.integers(1, 1000))))
        funders.append((f"pay{number}", account))
    for number in range(draw(st.integers(0, 8))):
        event, src = draw(st.sampled_from(funders))
        dst, at = draw(st.sampled_from(["account:3", "account:4", "out"])), NOON + (number + 1) * 7 * MINUTE
        amount = draw(st.integers(1, 1500))
        moves.append(move(f"m{number}", at, src, dst, amount, event, leaves=dst == "out"))
        if dst != "out":
            funders.append((f"m{number}", dst))
    reports = {
        m.event[1]: Report(m.event[1], m.at + draw(st.integers(0, 90)) * MINUTE, 1)
        for m in moves
        if not m.flows[0].funded_by and draw(st.booleans())
    }
    return Field(tuple(moves), dict.fromkeys(accounts, "bank"), reports, NOON + 24 * HOUR)


@given(fields(), st.sampled_from(sorted(ARMS)), st.booleans())
def test_no_minor_unit_is_lost_or_made(field: Field, name: str, asks: bool) -> None:
    found = play_arm(field, ARMS[name](field, answers(asks=asks)))
    assert found.reported == found.held + found.left + found.loose
    assert min(found.held, found.left, found.loose) >= 0


@given(fields(), st.booleans())
def test_nobody_holds_more_than_an_all_knowing_holder(field: Field, asks: bool) -> None:
    whole = replace(field, banks=dict.fromkeys((f"account:{n}" for n in range(5)), "bank"))
    most = held("knowing", whole, answers(asks=asks))
    assert held("manual", whole, answers(asks=asks)) <= most
    assert held("portal", whole, answers(asks=asks)) <= most


@pytest.mark.parametrize("hour", range(24))
def test_an_order_laid_later_is_not_in_force_sooner(hour: int) -> None:
    office = Answers({}, Approval(minutes=6, spread=0.6, night_minutes=15))
    moments = [office.approved_at("account:1", hour * HOUR + minute * MINUTE) for minute in range(0, 120, 10)]
    assert moments == sorted(moments)
