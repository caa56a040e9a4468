"""Exact tails and q values against naive twins in fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.graph.leaks.discoveries import q_values
from stanch.graph.leaks.tails import log_factorials, log_tail

Cell = tuple[int, int, int]  # people, victims, drawn

FACTORIALS = log_factorials(5000)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    people = draw(st.integers(1, 40))
    return people, draw(st.integers(0, people)), draw(st.integers(0, people))


def naive_tail(told: list[Cell], hits: int) -> Fraction:
    """Return the chance of at least so many hits by counting every way in whole numbers."""
    chances = {0: Fraction(1)}
    for people, victims, drawn in told:
        every = math.comb(people, drawn)
        after: dict[int, Fraction] = {}
        for before, chance in chances.items():
            for found in range(min(victims, drawn) + 1):
                ways = math.comb(victims, found) * math.comb(people - victims, drawn - found)
                after[before + found] = after.get(before + found, Fraction(0)) + chance * Fraction(ways, every)
        chances = after
    return sum((chance for found, chance in chances.items() if found >= hits), Fraction(0))


def tail(told: list[Cell], hits: int) -> float:
    people, victims, drawn = (np.array(column, np.int64) for column in zip(*told, strict=True))
    return log_tail(people, victims, drawn, hits, FACTORIALS)


@given(st.lists(cells(), min_size=1, max_size=5), st.integers(0, 12))
@settings(max_examples=150, deadline=None)
def test_the_tail_is_that_of_the_naive_twin(told: list[Cell], hits: int) -> None:
    exact = naive_tail(told, hits)
    if exact == 0:
        assert tail(told, hits) == -math.inf
    else:
        assert math.exp(tail(told, hits)) == pytest.approx(float(exact), rel=1e-9)


def test_a_tail_too_small_for_a_double_is_still_told_in_logarithms() -> None:
    exact = Fraction(math.comb(400, 300), math.comb(4000, 300))
    assert float(exact) < 1e-300
    assert tail([(4000, 400, 300)], 300) == pytest.approx(math.log(exact.numerator) - math.log(exact.denominator))


def test_who_opens_everybodys_record_has_opened_every_victims_by_no_chance_at_all() -> None:
    assert tail([(1000, 30, 1000)], 30) == pytest.approx(0.0, abs=1e-9)


def naive_q(p_values: list[float], tests: int) -> list[float]:
    """Return for each p the least share of wrong names at which Benjamini and Hochberg would name it."""

    def share(p: float) -> float:
        return min(tests * other / sum(each <= other for each in p_values) for other in p_values if other >= p)

    return [min(1.0, share(p)) for p in p_values]


@given(st.lists(st.floats(1e-12, 1.0), max_size=30), st.integers(0, 500))
@settings(max_examples=150, deadline=None)
def test_q_values_are_those_of_the_naive_twin(p_values: list[float], more: int) -> None:
    tests = len(p_values) + more
    found = q_values(np.log(np.array(p_values, np.float64)), tests) if p_values else np.zeros(0)
    assert found.tolist() == pytest.approx(naive_q(p_values, tests), rel=1e-9)
