"""Bodies of events: JSON, NDJSON or an Arrow stream become rows of the senders' own form, of one institution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stanch.api.keys import Key
from stanch.api.problems import ApiError
from stanch.api.scopes import SCOPE_OF_KIND
from stanch.intake.chunks import clear_table
from stanch.model.errors import InputError
from stanch.model.events import decode, shown, to_row
from stanch.model.schema import CLEAR_SCHEMA

NDJSON: Final = (b"application/x-ndjson", b"application/ndjson")
ARROW: Final = b"application/vnd.apache.arrow.stream"
#: Characters of an event's id.
LONGEST_ID: Final = 256
#: An Arrow stream may unfold to this many times its length.
_UNFOLDED: Final = 20

Row = dict[str, object]
Body = bytes | bytearray


def read_event(body: Body, key: Key, *, live: bool) -> Row:
    """Return the event of a JSON object. Raises ApiError that names the field; ``live``: we say when we learned."""
    try:
        event = decode(body)
    except InputError as error:
        raise ApiError(400, "invalid_event", str(error), param=_field(str(error))) from None
    except RecursionError:
        raise ApiError(400, "invalid_event", "nested too deeply; an event is a flat JSON object") from None
    except UnicodeDecodeError:
        raise ApiError(400, "invalid_event", "not UTF-8; send JSON in UTF-8") from None
    if len(event.event_id) > LONGEST_ID:
        raise ApiError(400, "invalid_event", _LONG_ID, param="event_id")
    row = to_row(event)
    _check_sender(str(row["source"]), str(row["kind"]), key)
    if live:
        if event.known_at is not None:
            raise ApiError(400, "known_at_given", _KNOWN, param="known_at")
        row["known_at"] = None
    return row


def read_lines(body: bytes, key: Key, *, live: bool, most: int) -> tuple[list[int], list[Row], dict[int, ApiError]]:
    """Return the events of NDJSON with the numbers of their lines, from 1, and what is wrong with other lines."""
    numbers: list[int] = []
    rows: list[Row] = []
    wrong: dict[int, ApiError] = {}
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line or line.isspace():
            continue
        if len(numbers) + len(wrong) == most:
            raise ApiError(413, "too_many_events", f"more than {most} events in one request; send fewer at once")
        try:
            rows.append(read_event(line, key, live=live))
            numbers.append(number)
        except ApiError as problem:
            wrong[number] = problem
    return numbers, rows, wrong


def read_stream(body: bytes, key: Key, *, live: bool, most: int) -> pa.Table:
    """Return the events of an Arrow IPC stream whose columns are some of ``CLEAR_SCHEMA``. Raises ApiError."""
    try:
        table = _batches(body, most)
        columns = {name: _cast(table[name], name) for name in table.column_names}
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ApiError(400, "invalid_stream", f"not an Arrow IPC stream of events: {str(error)[:200]}") from None
    clear = clear_table(columns, table.num_rows).cast(CLEAR_SCHEMA)
    if (pc.max(pc.utf8_length(clear["event_id"])).as_py() or 0) > LONGEST_ID:
        raise ApiError(400, "invalid_stream", _LONG_ID, param="event_id")
    for source in pc.unique(clear["source"]).to_pylist():
        _check_source(source or "", key)
    for kind in pc.unique(clear["kind"]).to_pylist():
        _check_kind(kind or "", key)
    if live and clear["known_at"].null_count < clear.num_rows:
        raise ApiError(400, "known_at_given", _KNOWN, param="known_at")
    return clear


_LONG_ID: Final = f"longer than {LONGEST_ID} characters; send a shorter id"
_KNOWN: Final = "the server says when it learned of an event; leave known_at out, and say in happened_at when it was"


def _batches(body: bytes, most: int) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        unknown = sorted(set(stream.schema.names) - set(CLEAR_SCHEMA.names))
        if unknown:
            raise ApiError(400, "unknown_column", f"unknown column {shown(unknown[0])}; known: {_LISTED}")
        if len(set(stream.schema.names)) < len(stream.schema.names):
            raise ApiError(400, "invalid_stream", "a column stands in the stream twice; name each once")
        batches: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in stream:
            batch.validate(full=True)  # what comes from outside may point beyond its buffers
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > most:
                raise ApiError(413, "too_many_events", f"more than {most} events in one request; send fewer at once")
            if size > _UNFOLDED * max(len(body), 1_000_000):
                raise ApiError(413, "too_large", "the stream unfolds to far more than its length; send smaller ones")
            batches.append(batch)
        return pa.Table.from_batches(batches, stream.schema)


_LISTED: Final = ", ".join(CLEAR_SCHEMA.names)


def _cast(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    wanted = CLEAR_SCHEMA.field(name).type
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(wanted) and not (pa.types.is_timestamp(column.type) and column.type.tz):
        raise ApiError(400, "invalid_stream", f"{name} is {column.type}; expected a timestamp with a zone", param=name)
    return column.cast(wanted)


def _check_sender(source: str, kind: str, key: Key) -> None:
    _check_source(source, key)
    _check_kind(kind, key)


def _check_source(source: str, key: Key) -> None:
    if source != key.institution:
        raise ApiError(
            403, "other_source", f"this key sends for {key.institution!r} only; write that as source", param="source"
        )


def _check_kind(kind: str, key: Key) -> None:
    scope = _SCOPES.get(kind)
    if scope is not None and scope not in key.scopes:
        raise ApiError(403, "missing_scope", f"events of kind {kind!r} need a key with the scope {scope}", param="kind")


_SCOPES: Final[Mapping[str, str]] = SCOPE_OF_KIND


def _field(message: str) -> str | None:
    """Return the field that a message names, as in ``- at `$.amount```."""
    _, found, after = message.partition("`$.")
    return after.partition("`")[0] if found else None
