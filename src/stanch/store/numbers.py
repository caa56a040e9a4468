"""Integers on disk: a column of 64-bit integers in as few bytes a value as its range needs.

A value is stored as its distance from a base, byte by byte in planes (all lowest bytes first): high planes are nearly
constant and compress to nothing. Distance 0 is NULL where the column has one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.model.columns import NULL
from stanch.model.compiled import compiled

Integers = npt.NDArray[np.int64]
Planes = npt.NDArray[np.uint8]


@compiled
def _range(values: Integers) -> tuple[np.int64, np.int64, int]:
    """Return the smallest and the largest value, and the number of NULLs."""
    low, high, nulls = np.int64(2**63 - 1), np.int64(NULL), 0
    for value in values:
        if value == NULL:
            nulls += 1
        else:
            low, high = min(low, value), max(high, value)
    return low, high, nulls


@compiled
def _pack(values: Integers, base: np.uint64, planes: Planes) -> None:
    for byte in range(planes.shape[0]):
        shift = np.uint64(8 * byte)
        for row in range(values.shape[0]):
            distance = np.uint64(0) if values[row] == NULL else np.uint64(values[row]) - base
            planes[byte, row] = np.uint8((distance >> shift) & np.uint64(0xFF))


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


def pack(values: Integers) -> tuple[int, int, bool, bytes]:
    """Return base, bytes a value, whether there are NULLs, and the planes. A constant column has no planes."""
    lowest, highest, nulls = _range(values)
    low, high = int(lowest), int(highest)
    if nulls == len(values):
        return 0, 0, True, b""
    base = low - 1 if nulls else low
    width = ((high - base).bit_length() + 7) // 8
    planes = np.empty((width, len(values)), np.uint8)
    _pack(values, np.uint64(base % 2**64), planes)
    return base, width, nulls > 0, planes.tobytes()


def unpack(packed: tuple[int, int, bool, memoryview], count: int) -> Integers:
    """Return the values that ``pack`` was given."""
    base, width, nullable, data = packed
    if not width and not nullable:
        return np.full(count, base, np.int64)
    planes = np.frombuffer(data, np.uint8).reshape(width, count)
    out = np.empty(count, np.int64)
    _unpack(planes, np.uint64(base % 2**64), nullable, out)
    return out
