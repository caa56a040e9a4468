from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_patterns.histories import Leg, history
from stanch.graph.patterns.counts import degrees, fans
from stanch.graph.patterns.cycle_counts import cycles
from stanch.graph.patterns.scatter_counts import scatter_gathers
from stanch.lab.bench.made_transfers import SHAPES, Shape
from stanch.lab.bench.patterns import COUNTS, PEER, peer_counts

WINDOW, SIZES, BUDGET = 10, 4, 1_000_000

leg = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 25), st.just(1))
legs_lists = st.lists(leg.filter(lambda each: each[0] != each[1]), max_size=40)


def in_order(legs: list[Leg]) -> list[Leg]:
    return sorted(legs, key=lambda each: each[2])


@given(legs_lists)
@settings(max_examples=60, deadline=None)
def test_fans_and_degrees_are_those_of_the_naive_twin(given_legs: list[Leg]) -> None:
    legs = in_order(given_legs)
    fan_in = fans(history(legs), WINDOW, SIZES)[:, :SIZES]
    degree_in = degrees(history(legs), WINDOW, SIZES)[:, :SIZES]
    for e, (_, payee, at, _) in enumerate(legs):
        before = [x[0] for x in legs[: e + 1] if x[1] == payee and x[2] > at - WINDOW]
        for counts, size in ((fan_in, len(set(before))), (degree_in, len(before))):
            assert counts[e].tolist() == [int(min(size - 2, SIZES - 1) == k) for k in range(SIZES)]


@given(legs_lists)
@settings(max_examples=60, deadline=None)
def test_cycles_are_those_of_the_naive_twin(given_legs: list[Leg]) -> None:
    legs = in_order(given_legs)
    counts, cut = cycles(history(legs), WINDOW, SIZES, BUDGET)
    assert not len(cut)
    for e, (payer, payee, at, _) in enumerate(legs):
        paths: dict[tuple[int, ...], int] = {(payee,): at - WINDOW - 1}
        closed = [0] * SIZES
        for _ in range(5):  # six accounts
            longer: dict[tuple[int, ...], int] = {}
            for path, last in paths.items():
                for giver, taker, when, _ in legs[:e]:
                    if giver == path[-1] and last < when < at and when >= at - WINDOW and taker not in path:
                        key = (*path, taker)
                        longer[key] = min(when, longer.get(key, when))
            for path in longer:
                closed[min(len(path) - 2, SIZES - 1)] += path[-1] == payer
            paths = {path: last for path, last in longer.items() if path[-1] != payer}
        assert counts[e].tolist() == closed


@given(legs_lists)
@settings(max_examples=60, deadline=None)
def test_scatter_gathers_are_those_of_the_naive_twin(given_legs: list[Leg]) -> None:
    legs = in_order(given_legs)
    counts, cut = scatter_gathers(history(legs), WINDOW, SIZES, BUDGET)
    assert not len(cut)
    for e, (payer, payee, at, _) in enumerate(legs):
        edges = {(x[0], x[1]) for x in legs[: e + 1] if x[2] >= at - WINDOW}
        sizes = [0] * SIZES
        for first, last in [(x, payee) for x in range(6)] + [(payer, x) for x in range(6)]:
            between = {m for m in range(6) if (first, m) in edges and (m, last) in edges} - {first, last}
            own = payer if last == payee else payee
            if first != last and own in between and len(between) > 1:
                sizes[min(len(between) - 2, SIZES - 1)] += 1
        assert counts[e].tolist() == sizes


def test_a_transfer_through_a_hub_beyond_the_work_budget_is_left_out_and_reported() -> None:
    legs = [(k, 0, k, 1) for k in range(1, 30)] + [(0, 40, 30, 1), (1, 50, 31, 1), (50, 40, 32, 1)]
    counts, cut = scatter_gathers(history(legs), 100, SIZES, 20)
    assert cut.tolist() == [29]
    assert not counts.sum()
    counts, cut = scatter_gathers(history(legs), 100, SIZES, 30)
    assert (counts[31].tolist(), cut.tolist()) == ([1, 0, 0, 0], [])


def test_a_search_for_cycles_beyond_the_work_budget_is_reported_and_counts_no_more_than_there_are() -> None:
    legs = [(0, k, 0, 1) for k in range(1, 30)] + [(k, 40, 1, 1) for k in range(1, 30)] + [(40, 0, 2, 1)]
    assert cycles(history(legs), 100, SIZES, BUDGET)[0][-1].tolist() == [0, 29, 0, 0]
    counts, cut = cycles(history(legs), 100, SIZES, 70)
    assert cut.tolist() == [58]
    assert counts[-1].sum() < 29


@pytest.mark.skipif(find_spec(PEER) is None, reason=f"{PEER} is not installed: a benchmark extra")
@pytest.mark.parametrize("name", list(COUNTS))
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_counts_are_those_of_the_graph_feature_preprocessor(name: str, shape: Shape) -> None:
    part = shape.made(40_000, 1)
    before = len(part) - 2_000
    ours = COUNTS[name](part, shape)[before:]
    assert ours.sum() or shape.name in ("day", "three days")
    assert np.array_equal(ours, peer_counts(name, part, shape, before))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_histories_to_measure_on_are_the_same_each_time(shape: Shape) -> None:
    one, other = shape.made(500, 3), shape.made(500, 3)
    assert np.array_equal(one.src, other.src)
    assert np.array_equal(one.at, other.at)
