from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.follow.test_arms import move
from stanch.engine.home import open_home
from stanch.lab.closed_loop import HOLDS_FILE
from stanch.lab.follow.arms import Nothing
from stanch.lab.follow.lots import Lots
from stanch.lab.measure.follow import FollowMeasure, measure_follow, secured
from stanch.lab.play import play_world, readable
from stanch.lab.world import load_parameters, make_world
from stanch.model.time import DAY

PEOPLE, DAYS, SEED = 500, 3, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("follow")
    make_world(load_parameters("start"), SEED, PEOPLE, DAYS, folder / "world")
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> FollowMeasure:
    with open_home(folder / "home") as home:
        play_world(home, readable([folder / "world"]), folder / "world")
        return measure_follow(home, folder / "world")


def test_reported_money_is_held_gone_or_loose(found: FollowMeasure) -> None:
    for held in (found.stanch, *(each for arm in found.arms for each in (arm.held, arm.alone))):
        assert held.reported == held.held + held.left + held.loose


def test_of_what_orders_hold_only_victims_money_is_secured(found: FollowMeasure, folder: Path) -> None:
    holds = pq.read_table(folder / "home" / HOLDS_FILE).to_pylist()
    assert 0 < found.secured <= sum(hold["amount"] for hold in holds if hold["ended"] is None)


ACCOUNTS = ("account:1", "account:2", "account:3")
sums = st.integers(1, 500)


@st.composite
def some_lots(draw: st.DrawFn) -> Lots:
    """Payments of victims into three accounts, moved on, taken out or stopped on the way."""
    lots = Lots()
    for number in range(draw(st.integers(0, 5))):
        paid, there, on = f"pay{number}", draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from([*ACCOUNTS, "out"]))
        lots.move(move(paid, number, "account:v", there, draw(sums)), Nothing().kept)
        further = move(f"on{number}", 9 + number, there, on, draw(sums), paid, leaves=on == "out")
        (lots.stop if draw(st.booleans()) else lots.move)(further, Nothing().kept)
    return lots


@given(some_lots(), st.dictionaries(st.sampled_from(ACCOUNTS), st.integers(0, 900)))
def test_never_more_is_secured_than_lies_there_or_is_held(lots: Lots, held: dict[str, int]) -> None:
    there = {account: sum(lot.amount for lot in lots if lot.place == account) for account in ACCOUNTS}
    assert secured(lots, held) == sum(min(there[account], held.get(account, 0)) for account in ACCOUNTS)
    assert secured(lots, dict.fromkeys(ACCOUNTS, 10**9)) == sum(there.values())


def test_a_hold_secures_the_money_of_whoever_it_is() -> None:
    lots = Lots()
    for number, amount in enumerate((100, 50)):
        lots.move(move(f"pay{number}", number, "account:v", "account:1", amount), Nothing().kept)
    assert [secured(lots, {"account:1": amount}) for amount in (0, 120, 150, 151)] == [0, 120, 150, 150]
    assert secured(lots, {"account:2": 100}) == 0


def test_every_arm_is_measured_on_the_same_reports(found: FollowMeasure) -> None:
    assert [arm.name for arm in found.arms] == ["nothing", "manual", "portal", "knowing"]
    assert {arm.held.reported for arm in found.arms} == {found.stanch.reported}


def test_who_knows_more_holds_more(found: FollowMeasure) -> None:
    by_name = {arm.name: arm.held.held for arm in found.arms}
    assert by_name["nothing"] <= by_name["manual"] <= by_name["portal"] <= by_name["knowing"]


def test_nobodys_essential_payments_are_stopped(found: FollowMeasure) -> None:
    assert found.harm.essential_stopped == 0


def test_days_and_groups_are_told(found: FollowMeasure) -> None:
    assert {group.by for group in found.groups} == {"age", "region"}
    assert all(day.held <= found.harm.accounts and day.day * DAY > 0 for day in found.days)


def test_a_home_without_a_closed_loop_can_be_measured(tmp_path: Path) -> None:
    make_world(load_parameters("start"), SEED, PEOPLE, DAYS, tmp_path / "world")
    with open_home(tmp_path / "home") as home:
        found = measure_follow(home, tmp_path / "world")
    assert found.stanch.held == 0
    assert found.harm.order_minutes is None
