"""Blocks: the events of one commit as bytes, columns of codes and the entities and words first seen in them.

A block is a header (MessagePack), the new pseudonyms, and the columns compressed with Zstandard. Columns that are all
NULL are left out. Codes are given in log order, so the blocks before it are the dictionary of a block.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.errors import StoreError
from stanch.store.numbers import Integers, pack, steps, unpack

FORMAT_VERSION: Final = 2

_MAGIC: Final = b"STNB"
_HEAD: Final = struct.Struct("<4sHHI")  # magic, version, 0, bytes of the header
#: Columns that rise with every row are stored as steps.
_RISING: Final = ("seq", "as_of")
#: Columns close to another one are stored as the distance from it, and read back in this order.
_CLOSE_TO: Final = {"known_at": "as_of", "happened_at": "known_at"}
_CODEC: Final = "zstd"


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """One column in a block: its planes (of lengths, for strings), then ``data`` bytes of strings."""

    name: str
    type: str  # int, string or binary
    form: str  # "", "steps" or the column it is close to; strings: "" or "transposed"
    base: int
    width: int
    nullable: bool
    data: int = 0


class _Header(msgspec.Struct, frozen=True):
    events: int
    columns: tuple[_Stored, ...]
    entities: int
    symbols: tuple[str, ...]
    raw: int  # bytes of the columns before compression
    codec: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block read back: integers as int64 with NULL, strings as Arrow; columns that were all NULL are absent."""

    events: int
    columns: dict[str, Integers | pa.Array]
    new_entities: npt.NDArray[np.uint64]  # (k, 2): pseudonyms as two words, the bytes in memory order
    new_symbols: tuple[str, ...]

    def matrix(self) -> Integers:
        """Return the columns of ``model.columns.MATRIX`` as one matrix (n, C)."""
        out = np.full((self.events, len(MATRIX)), NULL, np.int64)
        for name, values in self.columns.items():
            if name in INDEX:
                out[:, INDEX[name]] = values
        return out


def encode_block(
    columns: Mapping[str, npt.NDArray[np.int64] | pa.Array],
    new_entities: npt.NDArray[np.uint64],
    new_symbols: list[str],
) -> bytes:
    """Return a block of the columns (all of one length), the new pseudonyms (k, 2) and the new words."""
    events = _length(columns)
    stored: list[_Stored] = []
    parts: list[bytes | memoryview] = []
    numbers = _packed({name: values for name, values in columns.items() if isinstance(values, np.ndarray)})
    for name, values in columns.items():
        if name not in numbers:
            kept = _store_strings(name, values, parts)
        else:
            kept, planes = numbers[name]
            parts.append(planes)
        if kept is not None:
            stored.append(kept)
    raw = b"".join(parts)
    header = msgspec.msgpack.encode(
        _Header(events, tuple(stored), len(new_entities), tuple(new_symbols), len(raw), _CODEC)
    )
    pseudonyms = np.ascontiguousarray(new_entities, "<u8").tobytes()
    packed = pa.compress(raw, codec=_CODEC, asbytes=True) if raw else b""
    return b"".join((_HEAD.pack(_MAGIC, FORMAT_VERSION, 0, len(header)), header, pseudonyms, packed))


def decode_block(body: bytes, wanted: Collection[str] | None = None) -> Block:
    """Return the block that ``encode_block`` wrote, with the wanted columns; raises StoreError for anything else."""
    wanted = None if wanted is None else _with_neighbours(wanted)
    header, start = _read_header(body)
    end = start + 16 * header.entities
    pseudonyms = np.frombuffer(body, "<u8", 2 * header.entities, start).reshape(-1, 2)
    raw = pa.decompress(body[end:], header.raw, header.codec, asbytes=True) if header.raw else b""
    view, at = memoryview(raw), 0
    columns: dict[str, Integers | pa.Array] = {}
    for column in header.columns:
        begin, until = at, at + column.width * header.events
        at = until + column.data
        if wanted is None or column.name in wanted:
            numbers = unpack((column.base, column.width, column.nullable, view[begin:until]), header.events)
            columns[column.name] = numbers if column.type == "int" else _strings(column, numbers, view[until:at])
    forms = {column.name: column.form for column in header.columns if column.name in columns and column.type == "int"}
    for name in (*_RISING, *_CLOSE_TO):
        _restore(name, forms.get(name, ""), columns)
    return Block(header.events, columns, pseudonyms, header.symbols)


def _with_neighbours(names: Collection[str]) -> set[str]:
    """Return the names, with the columns that their values are stored as the distance from."""
    wanted = set(names)
    for name in reversed(_CLOSE_TO):
        if name in wanted:
            wanted.add(_CLOSE_TO[name])
    return wanted


def _length(columns: Mapping[str, npt.NDArray[np.int64] | pa.Array]) -> int:
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"columns of a block must have one length, got {sorted(lengths)}")
    return lengths.pop()


def _read_header(body: bytes) -> tuple[_Header, int]:
    if len(body) < _HEAD.size:
        raise StoreError(f"a block of {len(body)} bytes is cut off; restore log.db from a backup")
    magic, version, _, size = _HEAD.unpack_from(body)
    if magic != _MAGIC or version != FORMAT_VERSION:
        raise StoreError(
            f"not a block of format {FORMAT_VERSION}: starts with {magic!r}, version {version}; "
            "open the log with the release that wrote it, or restore log.db from a backup"
        )
    start = _HEAD.size + size
    try:
        return msgspec.msgpack.decode(body[_HEAD.size : start], type=_Header), start
    except msgspec.MsgspecError as error:
        raise StoreError(f"the header of a block cannot be read ({error}); restore log.db from a backup") from error


def _packed(columns: dict[str, Integers]) -> dict[str, tuple[_Stored | None, memoryview]]:
    """Return how each column of numbers is stored, None where it is all NULL, and its planes."""
    if not columns:
        return {}
    matrix = np.empty((len(columns), len(next(iter(columns.values())))), np.int64)
    for row, values in zip(matrix, columns.values(), strict=True):
        row[:] = values
    raw = dict(zip(columns, matrix, strict=True))
    forms = {name: _form(name, raw) for name in (*reversed(_CLOSE_TO), *_RISING) if name in raw}
    for name, form in forms.items():  # a column is changed after those that are told by it
        if form:
            raw[name][:] = _distances(raw, name, form)
    return {
        name: (
            None if nullable and not width else _Stored(name, "int", forms.get(name, ""), base, width, nullable),
            planes,
        )
        for name, (base, width, nullable, planes) in zip(columns, pack(matrix), strict=True)
    }


def _form(name: str, columns: dict[str, Integers]) -> str:
    """Return how the values of a column are told: as steps, as the distance from another one, or as they are."""
    near = _CLOSE_TO.get(name)
    form = "steps" if near is None else near
    if near is not None and (near not in columns or (columns[name] == NULL).any() or (columns[near] == NULL).any()):
        return ""
    return "" if (_distances(columns, name, form) == NULL).any() else form  # a distance that looks like NULL


def _distances(columns: dict[str, Integers], name: str, form: str) -> Integers:
    return steps(columns[name]) if form == "steps" else columns[name] - columns[form]


def _store_strings(name: str, values: pa.Array, parts: list[bytes | memoryview]) -> _Stored | None:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if values.null_count == len(values):
        return None
    _validity, offsets, data = values.buffers()
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    lengths = np.diff(starts)
    if values.null_count:
        lengths[values.is_null().to_numpy(zero_copy_only=False)] = NULL
    ((base, width, nullable, planes),) = pack(lengths[None])
    text = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]] if data is not None else np.zeros(0, np.uint8)
    form = "transposed" if width == 0 and base > 0 else ""  # all of one length: equal places lie together
    if form:
        text = np.ascontiguousarray(text.reshape(len(values), -1).T)
    parts += [planes, text.tobytes()]
    kind = "string" if pa.types.is_string(values.type) else "binary"
    return _Stored(name, kind, form, base, width, nullable, text.size)


def _strings(column: _Stored, lengths: Integers, data: memoryview) -> pa.Array:
    valid = lengths != NULL
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(np.where(valid, lengths, 0), out=offsets[1:])
    text = np.frombuffer(data, np.uint8)
    if column.form == "transposed":
        text = np.ascontiguousarray(text.reshape(-1, len(lengths)).T)
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little")) if column.nullable else None
    arrow = pa.string() if column.type == "string" else pa.binary()
    return pa.Array.from_buffers(arrow, len(lengths), [bitmap, pa.py_buffer(offsets), pa.py_buffer(text)])


def _restore(name: str, form: str, columns: dict[str, Integers | pa.Array]) -> None:
    if form:
        columns[name] = np.cumsum(columns[name]) if form == "steps" else columns[name] + columns[form]
