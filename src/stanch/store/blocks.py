"""Blocks: the events of one commit as bytes, columns of codes and the entities and words first seen in them.

A block is a header (MessagePack), the new pseudonyms, and the columns compressed with Zstandard. Columns that are all
NULL are left out. Codes are given in log order, so the blocks before it are the dictionary of a block.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.errors import StoreError
from stanch.store.numbers import Integers, pack, take_distance, take_steps, unpack

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
    numbers = {name: values for name, values in columns.items() if isinstance(values, np.ndarray)}
    matrix = np.empty((len(numbers), events), np.int64)
    for row, values in zip(matrix, numbers.values(), strict=True):
        row[:] = values
    strings = {name: values for name, values in columns.items() if name not in numbers}
    return _encoded(tuple(numbers), matrix, strings, new_entities, new_symbols)


def encode_rows(
    rows: Integers, carried: Mapping[str, pa.Array], new_entities: npt.NDArray[np.uint64], new_symbols: list[str]
) -> bytes:
    """Return the block of rows in the columns ``model.columns.MATRIX`` (n, C) and of what is carried beside them."""
    return _encoded(MATRIX, np.array(rows.T, order="C"), carried, new_entities, new_symbols)


def _encoded(
    names: Sequence[str],
    matrix: Integers,
    strings: Mapping[str, pa.Array],
    new_entities: npt.NDArray[np.uint64],
    new_symbols: list[str],
) -> bytes:
    """Return a block of the rows of a matrix (k, n), which is changed, and of the strings."""
    forms = _told_by_others(dict(zip(names, matrix, strict=True)))
    laid = [laid for name, values in strings.items() if (laid := _laid(name, values)) is not None]
    lengths = np.stack([each.lengths for each in laid]) if laid else np.empty((0, matrix.shape[1]), np.int64)
    stored: list[_Stored] = []
    parts: list[bytes | memoryview] = []
    for name, (base, width, nullable, planes) in zip(names, pack(matrix), strict=True):
        if width or not nullable:
            stored.append(_Stored(name, "int", forms.get(name, ""), base, width, nullable))
            parts.append(planes)
    for each, (base, width, nullable, planes) in zip(laid, pack(lengths), strict=True):
        equal = width == 0 and base > 0  # all of one length: equal places lie together
        text = each.text.reshape(matrix.shape[1], -1).T if equal else each.text
        form = "transposed" if equal else ""
        stored.append(_Stored(each.name, each.kind, form, base, width, nullable, text.size))
        parts += [planes, text.tobytes()]
    raw = b"".join(parts)
    header = msgspec.msgpack.encode(
        _Header(matrix.shape[1], tuple(stored), len(new_entities), tuple(new_symbols), len(raw), _CODEC)
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


def _told_by_others(columns: dict[str, Integers]) -> dict[str, str]:
    """Change the columns that are told as steps or by others, and return how each of them is told."""
    forms: dict[str, str] = {}
    for name in reversed(_CLOSE_TO):  # a column is changed after those that are told by it
        near = _CLOSE_TO[name]
        if name in columns and near in columns and take_distance(columns[name], columns[near]):
            forms[name] = near
    return forms | {name: "steps" for name in _RISING if name in columns and take_steps(columns[name])}


class _Laid(NamedTuple):
    """A column of strings: lengths with NULL, and the bytes one after the other."""

    name: str
    kind: str
    lengths: Integers
    text: npt.NDArray[np.uint8]


def _laid(name: str, values: pa.Array) -> _Laid | None:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if values.null_count == len(values):
        return None
    _validity, offsets, data = values.buffers()
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    lengths = starts[1:] - starts[:-1]
    if values.null_count:
        lengths[values.is_null().to_numpy(zero_copy_only=False)] = NULL
    text = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]] if data is not None else np.zeros(0, np.uint8)
    return _Laid(name, "string" if pa.types.is_string(values.type) else "binary", lengths, text)


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
