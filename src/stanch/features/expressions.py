"""Conditions as SQL that means exactly what the compiled machine computes, whatever the engine's habits.

Whole numbers are BIGINT and fractions DOUBLE, so literals and parameters are cast; ``IN`` and ``BETWEEN`` are spelled
out, because engines widen all their operands at once; division by zero and what is not a number are NULL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from stanch.features.conditions import parameter_name

_LEAVES: Final = (exp.Column, exp.Placeholder, exp.Literal, exp.Boolean, exp.Null)
_SUMS: Final = (exp.Add, exp.Sub, exp.Mul)


@dataclass(frozen=True, slots=True)
class Scope:
    """What names stand for: columns and features by SQL column; parameters by value, of which only the type is used."""

    names: Mapping[str, exp.Expr]
    parameters: Mapping[str, int | float]


def condition_sql(tree: exp.Expr, scope: Scope) -> exp.Expr:
    """Return a checked condition as a SQL expression over the scope's names; parameters stay parameters."""
    if isinstance(tree, _LEAVES):
        return _leaf(tree, scope)
    if isinstance(tree, exp.In):
        same = [_pair(exp.EQ, tree.this, item, scope) for item in tree.expressions]
        return exp.paren(exp.or_(*same, wrap=False, copy=False), copy=False)
    if isinstance(tree, exp.Between):
        low = _pair(exp.LTE, tree.args["low"], tree.this, scope)
        return exp.paren(exp.and_(low, _pair(exp.LTE, tree.this, tree.args["high"], scope), wrap=False), copy=False)
    if isinstance(tree, exp.Div):
        return _number_or_null(_quotient(tree, scope), tree, scope)
    if isinstance(tree, _SUMS):
        return _number_or_null(_pair(type(tree), tree.this, tree.expression, scope), tree, scope)
    if isinstance(tree, exp.Coalesce):
        rest = [condition_sql(item, scope) for item in tree.expressions]
        return exp.Coalesce(this=condition_sql(tree.this, scope), expressions=rest)
    if isinstance(tree, exp.Binary):
        return _pair(type(tree), tree.this, tree.expression, scope)
    return type(tree)(this=condition_sql(tree.this, scope))


def _leaf(node: exp.Expr, scope: Scope) -> exp.Expr:
    if isinstance(node, exp.Column):
        return scope.names[node.name].copy()
    if isinstance(node, exp.Placeholder):
        return exp.cast(node.copy(), _number_type(fraction=_is_fraction(node, scope)))
    if not isinstance(node, exp.Literal) or node.is_string:
        return node.copy()
    if node.is_int:
        return exp.cast(node.copy(), exp.DType.BIGINT)
    return exp.cast(exp.Literal.string(node.name), exp.DType.DOUBLE)  # from text: engines round decimals on the way


def _pair(operator: type[exp.Expr], left: exp.Expr, right: exp.Expr, scope: Scope) -> exp.Expr:
    return operator(this=condition_sql(left, scope), expression=condition_sql(right, scope))


def _quotient(node: exp.Div, scope: Scope) -> exp.Expr:
    above = exp.cast(condition_sql(node.this, scope), exp.DType.DOUBLE)
    below = exp.cast(condition_sql(node.expression, scope), exp.DType.DOUBLE)
    return exp.Div(
        this=above, expression=exp.Nullif(this=below, expression=exp.cast("0", exp.DType.DOUBLE)), typed=True
    )


def _number_or_null(result: exp.Expr, node: exp.Binary, scope: Scope) -> exp.Expr:
    """Infinity less infinity is no number, which only arithmetic on fractions can reach."""
    if not (_is_fraction(node.this, scope) or _is_fraction(node.expression, scope)):
        return result
    nan = exp.cast(exp.Literal.string("NaN"), exp.DType.DOUBLE)
    return exp.Nullif(this=result, expression=nan)


def _number_type(*, fraction: bool) -> exp.DType:
    return exp.DType.DOUBLE if fraction else exp.DType.BIGINT


def _is_fraction(node: exp.Expr, scope: Scope) -> bool:
    if isinstance(node, (exp.Paren, exp.Neg)):
        return _is_fraction(node.this, scope)
    if isinstance(node, exp.Placeholder):
        return isinstance(scope.parameters[parameter_name(node)], float)
    if isinstance(node, exp.Literal):
        return not node.is_string and not node.is_int
    if isinstance(node, _SUMS):
        return _is_fraction(node.this, scope) or _is_fraction(node.expression, scope)
    if isinstance(node, exp.Coalesce):
        return any(_is_fraction(item, scope) for item in (node.this, *node.expressions))
    return isinstance(node, exp.Div)
