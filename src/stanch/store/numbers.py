"""Integers on disk: a column of 64-bit integers in as few bytes a value as its range needs.

A value is stored as its distance from a base, byte by byte in planes (all lowest bytes first): high planes are nearly
constant and compress to nothing. Distance 0 is NULL where the column has one.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.columns import NULL
from stanch.model.compiled import compiled

Integers = npt.NDArray[np.int64]
Planes = npt.NDArray[np.uint8]
Packed = tuple[int, int, bool, memoryview]  #: base, bytes a value, whether there are NULLs, planes


class Ranges(NamedTuple):
    """Of each row of a matrix: the smallest and the largest value, and the number of NULLs."""

    low: Integers
    high: Integers
    nulls: Integers


@compiled
def _ranges(matrix: Integers, out: Ranges) -> None:
    for at in range(matrix.shape[0]):
        low, high, nulls = np.int64(2**63 - 1), np.int64(NULL), 0
        for value in matrix[at]:
            if value == NULL:
                nulls += 1
            else:
                low, high = min(low, value), max(high, value)
        out.low[at], out.high[at], out.nulls[at] = low, high, nulls


@compiled
def _pack(matrix: Integers, bases: npt.NDArray[np.uint64], widths: Integers, planes: Planes) -> None:
    """Write the planes of one row after the other."""
    place, count = 0, matrix.shape[1]
    for at in range(matrix.shape[0]):
        for byte in range(widths[at]):
            shift = np.uint64(8 * byte)
            for row in range(count):
                value = matrix[at, row]
                distance = np.uint64(0) if value == NULL else np.uint64(value) - bases[at]
                planes[place + row] = np.uint8((distance >> shift) & np.uint64(0xFF))
            place += count


@compiled
def _unpack(planes: Planes, base: np.uint64, nullable: bool, out: Integers) -> None:
    for row in range(out.shape[0]):
        distance = np.uint64(0)
        for byte in range(planes.shape[0]):
            distance |= np.uint64(planes[byte, row]) << np.uint64(8 * byte)
        out[row] = NULL if nullable and distance == 0 else np.int64(distance + base)


@compiled
def steps(values: Integers) -> Integers:
    """Return the distance of each value from the one before it, the first as it is; wraps around and loses nothing."""
    out = np.empty_like(values)
    before = np.int64(0)
    for row in range(values.shape[0]):
        out[row] = values[row] - before
        before = values[row]
    return out


def pack(matrix: Integers) -> list[Packed]:
    """Return each row (k, n) of a matrix packed: base, bytes a value, whether there are NULLs, and the planes.

    A constant row has no planes, nor has one without values.
    """
    ranges = Ranges(*(np.empty(len(matrix), np.int64) for _ in Ranges._fields))
    _ranges(matrix, ranges)
    found = zip(ranges.low.tolist(), ranges.high.tolist(), ranges.nulls.tolist(), strict=True)
    shapes = [_shape(low, high, nulls, matrix.shape[1]) for low, high, nulls in found]
    widths = [width for _, width, _ in shapes]
    planes = np.empty(sum(widths) * matrix.shape[1], np.uint8)
    _pack(matrix, np.array([base % 2**64 for base, _, _ in shapes], np.uint64), np.array(widths, np.int64), planes)
    view, ends = planes.data, [matrix.shape[1] * end for end in accumulate(widths, initial=0)]
    return [(*shape, view[start:end]) for shape, (start, end) in zip(shapes, pairwise(ends), strict=True)]


def _shape(low: int, high: int, nulls: int, count: int) -> tuple[int, int, bool]:
    if nulls == count:
        return 0, 0, True
    base = low - 1 if nulls else low
    return base, ((high - base).bit_length() + 7) // 8, nulls > 0


def unpack(packed: Packed, count: int) -> Integers:
    """Return the values that ``pack`` was given."""
    base, width, nullable, data = packed
    if not width and not nullable:
        return np.full(count, base, np.int64)
    planes = np.frombuffer(data, np.uint8).reshape(width, count)
    out = np.empty(count, np.int64)
    _unpack(planes, np.uint64(base % 2**64), nullable, out)
    return out
