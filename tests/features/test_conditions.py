"""Conditions: what the subset of SQL takes, what it refuses and how it says so."""

from __future__ import annotations

import pytest

from stanch.features.conditions import COLUMN_TYPES, ValueType, admitted_kinds, given_kind, parse_condition
from stanch.features.program import DEPTH, Names, compile_condition
from stanch.model.columns import INDEX
from stanch.model.errors import ConfigError
from stanch.model.kinds import CAUSED, INTERNAL, KINDS

TYPES = {**COLUMN_TYPES, ":share": ValueType.FLOAT}


@pytest.mark.parametrize(
    "text",
    [
        "amount > 3",
        "(:least + 1) < amount",
        "-amount < -:least",
        "amount / duration > :share or amount is null",
        "src = dst and currency <> 'CNY'",
        "currency in ('CNY', null)",
        "amount between 1 and :least",
        "coalesce(amount, number, 0) = 0",
        "not (hour >= 6 and hour < 22)",
        "amount > 9223372036854775807",
        "(src = dst) = (currency = 'CNY')",
        "null",
    ],
)
def test_the_subset_is_taken_and_reads_back(text: str) -> None:
    condition = parse_condition(text, TYPES, {"least", "share"})
    again = parse_condition(condition.text, TYPES, {"least", "share"})
    assert (again.text, again.tree) == (condition.text, condition.tree)


def test_names_and_parameters_are_told_apart() -> None:
    condition = parse_condition("amount >= :least and amount < 10 * :least", TYPES, {"least"})
    assert condition.names == {"amount"}
    assert condition.parameters == {"least"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("amount >", "not a condition"),
        ("amount", "must be true or false, but 'amount' is a number"),
        ("salary > 3", "unknown name 'salary'"),
        ("events.amount > 3", "unknown name 'events.amount'"),
        ("amount > :most", "unknown parameter ':most' in 'amount > :most'; known: least, share"),
        ("src > dst", "expected a number"),
        ("src = 'card:+8613800138000'", "compares a entity with a word"),
        ("currency = 156", "compares a number with a word"),
        ("amount + currency > 3", "expected a number"),
        ("amount and true", "expected a truth value"),
        ("not amount", "expected a truth value"),
        ("abs(amount) > 3", "not in the subset"),
        ("amount % 2 = 0", "not in the subset"),
        ("currency like 'C%'", "not in the subset"),
        ("amount in (select 1)", "not in the subset"),
        ("amount > 3; drop table events", "not in the subset"),
        ("case when amount > 3 then true end", "not in the subset"),
        ("amount > 9223372036854775808", "too large"),
        ("amount / 2 > 1e999", "too large"),
    ],
)
def test_what_is_not_in_the_subset_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_condition(text, TYPES, {"least", "share"})
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("kind = 'transfer'", {"transfer"}),
        ("kind in ('transfer', 'warned')", {"transfer", "warned"}),
        ("(kind = 'transfer' or kind = 'settled') and amount > 3", {"transfer", "settled"}),
        ("kind = 'transfer' and amount > 3 or kind = 'login'", {"transfer", "login"}),
        ("kind = 'transfer' and kind = 'login'", set()),
        ("kind in ('transfer', 'login') and kind <> 'login'", {"transfer", "login"}),
        ("kind = 'tick'", set()),
    ],
)
def test_a_window_admits_the_kinds_that_its_condition_names(text: str, kinds: set[str]) -> None:
    assert admitted_kinds(parse_condition(text, COLUMN_TYPES)) == kinds


@pytest.mark.parametrize("text", ["amount > 3", "kind = 'transfer' or amount > 3", "not kind = 'transfer'"])
def test_a_condition_that_is_not_limited_to_kinds_admits_all_that_senders_report(text: str) -> None:
    assert admitted_kinds(parse_condition(text, COLUMN_TYPES)) == KINDS.keys() - CAUSED - INTERNAL


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("kind = 'transfer'", None),
        ("kind in ('login', 'transfer')", None),
        ("kind = 'transfer' and amount > 3 and channel = 'qr'", "amount > 3 AND channel = 'qr'"),
        ("amount > 3 and kind in ('transfer', 'login')", "amount > 3"),
        ("kind = 'login' or amount > 3", "kind = 'login' OR amount > 3"),
        ("not kind = 'login' and amount > 3", "NOT kind = 'login' AND amount > 3"),
        ("amount in (3, 4)", "amount IN (3, 4)"),
    ],
)
def test_of_a_known_kind_only_the_rest_of_a_condition_is_asked(text: str, rest: str | None) -> None:
    asked = given_kind(parse_condition(text, TYPES), "transfer")
    assert (None if asked is None else asked.text) == rest


def test_a_condition_too_deep_for_the_machine_is_refused() -> None:
    deep = "amount + (" * DEPTH + "amount" + ")" * DEPTH + " > 0"
    with pytest.raises(ConfigError, match="nested too deeply"):
        compile_condition(parse_condition(deep, COLUMN_TYPES), Names(INDEX, {}, COLUMN_TYPES, {}, len))
