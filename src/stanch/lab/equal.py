"""The proof that live equals SQL: every feature and condition of a catalogue, computed both ways over one history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.features.conditions import ValueType
from stanch.features.definition import Feature
from stanch.features.machine import OVERFLOW, judge
from stanch.features.plan import Plan
from stanch.features.program import DEPTH, Names, compile_condition, join
from stanch.features.sql import judged_query
from stanch.lab.history import History, codes, observe_history, read_history
from stanch.model.columns import INDEX, NULL, ColumnType
from stanch.model.compiled import compiled
from stanch.model.errors import InputError
from stanch.typologies.catalogue import Catalogue
from stanch.typologies.definition import Typology

Ints = npt.NDArray[np.int64]

_TYPES: Final = {ValueType.ENTITY: ColumnType.ENTITY, ValueType.SYMBOL: ColumnType.SYMBOL}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of one typology that differs: at how many events, and the first of them with both values."""

    typology: str
    name: str
    events: int
    first_seq: int
    live: int | None
    sql: int | None


@dataclass(frozen=True, slots=True)
class EqualReport:
    """What was compared, how long each side took in seconds, and what differs. ``values_told``: neither NULL nor 0."""

    events: int
    features: int
    conditions: int
    values_compared: int
    values_told: int
    live_seconds: float
    sql_seconds: float
    differences: tuple[Difference, ...]


def prove_equal(events: pa.Table, catalogue: Catalogue, batch: int = 4096) -> EqualReport:
    """Compute every feature and condition of a catalogue live and as SQL over the same events, and compare all values.

    ``events`` are in ``EVENT_SCHEMA``, resolved, in log order. Entities and words are compared as codes.
    """
    started = perf_counter()
    history = read_history(events)
    plan, features = observe_history(history, _wanted(catalogue), batch)
    live = {t.id: _live(t, history, plan, features) for t in catalogue.typologies if t.in_sql}
    live_seconds, started = perf_counter() - started, perf_counter()
    differences: list[Difference] = []
    with duckdb.connect() as connection:
        connection.register("given", events)
        connection.execute("CREATE TABLE events AS SELECT * FROM given")
        for typology in (each for each in catalogue.typologies if each.in_sql):
            differences += _compare(typology.id, live[typology.id], _ask(connection, typology, history))
    told = {feature for t in catalogue.typologies if t.in_sql for feature in t.features.values()}
    columns = [column for each in live.values() for name, column in each.items() if name != "seq"]
    return EqualReport(
        events.num_rows, len(told), len(live), sum(map(len, columns)), sum(map(_told, columns)),
        live_seconds, perf_counter() - started, tuple(differences),
    )  # fmt: skip


def _wanted(catalogue: Catalogue) -> dict[str, list[Feature]]:
    wanted: dict[str, list[Feature]] = {}
    for typology in (each for each in catalogue.typologies if each.in_sql):
        wanted.setdefault(typology.on, []).extend(typology.features.values())
    return wanted


def _told(column: Ints) -> int:
    return int(((column != NULL) & (column != 0)).sum())


def _live(typology: Typology, history: History, plan: Plan, features: Ints) -> dict[str, Ints]:
    """Return seq, the features and the verdict of every event of the typology's kind, as the line computes them."""
    at = history.of(typology.on)
    places = {name: plan.place(typology.on, feature) for name, feature in typology.features.items()}
    names = Names(INDEX, places, typology.types, typology.parameters, history.names.words.code)
    code, fractions, starts = join([compile_condition(typology.when, names)])
    verdict = _judge_all(code, fractions, int(starts[-1]), history.rows, features, at)
    if (verdict == OVERFLOW).any():
        raise InputError(f"{typology.id}: a whole number overflowed in its condition; check the unit of its amounts")
    known = {name: features[at, place] for name, place in places.items()}
    return {"seq": history.rows[at, INDEX["seq"]], **known, "verdict": verdict}


@compiled
def _judge_all(
    code: Ints, fractions: npt.NDArray[np.float64], end: int, rows: Ints, features: Ints, picked: Ints
) -> Ints:
    """Return 1, 0, NULL or OVERFLOW for each picked row."""
    whole = np.empty(DEPTH, dtype=np.int64)
    broken = np.empty(DEPTH, dtype=np.float64)
    out = np.empty(len(picked), dtype=np.int64)
    for place in range(len(picked)):
        out[place] = judge(code, fractions, 0, end, rows[picked[place]], features[picked[place]], whole, broken)
    return out


def _ask(connection: duckdb.DuckDBPyConnection, typology: Typology, history: History) -> dict[str, Ints]:
    query = judged_query([typology.on], typology.when, typology.features, typology.parameters).order_by("seq")
    values = {name: typology.parameters[name] for name in typology.when.parameters}
    answer = connection.sql(query.sql("duckdb"), params=values or None).to_arrow_table()
    types = {name: _TYPES.get(feature.type, ColumnType.INT) for name, feature in typology.features.items()}
    return {name: codes(answer[name], types.get(name, ColumnType.INT), history.names) for name in answer.column_names}


def _compare(typology: str, live: dict[str, Ints], asked: dict[str, Ints]) -> Iterator[Difference]:
    if not np.array_equal(live["seq"], asked["seq"]):
        yield Difference(
            typology, "seq", abs(len(live["seq"]) - len(asked["seq"])), -1, len(live["seq"]), len(asked["seq"])
        )
        return
    for name, ours in live.items():
        wrong = np.flatnonzero(ours != asked[name])
        if len(wrong):
            first = int(wrong[0])
            one, other = _known(int(ours[first])), _known(int(asked[name][first]))
            yield Difference(typology, name, len(wrong), int(live["seq"][first]), one, other)


def _known(value: int) -> int | None:
    return None if value == NULL else value
