"""The few spots where SQL engines differ: each is one function here, so that another engine is an entry, not a rewrite.

All else is common ground: ``CASE`` stands where one engine has ``FILTER``, and ``last_value(... IGNORE NULLS)`` where
engines disagree about ``arg_max`` and ``max_by``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from stanch.model.errors import ConfigError

Unary = Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One SQL engine.

    ``micros`` turns a time into UTC microseconds; ``distinct_over`` is the function whose window counts different
    values that are not NULL, and ``of_distinct`` what is done to the window's result.
    """

    name: str
    micros: Unary
    distinct_over: Unary
    of_distinct: Unary


def _count_distinct(operand: exp.Expr) -> exp.Expr:
    return exp.Count(this=exp.Distinct(expressions=[operand]), big_int=True)


def _collect_set(operand: exp.Expr) -> exp.Expr:
    return exp.ArrayUniqueAgg(this=operand)


def _size(collected: exp.Expr) -> exp.Expr:
    return exp.cast(exp.ArraySize(this=collected), exp.DType.BIGINT)


def _same(result: exp.Expr) -> exp.Expr:
    return result


def _epoch_us(moment: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="epoch_us", expressions=[moment])


def _unix_micros(moment: exp.Expr) -> exp.Expr:
    return exp.UnixMicros(this=moment)


DIALECTS: Final[Mapping[str, Dialect]] = {
    "duckdb": Dialect("duckdb", _epoch_us, _count_distinct, _same),
    "spark": Dialect("spark", _unix_micros, _collect_set, _size),  # Spark has no DISTINCT inside a window
}


def dialect_named(name: str) -> Dialect:
    """Return a dialect; raise ConfigError naming the known ones."""
    if name not in DIALECTS:
        raise ConfigError(f"unknown SQL dialect {name!r}; known: {', '.join(DIALECTS)}")
    return DIALECTS[name]
