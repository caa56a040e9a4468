"""The SQL side of features: the same definitions as queries over history, equal to the live side value by value.

Every feature is one shape: an *operand* that is NULL for events that do not count, and a window function over the
operands of one key. Features that share keys and length share one pass. Where the role now is not the role in the past,
or the past has two roles, the pass runs over the union of those who were and those who ask.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from stanch.features.conditions import COLUMN_TYPES, Condition
from stanch.features.definition import Computed, Fact, Feature, Window
from stanch.features.dialects import Dialect, dialect_named
from stanch.features.expressions import Scope, condition_sql
from stanch.features.operands import among, columns_of, kinds_of, operand, value
from stanch.model.columns import BY_NAME, ColumnType
from stanch.model.errors import ConfigError
from stanch.model.kinds import KINDS

_WORD: Final = re.compile(r"[a-z_][a-z0-9_]*")
_ALWAYS: Final = ("seq", "as_of", "kind")
_EVENTS: Final = "e"

Roles = tuple[str, ...]


def feature_query(feature: Feature, events: str = "events", dialect: str = "duckdb") -> exp.Select:
    """Return a query that yields ``(seq, value)`` for every event; ``events`` is a table or view of event columns.

    Entities are binary, words are text, times are turned into UTC microseconds.
    """
    return features_query({"value": feature}, None, events, dialect)


def features_query(
    features: Mapping[str, Feature], kinds: Collection[str] | None, events: str = "events", dialect: str = "duckdb"
) -> exp.Select:
    """Return a query that yields ``seq`` and one column a feature, for the events of some kinds (None: of all).

    Raises ConfigError where a name cannot be a column, or a kind or dialect is unknown.
    """
    return _joined(features, kinds, frozenset(), _Maker(events, dialect_named(dialect)))


def condition_query(
    kinds: Collection[str],
    condition: Condition,
    features: Mapping[str, Feature],
    parameters: Mapping[str, int | float],
    events: str = "events",
    dialect: str = "duckdb",
) -> exp.Select:
    """Return a query that yields ``(seq, verdict)`` for the events of some kinds; verdict is true, false or NULL.

    The values of ``parameters`` stay out of the text: pass those that ``condition.parameters`` names when running it.
    """
    used = {name: feature for name, feature in features.items() if name in condition.names}
    judged = judged_query(kinds, condition, used, parameters, events, dialect)
    return exp.select("seq", "verdict").from_(judged.subquery("judged"))


def judged_query(
    kinds: Collection[str],
    condition: Condition,
    features: Mapping[str, Feature],
    parameters: Mapping[str, int | float],
    events: str = "events",
    dialect: str = "duckdb",
) -> exp.Select:
    """Return a query that yields ``seq``, every feature and ``verdict``: a verdict and the numbers it rests on."""
    columns = condition.names - features.keys()
    inner = _joined(features, kinds, columns, _Maker(events, dialect_named(dialect)))
    scope = Scope({name: exp.column(name, quoted=name in features) for name in condition.names}, parameters)
    verdict = exp.cast(condition_sql(condition.tree, scope), exp.DType.BOOLEAN)
    told = [exp.column(name, quoted=True) for name in features]
    return exp.select("seq", *told, exp.alias_(verdict, "verdict")).from_(inner.subquery("known"))


def numbers_query(
    kinds: Collection[str],
    numbers: Mapping[str, Condition],
    features: Mapping[str, Feature],
    events: str = "events",
    dialect: str = "duckdb",
) -> exp.Select:
    """Return a query that yields ``seq`` and one DOUBLE a number, for the events of some kinds.

    ``numbers`` are expressions over event columns and ``features``, as ``parse_number`` gives them.
    """
    columns = frozenset().union(*(number.names for number in numbers.values())) - features.keys()
    for name in numbers:
        if not _WORD.fullmatch(name):
            raise ConfigError(f"{name!r} cannot name a column; write small letters, digits and _")
    inner = _joined(features, kinds, columns, _Maker(events, dialect_named(dialect)))
    names = {name: exp.column(name, "known", quoted=name in features) for name in (*columns, *features)}
    told = [
        exp.alias_(exp.cast(condition_sql(number.tree, Scope(names, {})), exp.DType.DOUBLE), name, quoted=True)
        for name, number in numbers.items()
    ]
    return exp.select("seq", *told).from_(inner.subquery("known"))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Where the events are, and for which engine the query is written."""

    events: str
    dialect: Dialect


@dataclass(slots=True)
class _Pass:
    """Features that one window can serve: the roles that entered, the roles that ask, the length (None: for ever)."""

    entered: tuple[Roles, ...]
    asking: Roles
    over: int | None
    members: dict[str, Window | Fact] = field(default_factory=dict)


def _joined(
    features: Mapping[str, Feature], kinds: Collection[str] | None, columns: frozenset[str], maker: _Maker
) -> exp.Select:
    _check(features, kinds, maker.events)
    told = _in_sql(features)
    passes = {f"pass_{number}": each for number, each in enumerate(_passes(told))}
    home = {feature: name for name, each in passes.items() for feature in each.members}
    query = exp.select(exp.column("seq", _EVENTS), *(exp.column(name, _EVENTS) for name in sorted(columns)))
    query = query.select(*(exp.column(name, home[name], quoted=True) for name in features)).from_(_EVENTS)
    for name in passes:
        same = exp.EQ(this=exp.column("seq", name), expression=exp.column("seq", _EVENTS))
        query = query.join(exp.to_table(name), on=same)
    if kinds is not None:
        query = query.where(among(exp.column("kind", _EVENTS), kinds))
    query = query.with_(_EVENTS, as_=_seen(told, columns, maker))
    for name, each in passes.items():
        query = query.with_(name, as_=_pass_query(each, kinds, maker.dialect))
    return query


def _check(features: Mapping[str, Feature], kinds: Collection[str] | None, events: str) -> None:
    for name in (*features, events):
        if not _WORD.fullmatch(name) or name in BY_NAME or name == "verdict":
            raise ConfigError(
                f"{name!r} cannot name a column or table; write small letters, digits and _, no event column"
            )
    for kind in kinds or ():
        if kind not in KINDS:
            raise ConfigError(f"unknown kind {kind!r}; known: {', '.join(sorted(KINDS))}")


def _in_sql(features: Mapping[str, Feature]) -> dict[str, Window | Fact]:
    """Return the features; raise ConfigError for one that no query over events can give."""
    told = {name: feature for name, feature in features.items() if not isinstance(feature, Computed)}
    missing = sorted(features.keys() - told.keys())
    if missing:
        raise ConfigError(f"{missing[0]!r} is computed by another room; read its values from the stored decisions")
    return told


def _passes(features: Mapping[str, Window | Fact]) -> list[_Pass]:
    found: dict[tuple[object, ...], _Pass] = {}
    for name, feature in features.items():
        shape = _shape(feature)
        found.setdefault(shape, _Pass(*shape)).members[name] = feature
    return list(found.values())


def _shape(feature: Window | Fact) -> tuple[tuple[Roles, ...], Roles, int | None]:
    if isinstance(feature, Window):
        return (feature.by,), feature.at, feature.over
    entered = {"profile": (("src",),), "since": (("dst",),), "listed": (("dst",),)}
    return entered.get(feature.fact, (("src",), ("dst",))), (feature.of,), None


def _seen(features: Mapping[str, Window | Fact], columns: frozenset[str], maker: _Maker) -> exp.Select:
    """Select the event columns that the query needs, times as microseconds."""
    needed = frozenset(_ALWAYS).union(columns, *map(columns_of, features.values()))
    shown = [_shown(name, maker.dialect) for name in COLUMN_TYPES if name in needed]
    return exp.select(*shown).from_(exp.to_table(maker.events))


def _shown(name: str, dialect: Dialect) -> exp.Expr:
    if BY_NAME[name].type is not ColumnType.TIME:
        return exp.column(name)
    return exp.alias_(dialect.micros(exp.column(name)), name)


def _pass_query(each: _Pass, kinds: Collection[str] | None, dialect: Dialect) -> exp.Select:
    asks = exp.true() if kinds is None else among(exp.column("kind"), kinds)
    rows = _shared(each, kinds, asks) if each.entered == (each.asking,) else _union(each, kinds)
    keyed = exp.and_(*(exp.column(f"key_{n}").is_(exp.null()).not_() for n in range(len(each.asking))))
    values = [
        exp.alias_(exp.Case().when(keyed, value(feature, f"x_{n}", _frame(each), dialect)), name, quoted=True)
        for n, (name, feature) in enumerate(each.members.items())
    ]
    inner = exp.select("seq", "asks", *values).from_(rows.subquery("history"))
    names = [exp.column(name, quoted=True) for name in each.members]
    return exp.select("seq", *names).from_(inner.subquery("valued")).where(exp.column("asks"))


def _shared(each: _Pass, kinds: Collection[str] | None, asks: exp.Expr) -> exp.Select:
    """Those who were are those who ask: each event stands once."""
    rows = _rows(each.asking, [operand(feature) for feature in each.members.values()], asks)
    return rows if kinds is None else rows.where(among(exp.column("kind"), _entering(each).union(kinds)))


def _union(each: _Pass, kinds: Collection[str] | None) -> exp.Union:
    """Let an event stand once for each role in which it entered, and once as the one that asks."""
    operands = [operand(feature) for feature in each.members.values()]
    entered = [
        _rows(roles, operands, exp.false())
        .where(among(exp.column("kind"), _entering(each)))
        .where(*(exp.column(role).is_(exp.null()).not_() for role in roles))
        for roles in each.entered
    ]
    asking = _rows(each.asking, [exp.null() for _ in operands], exp.true())
    if kinds is not None:
        asking = asking.where(among(exp.column("kind"), kinds))
    return exp.union(*entered, asking, distinct=False)


def _rows(roles: Roles, operands: list[exp.Expr], asks: exp.Expr) -> exp.Select:
    keys = [exp.alias_(exp.column(role), f"key_{n}") for n, role in enumerate(roles)]
    values = [exp.alias_(operand, f"x_{n}") for n, operand in enumerate(operands)]
    return exp.select("seq", "as_of", *keys, exp.alias_(asks, "asks"), *values).from_(_EVENTS)


def _entering(each: _Pass) -> frozenset[str]:
    return frozenset().union(*map(kinds_of, each.members.values()))


def _frame(each: _Pass) -> exp.Window:
    start = "UNBOUNDED" if each.over is None else exp.Literal.number(each.over)
    spec = exp.WindowSpec(
        kind="RANGE", start=start, start_side="PRECEDING", end=exp.Literal.number(1), end_side="PRECEDING"
    )
    keys = [exp.column(f"key_{n}") for n in range(len(each.asking))]
    return exp.Window(partition_by=keys, order=exp.Order(expressions=[exp.column("as_of")]), spec=spec)
