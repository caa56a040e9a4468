"""What an event brings into a feature, and what a window makes of it: the two halves of every feature's SQL."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlglot import exp

from stanch.features.conditions import COLUMN_TYPES
from stanch.features.definition import Fact, Window
from stanch.features.dialects import Dialect
from stanch.features.expressions import Scope, condition_sql
from stanch.model.columns import NULL
from stanch.model.kinds import CAUSED, INTERNAL, KINDS
from stanch.model.time import SECOND

_COLUMNS: Final = Scope({name: exp.column(name) for name in COLUMN_TYPES}, {})


def columns_of(feature: Window | Fact) -> frozenset[str]:
    """Return the event columns that a feature reads."""
    if isinstance(feature, Fact):
        return frozenset({"src", "dst", "detail", "number", feature.of})
    where = frozenset() if feature.where is None else feature.where.names
    return where.union(feature.column, feature.by, feature.at)


def kinds_of(feature: Window | Fact) -> frozenset[str]:
    """Return the kinds of events that can change a feature."""
    if isinstance(feature, Window):
        return feature.kinds
    fixed = {"profile": {"profile"}, "since": {feature.argument}, "listed": {"listed", "unlisted"}}
    return frozenset(fixed.get(feature.fact, KINDS.keys() - CAUSED - INTERNAL))


def operand(feature: Window | Fact) -> exp.Expr:
    """Return what an event brings into the feature; NULL if it does not count."""
    counts = among(exp.column("kind"), kinds_of(feature))
    if isinstance(feature, Window):
        if feature.where is not None:
            counts = exp.and_(counts, condition_sql(feature.where.tree, _COLUMNS), copy=False)
        return exp.Case().when(counts, _brought(feature))
    if feature.fact in ("profile", "listed"):
        counts = exp.and_(counts, exp.column("detail").eq(exp.Literal.string(feature.argument)))
    if feature.fact == "profile":
        return exp.Case().when(counts, exp.Coalesce(this=exp.column("number"), expressions=[_void()]))
    if feature.fact == "listed":
        on = exp.Case().when(exp.column("kind").eq(exp.Literal.string("listed")), "1").else_("0")
        return exp.Case().when(counts, on)
    return exp.Case().when(counts, exp.column("as_of"))


def _brought(window: Window) -> exp.Expr:
    if window.aggregate == "count":
        return exp.Literal.number(1)
    if window.aggregate in ("since_first", "since_last"):
        return exp.column("as_of")
    if len(window.column) == 1:
        return exp.column(window.column[0])
    fields = [exp.PropertyEQ(this=exp.to_identifier(name), expression=exp.column(name)) for name in window.column]
    known = exp.and_(*(exp.column(name).is_(exp.null()).not_() for name in window.column))
    return exp.Case().when(known, exp.Struct(expressions=fields))


def _void() -> exp.Expr:
    """Return what stands for "told, but no number", so that an older number does not show through."""
    return exp.cast(exp.Literal.number(NULL), exp.DType.BIGINT)


def value(feature: Window | Fact, brought: str, frame: exp.Window, dialect: Dialect) -> exp.Expr:
    """Return the feature's value now, from the operands inside the frame."""
    aggregate, x = feature.aggregate if isinstance(feature, Window) else feature.fact, exp.column(brought)
    if aggregate == "count":
        return _over(exp.Count(this=x, big_int=True), frame)
    if aggregate == "distinct":
        return dialect.of_distinct(_over(dialect.distinct_over(x), frame))
    if aggregate == "total":
        return _or_zero(exp.cast(_over(exp.Sum(this=x), frame), exp.DType.BIGINT))
    if aggregate == "largest":
        return _over(exp.Max(this=x), frame)
    if aggregate in ("latest", "profile", "listed"):
        last = _over(exp.IgnoreNulls(this=exp.LastValue(this=x)), frame)
        told = {"profile": exp.Nullif(this=last, expression=_void()), "listed": _or_zero(last)}
        return told.get(aggregate, last)
    first = aggregate in ("since_first", "first_seen")
    then = _over(exp.Min(this=x) if first else exp.Max(this=x), frame)
    return exp.IntDiv(this=exp.paren(exp.column("as_of") - then), expression=exp.Literal.number(SECOND))


def _over(function: exp.Expr, frame: exp.Window) -> exp.Window:
    over = frame.copy()
    over.set("this", function)
    return over


def _or_zero(value: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])


def among(column: exp.Column, kinds: Collection[str]) -> exp.Expr:
    """Say that a column is one of some kinds."""
    return exp.In(this=column, expressions=[exp.Literal.string(kind) for kind in sorted(kinds)])
