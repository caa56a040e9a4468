"""Features are data: what is written comes back, equal ones share a name, and mistakes are named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_tables import facts, windows
from stanch.features.conditions import ValueType
from stanch.features.definition import Feature, Window, parse_feature, plain_feature
from stanch.model.errors import ConfigError

COUNT = {"count": True, "by": "src", "over": "1h"}


@settings(max_examples=60, deadline=None)
@given(feature=st.one_of(windows(caused=True), facts()))
def test_the_plain_form_reads_back_as_the_same_feature(feature: Feature) -> None:
    again = parse_feature(plain_feature(feature), "again")
    assert (again, again.name) == (feature, feature.name)


def test_equal_definitions_have_one_name_whatever_their_spelling() -> None:
    one = parse_feature({**COUNT, "where": "kind='transfer'  AND amount>3"}, "one")
    other = parse_feature({**COUNT, "at": ["src"], "over": "60m", "where": "kind = 'transfer' and amount > 3"}, "other")
    assert one.name == other.name
    assert parse_feature({**COUNT, "over": "2h"}, "third").name != one.name


def test_a_window_counts_our_own_decisions_only_where_it_names_them() -> None:
    silent, named = parse_feature(COUNT, "a"), parse_feature({**COUNT, "where": "kind = 'warned'"}, "b")
    assert isinstance(silent, Window)
    assert isinstance(named, Window)
    assert not silent.sees_our_own
    assert named.sees_our_own
    assert named.kinds == {"warned"}


def test_the_latest_of_a_column_is_of_its_type() -> None:
    latest = {"latest": "dst", "by": "src", "over": "1h"}
    assert parse_feature(latest, "a").type is ValueType.ENTITY
    assert parse_feature({**latest, "latest": "currency"}, "a").type is ValueType.SYMBOL
    assert parse_feature({**latest, "latest": "happened_at"}, "a").type is ValueType.INT


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "name exactly one of count, total"),
        ({"count": True, "total": "amount", "by": "src", "over": "1h"}, "found: count, total"),
        ({"count": True, "over": "1h"}, "by is missing"),
        ({"count": True, "by": "src"}, "over is missing"),
        ({**COUNT, "over": "an hour"}, "not a duration: 'an hour'"),
        ({**COUNT, "by": "payer"}, "unknown column 'payer' in by; known: source"),
        ({**COUNT, "by": ["src", "dst", "device"]}, "one column or a pair"),
        ({**COUNT, "by": ["src", "src"]}, "one column or a pair"),
        ({**COUNT, "at": ["src", "dst"]}, "equally many roles"),
        ({**COUNT, "at": "currency"}, "is a entity, at 'currency' is a word"),
        ({**COUNT, "by": ["src", "amount"]}, "the second role of a pair"),
        ({**COUNT, "unless": "x"}, "unknown key 'unless'; known: count, by, at, over, where"),
        ({**COUNT, "count": "amount"}, "count takes no column: write true"),
        ({"total": True, "by": "src", "over": "1h"}, "total takes a column"),
        ({"total": "currency", "by": "src", "over": "1h"}, "one column of numbers"),
        ({"latest": ["src", "dst"], "by": "src", "over": "1h"}, "latest takes one column"),
        ({"distinct": ["src", "amount"], "by": "src", "over": "1h"}, "distinct over a pair"),
        ({**COUNT, "where": "kind = 'transfer' and kind = 'login'"}, "where can never be true"),
        ({**COUNT, "where": "kind = 'gift'"}, "unknown kind 'gift'"),
        ({**COUNT, "where": "amount"}, "must be true or false"),
        ({"profile": "birth_year"}, "of is missing"),
        ({"profile": "Birth Year", "of": "src"}, "a word of small letters"),
        ({"listed": "known", "of": "amount"}, "unknown role 'amount'; known: address"),
        ({"since": "warned", "of": "src"}, "a kind of event that senders report"),
        ({"first_seen": "src", "of": "src"}, "unknown key 'of'; known: first_seen"),
    ],
)
def test_a_wrong_definition_says_where_and_what_was_expected(form: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_feature(form, "features.bad")
    assert str(raised.value).startswith("features.bad: ")
    assert says in str(raised.value)
