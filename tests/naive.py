"""The slow third opinion on features and conditions: loops over dicts, one rule a line, no cleverness.

Rows are dicts by event column name, in log order, already resolved, with ``seq`` and ``as_of`` (UTC microseconds).
A missing key is NULL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlglot import exp

from stanch.features.definition import Computed, Fact, Feature, Window
from stanch.model.kinds import CAUSED
from stanch.model.time import SECOND

Row = Mapping[str, Any]  # a cell is whatever its column holds: int, str, bytes or None
Value = Any  # as above

_ORDER: Final[Mapping[type[exp.Expr], Callable[[Value, Value], bool]]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
}
_ARITHMETIC: Final[Mapping[type[exp.Expr], Callable[[Value, Value], Value]]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
}
_INT64: Final = range(-(2**63) + 1, 2**63)


def naive_features(rows: Sequence[Row], features: Mapping[str, Feature]) -> list[dict[str, Value]]:
    """Return for every row the value of every feature, by looping over all rows before it."""
    return [{name: naive_feature(rows, at, feature) for name, feature in features.items()} for at in range(len(rows))]


def naive_feature(rows: Sequence[Row], at: int, feature: Feature) -> Value:
    """Return one feature at one row."""
    earlier = [row for row in rows[:at] if row["seq"] < rows[at]["seq"]]
    if isinstance(feature, Window):
        return _window(earlier, rows[at], feature)
    if isinstance(feature, Computed):
        raise TypeError(f"{feature.name} is computed by another room")
    entity = rows[at].get(feature.of)
    return None if entity is None else _fact(earlier, rows[at]["as_of"], feature, entity)


def naive_condition(tree: exp.Expr, row: Row, values: Mapping[str, Value]) -> bool | None:
    """Return whether a condition holds; ``values`` are features and parameters, by name."""
    result = _evaluate(tree, row, values)
    if result not in (True, False, None):
        raise TypeError(f"{tree.sql()} yields {result!r}")
    return result if result is None else bool(result)


def _window(earlier: Sequence[Row], now: Row, window: Window) -> Value:
    key = [now.get(role) for role in window.at]
    if None in key:
        return None
    start, end = now["as_of"] - window.over, now["as_of"]
    inside = [row for row in earlier if start <= row["as_of"] < end and [row.get(role) for role in window.by] == key]
    admitted = [row for row in inside if row["kind"] in window.kinds and _admits(window, row)]
    counted = [row for row in admitted if all(row.get(column) is not None for column in window.column)]
    return _aggregate(counted, window, end)


def _admits(window: Window, row: Row) -> bool:
    return window.where is None or naive_condition(window.where.tree, row, {}) is True


def _aggregate(rows: Sequence[Row], window: Window, now: int) -> Value:
    cells = [tuple(row[column] for column in window.column) for row in rows]
    if window.aggregate == "count":
        return len(rows)
    if window.aggregate == "distinct":
        return len(set(cells))
    if window.aggregate == "total":
        return sum(cell[0] for cell in cells)
    if not rows:
        return None
    if window.aggregate == "largest":
        return max(cell[0] for cell in cells)
    if window.aggregate == "latest":
        return cells[-1][0]
    then = rows[0] if window.aggregate == "since_first" else rows[-1]
    return (now - then["as_of"]) // SECOND


def _fact(earlier: Sequence[Row], now: int, fact: Fact, entity: Value) -> Value:
    if fact.fact == "profile":
        told = [
            r for r in earlier if r["kind"] == "profile" and r.get("src") == entity and r.get("detail") == fact.argument
        ]
        return told[-1].get("number") if told else None
    if fact.fact == "listed":
        moves = [r for r in earlier if r["kind"] in ("listed", "unlisted") and r.get("dst") == entity]
        moves = [r for r in moves if r.get("detail") == fact.argument]
        return int(bool(moves) and moves[-1]["kind"] == "listed")
    if fact.fact == "since":
        seen = [r for r in earlier if r["kind"] == fact.argument and r.get("dst") == entity]
    else:
        seen = [r for r in earlier if entity in (r.get("src"), r.get("dst")) and r["kind"] not in CAUSED]
    if not seen:
        return None
    then = seen[0] if fact.fact == "first_seen" else seen[-1]
    return (now - then["as_of"]) // SECOND


def _evaluate(node: exp.Expr, row: Row, values: Mapping[str, Value]) -> Value:
    def of(child: exp.Expr) -> Value:
        return _evaluate(child, row, values)

    if isinstance(node, exp.Column):
        return values[node.name] if node.name in values else row.get(node.name)
    if isinstance(node, exp.Placeholder):
        return values[str(node.this)]
    if isinstance(node, (exp.Literal, exp.Boolean, exp.Null)):
        return _literal(node)
    if isinstance(node, exp.And):
        return _both(of(node.this), of(node.expression))
    if isinstance(node, exp.Or):
        return _not(_both(_not(of(node.this)), _not(of(node.expression))))
    if isinstance(node, exp.In):
        return _any_of(of(node.this), [of(item) for item in node.expressions])
    if isinstance(node, exp.Coalesce):
        return next((value for value in map(of, [node.this, *node.expressions]) if value is not None), None)
    if isinstance(node, exp.Is):
        return of(node.this) is None
    return _strict(node, [of(child) for child in node.iter_expressions()])


def _strict(node: exp.Expr, operands: Sequence[Value]) -> Value:
    """Operators that yield NULL where any operand is NULL."""
    if isinstance(node, exp.Between):
        low = None if None in (operands[0], operands[1]) else operands[0] >= operands[1]
        high = None if None in (operands[0], operands[2]) else operands[0] <= operands[2]
        return _both(low, high)
    if None in operands:
        return None
    if any(isinstance(operand, float) for operand in operands):
        operands = [float(operand) for operand in operands]
    if isinstance(node, exp.Paren):
        return operands[0]
    if isinstance(node, exp.Not):
        return not operands[0]
    if isinstance(node, exp.Neg):
        return -operands[0]
    if isinstance(node, exp.Div):
        return float(operands[0]) / float(operands[1]) if operands[1] else None
    if type(node) in _ORDER:
        return _ORDER[type(node)](*operands)
    return _within(_ARITHMETIC[type(node)](*operands))


def _within(number: Value) -> Value:
    if isinstance(number, int) and number not in _INT64:
        raise OverflowError(f"{number} does not fit 64 bits")
    return number


def _literal(node: exp.Expr) -> Value:
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Boolean) or node.is_string:
        return node.this
    return int(node.this) if node.is_int else float(node.this)


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _any_of(value: Value, items: Sequence[Value]) -> bool | None:
    if value is None:
        return None
    if value in [item for item in items if item is not None]:
        return True
    return None if None in items else False
