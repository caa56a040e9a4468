"""Conditions as short programs for a stack machine, so that compiled code can judge a row without Python.

A program is a run of ``(operation, argument)`` pairs. Truth values are 1, 0 and NULL. Whole numbers are exact; an
overflow is an error, flagged by the machine. Fractions travel on a second stack, where NaN is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from stanch.features.conditions import Condition, ValueType, parameter_name
from stanch.model.columns import NULL
from stanch.model.errors import ConfigError


class Op(IntEnum):
    """What the machine can do."""

    COLUMN = 0
    FEATURE = 1
    CONSTANT = 2
    FRACTION = 3
    WIDEN = 4
    ADD = 5
    SUBTRACT = 6
    MULTIPLY = 7
    NEGATE = 8
    ADD_FRACTION = 9
    SUBTRACT_FRACTION = 10
    MULTIPLY_FRACTION = 11
    DIVIDE = 12
    NEGATE_FRACTION = 13
    EQUAL = 14
    LESS = 15
    LESS_EQUAL = 16
    EQUAL_FRACTION = 17
    LESS_FRACTION = 18
    LESS_EQUAL_FRACTION = 19
    AND = 20
    OR = 21
    NOT = 22
    IS_NULL = 23
    IS_NULL_FRACTION = 24
    COALESCE = 25
    COALESCE_FRACTION = 26
    SKIP_IF_FALSE = 27
    SKIP_IF_TRUE = 28


#: The machine's stacks hold this many values; deeper conditions are refused.
DEPTH = 32


@dataclass(frozen=True, slots=True)
class Names:
    """Where the machine finds each name: columns of the row, places in its features, parameters, words."""

    columns: Mapping[str, int]
    features: Mapping[str, int]
    types: Mapping[str, ValueType]
    parameters: Mapping[str, int | float]
    word: Callable[[str], int]


@dataclass(slots=True)
class Program:
    """Operations and their arguments, and the fractions they refer to."""

    code: list[tuple[int, int]] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)


def compile_condition(condition: Condition, names: Names) -> Program:
    """Translate a checked condition; raise ConfigError where it needs more than ``DEPTH`` values at once."""
    writer = _Writer(names, Program())
    writer.write(condition.tree)
    return writer.finished(condition.text)


def compile_number(number: Condition, names: Names) -> Program:
    """Translate a number; its value ends as a fraction, and the program's own answer is whether it is NULL.

    Raises ConfigError where it needs more than ``DEPTH`` values at once.
    """
    writer = _Writer(names, Program())
    writer.write_fraction(number.tree)
    return writer.finished(number.text)


def join(programs: list[Program]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Lay programs end to end.

    Returns the code (m, 2), all fractions (k,), and the start of each program with the end of the last (p + 1,).
    """
    code: list[tuple[int, int]] = []
    fractions: list[float] = []
    starts = [0]
    for program in programs:
        offset, base = len(fractions), len(code)
        code.extend((op, _moved(op, argument, offset, base)) for op, argument in program.code)
        fractions.extend(program.fractions)
        starts.append(len(code))
    shaped = np.array(code, dtype=np.int64).reshape(-1, 2)
    return shaped, np.array(fractions or [0.0]), np.array(starts, dtype=np.int64)


def _moved(op: int, argument: int, fractions: int, base: int) -> int:
    if op == Op.FRACTION:
        return argument + fractions
    if op in (Op.SKIP_IF_FALSE, Op.SKIP_IF_TRUE):
        return argument + base
    return argument


_COMPARE: Mapping[type[exp.Expr], Op] = {exp.EQ: Op.EQUAL, exp.LT: Op.LESS, exp.LTE: Op.LESS_EQUAL}
_FLIPPED: Mapping[type[exp.Expr], Op] = {exp.GT: Op.LESS, exp.GTE: Op.LESS_EQUAL}
_COUNT: Mapping[type[exp.Expr], Op] = {exp.Add: Op.ADD, exp.Sub: Op.SUBTRACT, exp.Mul: Op.MULTIPLY}
_FRACTION = {
    Op.ADD: Op.ADD_FRACTION,
    Op.SUBTRACT: Op.SUBTRACT_FRACTION,
    Op.MULTIPLY: Op.MULTIPLY_FRACTION,
    Op.EQUAL: Op.EQUAL_FRACTION,
    Op.LESS: Op.LESS_FRACTION,
    Op.LESS_EQUAL: Op.LESS_EQUAL_FRACTION,
    Op.COALESCE: Op.COALESCE_FRACTION,
}


@dataclass(slots=True)
class _Writer:
    """Walks a tree and appends operations; keeps count of the values on the stack."""

    names: Names
    program: Program
    depth: int = 0
    deepest: int = 0

    def write(self, node: exp.Expr) -> None:
        """Append what leaves the value of ``node`` on the stack."""
        if isinstance(node, exp.Paren):
            self.write(node.this)
        elif isinstance(node, (exp.Column, exp.Placeholder, exp.Literal, exp.Boolean, exp.Null)):
            self._leaf(node)
        elif isinstance(node, (exp.And, exp.Or)):
            self._junction(node)
        elif isinstance(node, (exp.Not, exp.Neg, exp.Is)):
            self._single(node)
        else:
            self._pair(node)

    def write_fraction(self, node: exp.Expr) -> None:
        """Append what leaves the value of ``node`` as a fraction, and then whether it is NULL."""
        self._operands([node], wide=True)
        self._emit(Op.IS_NULL_FRACTION)

    def finished(self, text: str) -> Program:
        """Return the program, if the machine's stacks can hold what it needs."""
        if self.deepest > DEPTH:
            raise ConfigError(f"{text!r} is nested too deeply ({self.deepest} values, at most {DEPTH})")
        return self.program

    def _emit(self, op: Op, argument: int = 0, grows: int = 0) -> None:
        self.program.code.append((int(op), argument))
        self.depth += grows
        self.deepest = max(self.deepest, self.depth)

    def _leaf(self, node: exp.Expr) -> None:
        value = self._value(node)
        if isinstance(value, float):
            self.program.fractions.append(value)
            self._emit(Op.FRACTION, len(self.program.fractions) - 1, 1)
        elif isinstance(node, exp.Column):
            op = Op.FEATURE if node.name in self.names.features else Op.COLUMN
            self._emit(op, value, 1)
        else:
            self._emit(Op.CONSTANT, value, 1)

    def _value(self, node: exp.Expr) -> int | float:
        if isinstance(node, exp.Column):
            at = self.names.features.get(node.name)
            return self.names.columns[node.name] if at is None else at
        if isinstance(node, exp.Placeholder):
            return self.names.parameters[parameter_name(node)]
        if isinstance(node, exp.Null):
            return NULL
        if isinstance(node, exp.Boolean):
            return int(bool(node.this))
        if node.is_string:
            return self.names.word(node.name)
        return int(node.name) if node.is_int else float(node.name)

    def _junction(self, node: exp.Expr) -> None:
        skip, op = (Op.SKIP_IF_FALSE, Op.AND) if isinstance(node, exp.And) else (Op.SKIP_IF_TRUE, Op.OR)
        self.write(node.this)
        at = len(self.program.code)
        self._emit(skip)
        self.write(node.expression)
        self._emit(op, 0, -1)
        self.program.code[at] = (int(skip), len(self.program.code))

    def _single(self, node: exp.Expr) -> None:
        self.write(node.this)
        fraction = self._fraction(node.this)
        if isinstance(node, exp.Not):
            self._emit(Op.NOT)
        elif isinstance(node, exp.Neg):
            self._emit(Op.NEGATE_FRACTION if fraction else Op.NEGATE)
        else:
            self._emit(Op.IS_NULL_FRACTION if fraction else Op.IS_NULL)

    def _pair(self, node: exp.Expr) -> None:
        if isinstance(node, exp.In):
            self._any_of(node)
        elif isinstance(node, exp.Between):
            self._binary(node.args["low"], node.this, Op.LESS_EQUAL)
            self._binary(node.this, node.args["high"], Op.LESS_EQUAL)
            self._emit(Op.AND, 0, -1)
        elif isinstance(node, exp.Coalesce):
            self._coalesce(node)
        elif isinstance(node, exp.NEQ):
            self._binary(node.this, node.expression, Op.EQUAL)
            self._emit(Op.NOT)
        elif isinstance(node, exp.Div):
            self._operands([node.this, node.expression], wide=True)
            self._emit(Op.DIVIDE, 0, -1)
        elif type(node) in _FLIPPED:
            self._binary(node.expression, node.this, _FLIPPED[type(node)])
        else:
            self._binary(node.this, node.expression, {**_COMPARE, **_COUNT}[type(node)])

    def _any_of(self, node: exp.In) -> None:
        for count, item in enumerate(node.expressions):
            self._binary(node.this, item, Op.EQUAL)
            if count:
                self._emit(Op.OR, 0, -1)

    def _coalesce(self, node: exp.Coalesce) -> None:
        nodes = [node.this, *node.expressions]
        wide = any(self._fraction(item) for item in nodes)
        op = _FRACTION[Op.COALESCE] if wide else Op.COALESCE
        self._operands(nodes, wide=wide)
        for _ in nodes[1:]:
            self._emit(op, 0, -1)

    def _binary(self, left: exp.Expr, right: exp.Expr, op: Op) -> None:
        wide = self._fraction(left) or self._fraction(right)
        self._operands([left, right], wide=wide)
        self._emit(_FRACTION[op] if wide else op, 0, -1)

    def _operands(self, nodes: list[exp.Expr], *, wide: bool) -> None:
        for node in nodes:
            self.write(node)
            if wide and not self._fraction(node):
                self._emit(Op.WIDEN)

    def _fraction(self, node: exp.Expr) -> bool:
        """Whether the value of ``node`` stands on the stack of fractions."""
        if isinstance(node, (exp.Paren, exp.Neg)):
            return self._fraction(node.this)
        if isinstance(node, exp.Div):
            return True
        if isinstance(node, (exp.Column, exp.Placeholder, exp.Literal)):
            return isinstance(self._value(node), float)
        if isinstance(node, (exp.Add, exp.Sub, exp.Mul)):
            return self._fraction(node.this) or self._fraction(node.expression)
        if isinstance(node, exp.Coalesce):
            return any(self._fraction(item) for item in (node.this, *node.expressions))
        return False
