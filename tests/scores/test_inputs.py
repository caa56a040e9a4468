"""One definition of an input, three computations: compiled, as SQL over history, and the naive twin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import naive_features
from random_tables import Row, event_rows, event_table
from scores.small_model import small_definition
from stanch.features.conditions import COLUMN_TYPES, parse_number
from stanch.features.sql import numbers_query
from stanch.lab.history import observe_history, read_history
from stanch.model.errors import ConfigError
from stanch.scores.definition import Definition, parse_definition
from stanch.scores.inputs import Inputs

TEXT = """
id: random
on: transfer
features:
  payments: {count: true, by: src, over: 1h}
  paid: {total: amount, by: src, over: 1h, where: "kind = 'transfer'"}
  came: {count: true, by: dst, at: src, over: 1m}
  largest: {largest: amount, by: src, over: 1h}
  last: {since_last: true, by: [src, dst], over: 1h}
  born: {profile: birth_year, of: src_person}
inputs:
  amount: {value: amount, en: a, zh: a}
  payments: {value: payments, en: a, zh: a}
  times_mean: {value: amount * payments / paid, en: a, zh: a}
  gap: {value: payments - came, en: a, zh: a}
  share: {value: "coalesce(came / payments, -1)", en: a, zh: a}
  half: {value: 0.5 * amount - largest, en: a, zh: a}
  last: {value: last, en: a, zh: a}
  age: {value: 2026 - born, en: a, zh: a}
  less: {value: -amount, en: a, zh: a}
"""
RANDOM = parse_definition(TEXT, "random.yaml")
FORMULAS = {  # the twin: what each input says, in Python; None where a number is missing
    "amount": lambda v: v["amount"],
    "payments": lambda v: v["payments"],
    "times_mean": lambda v: v["amount"] * v["payments"] / v["paid"],
    "gap": lambda v: v["payments"] - v["came"],
    "share": lambda v: v["came"] / v["payments"] if v["came"] is not None and v["payments"] else -1,
    "half": lambda v: 0.5 * v["amount"] - v["largest"],
    "last": lambda v: v["last"],
    "age": lambda v: 2026 - v["born"],
    "less": lambda v: -v["amount"],
}

Values = list[list[float | None]]


def live(rows: Sequence[Row], definition: Definition, batch: int) -> Values:
    history = read_history(event_table(rows))
    plan, features = observe_history(history, {definition.on: tuple(definition.features.values())}, batch)
    reader = Inputs(definition, plan, history.names.words.code)
    at = history.of(definition.on)
    return [[None if math.isnan(v) else v for v in row] for row in reader.read(history.rows, features, at).tolist()]


def in_sql(rows: Sequence[Row], definition: Definition) -> Values:
    numbers = {name: each.value for name, each in definition.inputs.items()}
    query = numbers_query([definition.on], numbers, definition.features).order_by("seq").sql("duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("events", event_table(rows))
        return [list(row[1:]) for row in connection.execute(query).fetchall()]


def slowly(rows: Sequence[Row], definition: Definition) -> Values:
    known = naive_features(rows, definition.features)
    return [
        [_or_none(formula, {**row, **each}) for formula in FORMULAS.values()]
        for row, each in zip(rows, known, strict=True)
        if row["kind"] == definition.on
    ]


def _or_none(formula: object, values: Mapping[str, object]) -> float | None:
    assert callable(formula)
    try:
        value = formula(values)
    except (TypeError, ZeroDivisionError):
        return None
    return None if value is None else float(value)


@settings(max_examples=60, deadline=None)
@given(rows=event_rows(), batch=st.sampled_from((1, 5, 4096)))
def test_inputs_are_the_same_live_in_sql_and_by_hand(rows: list[Row], batch: int) -> None:
    assert live(rows, RANDOM, batch) == slowly(rows, RANDOM)
    assert in_sql(rows, RANDOM) == slowly(rows, RANDOM)


def test_the_model_is_asked_only_where_when_is_true() -> None:
    definition = small_definition()
    asked = [("transfer", "pos"), ("transfer", "web"), ("login", "pos"), ("transfer", None)]
    rows: list[Row] = [
        {"seq": n, "as_of": 1_772_416_800_000_000 + n, "happened_at": 1_772_416_800_000_000, "kind": kind,
         "channel": channel, "amount": 5, "currency": "CNY", "src": "a", "dst": "b"}
        for n, (kind, channel) in enumerate(asked)
    ]  # fmt: skip
    history = read_history(event_table(rows))
    plan, features = observe_history(history, {"transfer": tuple(definition.features.values())}, 4)
    reader = Inputs(definition, plan, history.names.words.code)
    assert reader.asked(history.rows, features, history.of("transfer")).tolist() == [0]


def test_an_input_that_leaves_the_whole_numbers_is_not_known() -> None:
    text = TEXT.replace("value: -amount", "value: amount * 1000000000000000000")
    rows: list[Row] = [
        {"seq": 0, "as_of": 1_772_416_800_000_000, "happened_at": 1_772_416_800_000_000, "kind": "transfer",
         "amount": 1000, "currency": "CNY", "src": "a", "dst": "b"}
    ]  # fmt: skip
    definition = parse_definition(text, "x")
    found = live(rows, definition, 1)
    assert found[0][list(definition.inputs).index("less")] is None


@pytest.mark.parametrize(
    ("text", "says"), [("amount > 3", "truth value"), ("currency", "word"), ("amount +", "not a number")]
)
def test_what_is_no_number_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_number(text, COLUMN_TYPES)
