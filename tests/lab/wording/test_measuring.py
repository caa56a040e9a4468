"""Figures against naive twins, splits that keep groups together, and a model that comes out the same twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.lab.wording.families import family_samples
from stanch.lab.wording.fitting import fit, folds_of, pieces_of_samples
from stanch.lab.wording.measuring import auc, calibration_gap, found_at_cost
from stanch.lab.wording.sources import read_sources
from stanch.store.text_files import shipped_lexicon

DATA = Path(__file__).parents[4] / "shared" / "data"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_chance_that_bad_scores_above_honest(rows: list[tuple[int, bool]]) -> None:
    score, bad = np.array([s / 4 for s, _ in rows]), np.array([b for _, b in rows])
    if bad.all() or not bad.any():
        return
    pairs = [(a > b) + (a == b) / 2 for a in score[bad] for b in score[~bad]]
    assert auc(score, bad) == pytest.approx(sum(pairs) / len(pairs))


def test_what_is_found_at_a_cost_scores_above_nearly_all_honest_texts() -> None:
    score, bad = np.linspace(0, 1, 200), np.arange(200) >= 100
    assert found_at_cost(score, bad) == 1.0
    assert found_at_cost(score, ~bad) == 0.0


def test_scores_that_are_as_sure_as_right_have_no_gap() -> None:
    score = np.repeat([0.25, 0.75], 4)
    bad = np.array([1, 0, 0, 0, 1, 1, 1, 0], bool)
    assert calibration_gap(score, bad) == pytest.approx(0.0)
    assert calibration_gap(score, ~bad) == pytest.approx(0.5)


def test_a_family_is_never_on_both_sides_of_a_split() -> None:
    samples = family_samples(1, 3)
    fold = folds_of(samples, 4)
    by_family: dict[str, set[int]] = {}
    for sample, number in zip(samples, fold, strict=True):
        by_family.setdefault(sample.group, set()).add(int(number))
    assert all(len(numbers) == 1 for numbers in by_family.values())
    assert set(fold) == {0, 1, 2, 3}


def test_a_fit_on_equal_texts_is_equal() -> None:
    pieces = pieces_of_samples(family_samples(1, 2), shipped_lexicon())
    first, second = fit(pieces), fit(pieces)
    assert np.array_equal(first.weights, second.weights)
    right = (first.logits(pieces).argmax(axis=1) == pieces.classes).mean()
    assert right > 0.9


@pytest.mark.data
def test_every_source_is_read_with_its_groups() -> None:
    if not DATA.is_dir():
        pytest.skip("the shared data files are not beside the project")
    samples = read_sources(DATA, 1)
    assert {(sample.source, sample.class_) for sample in samples} == {
        ("dialogs", "scam"), ("dialogs", "ordinary"), ("messages_en", "advert"), ("messages_en", "ordinary"),
        ("messages_zh", "ordinary"),
    }  # fmt: skip
    assert len({sample.group for sample in samples if sample.source == "dialogs"}) >= 12
