"""Conditions: a listed subset of SQL with fixed types and three-valued logic, checked before it runs.

Grammar: ``AND OR NOT``, ``= <> < <= > >=``, ``+ - * /`` (division is of doubles; by zero it is NULL), ``IN`` a list,
``BETWEEN``, ``IS [NOT] NULL``, ``COALESCE``, numbers, strings, ``TRUE FALSE NULL``, ``:parameters`` and names.
Symbols compare to strings and to each other, entities only to each other; both by ``=`` and ``<>`` alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from stanch.model.columns import BY_NAME, INDEX, ColumnType
from stanch.model.errors import ConfigError
from stanch.model.kinds import CAUSED, INTERNAL, KINDS

#: The largest whole number: 64 bits with a sign.
MAX_WHOLE: Final = 2**63 - 1


class ValueType(StrEnum):
    """What an expression yields."""

    INT = "number"
    FLOAT = "fraction"
    BOOL = "truth value"
    ENTITY = "entity"
    SYMBOL = "word"
    NULL = "null"


_OF_COLUMN = {
    ColumnType.INT: ValueType.INT,
    ColumnType.TIME: ValueType.INT,
    ColumnType.ENTITY: ValueType.ENTITY,
    ColumnType.SYMBOL: ValueType.SYMBOL,
}

#: The types of all columns that a condition may name.
COLUMN_TYPES: Mapping[str, ValueType] = {name: _OF_COLUMN[BY_NAME[name].type] for name in INDEX}

_NUMBERS = (ValueType.INT, ValueType.FLOAT, ValueType.NULL)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_ORDER = (exp.LT, exp.LTE, exp.GT, exp.GTE)
_EQUALITY = (exp.EQ, exp.NEQ)


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed and type-checked expression: one that is true or false, or (``parse_number``) one that is a number."""

    tree: exp.Expr
    text: str
    names: frozenset[str]
    parameters: frozenset[str]


def parse_condition(
    text: str, types: Mapping[str, ValueType], parameters: frozenset[str] | set[str] = frozenset()
) -> Condition:
    """Parse and check a condition over the given names.

    Raises ConfigError naming what is wrong and what is known.
    """
    tree, yields = _parsed(text, "condition", types, frozenset(parameters))
    if yields not in (ValueType.BOOL, ValueType.NULL):
        raise ConfigError(f"a condition must be true or false, but {text!r} is a {yields}")
    return _expression(tree)


def parse_number(text: str, types: Mapping[str, ValueType]) -> Condition:
    """Parse and check an expression that yields a number; it takes no parameters.

    Raises ConfigError naming what is wrong and what is known.
    """
    tree, yields = _parsed(text, "number", types, frozenset())
    if yields not in _NUMBERS:
        raise ConfigError(f"expected a number, but {text!r} is a {yields}")
    return _expression(tree)


def _parsed(
    text: str, what: str, types: Mapping[str, ValueType], parameters: frozenset[str]
) -> tuple[exp.Expr, ValueType]:
    try:
        tree = sqlglot.parse_one(text)
    except SqlglotError as error:
        raise ConfigError(f"not a {what}: {text!r}: {str(error).splitlines()[0]}") from None
    return tree, _Checker(types, parameters, text).type_of(tree)


def _expression(tree: exp.Expr) -> Condition:
    names = frozenset(column.name for column in tree.find_all(exp.Column))
    used = frozenset(parameter_name(node) for node in tree.find_all(exp.Placeholder))
    return Condition(tree, tree.sql(), names, used)


def parameter_name(node: exp.Placeholder) -> str:
    """Return the name of a ``:parameter``."""
    return str(node.this)


@dataclass(frozen=True, slots=True)
class _Checker:
    """Finds the type of every node and refuses what is not in the subset."""

    types: Mapping[str, ValueType]
    parameters: frozenset[str]
    text: str

    def type_of(self, node: exp.Expr) -> ValueType:
        if isinstance(node, exp.Paren):
            return self.type_of(node.this)
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Placeholder):
            return self._parameter(node)
        if isinstance(node, (exp.Literal, exp.Boolean, exp.Null)):
            return _literal_type(node)
        return self._operator(node)

    def _column(self, node: exp.Column) -> ValueType:
        if node.name not in self.types or node.table:
            known = ", ".join(sorted(self.types))
            raise ConfigError(f"unknown name {node.sql()!r} in {self.text!r}; known: {known}")
        return self.types[node.name]

    def _parameter(self, node: exp.Placeholder) -> ValueType:
        name = parameter_name(node)
        if name not in self.parameters:
            known = ", ".join(sorted(self.parameters)) or "none"
            raise ConfigError(f"unknown parameter ':{name}' in {self.text!r}; known: {known}")
        return ValueType.FLOAT if self.types.get(f":{name}") is ValueType.FLOAT else ValueType.INT

    def _operator(self, node: exp.Expr) -> ValueType:
        if isinstance(node, (exp.And, exp.Or, exp.Not)):
            self._want(node.iter_expressions(), (ValueType.BOOL, ValueType.NULL))
            return ValueType.BOOL
        if isinstance(node, exp.Neg):
            return self._want(node.iter_expressions(), _NUMBERS)
        if isinstance(node, _ARITHMETIC):
            wide = self._want(node.iter_expressions(), _NUMBERS)
            return ValueType.FLOAT if isinstance(node, exp.Div) else wide
        if isinstance(node, _ORDER):
            self._want(node.iter_expressions(), _NUMBERS)
            return ValueType.BOOL
        return self._comparison(node)

    def _comparison(self, node: exp.Expr) -> ValueType:
        if isinstance(node, _EQUALITY):
            self._same([node.this, node.expression])
        elif isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
            self._same([node.this, *node.expressions])
        elif isinstance(node, exp.Between):
            self._want([node.this, node.args["low"], node.args["high"]], _NUMBERS)
        elif isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            self.type_of(node.this)
        elif isinstance(node, exp.Coalesce):
            return self._same([node.this, *node.expressions])
        else:
            raise ConfigError(f"{node.sql()!r} in {self.text!r} is not in the subset of SQL that conditions use")
        return ValueType.BOOL

    def _want(self, nodes: Iterator[exp.Expr] | list[exp.Expr], allowed: tuple[ValueType, ...]) -> ValueType:
        found = [(node, self.type_of(node)) for node in nodes]
        for node, kind in found:
            if kind not in allowed:
                raise ConfigError(f"{node.sql()!r} in {self.text!r} is a {kind}; expected a {allowed[0]}")
        return _widest([kind for _, kind in found])

    def _same(self, nodes: list[exp.Expr]) -> ValueType:
        kinds = [self.type_of(node) for node in nodes]
        wide = {ValueType.INT if kind is ValueType.FLOAT else kind for kind in kinds if kind is not ValueType.NULL}
        if len(wide) > 1:
            raise ConfigError(f"{self.text!r} compares a {' with a '.join(sorted(wide))}")
        return _widest(kinds)


def _literal_type(node: exp.Expr) -> ValueType:
    if isinstance(node, exp.Null):
        return ValueType.NULL
    if isinstance(node, exp.Boolean):
        return ValueType.BOOL
    if node.is_string:
        return ValueType.SYMBOL
    if not math.isfinite(float(node.name)) or (node.is_int and int(node.name) > MAX_WHOLE):
        raise ConfigError(f"{node.name} is too large; whole numbers end at {MAX_WHOLE}, fractions near 1.8e308")
    return ValueType.INT if node.is_int else ValueType.FLOAT


def _widest(kinds: list[ValueType]) -> ValueType:
    known = [kind for kind in kinds if kind is not ValueType.NULL]
    if not known:
        return ValueType.NULL
    return ValueType.FLOAT if ValueType.FLOAT in known else known[0]


def admitted_kinds(condition: Condition | None) -> frozenset[str]:
    """Return the event kinds that a window's ``where`` can be true for.

    A condition that names no kind admits all kinds but those that our own decisions cause.
    """
    named = None if condition is None else _named_kinds(condition.tree)
    if named is None:
        return frozenset(KINDS) - CAUSED - INTERNAL
    unknown = named - frozenset(KINDS)
    if unknown:
        raise ConfigError(f"unknown kind {sorted(unknown)[0]!r}; known: {', '.join(sorted(KINDS))}")
    return named - INTERNAL


def given_kind(condition: Condition, kind: str) -> Condition | None:
    """Return what is left to ask of events of a kind that the condition admits; None where every one of them meets it.

    A demand for the kind, alone or beside others, is true of each such event: true AND x is x, also where x is NULL.
    """
    rest = _rest(condition.tree, kind)
    return None if rest is None else Condition(rest, rest.sql(), condition.names, condition.parameters)


def _rest(node: exp.Expr, kind: str) -> exp.Expr | None:
    if isinstance(node, exp.And):
        left, right = _rest(node.this, kind), _rest(node.expression, kind)
        if left is None or right is None:
            return left if right is None else right
        return exp.And(this=left.copy(), expression=right.copy())
    if isinstance(node, exp.EQ | exp.In):
        named = _named_kinds(node)
        return None if named is not None and kind in named else node
    return node


def _named_kinds(node: exp.Expr) -> frozenset[str] | None:
    """Return the kinds a tree is limited to, or None where it is not limited."""
    if isinstance(node, exp.Paren):
        return _named_kinds(node.this)
    if isinstance(node, exp.And):
        left, right = _named_kinds(node.this), _named_kinds(node.expression)
        if left is None or right is None:
            return left if right is None else right
        return left & right
    if isinstance(node, exp.Or):
        left, right = _named_kinds(node.this), _named_kinds(node.expression)
        return None if left is None or right is None else left | right
    if isinstance(node, exp.EQ) and _is_kind(node.this) and node.expression.is_string:
        return frozenset({node.expression.name})
    if isinstance(node, exp.In) and _is_kind(node.this) and all(item.is_string for item in node.expressions):
        return frozenset(item.name for item in node.expressions)
    return None


def _is_kind(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name == "kind"
