from __future__ import annotations

from collections import Counter

import numpy as np

from stanch.lab.wording.families import family_samples
from stanch.lab.wording.hiding import hidden
from stanch.text.model import CLASSES


def test_the_same_seed_gives_the_same_texts_and_another_seed_others() -> None:
    assert family_samples(3, 2) == family_samples(3, 2)
    assert family_samples(3, 2) != family_samples(4, 2)


def test_every_class_is_written_in_both_languages_by_several_families() -> None:
    families = {(sample.class_, sample.group[:2], sample.group) for sample in family_samples(1, 1)}
    counts = Counter((class_, language) for class_, language, _ in families)
    assert set(counts) == {(class_, language) for class_ in CLASSES for language in ("zh", "en")}
    assert min(counts.values()) >= 3


def test_no_slot_is_left_open() -> None:
    assert not [sample.text for sample in family_samples(1, 1) if "{" in sample.text or "}" in sample.text]


def test_hiding_changes_how_a_text_is_written() -> None:
    rng = np.random.default_rng(5)
    text = "长期收四件套，加微信abc123"
    assert len({hidden(text, True, rng) for _ in range(20)}) > 10
