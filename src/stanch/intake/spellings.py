"""Spellings: every clear identifier seen, with its number, found without making a Python string of it.

An open-addressing table over the bytes of Arrow columns. Bytes are compared whole, so two spellings never share a
number; the hash only says where to look, and is seeded so that a sender cannot choose where.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.intake.words import ABSENT, Codes
from stanch.model.compiled import compiled, inlined

UNKNOWN: Final = -2

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_PRIME: Final = np.uint64(0x100000001B3)
_SHIFT: Final = np.uint64(29)


class Spellings:
    """Numbers spellings from 0 in the order in which they are added. One owner."""

    def __init__(self, seed: bytes) -> None:
        self._seed = np.uint64(int.from_bytes(seed[:8], "little"))
        self._slots: Codes = np.full(4096, ABSENT, np.int32)
        self._arena: Bytes = np.zeros(65_536, np.uint8)
        self._ends: Places = np.zeros(1024, np.int64)
        self._count = 0

    def __len__(self) -> int:
        """Return how many spellings are known."""
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._slots.nbytes + self._arena.nbytes + self._ends.nbytes

    def find(self, values: pa.Array) -> Codes:
        """Return the number of each value: ``ABSENT`` where it is null or empty, ``UNKNOWN`` where it is new."""
        data, offsets = _buffers(values)
        numbers = _find(data, offsets, self._slots, self._arena, self._ends, self._seed)
        if values.null_count:
            numbers[values.is_null().to_numpy(zero_copy_only=False)] = ABSENT
        return numbers

    def add(self, values: pa.Array) -> int:
        """Add distinct new values; return the number of the first."""
        first, self._count = self._count, self._count + len(values)
        data, offsets = _buffers(values)
        used = int(self._ends[first])
        grown = used + int(offsets[-1] - offsets[0])
        if grown > len(self._arena):
            self._arena = np.concatenate([self._arena, np.zeros(grown, np.uint8)])
        self._arena[used:grown] = data[offsets[0] : offsets[-1]]
        if self._count >= len(self._ends):
            self._ends = np.concatenate([self._ends, np.zeros(self._count, np.int64)])
        self._ends[first + 1 : self._count + 1] = used + (offsets[1:] - offsets[0]).astype(np.int64)
        self._index(first)
        return first

    def _index(self, first: int) -> None:
        """Put spellings from ``first`` on into the table; a table more than half full is made anew, larger."""
        if 2 * self._count > len(self._slots):
            self._slots = np.full(1 << (4 * self._count).bit_length(), ABSENT, np.int32)
            first = 0
        _insert(self._slots, self._arena, self._ends[: self._count + 1], self._seed, first)


def _buffers(values: pa.Array) -> tuple[Bytes, npt.NDArray[np.int32]]:
    """Return the bytes of a string column and the offsets of its rows in them."""
    _, offsets, data = values.buffers()
    if offsets is None:
        return np.zeros(0, np.uint8), np.zeros(len(values) + 1, np.int32)
    places = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8), places


@inlined
def _hash(data: Bytes, start: int, end: int, seed: np.uint64) -> np.uint64:
    mixed = seed
    for place in range(start, end):
        mixed = (mixed ^ np.uint64(data[place])) * _PRIME
    return mixed ^ (mixed >> _SHIFT)


@compiled
def _find(
    data: Bytes,
    offsets: npt.NDArray[np.int32],
    slots: Codes,
    arena: Bytes,
    ends: Places,
    seed: np.uint64,
) -> Codes:
    numbers = np.empty(len(offsets) - 1, np.int32)
    mask = np.uint64(len(slots) - 1)
    for row in range(len(numbers)):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            numbers[row] = -1
            continue
        slot = _hash(data, start, end, seed) & mask
        numbers[row] = -2
        while slots[slot] != -1:
            known = slots[slot]
            begin = ends[known]
            same = ends[known + 1] - begin == end - start
            place = 0
            while same and place < end - start:
                same = arena[begin + place] == data[start + place]
                place += 1
            if same:
                numbers[row] = known
                break
            slot = (slot + np.uint64(1)) & mask
    return numbers


@compiled
def _insert(slots: Codes, arena: Bytes, ends: Places, seed: np.uint64, first: int) -> None:
    mask = np.uint64(len(slots) - 1)
    for number in range(first, len(ends) - 1):
        slot = _hash(arena, ends[number], ends[number + 1], seed) & mask
        while slots[slot] != -1:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = number
