"""The compiled stack machine that judges rows: three-valued logic, exact whole numbers, overflow flagged.

Row values are columns of the event matrix; features are the numbers observed for the row. The order of comparisons,
NULL in and NULL out, follows SQL. Division by zero is NULL.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.features.program import DEPTH
from stanch.model.columns import NULL
from stanch.model.compiled import compiled, kernel

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: What ``judge`` returns beside 1, 0 and NULL.
OVERFLOW = 2


@kernel
def judge(
    code: Ints, fractions: Floats, start: int, end: int, row: Ints, features: Ints, whole: Ints, broken: Floats
) -> int:
    """Run one program on one row; return 1, 0, NULL or OVERFLOW.

    ``whole`` and ``broken`` are scratch stacks of ``DEPTH`` values.
    """
    top = -1
    at = start
    while at < end:
        op = code[at, 0]
        argument = code[at, 1]
        at += 1
        if op == 0:
            top += 1
            whole[top] = row[argument]
        elif op == 1:
            top += 1
            whole[top] = features[argument]
        elif op == 2:
            top += 1
            whole[top] = argument
        elif op == 16:
            top -= 1
            if whole[top] == NULL or whole[top + 1] == NULL:
                whole[top] = NULL
            else:
                whole[top] = 1 if whole[top] <= whole[top + 1] else 0
        elif op == 14:
            top -= 1
            if whole[top] == NULL or whole[top + 1] == NULL:
                whole[top] = NULL
            else:
                whole[top] = 1 if whole[top] == whole[top + 1] else 0
        elif op == 15:
            top -= 1
            if whole[top] == NULL or whole[top + 1] == NULL:
                whole[top] = NULL
            else:
                whole[top] = 1 if whole[top] < whole[top + 1] else 0
        elif op == 27:
            if whole[top] == 0:
                at = argument
        elif op == 28:
            if whole[top] == 1:
                at = argument
        elif op == 20:
            top -= 1
            if whole[top] == 0 or whole[top + 1] == 0:
                whole[top] = 0
            elif whole[top] == NULL or whole[top + 1] == NULL:
                whole[top] = NULL
            else:
                whole[top] = 1
        elif op == 21:
            top -= 1
            if whole[top] == 1 or whole[top + 1] == 1:
                whole[top] = 1
            elif whole[top] == NULL or whole[top + 1] == NULL:
                whole[top] = NULL
            else:
                whole[top] = 0
        elif op == 22:
            if whole[top] != NULL:
                whole[top] = 1 - whole[top]
        elif op == 23:
            whole[top] = 1 if whole[top] == NULL else 0
        elif op == 24:
            whole[top] = 1 if np.isnan(broken[top]) else 0
        elif op == 3:
            top += 1
            broken[top] = fractions[argument]
        elif op == 4:
            broken[top] = np.nan if whole[top] == NULL else float(whole[top])
        elif op == 5 or op == 6:
            top -= 1
            left = whole[top]
            right = whole[top + 1]
            if left == NULL or right == NULL:
                whole[top] = NULL
            else:
                value = left + right if op == 5 else left - right
                wrong = ((left ^ value) & (right ^ value)) if op == 5 else ((left ^ right) & (left ^ value))
                if wrong < 0 or value == NULL:
                    return OVERFLOW
                whole[top] = value
        elif op == 7:
            top -= 1
            left = whole[top]
            right = whole[top + 1]
            if left == NULL or right == NULL:
                whole[top] = NULL
            else:
                if abs(float(left) * float(right)) >= 9.2e18:
                    return OVERFLOW
                whole[top] = left * right
        elif op == 8:
            if whole[top] != NULL:
                whole[top] = -whole[top]
        elif op == 9:
            top -= 1
            broken[top] = broken[top] + broken[top + 1]
        elif op == 10:
            top -= 1
            broken[top] = broken[top] - broken[top + 1]
        elif op == 11:
            top -= 1
            broken[top] = broken[top] * broken[top + 1]
        elif op == 12:
            top -= 1
            broken[top] = np.nan if broken[top + 1] == 0.0 else broken[top] / broken[top + 1]
        elif op == 13:
            broken[top] = -broken[top]
        elif op == 17 or op == 18 or op == 19:
            top -= 1
            a = broken[top]
            b = broken[top + 1]
            if np.isnan(a) or np.isnan(b):
                whole[top] = NULL
            elif op == 17:
                whole[top] = 1 if a == b else 0
            elif op == 18:
                whole[top] = 1 if a < b else 0
            else:
                whole[top] = 1 if a <= b else 0
        elif op == 25:
            top -= 1
            if whole[top] == NULL:
                whole[top] = whole[top + 1]
        elif op == 26:
            top -= 1
            if np.isnan(broken[top]):
                broken[top] = broken[top + 1]
    return int(whole[0])


@compiled
def judge_rows(
    code: Ints, fractions: Floats, starts: Ints, by_kind: Ints, programs: Ints, kinds: Ints, rows: Ints, features: Ints,
    picked: Ints, hits: Ints,
) -> int:  # fmt: skip
    """Run, for each picked row, the programs of its kind; write the (row, program) pairs that are true.

    ``by_kind[k] : by_kind[k + 1]`` are the places in ``programs`` for kind number k. ``hits`` is (m, 2) and must hold
    the worst case. Returns how many pairs were written. What leaves 64 bits on the way is unknown, and not true: one
    event with an absurd number must not keep the others of its batch from being decided.
    """
    whole = np.empty(DEPTH, dtype=np.int64)
    broken = np.empty(DEPTH, dtype=np.float64)
    count = 0
    for place in range(picked.shape[0]):
        r = picked[place]
        kind = kinds[r]
        for at in range(by_kind[kind], by_kind[kind + 1]):
            p = programs[at]
            verdict = judge(code, fractions, starts[p], starts[p + 1], rows[r], features[r], whole, broken)
            if verdict == 1:
                hits[count, 0] = r
                hits[count, 1] = p
                count += 1
    return count


@compiled
def number_rows(
    code: Ints, fractions: Floats, starts: Ints, rows: Ints, features: Ints, picked: Ints, out: Floats
) -> None:  # fmt: skip
    """Run number programs on the picked rows; write their values (picked, programs), NaN for NULL.

    What leaves 64 bits on the way is unknown: NaN.
    """
    whole = np.empty(DEPTH, dtype=np.int64)
    broken = np.empty(DEPTH, dtype=np.float64)
    for place in range(picked.shape[0]):
        r = picked[place]
        for p in range(starts.shape[0] - 1):
            verdict = judge(code, fractions, starts[p], starts[p + 1], rows[r], features[r], whole, broken)
            out[place, p] = np.nan if verdict == OVERFLOW else broken[0]
