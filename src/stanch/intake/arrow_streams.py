"""Arrow IPC streams from outside: looked through before they are read, so that no small body becomes a large table.

What unfolds is refused: compressed buffers, whose lengths are only a promise, and types whose values repeat or share
what lies in the body. Dictionaries of words are taken where what they stand for is not too long.
"""

from __future__ import annotations

import struct
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stanch.model.errors import InputError
from stanch.model.events import shown
from stanch.model.schema import CLEAR_SCHEMA

#: A table may be this many times as long as its body, or as a million bytes where that is more.
UNFOLDED: Final = 20
_SMALL: Final = 1_000_000

_COMPRESSED: Final = "the stream's buffers are compressed; send it without compression (HTTP does not need it here)"
_FOLDED: Final = "the stream unfolds to far more than its length; send smaller ones"
_LISTED: Final = ", ".join(CLEAR_SCHEMA.names)

#: Fields of the tables of the format's flatbuffers, by their place (Message.fbs and Schema.fbs of Apache Arrow).
_MESSAGE_TYPE, _MESSAGE_HEADER, _BATCH_COMPRESSION, _DICTIONARY_DATA = 1, 2, 3, 1
_DICTIONARY, _RECORD_BATCH = 2, 3


class StreamError(InputError):
    """A stream that is not taken: a word for programs, the column that is meant, and the HTTP status."""

    def __init__(self, code: str, message: str, *, param: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.status = status


def read_batches(body: bytes, most: int, *, own: bool = True) -> pa.Table:
    """Return the table of a stream of at most ``most`` rows; with ``own`` its columns are some of ``CLEAR_SCHEMA``.

    Raises StreamError for what is no stream, unfolds or is not known.
    """
    try:
        return _batches(body, most, own=own)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise not_events(error) from None


def not_events(error: Exception) -> StreamError:
    """Return the refusal of what Arrow cannot read, or cannot bring into our columns."""
    return StreamError("invalid_stream", f"not an Arrow IPC stream of events: {str(error)[:200]}")


def cast_column(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column in the type of ``CLEAR_SCHEMA``. Raises StreamError for times without a zone, Arrow's errors."""
    wanted = CLEAR_SCHEMA.field(name).type
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(wanted) and not (pa.types.is_timestamp(column.type) and column.type.tz):
        told = f"{name} is {column.type}; expected a timestamp with a zone"
        raise StreamError("invalid_stream", told, param=name)
    return column.cast(wanted)


def _batches(body: bytes, most: int, *, own: bool) -> pa.Table:
    _refuse_compressed(body)
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        _check_schema(stream.schema, own=own)
        batches: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in stream:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > most:
                told = f"more than {most} events at once; send fewer"
                raise StreamError("too_many_events", told, status=413)
            batch.validate(full=True)  # what comes from outside may point beyond its buffers
            size += sum(_spread(column) for column in batch.columns if pa.types.is_dictionary(column.type))
            if size > UNFOLDED * max(len(body), _SMALL):
                raise StreamError("too_large", _FOLDED, status=413)
            batches.append(batch)
        return pa.Table.from_batches(batches, stream.schema)


def _check_schema(schema: pa.Schema, *, own: bool) -> None:
    unknown = sorted(set(schema.names) - set(CLEAR_SCHEMA.names))
    if own and unknown:
        raise StreamError("unknown_column", f"unknown column {shown(unknown[0])}; known: {_LISTED}")
    if len(set(schema.names)) < len(schema.names):
        raise StreamError("invalid_stream", "a column stands in the stream twice; name each once")
    for field in schema:
        if not _plain(field.type.value_type if pa.types.is_dictionary(field.type) else field.type, own=own):
            wanted = CLEAR_SCHEMA.field(field.name).type if own else "numbers or words"
            told = f"{field.name} is {str(field.type)[:64]}; send it as {wanted}"
            raise StreamError("invalid_stream", told, param=field.name)


def _plain(kind: pa.DataType, *, own: bool) -> bool:
    """Whether values of a type lie in the body one by one; a mapping reads some that our own form has not."""
    is_ = pa.types
    asked = (is_.is_integer, is_.is_timestamp, is_.is_string, is_.is_large_string, is_.is_null, is_.is_binary)
    mapped = (is_.is_floating, is_.is_boolean)
    return any(each(kind) for each in (asked if own else asked + mapped))


def _spread(column: pa.DictionaryArray) -> int:
    """Return the bytes of the words of a column when each stands in its row."""
    words = column.dictionary
    if pa.types.is_null(words.type) or pa.types.is_primitive(words.type):
        return len(column) * 8
    return int(pc.sum(pc.take(pc.binary_length(words).cast(pa.int64()), column.indices)).as_py() or 0)


def _refuse_compressed(body: bytes) -> None:
    for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(body)):
        try:
            compressed = _is_compressed(message.metadata.to_pybytes())
        except (struct.error, IndexError):
            raise pa.ArrowInvalid("the header of a message cannot be read") from None
        if compressed:
            raise StreamError("compressed_stream", _COMPRESSED)


def _is_compressed(metadata: bytes) -> bool:
    """Return whether the batch of a message, or of a dictionary, says that its buffers are compressed."""
    message = _reference(metadata, 0)
    kind, header = _field(metadata, message, _MESSAGE_TYPE), _field(metadata, message, _MESSAGE_HEADER)
    if kind is None or header is None:
        return False
    table = _reference(metadata, header)
    if metadata[kind] == _DICTIONARY:
        data = _field(metadata, table, _DICTIONARY_DATA)
        if data is None:
            return False
        table = _reference(metadata, data)
    elif metadata[kind] != _RECORD_BATCH:
        return False
    return _field(metadata, table, _BATCH_COMPRESSION) is not None


def _reference(buffer: bytes, at: int) -> int:
    """Follow a reference of a flatbuffer: it stands as the distance from where it stands."""
    return int(at + struct.unpack_from("<I", buffer, at)[0])


def _field(buffer: bytes, table: int, place: int) -> int | None:
    """Return where a field of a flatbuffer's table stands, None where it is left out."""
    fields = table - struct.unpack_from("<i", buffer, table)[0]
    if fields < 0:
        raise IndexError(fields)
    if 4 + 2 * place >= struct.unpack_from("<H", buffer, fields)[0]:
        return None
    distance = struct.unpack_from("<H", buffer, fields + 4 + 2 * place)[0]
    return table + distance if distance else None
