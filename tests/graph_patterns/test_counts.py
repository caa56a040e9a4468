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
from stanch.lab.bench.patterns import COUNTS, PEER, made_transfers, peer_counts

WINDOW, SIZES, BUDGET = 10, 4, 1_000_000

leg = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 25), st.just(1))
legs_lists = st.lists(leg.filter(lambda each: each[0] != each[1]), max_size=40)


def in_order(legs: list[Leg]) -> list[Leg]:
    return sorted(legs, key=lambda each: each[2])


@given(legs_lists)
@settings(max_examples=60, deadline=None)
def test_fans_and_degrees_are_those_of_the_naive_twin(given_legs: list[Leg]) -> None:
    legs = in_order(given_legs)
    fan_in, _ = fans(history(legs), WINDOW, SIZES)
    degree_in, _ = degrees(history(legs), WINDOW, SIZES)
    for e, (_, payee, at, _) in enumerate(legs):
        before = [x[0] for x in legs[: e + 1] if x[1] == payee and x[2] > at - WINDOW]
        for counts, size in ((fan_in, len(set(before))), (degree_in, len(before))):
            assert counts[e].tolist() == [int(min(size - 2, SIZES - 1) == k) for k in range(SIZES)]


@given(legs_lists)
@settings(max_examples=60, deadline=None)
def test_cycles_are_those_of_the_naive_twin(given_legs: list[Leg]) -> None:
    legs = in_order(given_legs)
    counts, cut = cycles(history(legs), WINDOW, SIZES + 1, BUDGET)
    assert not len(cut)
    for e, (payer, payee, at, _) in enumerate(legs):
        paths: dict[tuple[int, ...], int] = {(payee,): at - WINDOW - 1}
        closed = [0] * SIZES
        for _ in range(SIZES):
            longer: dict[tuple[int, ...], int] = {}
            for path, last in paths.items():
                for giver, taker, when, _ in legs[:e]:
                    if giver == path[-1] and last < when < at and when >= at - WINDOW and taker not in path:
                        key = (*path, taker)
                        longer[key] = min(when, longer.get(key, when))
            for path in longer:
                closed[len(path) - 2] += path[-1] == payer
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


def test_a_hub_beyond_the_work_budget_is_reported() -> None:
    legs = [(0, k, k, 1) for k in range(1, 30)] + [(k, 40, 30 + k, 1) for k in range(1, 30)]
    assert len(scatter_gathers(history(legs), 100, SIZES, 3)[1])


@pytest.mark.skipif(find_spec(PEER) is None, reason=f"{PEER} is not installed: a benchmark extra")
@pytest.mark.parametrize("name", list(COUNTS))
@pytest.mark.parametrize("seed", [1, 2])
def test_counts_are_those_of_the_graph_feature_preprocessor(name: str, seed: int) -> None:
    part = made_transfers(6_000, seed)
    ours = COUNTS[name](part)
    assert ours.sum()
    assert np.array_equal(ours, peer_counts(name, part))
