"""New shapes: the same as loops over sets and whole numbers say, quiet in calm weeks, naming a planted one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import comb, exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.drift.limits import START
from stanch.decide.drift.shapes import OPEN, Told, find_shapes

#: Limits that no count can meet exactly: there, rounding would decide.
LOOSE = replace(START, min_people=2, min_reporting=2, min_weeks=1, min_ratio=1.2017, max_q=0.9017)
Row = tuple[int, int, tuple[int, ...]]
rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 9), st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1))),
    min_size=1,
    max_size=30,
)


def told(found: list[Row]) -> Told:
    columns = ([row[0] for row in found], [row[1] for row in found], [row[2] for row in found])
    return Told(*(np.array(column, dtype=np.int64) for column in columns))


def naive_first(found: list[Row], week: int) -> tuple[tuple[int, ...], int, int, Fraction] | None:
    """The first shape by sets and fractions: shape, people now, people before, chance; None where none is named."""
    now = [row for row in found if row[0] == week]
    before = [row for row in found if week - LOOSE.base_weeks <= row[0] < week]
    n, m = len({row[1] for row in now}), len({row[1] for row in before})
    if m < LOOSE.min_reporting or n < LOOSE.min_people:
        return None
    shapes = {
        tuple(value if at in chosen else OPEN for at, value in enumerate(row[2]))
        for row in now + before for size in (1, 2, 3) for chosen in combinations(range(3), size)
    }  # fmt: skip
    tests, tried = 0, []
    for shape in shapes:
        x, y = (len({row[1] for row in part if fits(row[2], shape)}) for part in (now, before))
        tests += x + y >= LOOSE.min_people
        if x >= LOOSE.min_people and Fraction(x, n) >= Fraction("1.2017") * Fraction(y, m):
            tried.append((tail(x, n, y, m), shape.count(OPEN), shape, x, y))
    tried.sort()
    q = min((p * tests / rank for rank, (p, *_) in enumerate(tried, start=1)), default=Fraction(1))
    return (tried[0][2], tried[0][3], tried[0][4], tried[0][0]) if tried and q <= LOOSE.max_q else None


def fits(facets: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return all(wanted in (OPEN, value) for value, wanted in zip(facets, shape, strict=True))


def tail(x: int, n: int, y: int, m: int) -> Fraction:
    ways = sum(comb(x + y, k) * comb(n + m - x - y, n - k) for k in range(x, min(n, x + y) + 1))
    return Fraction(ways, comb(n + m, n))


@settings(deadline=None, max_examples=200)
@given(rows, st.integers(1, 3))
def test_the_first_shape_is_as_likely_as_sets_and_fractions_say(found: list[Row], week: int) -> None:
    shapes = find_shapes(told(found), week, LOOSE) if any(row[0] < week for row in found) else ()
    expected = naive_first(found, week)
    assert bool(shapes) == (expected is not None)
    if expected is not None:
        assert exp(shapes[0].log_p) == pytest.approx(float(expected[3]), rel=1e-9)
        assert shapes[0].facets.count(OPEN) == expected[0].count(OPEN)


@settings(deadline=None)
@given(rows)
def test_the_order_of_reports_changes_nothing(found: list[Row]) -> None:
    mixed = sorted(found, key=lambda row: (row[2], row[1], row[0]))
    assert find_shapes(told(found), 3, LOOSE) == find_shapes(told(mixed), 3, LOOSE)


def calm(chance: np.random.Generator, weeks: int, reports: int) -> list[Row]:
    return [
        (week, 1000 * week + at, (int(chance.integers(2)), int(chance.integers(4)), int(chance.integers(4))))
        for week in range(weeks) for at in range(reports)
    ]  # fmt: skip


def test_calm_weeks_name_nothing() -> None:
    chance = np.random.default_rng(7)
    alarms = [bool(find_shapes(told(calm(chance, 6, 40)), 5)) for _ in range(100)]
    assert sum(alarms) <= 3


def test_a_planted_shape_is_named_once_and_whole() -> None:
    chance = np.random.default_rng(8)
    for _ in range(20):
        planted: list[Row] = [(5, 90_000 + at, (1, 3, 9)) for at in range(15)]
        found = find_shapes(told(calm(chance, 6, 40) + planted), 5)
        assert found[0].facets == (1, 3, 9)
        assert len(found) == 1
        assert found[0].people == 15


def test_one_person_who_reports_much_is_one_person() -> None:
    chance = np.random.default_rng(9)
    assert find_shapes(told(calm(chance, 6, 40) + [(5, 90_000, (1, 3, 9))] * 50), 5) == ()


def test_without_weeks_before_nothing_is_new() -> None:
    assert find_shapes(told([(5, at, (0, 0, 9)) for at in range(50)]), 5) == ()
