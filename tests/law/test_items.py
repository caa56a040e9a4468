"""Claims about how many items of personal information the law counts from, and what counted items say to that."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.intake.items.report import load_item_rules
from stanch.law.items import MET, MIXED, NOT_MET, UNKNOWN, Answer, Items, assess, parse_item_rules, rule_on
from stanch.model.errors import ConfigError

RULES = load_item_rules("cn")
RULE = rule_on(RULES, date(2026, 3, 2))

TEXT = """\
id: xx
rules:
  - id: xx.one
    basis: {en: a text, zh: 文本}
    source: a text
    classes: {property: {items: 50, place: "art. 1"}}
    mixed: "art. 2"
    insider: {share: "1/2", place: "art. 3"}
    bands: {serious: 1}
    from: "2020-01-01"
    mark: chosen
"""


def answer(found: dict[str, Items], of: str, band: str = "serious", *, insider: bool = False) -> Answer:
    return next(each for each in assess(RULE, found, insider=insider) if (each.of, each.band) == (of, band))


@pytest.mark.parametrize(("of", "needed"), [("track", 50), ("credit", 50), ("health", 500), ("other", 5000)])
def test_a_threshold_is_met_at_its_number_and_not_one_below(of: str, needed: int) -> None:
    assert answer({of: Items(needed)}, of).answer == MET
    assert answer({of: Items(needed - 1)}, of).answer == NOT_MET


def test_what_is_inferred_or_unread_is_never_enough_and_never_too_little() -> None:
    assert answer({"property": Items(49, 1)}, "property").answer == UNKNOWN
    assert answer({"property": Items(49, 0, 1)}, "property").answer == UNKNOWN
    assert answer({"property": Items(0, 49)}, "property").answer == NOT_MET


def test_classes_that_fall_short_are_summed_up_in_proportion() -> None:
    half = {"property": Items(25), "health": Items(250)}
    assert answer(half, "property").answer == answer(half, "health").answer == NOT_MET
    assert answer(half, MIXED).answer == MET
    assert answer({"property": Items(25), "health": Items(249)}, MIXED).answer == NOT_MET


def test_what_came_from_somebodys_own_work_counts_from_half_the_number() -> None:
    assert answer({"property": Items(25)}, "property", insider=True).answer == MET
    assert answer({"property": Items(25)}, "property").answer == NOT_MET


def test_the_heavier_band_begins_at_ten_times_the_number() -> None:
    assert answer({"other": Items(50_000)}, "other", "especially_serious").answer == MET
    assert answer({"other": Items(49_999)}, "other", "especially_serious").answer == NOT_MET


def test_nothing_is_ever_called_guilty() -> None:
    found = assess(RULE, {"property": Items(10**6)})
    assert {each.answer for each in found} <= {MET, NOT_MET, UNKNOWN}
    assert all(each.provision == RULE.id and each.place.startswith("art. 5") for each in found)


@st.composite
def counts(draw: st.DrawFn) -> dict[str, Items]:
    unread = draw(st.integers(0, 60))
    numbers = st.integers(0, 600)
    return {of: Items(draw(numbers), draw(numbers), unread) for of in RULE.classes if draw(st.booleans())}


@given(counts())
@settings(max_examples=100, deadline=None)
def test_the_mixed_sum_is_that_of_the_naive_twin(found: dict[str, Items]) -> None:
    least = sum((Fraction(items.verified, RULE.classes[of].items) for of, items in found.items()), Fraction(0))
    most = least + sum((Fraction(items.inferred, RULE.classes[of].items) for of, items in found.items()), Fraction(0))
    most += Fraction(max((items.unread for items in found.values()), default=0), 50)
    expected = MET if least >= 1 else UNKNOWN if most >= 1 else NOT_MET
    assert answer(found, MIXED).answer == expected


def test_before_its_first_day_a_rule_is_none() -> None:
    with pytest.raises(ConfigError, match=r"cn\.253-1\.items\.2017 from 2017-06-01"):
        rule_on(RULES, date(2017, 5, 31))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("items: 50", "items: many", "items"),
        ("items: 50", "items: 0", "whole numbers"),
        ("mark: chosen", "mark: sure", "sure"),
        ('share: "1/2"', 'share: "1/0"', "1/0"),
        ("mixed:", "mixes:", "mixes"),
    ],
)
def test_a_rule_that_is_wrong_is_named_with_what_was_expected(old: str, new: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_item_rules(TEXT.replace(old, new), "xx.yaml")


def test_two_rules_on_one_day_are_refused() -> None:
    second = TEXT.split("rules:\n")[1].replace("xx.one", "xx.two").replace("2020-01-01", "2021-01-01")
    with pytest.raises(ConfigError, match=r"xx\.two"):
        parse_item_rules(TEXT + second, "xx.yaml")


def test_an_unknown_country_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="known: cn"):
        load_item_rules("zz")
