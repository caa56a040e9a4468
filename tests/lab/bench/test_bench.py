from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stanch.lab.bench.figure import Measured, budgets, judged
from stanch.lab.bench.scored import made_model
from stanch.lab.bench.suite import BENCHMARKS, run_benchmarks
from stanch.lab.bench.twin import Twin
from stanch.lab.bench.windows import as_events, features, observe, payments
from stanch.lab.train.train import load_definition
from stanch.model.columns import NULL
from stanch.model.errors import InputError


def test_the_twin_computes_what_the_kernel_computes() -> None:
    rows = payments(3_000)
    twin = np.array([[NULL if value is None else value for value in row] for row in Twin().observe(as_events(rows))])
    assert twin.shape == (3_000, len(features()))
    assert np.array_equal(observe(rows), twin)


def test_every_budget_has_its_benchmark() -> None:
    assert set(budgets()) <= set(BENCHMARKS)


def test_less_is_better_where_the_budget_says_so() -> None:
    figure = judged(Measured("idempotency", 0.2, "µs/event", "peer", 2.0))
    assert figure.held
    assert figure.ratio == pytest.approx(10)
    assert not judged(Measured("idempotency", 0.4, "µs/event")).held


def test_a_figure_that_is_fast_but_not_faster_than_its_peer_does_not_hold() -> None:
    assert not judged(Measured("windows", 2e6, "events/s", "peer", 1e6)).held


def test_an_unknown_benchmark_is_named() -> None:
    with pytest.raises(InputError, match="no benchmark 'x'; known: durable_write"):
        run_benchmarks(["x"], lambda done, of, part: None)


def test_the_model_of_the_benchmark_is_as_large_as_one_that_is_trained() -> None:
    definition = load_definition(Path("cards"))
    trees = made_model(definition).trees
    assert len(trees.roots) == definition.learning.trees
    assert len(trees.leaf) == definition.learning.trees * definition.learning.leaves
    assert set(trees.feature.tolist()) == set(range(len(definition.inputs)))
