"""Figures against naive twins, splits that keep groups together, and a model that comes out the same twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.lab.wording.families import family_samples, set_aside_samples
from stanch.lab.wording.fitting import folds_of, train
from stanch.lab.wording.measuring import auc, calibration_gap, found_at_cost, measure_samples
from stanch.lab.wording.sources import read_sources
from stanch.store.text_files import shipped_lexicon
from stanch.text.model import CLASSES, read_model
from stanch.text.scoring import Scorer

#: Two families of each class: enough to learn from in a test.
FEW = (
    "zh_police", "zh_loan", "zh_invest", "zh_cards", "zh_data", "zh_accounts", "zh_ad_shop", "zh_ad_job", "zh_ad_house",
    "zh_chat", "zh_parcel", "zh_otp",
)  # fmt: skip
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


SOME = [sample for sample in family_samples(1, 1) if sample.group in FEW]


def test_a_model_of_equal_texts_is_equal_byte_for_byte_and_knows_them_again() -> None:
    first, second = (train(SOME, 1, lambda _: None) for _ in range(2))
    assert first == second
    scorer = Scorer(read_model(first, "first"), shipped_lexicon())
    scores = scorer.scores([sample.text for sample in SOME])
    right = np.array([CLASSES[which] for which in scores.argmax(axis=1)]) == [sample.class_ for sample in SOME]
    assert right.mean() > 0.75  # few texts of each family: far above the half that the largest class would give


def test_what_is_set_aside_is_measured_and_never_learned_from() -> None:
    aside = [sample for sample in set_aside_samples(1, 1) if sample.group in ("zh_x_t_bank", "zh_x_ord_family")]
    lines = measure_samples(SOME, aside, 1, lambda _: None)
    named = {(line.split, line.texts_of): line for line in lines}
    told = named["set aside", "set aside zh: scam, trade against honest"]
    assert (told.bad, told.honest) == (4, 6)
    assert ("families and categories apart", "set aside zh: scam, trade against honest") not in named
    assert ("set aside", "families zh: scam, trade against honest") not in named


def test_the_families_set_aside_share_neither_name_nor_text_with_the_others() -> None:
    learned, aside = family_samples(1, 1), set_aside_samples(1, 1)
    assert not {sample.group for sample in learned} & {sample.group for sample in aside}
    assert not {sample.text for sample in learned} & {sample.text for sample in aside}
    assert {(sample.class_, sample.group[:2]) for sample in aside} == {
        (class_, language) for class_ in CLASSES for language in ("zh", "en")
    }


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
