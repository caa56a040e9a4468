from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.lab.measure.labels import ranked


def rank(positive: list[int], scores: list[float]) -> tuple[float | None, float | None]:
    found = ranked(np.array(positive, dtype=bool), np.array(scores), np.zeros(len(scores), dtype=np.int64))
    return found.roc_auc, found.average_precision


def test_scores_that_put_all_positives_first_are_perfect() -> None:
    assert rank([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1]) == (1.0, 1.0)


def test_equal_scores_are_worth_a_blind_guess() -> None:
    assert rank([1, 0, 0, 0], [0.5] * 4) == (0.5, 0.25)


def test_without_positives_there_is_nothing_to_rank() -> None:
    assert rank([0, 0], [0.1, 0.9]) == (None, None)


def test_precision_a_day_shares_places_among_equal_scores() -> None:
    positive = np.array([True] * 50 + [False] * 150)
    found = ranked(positive, np.zeros(200), np.zeros(200, dtype=np.int64))
    assert found.precision_a_day == pytest.approx(0.25)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=40))
def test_ranking_agrees_with_counting_pairs(rows: list[tuple[bool, int]]) -> None:
    good = [score for flag, score in rows if flag]
    bad = [score for flag, score in rows if not flag]
    auc, average = rank([int(flag) for flag, _ in rows], [float(score) for _, score in rows])
    if not good or not bad:
        assert auc is None
        return
    pairs = sum((g > b) + 0.5 * (g == b) for g in good for b in bad) / (len(good) * len(bad))
    assert auc == pytest.approx(pairs)
    assert average is not None
    steps = [
        (sum(g >= limit for g in good), sum(s >= limit for _, s in rows))
        for limit in sorted({s for _, s in rows}, reverse=True)
    ]
    before, expected = 0, 0.0
    for hits, seen in steps:
        expected += (hits - before) / len(good) * hits / seen
        before = hits
    assert average == pytest.approx(expected)
