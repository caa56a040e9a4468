"""Digests of ids and bodies: what an event is known by, and whether a repeat says the same.

Ids are hashed with SipHash-2-4 (Aumasson and Bernstein, 2012) under a secret of the deployment, so that no sender can
aim ids at one slot of the table of known ids. Bodies are mixed without a key: whoever could aim them would only get
the answer that was stored.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.model.compiled import compiled

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.int64]
State = tuple[np.uint64, np.uint64, np.uint64, np.uint64]

#: Digest of NULL; an empty string has another.
ABSENT: Final = np.uint64(0)

_INITIAL: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)


@compiled
def _left(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@compiled
def _round(state: State) -> State:
    a, b, c, d = state
    a, c = a + b, c + d
    b, d = _left(b, 13) ^ a, _left(d, 16) ^ c
    a, c = _left(a, 32) + d, c + b
    b, d = _left(b, 17) ^ c, _left(d, 21) ^ a
    return a, b, _left(c, 32), d


@compiled
def _absorb(state: State, word: np.uint64) -> State:
    a, b, c, d = state
    a, b, c, d = _round(_round((a, b, c, d ^ word)))
    return a ^ word, b, c, d


@compiled
def _finish(state: State, data: Bytes, start: int, stop: int, before: int) -> np.uint64:
    """Absorb ``data[start:stop]`` after ``before`` bytes absorbed already, and return the digest."""
    whole = start + (stop - start) // 8 * 8
    for at in range(start, whole, 8):
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(data[at + byte]) << np.uint64(8 * byte)
        state = _absorb(state, word)
    last = np.uint64((before + stop - start) & 0xFF) << np.uint64(56)
    for at in range(whole, stop):
        last |= np.uint64(data[at]) << np.uint64(8 * (at - whole))
    a, b, c, d = _absorb(state, last)
    a, b, c, d = _round(_round(_round(_round((a, b, c ^ np.uint64(0xFF), d)))))
    return a ^ b ^ c ^ d


@compiled
def _start(key: Words, initial: Words) -> State:
    return key[0] ^ initial[0], key[1] ^ initial[1], key[0] ^ initial[2], key[1] ^ initial[3]


@compiled
def _digest_each(starts: Words, data: Bytes, offsets: Offsets, out: Words) -> None:
    for row in range(out.shape[0]):
        state = (starts[0], starts[1], starts[2], starts[3])
        out[row] = _finish(state, data, offsets[row], offsets[row + 1], 0)


@compiled
def _key_each(starts: Words, sources: Words, data: Bytes, offsets: Offsets, out: Words) -> None:
    for row in range(out.shape[0]):
        for half in range(2):
            state = (starts[half, 0], starts[half, 1], starts[half, 2], starts[half, 3])
            out[row, half] = _finish(_absorb(state, sources[row]), data, offsets[row], offsets[row + 1], 8)


@compiled
def _mix_each(matrix: Matrix, columns: npt.NDArray[np.int64], extra: Words, out: Words) -> None:
    for row in range(matrix.shape[0]):
        first, second = extra[row], np.uint64(columns.shape[0])
        for position in range(0, columns.shape[0] - 1, 2):
            # two lanes, because each multiplication waits for the one before it
            first = (first ^ np.uint64(matrix[row, columns[position]])) * _ODD
            second = (second ^ np.uint64(matrix[row, columns[position + 1]])) * _MIX
            first ^= first >> np.uint64(29)
            second ^= second >> np.uint64(31)
        if columns.shape[0] % 2:
            first = (first ^ np.uint64(matrix[row, columns[-1]])) * _ODD
            first ^= first >> np.uint64(29)
        total = (first ^ _left(second, 32)) * _MIX
        total = (total ^ (total >> np.uint64(32))) * _ODD
        out[row] = total ^ (total >> np.uint64(29))


def siphash(key: bytes, message: bytes) -> int:
    """Return SipHash-2-4 of a message under a key of 16 bytes."""
    words = _starts(key)
    out = np.empty(1, np.uint64)
    _digest_each(words, np.frombuffer(message, np.uint8), np.array([0, len(message)], np.int64), out)
    return int(out[0])


def string_digests(values: pa.Array, secret: bytes) -> Words:
    """Return the keyed 64-bit digest of each string or binary value; ``ABSENT`` for NULL."""
    if values.null_count == len(values):
        return np.full(len(values), ABSENT, np.uint64)
    data, offsets = _buffers(values)
    out = np.empty(len(values), np.uint64)
    _digest_each(_starts_for(secret, b"value"), data, offsets, out)
    if values.null_count:
        out[values.is_null().to_numpy(zero_copy_only=False)] = ABSENT
    return out


def event_keys(sources: npt.NDArray[np.integer], event_ids: pa.Array, secret: bytes) -> Words:
    """Return the 128-bit keys (n, 2) by which events are known.

    ``sources`` (n,) stands for the sending institution: its symbol code, which the log keeps for good, or a digest.
    """
    data, offsets = _buffers(event_ids)
    starts = np.stack([_starts_for(secret, half) for half in (b"id first", b"id second")])
    out = np.empty((len(event_ids), 2), np.uint64)
    _key_each(starts, np.ascontiguousarray(sources).astype(np.uint64), data, offsets, out)
    return out


def body_digests(matrix: Matrix, columns: npt.NDArray[np.int64], extra: Words) -> Words:
    """Return a 64-bit digest of the named columns of each row of a C-contiguous matrix (n, C).

    ``extra`` (n,) stands for what is not in the matrix: for example ``string_digests`` of ``ref`` and ``attrs``.
    """
    out = np.empty(len(matrix), np.uint64)
    _mix_each(matrix, columns, extra, out)
    return out


def _derived(secret: bytes, use: bytes) -> bytes:
    return blake2b(use, key=secret, digest_size=16).digest()


@lru_cache(maxsize=16)
def _starts_for(secret: bytes, use: bytes) -> Words:
    return _starts(_derived(secret, use))


def _starts(key: bytes) -> Words:
    return np.array(_start(np.frombuffer(key, "<u8"), np.array(_INITIAL, np.uint64)), np.uint64)


def _buffers(values: pa.Array) -> tuple[Bytes, Offsets]:
    """Return the bytes and the offsets (n + 1,) of an Arrow string or binary array, without copying the bytes."""
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    _validity, offsets, data = values.buffers()
    if offsets is None or len(values) == 0:
        return np.zeros(0, np.uint8), np.zeros(len(values) + 1, np.int64)
    size = np.int64 if wide else np.int32
    starts = np.frombuffer(offsets, size)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    return np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8), starts
