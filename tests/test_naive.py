"""The oracle itself, by hand: small enough to check with a pencil."""

from __future__ import annotations

from typing import Any

import pytest

from naive import naive_condition, naive_features
from stanch.features.conditions import COLUMN_TYPES, ValueType, parse_condition
from stanch.features.definition import parse_feature

SECOND = 1_000_000
ROWS: list[dict[str, Any]] = [  # cells are int, str or None
    {"seq": 0, "as_of": 0, "kind": "transfer", "src": "a", "dst": "m", "amount": 10},
    {"seq": 1, "as_of": 10 * SECOND, "kind": "transfer", "src": "b", "dst": "m", "amount": 7},
    {"seq": 2, "as_of": 20 * SECOND, "kind": "transfer", "src": "a", "dst": "m", "amount": None},
    {"seq": 3, "as_of": 30 * SECOND, "kind": "warned", "src": None, "dst": "m", "detail": "warn"},
    {"seq": 4, "as_of": 40 * SECOND, "kind": "profile", "src": "m", "detail": "birth_year", "number": 1961},
    {"seq": 5, "as_of": 50 * SECOND, "kind": "listed", "dst": "m", "detail": "known_business"},
    {"seq": 6, "as_of": 60 * SECOND, "kind": "transfer", "src": "m", "dst": "c", "amount": 3},
]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"count": True, "by": "dst", "at": "src", "over": "1m", "where": "kind = 'transfer'"}, 3),
        ({"count": True, "by": "dst", "at": "src", "over": "50s", "where": "kind = 'transfer'"}, 2),
        ({"count": True, "by": "dst", "at": "src", "over": "1m"}, 4),
        ({"count": True, "by": "dst", "at": "src", "over": "1m", "where": "kind = 'warned'"}, 1),
        ({"distinct": "src", "by": "dst", "at": "src", "over": "1m", "where": "kind = 'transfer'"}, 2),
        ({"distinct": ["src", "dst"], "by": "dst", "at": "src", "over": "1m", "where": "kind = 'transfer'"}, 2),
        ({"total": "amount", "by": "dst", "at": "src", "over": "1m"}, 17),
        ({"largest": "amount", "by": "dst", "at": "src", "over": "1m"}, 10),
        ({"latest": "amount", "by": "dst", "at": "src", "over": "1m"}, 7),
        ({"latest": "src", "by": "dst", "at": "src", "over": "1m"}, "a"),
        ({"since_first": True, "by": "dst", "at": "src", "over": "1m"}, 60),
        ({"since_last": True, "by": "dst", "at": "src", "over": "1m", "where": "kind = 'transfer'"}, 40),
        ({"total": "amount", "by": "src", "over": "1m", "where": "kind = 'transfer'"}, 0),
        ({"largest": "amount", "by": "src", "over": "1m", "where": "kind = 'transfer'"}, None),
        ({"count": True, "by": "device", "over": "1m"}, None),
        ({"count": True, "by": ["src", "dst"], "at": ["dst", "src"], "over": "1m"}, 0),
        ({"profile": "birth_year", "of": "src"}, 1961),
        ({"profile": "lives_alone", "of": "src"}, None),
        ({"listed": "known_business", "of": "src"}, 1),
        ({"listed": "known_business", "of": "dst"}, 0),
        ({"listed": "known_business", "of": "device"}, None),
        ({"since": "transfer", "of": "src"}, 40),
        ({"first_seen": "src"}, 60),
        ({"last_seen": "src"}, 10),
        ({"first_seen": "dst"}, None),
    ],
)
def test_each_form_of_feature_at_the_last_row(form: dict[str, object], expected: object) -> None:
    assert naive_features(ROWS, {"it": parse_feature(form, "it")})[-1]["it"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n = 3", True),
        ("none = 3", None),
        ("n = 3 or none = 3", True),
        ("n = 4 or none = 3", None),
        ("n = 4 and none = 3", False),
        ("n = 3 and none = 3", None),
        ("not none = 3", None),
        ("none is null and n is not null", True),
        ("n in (1, 3)", True),
        ("n in (1, null)", None),
        ("none in (1, 3)", None),
        ("n between 3 and 4", True),
        ("n between 4 and none", False),
        ("n between 3 and none", None),
        ("n / 2 = 1.5", True),
        ("n / 0 = 1", None),
        ("coalesce(none, n) = 3", True),
        ("-n + 2 * 4 - 5 = 0", True),
        ("kind = 'transfer' and kind <> 'login'", True),
        ("n >= :least", False),
    ],
)
def test_conditions_have_three_values(text: str, expected: bool | None) -> None:
    types = {**COLUMN_TYPES, "n": ValueType.INT, "none": ValueType.INT}
    condition = parse_condition(text, types, {"least"})
    assert naive_condition(condition.tree, {"kind": "transfer"}, {"n": 3, "none": None, "least": 4}) is expected


def test_whole_numbers_that_do_not_fit_are_an_error() -> None:
    condition = parse_condition("n * n > 1", {"n": ValueType.INT})
    with pytest.raises(OverflowError):
        naive_condition(condition.tree, {}, {"n": 2**62})
