"""The search for leaks among a thousand employees: planted leaks are named, innocent look-alikes are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stanch.graph.leaks.find import find_leaks
from stanch.lab.leaks.made import make_log
from stanch.lab.leaks.measure import measure_leaks, raw_hits
from stanch.lab.leaks.shape import HARD, PARTNER, START, Desk, Plan, Shape, Whole
from stanch.lab.leaks.shared import by_plan, hold, one_shared
from stanch.model.time import DAY

SEEDS = range(20)


def halved(shape: Shape) -> Shape:
    """Return a shape of half the people and half the look-ups: as many employees, victims and hits at each desk."""
    desks = tuple(replace(desk, a_day=desk.a_day / 2) for desk in shape.desks)
    return replace(shape, people=shape.people // 2, desks=desks)


CLEAN, CLEAN_HARD = halved(START.without_leaks()), halved(HARD.without_leaks())
SMALL = replace(
    START, people=600, days=12, victims=20, desks=(Desk("branches", "clerk", 5, 5.0),), leaks=(Plan("branches", 40, 2),)
)


def test_among_a_thousand_employees_nobody_is_named_in_twenty_logs_without_a_leak() -> None:
    named = {seed: find_leaks(make_log(CLEAN, seed).look_ups).leads for seed in SEEDS}
    assert sum(desk.employees for desk in CLEAN.desks) == 1000
    assert not any(named.values())


def test_nobody_is_named_where_very_many_fall_victim_in_one_region_without_a_leak() -> None:
    assert not any(find_leaks(make_log(CLEAN_HARD, seed).look_ups).leads for seed in range(4))


def test_large_leaks_are_named_and_nobody_else() -> None:
    figures = measure_leaks(1, 40, halved(START))
    ours = figures.ways[0]
    assert ours.false_names == ours.clean_names == 0
    for size in figures.sizes:
        if size.records == 200:
            assert size.found == size.leaks, size
    (shared,) = figures.shared
    assert (shared.leaks, shared.false_points, shared.false_employees) == (1, 0, 0)
    by_way = {way.way: way for way in figures.ways}
    assert by_way["raw hits, five or more"].false_names > 100
    assert by_way["without order of time"].named_in_clean_logs.get("call_centre:complaints", 0) > 0


def test_a_shared_point_that_leaked_among_twelve_employees_who_did_is_named_and_nobody_else() -> None:
    (shared,) = by_plan([one_shared(START, 40, 0)])
    assert (shared.found, shared.false_points, shared.false_employees) == (shared.leaks, 0, 0)


def test_counting_alone_would_name_who_opens_most_records() -> None:
    made = make_log(START.without_leaks(), 3)
    assert made.roles[raw_hits(made.look_ups)[0][1]] == "call_centre:batch"


def test_the_same_seed_gives_the_same_log_and_a_leak_changes_nothing_in_the_work_of_others() -> None:
    one, again, clean = (make_log(shape, 5).look_ups for shape in (SMALL, SMALL, SMALL.without_leaks()))
    assert all(np.array_equal(getattr(one, name), getattr(again, name)) for name in ("when", "person", "contact"))
    assert len(one) - len(clean) == 40
    work = set(zip(one.when.tolist(), one.person.tolist(), one.employee.tolist(), strict=True))
    assert set(zip(clean.when.tolist(), clean.person.tolist(), clean.employee.tolist(), strict=True)) <= work


TWO = replace(
    START, people=4000, days=24, victims=60, leaks=(Plan("call_centre", 80, 1),),
    desks=(Desk("call_centre", "clerk", 60, 12.0), Desk("call_centre", "complaints", 4, 6.0),
           Desk("branches", "clerk", 40, 6.0, "region"), Desk("branches", "batch", 1, 90.0)),
)  # fmt: skip


@pytest.mark.parametrize(
    "plan", [Whole("system", "branches", 2, 0.2), Whole("channel", PARTNER, 2, 0.2), Whole("device", "1", 6, 0.3)]
)
def test_a_shared_point_that_leaked_is_named_in_time_and_no_innocent_employee(plan: Whole) -> None:
    made = make_log(TWO.with_whole(plan), 8)
    (leak,) = made.whole
    assert leak.touched > leak.reported >= 15
    held = hold(made, find_leaks(made.look_ups).leads)
    assert (held.found, held.false_points, held.false_employees) == (True, (), ())


@pytest.mark.parametrize("seed", [106, 116])
def test_where_a_terminal_leaked_no_clerk_of_it_is_named(seed: int) -> None:
    made = make_log(START.with_whole(Whole("device", "7", 10, 0.15)), seed)
    held = hold(made, find_leaks(made.look_ups).leads)
    assert (held.found, held.false_points, held.false_employees) == (True, (), ())


def test_a_lead_to_the_right_point_at_another_time_is_not_found() -> None:
    made = make_log(TWO.with_whole(Whole("system", "branches", 2, 0.2)), 8)
    leads = find_leaks(made.look_ups).leads
    late = tuple(
        replace(lead, narrow=replace(lead.narrow, start=made.whole[0].end, end=made.whole[0].end + DAY))
        for lead in leads
        if not lead.of_employee
    )
    held = hold(made, late)
    assert (held.found, len(held.false_points)) == (False, len(late))


def test_a_leak_of_a_shared_point_changes_no_look_up_of_the_work() -> None:
    whole = make_log(TWO.without_leaks().with_whole(Whole("system", "branches", 2, 0.2)), 8).look_ups
    clean = make_log(TWO.without_leaks(), 8).look_ups
    work = {
        (w, p, e) for w, p, e in zip(whole.when.tolist(), whole.person.tolist(), whole.employee.tolist(), strict=True)
    }
    complaints = [n for n, role in enumerate(make_log(TWO, 8).roles) if role.endswith("complaints")]
    those = ~np.isin(clean.employee, complaints)
    columns = (clean.when[those], clean.person[those], clean.employee[those])
    assert set(zip(*(column.tolist() for column in columns), strict=True)) <= work
