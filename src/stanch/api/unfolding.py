"""What an Arrow stream says that it unfolds to, read before anything is unfolded.

A compressed buffer begins with its length after unfolding, and Arrow makes room for that before it looks at the rest.
Where these lengths stand is in each message's metadata, a FlatBuffer (Arrow columnar format: IPC, Message.fbs).
"""

from __future__ import annotations

import struct
from typing import Final

import pyarrow as pa

_I64, _I32, _U16 = (struct.Struct(f"<{one}") for one in "qiH")
#: Places of fields in their tables: Message.header, DictionaryBatch.data, RecordBatch.buffers and .compression.
_HEADER: Final = 2
_DATA: Final = 1
_BUFFERS: Final = 2
_COMPRESSION: Final = 3
_LENGTH: Final = 8  # bytes of a length before a compressed buffer
_PLAIN: Final = -1  # a buffer that is kept as it is in a compressed message


def unfolded_bytes(body: bytes) -> int:
    """Return how many bytes the compressed buffers of a stream say that they unfold to; those that are not count 0.

    Raises ValueError where the stream is none.
    """
    reader, told = pa.ipc.MessageReader.open_stream(pa.py_buffer(body)), 0
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return told
        if message.type != "schema" and message.body is not None:
            try:
                told += _of_message(memoryview(message.metadata), memoryview(message.body), message.type)
            except struct.error:
                raise ValueError("a message points beyond its end") from None


def _of_message(metadata: memoryview, body: memoryview, kind: str) -> int:
    batch = _table(metadata, _table(metadata, 0, None), _HEADER)
    if kind == "dictionary":
        batch = _table(metadata, batch, _DATA)
    if not _place(metadata, batch, _COMPRESSION) or not _place(metadata, batch, _BUFFERS):
        return 0
    vector = _table(metadata, batch, _BUFFERS)
    (count,) = _I32.unpack_from(metadata, vector)
    told = 0
    for at in range(vector + 4, vector + 4 + 16 * count, 16):
        (start,), (length,) = _I64.unpack_from(metadata, at), _I64.unpack_from(metadata, at + 8)
        if length >= _LENGTH:
            (said,) = _I64.unpack_from(body, start)
            told += length if said == _PLAIN else max(said, 0)
    return told


def _place(metadata: memoryview, table: int, field: int) -> int:
    """Return where a field of a table stands, 0 where it was left out."""
    vtable = table - _I32.unpack_from(metadata, table)[0]
    slot = 4 + 2 * field
    if slot >= _U16.unpack_from(metadata, vtable)[0]:
        return 0
    (offset,) = _U16.unpack_from(metadata, vtable + slot)
    return table + offset if offset else 0


def _table(metadata: memoryview, table: int, field: int | None) -> int:
    """Return where the table or vector begins that a field refers to; without a field, the root."""
    place = table if field is None else _place(metadata, table, field)
    return place + int(_I32.unpack_from(metadata, place)[0])
