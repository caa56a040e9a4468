"""One definition, three computations: compiled windows, SQL over history and the naive twin give the same values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
from hypothesis import given, settings

from compiled_line import Codes
from naive import naive_condition, naive_features
from random_tables import KINDS, Row, as_sql, conditions, event_rows, event_table, features
from stanch.features.conditions import COLUMN_TYPES, Condition, ValueType, parse_condition
from stanch.features.definition import Feature, parse_feature
from stanch.features.live import observer_for
from stanch.features.machine import OVERFLOW, judge
from stanch.features.plan import KIND_NUMBER
from stanch.features.program import DEPTH, Names, compile_condition, join
from stanch.features.sql import condition_query, features_query
from stanch.lab.history import History, observe_history, read_history
from stanch.model.columns import INDEX, NULL

Values = list[dict[str, Any]]  # a value is int, str or None
PARAMETERS = {"least": 3, "share": 0.25}


def live(rows: Sequence[Row], wanted: Mapping[str, Feature], batch: int = 5) -> Values:
    codes = Codes()
    matrix = codes.matrix(rows)
    kinds = np.array([KIND_NUMBER[row["kind"]] for row in rows], dtype=np.int64)
    each = list(wanted.values())
    observer = observer_for({row["kind"]: each for row in rows}, codes.word)
    entities = len(codes.entities)
    cuts = [slice(at, at + batch) for at in range(0, len(rows), batch)]
    seen = np.concatenate([observer.observe(matrix[cut], kinds[cut], entities) for cut in cuts])
    places = {name: observer.plan.place(rows[0]["kind"], feature) for name, feature in wanted.items()}
    return [
        {name: codes.spelled(wanted[name].type, int(seen[at, place])) for name, place in places.items()}
        for at in range(len(rows))
    ]


def from_sql(rows: Sequence[Row], wanted: Mapping[str, Feature]) -> Values:
    found = ask(rows, features_query(wanted, None).sql("duckdb"))
    return [{name: found[row["seq"]][at] for at, name in enumerate(wanted)} for row in rows]


def ask(
    rows: Sequence[Row], query: str, parameters: Mapping[str, int | float] | None = None
) -> dict[int, tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("events", event_table(rows))
        answers = connection.execute(query, dict(parameters) if parameters else None).fetchall()
    assert len(answers) == len({answer[0] for answer in answers})
    return {answer[0]: answer[1:] for answer in answers}


def shown(wanted: Mapping[str, Feature], values: Values) -> Values:
    return [{name: as_sql(wanted[name], value) for name, value in each.items()} for each in values]


@settings(max_examples=60, deadline=None)
@given(rows=event_rows(), wanted=features())
def test_live_sql_and_naive_give_the_same_features(rows: list[Row], wanted: dict[str, Feature]) -> None:
    slow = naive_features(rows, wanted)
    assert live(rows, wanted) == slow
    assert from_sql(rows, wanted) == shown(wanted, slow)


@settings(max_examples=30, deadline=None)
@given(rows=event_rows(caused=True), wanted=features(caused=True))
def test_all_agree_where_windows_see_our_own_decisions(rows: list[Row], wanted: dict[str, Feature]) -> None:
    slow = naive_features(rows, wanted)
    assert from_sql(rows, wanted) == shown(wanted, slow)
    assert with_journal(rows, wanted) == shown(wanted, slow)


def with_journal(rows: Sequence[Row], wanted: Mapping[str, Feature]) -> Values:
    """What kernel and journal give together, from the table that the log would keep."""
    history = read_history(event_table(rows))
    plan, seen = observe_history(history, {row["kind"]: list(wanted.values()) for row in rows}, batch=5)
    places = {name: plan.place(rows[0]["kind"], feature) for name, feature in wanted.items()}
    return [
        {name: plain(history, wanted[name].type, int(seen[at, place])) for name, place in places.items()}
        for at in range(len(rows))
    ]


def plain(history: History, kind: ValueType, value: int) -> int | str | bytes | None:
    if value == NULL or kind not in (ValueType.ENTITY, ValueType.SYMBOL):
        return None if value == NULL else value
    names = history.names
    return names.entities.pseudonym(value) if kind is ValueType.ENTITY else names.words.word(value)


@settings(max_examples=25, deadline=None)
@given(rows=event_rows(most=60), wanted=features())
def test_features_do_not_depend_on_how_events_are_cut_into_batches(rows: list[Row], wanted: dict[str, Feature]) -> None:
    whole = live(rows, wanted, len(rows))
    for batch in (1, 7, 256, 4096):
        assert live(rows, wanted, batch) == whole


NUMBERS = {
    "paid": {"total": "amount", "by": "src", "over": "1h", "where": "kind = 'transfer'"},
    "payees": {"distinct": "dst", "by": "src", "over": "1h"},
    "last_paid": {"latest": "amount", "by": "src", "over": "1h"},
    "born": {"profile": "birth_year", "of": "src"},
}
NAMED = {name: parse_feature(form, name) for name, form in NUMBERS.items()}
TYPES = {**COLUMN_TYPES, **{name: f.type for name, f in NAMED.items()}, ":share": ValueType.FLOAT}


def judged(rows: Sequence[Row], condition: Condition) -> list[bool | None]:
    """What the machine says; raises OverflowError where it flags one."""
    codes = Codes()
    matrix = codes.matrix(rows)
    values = [[codes.cell("number", value) for value in each.values()] for each in live(rows, NAMED)]
    names = Names(INDEX, {name: at for at, name in enumerate(NAMED)}, TYPES, PARAMETERS, codes.word)
    code, fractions, starts = join([compile_condition(condition, names)])
    whole, broken = np.empty(DEPTH, dtype=np.int64), np.empty(DEPTH)
    seen = np.array(values, dtype=np.int64)
    verdicts = [
        judge(code, fractions, 0, int(starts[-1]), matrix[at], seen[at], whole, broken) for at in range(len(rows))
    ]
    if OVERFLOW in verdicts:
        raise OverflowError
    return [None if verdict == NULL else bool(verdict) for verdict in verdicts]


def judged_by_sql(rows: Sequence[Row], condition: Condition) -> list[bool | None]:
    query = condition_query(KINDS, condition, NAMED, PARAMETERS).sql("duckdb")
    needed = {name: value for name, value in PARAMETERS.items() if name in condition.parameters}
    found = ask(rows, query, needed)
    return [found[row["seq"]][0] for row in rows]


@settings(max_examples=80, deadline=None)
@given(rows=event_rows(most=8), text=conditions(tuple(NUMBERS), tuple(PARAMETERS)))
def test_live_sql_and_naive_judge_alike(rows: list[Row], text: str) -> None:
    condition = parse_condition(text, TYPES, frozenset(PARAMETERS))
    slow = naive_features(rows, NAMED)
    try:
        plain = [
            naive_condition(condition.tree, row, {**known, **PARAMETERS}) for row, known in zip(rows, slow, strict=True)
        ]
        verdicts = judged(rows, condition)
    except OverflowError:
        return  # what overflows is an error in each; whether it is reached depends on the order of evaluation
    if "e308" not in text:  # the twin does not know that what is no number is NULL
        assert verdicts == plain
    assert judged_by_sql(rows, condition) == verdicts
