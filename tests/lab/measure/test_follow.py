from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stanch.engine.opening import open_home
from stanch.lab.closed_loop import HOLDS_FILE
from stanch.lab.measure.follow import FollowMeasure, measure_follow
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


def test_no_more_is_secured_than_was_reported(found: FollowMeasure) -> None:
    assert 0 < found.secured <= found.stanch.reported


def test_what_was_given_back_stays_held(folder: Path, found: FollowMeasure) -> None:
    holds = pq.read_table(folder / "home" / HOLDS_FILE)
    ends = pa.array([1 if end is None else end for end in holds["ended"].to_pylist()], pa.int64())
    back = pc.if_else(pc.is_null(holds["ended"]), holds["amount"], holds["given_back"])
    returned = holds.set_column(4, "given_back", back).set_column(5, "ended", ends)
    pq.write_table(returned, folder / "home" / HOLDS_FILE)
    with open_home(folder / "home") as home:
        again = measure_follow(home, folder / "world")
    pq.write_table(holds, folder / "home" / HOLDS_FILE)
    assert (again.stanch, again.secured) == (found.stanch, found.secured)


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
