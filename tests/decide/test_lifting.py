"""What a delay rests on, and what is left of it when a part is cleared."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decide.test_desk import POLICY, case, finding
from stanch.decide.desk import Desk
from stanch.decide.lifting import Behind, Cleared, Facts, facts, grounded
from stanch.engine.causes import hold_of
from stanch.model.decisions import Finding, Hold
from stanch.model.time import HOUR

TAINT = finding(0.7, family="taint", typology="taint")
OTHER = finding(0.55, family="b", typology="other")
MINE, PAYEE = 7, 9


def enough(found: Finding, told: Facts) -> bool:
    """A rule that asks for 100 of reported money; the other rests on none."""
    return found.typology != "taint" or (told["tainted_in_src"] or 0) >= 100


def waiting(*findings: Finding, whose: dict[int, int] | None = None) -> tuple[Desk, Hold]:
    """A desk at which one payment waits since the moment 0, with 150 of report 1 and 60 of report 2 behind it."""
    desk, asked = Desk(POLICY), case(findings or [TAINT])
    decision = desk.decide(asked)
    hold = hold_of(decision, asked.values, "e", "why")
    assert hold is not None
    behind = Behind("transfer", MINE, 210, {1: 150, 2: 60} if whose is None else whose, 400, 2)
    desk.hold(grounded(hold, decision, behind, POLICY.cooling_off))
    return desk, hold


def act(*reports: int, accounts: tuple[int, ...] = (), at: int = HOUR, through: tuple[int, ...] = ()) -> Cleared:
    return Cleared(0, at, frozenset(reports), frozenset(accounts), frozenset(through))


@pytest.mark.parametrize(
    ("acts", "free"),
    [
        ([act(1)], True),
        ([act(2)], False),
        ([act(2), act(1)], True),
        ([act(3)], False),
        ([act(accounts=(MINE,))], True),
        ([act(accounts=(PAYEE,))], False),
    ],
    ids=["too little left", "enough left", "both", "another", "the account", "another account"],
)
def test_a_delay_ends_when_its_rule_would_no_longer_ask_for_it(acts: list[Cleared], free: bool) -> None:
    desk, hold = waiting()
    freed = [each for one in acts for each in desk.lift(one, enough)]
    assert (freed == [hold]) is free
    assert (desk.next_end() is None) is free


CHANNEL = finding(0.6, family="taint", typology="channel")


def a_channel(found: Finding, told: Facts) -> bool:
    """A rule that asks for 100 by the way of reported money, a half of all that came."""
    return (told["came_by_reported"] or 0) >= 100 and (told["channel_share"] or 0) >= 50


def waiting_at_a_channel(came: int = 100) -> tuple[Desk, Hold]:
    """A payment out of an account that holds nothing reported, but into which a half came by the way of such money."""
    desk, asked = Desk(POLICY), case([CHANNEL])
    decision = desk.decide(asked)
    hold = hold_of(decision, asked.values, "e", "why")
    assert hold is not None
    desk.hold(grounded(hold, decision, Behind("transfer", MINE, 0, {}, 400, 0, came, 50), POLICY.cooling_off))
    return desk, hold


@pytest.mark.parametrize(
    ("acts", "free"),
    [
        ([act(accounts=(MINE,), through=(MINE,))], True),
        ([act(1)], True),
        ([act(1, through=(MINE,))], False),
        ([act(1, through=(PAYEE,))], True),
        ([act(accounts=(PAYEE,), through=(MINE,))], False),
        ([act(1, through=(MINE,)), act(2)], True),
    ],
    ids=["the account", "the last report", "one of several", "what is left is elsewhere", "another account", "both"],
)
def test_a_delay_of_a_channel_ends_with_its_account_or_its_last_backed_report(acts: list[Cleared], free: bool) -> None:
    desk, hold = waiting_at_a_channel()
    freed = [each for one in acts for each in desk.lift(one, a_channel)]
    assert (freed == [hold]) is free
    assert (desk.next_end() is None) is free


def test_what_a_channel_rests_on_survives_its_plain_form() -> None:
    desk, hold = waiting_at_a_channel(123)
    again = Desk(POLICY)
    again.load(msgspec.json.decode(msgspec.json.encode(desk.save())))
    (freed,) = again.lift(act(1), a_channel)
    assert (freed.ref, hold.came) == (hold.ref, 123)


def test_another_finding_keeps_the_delay_and_a_weaker_one_does_not() -> None:
    assert waiting(TAINT, OTHER)[0].lift(act(1, 2), enough) == []
    weaker = finding(0.3, family="b", typology="other")
    assert len(waiting(TAINT, weaker)[0].lift(act(1, 2), enough)) == 1


def test_a_payer_who_thinks_it_over_keeps_that_time_and_no_more() -> None:
    desk, hold = waiting(TAINT, finding(0.7, "protect", typology="scam"))
    before = hold.until
    assert desk.lift(act(1, 2), enough) == [hold]
    assert hold.until == POLICY.cooling_off < before
    assert desk.next_end() == POLICY.cooling_off
    assert desk.lift(act(1, 2, accounts=(MINE,)), enough) == [], "it rests on nothing more that can fall"
    late, over = waiting(TAINT, finding(0.7, "protect", typology="scam"))
    assert late.lift(act(1, 2, at=POLICY.cooling_off + 1), enough) == [over]
    assert late.next_end() is None


def test_what_waits_survives_its_plain_form() -> None:
    desk, hold = waiting()
    again = Desk(POLICY)
    again.load(msgspec.json.decode(msgspec.json.encode(desk.save())))
    (freed,) = again.lift(act(1), enough)
    assert (freed.ref, freed.measure) == (hold.ref, hold.measure)


def test_a_home_of_an_earlier_release_kept_no_ground_and_lets_its_delays_expire() -> None:
    desk = Desk(POLICY)
    old = {"until": 9, "measure": "m", "step": "delay", "subject": 1, "subject_kind": 1, "person": 1, "amount": 1,
           "currency": 1, "ref": "e", "placed_at": 0, "reason": "r"}  # fmt: skip
    desk.load({"episodes": [], "holds": [old]})
    assert desk.lift(act(1, 2, accounts=(MINE,)), enough) == []
    assert desk.next_end() == 9


amounts = st.integers(0, 10**15)


@given(st.integers(1, 10**15), st.none() | amounts, st.integers(1, 30))
def test_shares_and_clean_money_are_those_of_the_balance(tainted: int, high: int | None, hops: int) -> None:
    told = facts(tainted, high, hops)
    assert told["tainted_in_src"] == tainted
    if high is None:
        assert told["clean_in_src"] is None
        assert told["taint_share"] is None
        return
    clean, share = told["clean_in_src"], told["taint_share"]
    assert clean == max(high - tainted, 0)
    assert share is None if high == 0 else share is not None and 0 <= share <= 100
