"""Claims about shared points - systems, channels, terminals - each with its innocent twin, and a naive twin."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_leaks.naive_shared import naive_shared
from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.lead import Lead
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import LookUps, Points
from stanch.graph.leaks.shared import share
from stanch.graph.leaks.shared_trials import shared_trials
from stanch.graph.leaks.trials import spans
from stanch.model.columns import NULL
from stanch.model.time import DAY, HOUR

PEOPLE, CLERKS, DAYS, EACH = 4000, 60, 16, 10
LEAKED = (10, 12)  # days


def work(seed: int = 1, systems: int = 2) -> LookUps:
    """Sixty clerks who open ten records a day of whoever comes; one clerk in two works at system 1."""
    rng = np.random.default_rng(seed)
    day, clerk = np.repeat(np.arange(DAYS), CLERKS * EACH), np.tile(np.repeat(np.arange(CLERKS), EACH), DAYS)
    when = day * DAY + rng.integers(9 * HOUR, 18 * HOUR, len(day))
    contact = np.full(PEOPLE, NULL, np.int64)
    by_chance = rng.choice(PEOPLE, 60, replace=False)
    contact[by_chance] = rng.integers(0, (DAYS + 6) * DAY, 60)
    person = rng.integers(0, PEOPLE, len(day))
    return LookUps(when, person, clerk, clerk % systems, contact, np.zeros(PEOPLE, np.int64))


def leak(looks: LookUps, rows: np.ndarray, falls: float = 0.15, first: int = LEAKED[0]) -> LookUps:
    """Let a share of the people in some look-ups fall victim after the leak."""
    rng = np.random.default_rng(9)
    those = np.unique(looks.person[rows])
    those = those[(rng.random(len(those)) < falls) & (looks.contact[those] == NULL)]
    contact = looks.contact.copy()
    contact[those] = (first + 3) * DAY + rng.integers(0, 3 * DAY, len(those))
    return replace(looks, contact=contact)


def in_time(looks: LookUps, days: tuple[int, int] = LEAKED) -> np.ndarray:
    found: np.ndarray = (looks.when >= days[0] * DAY) & (looks.when < days[1] * DAY)
    return found


def said(looks: LookUps) -> list[tuple[str, int, int]]:
    """Return kind, point or employee, and round of all leads."""
    return [(lead.kind, lead.employee if lead.of_employee else lead.point, lead.round) for lead in leads(looks)]


def leads(looks: LookUps) -> tuple[Lead, ...]:
    return find_leaks(looks).leads


def test_a_system_that_leaked_for_two_days_is_named_with_these_days_and_no_employee() -> None:
    looks = work()
    looks = leak(looks, np.flatnonzero(in_time(looks) & (looks.system == 1)))
    found = leads(looks)
    assert {(lead.kind, lead.point) for lead in found} == {("system", 1)}
    best = found[0]
    assert (best.narrow.start // DAY, best.narrow.end // DAY) == LEAKED
    assert best.narrow.start <= best.narrow.first <= best.narrow.last < best.narrow.end
    assert best.hits >= 2 * best.expected
    assert len(set(looks.employee[list(best.look_ups)].tolist())) > 20


def test_no_system_is_named_where_nothing_leaked() -> None:
    assert [said(work(seed)) for seed in range(4)] == [[]] * 4


def test_customers_who_always_report_more_do_not_make_their_system_a_lead() -> None:
    looks = work()
    rng = np.random.default_rng(5)
    looks = replace(looks, person=looks.person // 2 + np.where(looks.system == 1, PEOPLE // 2, 0))
    contact = looks.contact.copy()
    contact[PEOPLE // 2 + rng.choice(PEOPLE // 2, 400, replace=False)] = rng.integers(0, 20 * DAY, 400)
    assert said(replace(looks, contact=contact)) == []


def test_a_busy_clerk_of_a_system_that_leaked_is_not_accused() -> None:
    looks = work()
    busy = np.flatnonzero(looks.system == 1)
    looks = replace(looks, employee=np.where(np.isin(np.arange(len(looks)), busy[::3]), 1, looks.employee))
    looks = leak(looks, np.flatnonzero(in_time(looks) & (looks.system == 1)))
    found = said(looks)
    assert {name[:2] for name in found} == {("system", 1)}


def test_a_clerk_who_leaked_alone_is_named_and_the_system_is_not() -> None:
    looks = work()
    night = np.arange(100)
    when = 10 * DAY + 20 * HOUR + night
    looks = LookUps(
        np.append(looks.when, when), np.append(looks.person, 1000 + night), np.append(looks.employee, night * 0 + 3),
        np.append(looks.system, night * 0 + 1), looks.contact, looks.group,
    )  # fmt: skip
    looks = leak(looks, np.arange(len(looks) - 100, len(looks)), 0.4)
    assert said(looks) == [("employee", 3, 1)]
    assert {lead.narrow.start // DAY for lead in leads(looks)} == {10}


def test_a_clerk_who_leaked_is_still_named_beside_a_system_that_did() -> None:
    looks = work()
    night = np.arange(100)
    looks = LookUps(
        np.append(looks.when, 6 * DAY + 20 * HOUR + night), np.append(looks.person, 1000 + night),
        np.append(looks.employee, night * 0 + 2), np.append(looks.system, night * 0), looks.contact, looks.group,
    )  # fmt: skip
    looks = leak(looks, np.arange(len(looks) - 100, len(looks)), 0.4, first=6)
    looks = leak(looks, np.flatnonzero(in_time(looks) & (looks.system == 1)))
    assert {name[:2] for name in said(looks)} == {("system", 1), ("employee", 2)}


def with_channel(looks: LookUps, users: int = CLERKS) -> LookUps:
    """Let one look-up in three of so many clerks go through a partner."""
    partner = (np.arange(len(looks)) % 3 == 0) & (looks.employee < users)
    return replace(looks, through=(Points("channel", np.where(partner, 1, NULL)),))


def test_a_channel_that_leaked_is_named_and_not_the_systems_around_it() -> None:
    looks = with_channel(work())
    looks = leak(looks, np.flatnonzero(in_time(looks) & (looks.through[0].code == 1)), 0.25)
    assert {name[:2] for name in said(looks)} == {("channel", 1)}


def test_a_channel_of_two_clerks_is_no_shared_point() -> None:
    looks = with_channel(work(), users=2)
    assert find_leaks(looks).shared == 2  # the two systems
    assert find_leaks(with_channel(work(), users=3)).shared == 3


def test_what_leaked_all_the_time_cannot_be_told_from_what_a_system_is_like() -> None:
    looks = work()
    looks = leak(looks, np.flatnonzero((looks.system == 1) & (looks.when < LEAKED[0] * DAY)), 0.1)
    assert [name for name in said(looks) if name[0] == "employee"] == []


ALL = Limits(margin=2 * HOUR, reach=60 * HOUR, min_victims=1, min_ratio=0.0, min_employees=1, controls=2,
             shared_windows=((1, 1), (2, 1)))  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 8), st.integers(0, 2)), min_size=1, max_size=50),
    st.lists(st.one_of(st.none(), st.integers(20, 160)), min_size=9, max_size=9),
    st.lists(st.integers(0, 1), min_size=9, max_size=9),
    st.sets(st.integers(0, 8), max_size=3),
    st.integers(1, 3),
)
@settings(max_examples=150, deadline=None)
def test_hits_expectations_chances_and_the_number_of_tests_are_those_of_the_naive_twin(
    views: list[tuple[int, int, int]], contacts: list[int | None], groups: list[int], left: set[int], least: int
) -> None:
    when, person, system = (np.array(column, np.int64) for column in zip(*views, strict=True))
    contact = np.array([NULL if hours is None else hours * HOUR for hours in contacts], np.int64)
    looks = LookUps(when * HOUR, person, system * 0, system, contact, np.array(groups, np.int64))
    limits = replace(ALL, min_victims=least)
    shared = share(looks, looks.shared()[0], limits)
    tests, trials = shared_trials(shared, np.isin(np.arange(9), list(left)), limits)
    found = {(trial.place, trial.begin, trial.length, trial.once): trial for trial in trials}
    could = 0
    for code, span, once in product(range(3), spans(shared.days, limits.shared_windows), (False, True)):
        hits, expected, chance, reachable = naive_shared(looks, code, span, once, left, limits)
        could += span[1] <= span[0] and reachable >= least
        trial = found.pop((code, *span, once), None)
        assert (trial is not None) == (hits >= least), (code, span, once)
        if trial is not None:
            assert trial.hits == hits
            assert trial.expected == pytest.approx(float(expected))
            assert np.exp(trial.log_p) == pytest.approx(float(chance), rel=1e-9)
    assert not found
    assert tests == could
