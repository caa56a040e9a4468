"""The mix of ways: exact where it can be, quiet where nothing changes, and naming what a planted shift moved."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.drift.chance import beyond_chi_squared, beyond_f
from stanch.decide.drift.mix import compare, find_shifts

counts = st.lists(st.integers(0, 60), min_size=4, max_size=4)


def naive_g(now: list[int], base: list[list[int]]) -> float:
    pooled = [sum(week[way] for week in base) for way in range(len(now))]
    every = sum(now) + sum(pooled)
    g = 0.0
    for row in (now, pooled):
        for way, number in enumerate(row):
            if number:
                g += 2 * number * math.log(number / (sum(row) * (now[way] + pooled[way]) / every))
    return g


def naive_divergence(now: list[int], base: list[list[int]]) -> float:
    pooled = [sum(week[way] for week in base) for way in range(len(now))]
    p, q = ([number / sum(row) for number in row] for row in (now, pooled))
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return sum(0.5 * share * math.log2(share / middle[way]) for row in (p, q) for way, share in enumerate(row) if share)


@settings(deadline=None)
@given(counts.filter(any), st.lists(counts.filter(any), min_size=1, max_size=4))
def test_the_comparison_is_what_loops_over_numbers_say(now: list[int], base: list[list[int]]) -> None:
    divergence, g, dispersion, log_p = compare(np.array(now), np.array(base))
    if sum(any(row[way] for row in (now, *base)) for way in range(4)) > 1:
        assert g == pytest.approx(naive_g(now, base), abs=1e-9)
        assert divergence == pytest.approx(naive_divergence(now, base), abs=1e-9)
    assert dispersion >= 1
    assert 0 <= divergence <= 1
    assert log_p <= 0


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("value", [0.0, 0.3, 2.0, 9.0, 30.0])
def test_the_chance_is_what_is_left_of_the_density(freedom: int, value: float) -> None:
    grid = np.linspace(math.sqrt(value), 14.0, 200_001)  # over the root, where no end is infinite
    scale = 2 ** (freedom / 2) * math.gamma(freedom / 2)
    density = 2 * grid ** (freedom - 1) * np.exp(-(grid**2) / 2) / scale
    area = float(((density[1:] + density[:-1]) / 2 * np.diff(grid)).sum())
    assert beyond_chi_squared(value, freedom) == pytest.approx(area, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize(("above", "below"), [(1, 1), (2, 3), (4, 4), (4, 28), (3, 21)])
@pytest.mark.parametrize("value", [0.0, 0.2, 1.0, 3.0, 12.0])
def test_the_chance_of_f_is_what_is_left_of_the_beta_density(above: int, below: int, value: float) -> None:
    a, b = below / 2, above / 2
    end = math.asin(math.sqrt(below / (below + above * value)))  # over the angle, where no end is infinite
    grid = np.linspace(0.0, end, 200_001)
    scale = 2 * math.gamma(a + b) / math.gamma(a) / math.gamma(b)
    density = scale * np.sin(grid) ** (2 * a - 1) * np.cos(grid) ** (2 * b - 1)
    area = float(((density[1:] + density[:-1]) / 2 * np.diff(grid)).sum())
    assert beyond_f(value, above, below) == pytest.approx(area, rel=1e-4, abs=1e-9)


def test_a_restless_mix_gives_few_alarms() -> None:
    chance = np.random.default_rng(10)
    shares = np.array([0.7, 0.15, 0.1, 0.05])
    logs = [[chance.multinomial(900, chance.dirichlet(shares * 100)) for _ in range(12)] for _ in range(100)]
    assert sum(bool(find_shifts([np.array(log)])[0]) for log in logs) <= 6


def weeks(
    chance: np.random.Generator, shares: list[float], number: int
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([chance.multinomial(chance.integers(300, 900), shares) for _ in range(number)], dtype=np.int64)


def test_weeks_drawn_from_one_mix_give_no_alarm() -> None:
    chance = np.random.default_rng(5)
    alarms = [bool(find_shifts([weeks(chance, [0.7, 0.15, 0.1, 0.05], 12)])[0]) for _ in range(100)]
    assert sum(alarms) <= 3


def test_a_way_that_takes_over_is_named_in_its_week() -> None:
    chance = np.random.default_rng(6)
    for _ in range(20):
        before, after = weeks(chance, [0.7, 0.15, 0.1, 0.05], 8), weeks(chance, [0.55, 0.15, 0.1, 0.2], 1)
        (shift,) = [each for each in find_shifts([np.concatenate([before, after])])[0] if each.compared.week == 8]
        assert shift.risen == (3,)
        assert 0 in shift.fallen


def test_weeks_that_differ_by_themselves_raise_the_bar() -> None:
    restless = np.array([[800, 200], [600, 400], [820, 180], [580, 420], [800, 200], [610, 390], [560, 440]])
    calm = np.array([[700, 300]] * 6 + [[560, 440]])
    assert find_shifts([restless]) == [[]]
    assert [shift.compared.week for shift in find_shifts([calm])[0]] == [6]


def test_too_few_accounts_or_weeks_say_nothing() -> None:
    assert find_shifts([np.array([[30, 1], [30, 1], [1, 30]])]) == [[]]
    assert find_shifts([np.array([[900, 10], [10, 900]])]) == [[]]
    assert find_shifts([]) == []
