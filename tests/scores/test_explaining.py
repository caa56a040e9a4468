from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from scores.small_model import Floats, some_trees
from stanch.scores.explaining import contributions, games_of
from stanch.scores.trees import Trees, parse_trees, unknown_goes_left
from stanch.scores.walks import cuts_of, margins

lightgbm = pytest.importorskip("lightgbm")


def ours(trees: Trees, inputs: Floats) -> Floats:
    return contributions(games_of(trees), inputs)


@pytest.mark.parametrize("seed", range(6))
def test_contributions_are_those_of_lightgbm(seed: int) -> None:
    text, asked = some_trees(seed)
    trees = parse_trees(text)
    theirs = lightgbm.Booster(model_str=text).predict(asked, pred_contrib=True, num_threads=1)
    mine = np.stack([ours(trees, row) for row in asked])
    np.testing.assert_allclose(mine, theirs[:, :-1], rtol=0, atol=1e-10)


def test_contributions_add_up_to_the_score_less_the_mean() -> None:
    text, asked = some_trees(2)
    trees = parse_trees(text)
    mean = without(trees, asked[0], frozenset())
    for row in asked[:50]:
        assert ours(trees, row).sum() == pytest.approx(margins(cuts_of(trees, 3), row[None, :])[0] - mean, abs=1e-10)


def test_contributions_are_shapley_values_by_their_definition() -> None:
    """The slow twin: every set of the other inputs, each weighed by how many orders put it first."""
    text, asked = some_trees(4)
    trees = parse_trees(text)
    for row in asked[:15]:
        np.testing.assert_allclose(ours(trees, row), shapley(trees, row), rtol=0, atol=1e-10)


def shapley(trees: Trees, row: Floats) -> list[float]:
    players = range(len(row))
    values = []
    for player in players:
        others = [each for each in players if each != player]
        total = 0.0
        for size in range(len(others) + 1):
            weight = factorial(size) * factorial(len(others) - size) / factorial(len(row))
            for known in map(frozenset, combinations(others, size)):
                total += weight * (without(trees, row, known | {player}) - without(trees, row, known))
        values.append(total)
    return values


def without(trees: Trees, row: Floats, known: frozenset[int]) -> float:
    """The score where only some inputs are known; at a split on another one both ways are gone, by training rows."""
    return sum(_value(trees, int(root), row, known) for root in trees.roots)


def _value(trees: Trees, at: int, row: Floats, known: frozenset[int]) -> float:
    if at < 0:
        return float(trees.leaf[~at])
    ways = [int(trees.left[at]), int(trees.right[at])]
    if int(trees.feature[at]) in known:
        value, threshold = float(row[trees.feature[at]]), float(trees.threshold[at])
        left = unknown_goes_left(int(trees.missing[at]), threshold) if np.isnan(value) else value <= threshold
        return _value(trees, ways[0 if left else 1], row, known)
    counts = [trees.rows[way] if way >= 0 else trees.leaf_rows[~way] for way in ways]
    values = [_value(trees, way, row, known) for way in ways]
    return float((counts[0] * values[0] + counts[1] * values[1]) / trees.rows[at])
