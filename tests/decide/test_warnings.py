"""The words for people in danger: complete, calm, and fit for the age."""

from __future__ import annotations

import pytest

from stanch.engine.warnings import load_warnings
from stanch.model.decisions import LADDERS
from stanch.store.catalogue_files import load_shipped

WORDS = load_warnings()


def test_every_typology_that_protects_has_its_scheme() -> None:
    protecting = {each.id for each in load_shipped().typologies if each.side == "protect"}
    assert protecting == set(WORDS.schemes_of)


def test_every_scheme_age_and_step_has_words_in_both_languages_without_shouting() -> None:
    for language in ("en", "zh"):
        for step in LADDERS["protect"]:
            for scheme in WORDS.schemes:
                for band in WORDS.bands:
                    text = WORDS.text(step, scheme, band, language)
                    assert text
                    assert not set(text) & set("!！{}")


@pytest.mark.parametrize(
    ("age", "band"), [(None, "adult"), (0, "child"), (13, "child"), (14, "teen"), (18, "adult"), (60, "old")]
)
def test_an_age_has_its_band(age: int | None, band: str) -> None:
    assert WORDS.band(age) == band


@pytest.mark.parametrize(
    ("age", "amount", "spent", "broken"),
    [
        (7, 1, 0, True), (8, 5000, 15000, False), (8, 5001, 0, True), (15, 5000, 15001, True),
        (16, 10000, 30000, False), (17, 10000, 30001, True), (18, 10**6, 10**6, False), (None, 10**6, 0, False),
    ],
)  # fmt: skip
def test_a_limit_is_broken_one_cent_above_it(age: int | None, amount: int, spent: int, broken: bool) -> None:
    assert (WORDS.over(age, amount, spent) is not None) == broken


def test_a_contact_learns_no_more_than_needed() -> None:
    for words in WORDS.contact.values():
        assert "{" not in words.en + words.zh
        assert "payee" not in words.en
