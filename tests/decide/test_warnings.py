"""The words for people in danger: complete, calm, and fit for the age."""

from __future__ import annotations

from importlib.resources import files

import pytest

from stanch.decide.warnings import parse_warnings
from stanch.engine.telling import load_warnings
from stanch.model.decisions import LADDERS
from stanch.model.errors import ConfigError
from stanch.store.catalogue_files import load_shipped

WORDS = load_warnings()
SHIPPED = (files("stanch.decide") / "warnings.yaml").read_text(encoding="utf-8")


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


def test_the_limits_of_spending_stand_in_the_typology_alone_as_the_authority_set_them() -> None:
    assert WORDS.guardian_of == ("minor",)
    spending = load_shipped().get("finance.minor_spending")
    assert WORDS.scheme(spending.id) in WORDS.guardian_of
    limits = spending.parameters
    assert [limits[name] for name in ("max_age_none", "max_age_lower", "max_age")] == [8, 16, 18]
    assert [limits[f"min_{each}_lower"] for each in ("single", "month")] == [5_000, 20_000]
    assert [limits[f"min_{each}"] for each in ("single", "month")] == [10_000, 40_000]
    for band in ("_lower", ""):  # a day is ours to choose: more than a payment, less than a month
        assert limits[f"min_single{band}"] < limits[f"min_day{band}"] < limits[f"min_month{band}"]


def test_a_guardian_of_a_scheme_without_words_is_refused() -> None:
    with pytest.raises(ConfigError, match="no words for 'gambling'"):
        parse_warnings(SHIPPED.replace("guardian_of: [minor]", "guardian_of: [gambling]"), "w.yaml")


def test_a_contact_learns_no_more_than_needed() -> None:
    for words in WORDS.contact.values():
        assert "{" not in words.en + words.zh
        assert "payee" not in words.en
