"""Integers on disk: a column of 64-bit integers in as few bytes a value as its range needs.

A value is stored as its distance from a base, byte by byte in planes (all lowest bytes first): high planes are nearly
constant and compress to nothing. Distance 0 is NULL where the column has one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.columns import NULL
from stanch.model.compiled import compiled, kernel

Integers = npt.NDArray[np.int64]
Planes = npt.NDArray[np.uint8]
Packed = tuple[int, int, bool, memoryview]  #: base, bytes a value, whether there are NULLs, planes


class Shapes(NamedTuple):
    """How each row of a matrix is stored: base, bytes a value, number of NULLs."""

    base: Integers
    width: Integers
    nulls: Integers


@kernel
def _shape_each(matrix: Integers, out: Shapes) -> None:
    for at in range(matrix.shape[0]):
        low, high, nulls = np.int64(2**63 - 1), np.int64(NULL), 0
        for value in matrix[at]:
            if value == NULL:
                nulls += 1
            else:
                low, high = min(low, value), max(high, value)
        out.base[at], out.width[at], out.nulls[at] = 0, 0, nulls
        if nulls < matrix.shape[1]:
            base = low - 1 if nulls else low
            distance, width = np.uint64(high) - np.uint64(base), 0
            while distance != np.uint64(0):
                distance >>= np.uint64(8)
                width += 1
            out.base[at], out.width[at] = base, width


@kernel
def _pack(matrix: Integers, shapes: Shapes, planes: Planes) -> None:
    """Write the planes of one row after the other."""
    place, count = 0, matrix.shape[1]
    for at in range(matrix.shape[0]):
        base = np.uint64(shapes.base[at])
        for byte in range(shapes.width[at]):
            shift = np.uint64(8 * byte)
            for row in range(count):
                value = matrix[at, row]
                distance = np.uint64(0) if value == NULL else np.uint64(value) - base
                planes[place + row] = np.uint8((distance >> shift) & np.uint64(0xFF))
            place += count


@compiled
def _unpack(planes: Planes, base: np.uint64, nullable: bool, out: Integers) -> None:
    for row in range(out.shape[0]):
        distance = np.uint64(0)
        for byte in range(planes.shape[0]):
            distance |= np.uint64(planes[byte, row]) << np.uint64(8 * byte)
        out[row] = NULL if nullable and distance == 0 else np.int64(distance + base)


@kernel
def take_steps(values: Integers) -> bool:
    """Put in place of each value its distance from the one before, the first as it is; wraps around, loses nothing.

    Returns False, and changes nothing, where a distance would look like NULL.
    """
    before = np.int64(0)
    for value in values:
        if value - before == NULL:
            return False
        before = value
    before = np.int64(0)
    for row in range(values.shape[0]):
        value = values[row]
        values[row] = value - before
        before = value
    return True


@kernel
def take_distance(values: Integers, others: Integers) -> bool:
    """Put in place of each value its distance from another; False, and nothing changed, where there is a NULL."""
    for row in range(values.shape[0]):
        if values[row] == NULL or others[row] == NULL or values[row] - others[row] == NULL:
            return False
    for row in range(values.shape[0]):
        values[row] -= others[row]
    return True


def pack(matrix: Integers) -> list[Packed]:
    """Return each row (k, n) of a matrix packed: base, bytes a value, whether there are NULLs, and the planes.

    A constant row has no planes, nor has one without values.
    """
    count = matrix.shape[1]
    shapes = Shapes(*(np.empty(len(matrix), np.int64) for _ in Shapes._fields))
    _shape_each(matrix, shapes)
    planes = np.empty(int(shapes.width.sum()) * count, np.uint8)
    _pack(matrix, shapes, planes)
    view, end, packed = planes.data, 0, list[Packed]()
    for base, width, nulls in zip(*(each.tolist() for each in shapes), strict=True):
        start, end = end, end + width * count
        packed.append((base, width, nulls > 0, view[start:end]))
    return packed


def unpack(packed: Packed, count: int) -> Integers:
    """Return the values that ``pack`` was given."""
    base, width, nullable, data = packed
    if not width and not nullable:
        return np.full(count, base, np.int64)
    planes = np.frombuffer(data, np.uint8).reshape(width, count)
    out = np.empty(count, np.int64)
    _unpack(planes, np.uint64(base % 2**64), nullable, out)
    return out
