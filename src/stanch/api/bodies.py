"""Bodies of events: JSON, NDJSON or an Arrow stream become rows of the senders' own form, of one institution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stanch.api.keys import Key
from stanch.api.problems import ApiError
from stanch.api.scopes import SCOPE_OF_KIND
from stanch.intake.arrow_streams import StreamError, cast_column, not_events, read_batches
from stanch.intake.chunks import clear_table
from stanch.intake.partition import LONGEST_ID
from stanch.model.errors import InputError
from stanch.model.events import Event, decode, decode_lines, kind_of, micros, to_row
from stanch.model.schema import CLEAR_SCHEMA

NDJSON: Final = (b"application/x-ndjson", b"application/ndjson")
ARROW: Final = b"application/vnd.apache.arrow.stream"
#: Up to so many events of a batch stay rows; columns are made of more.
FEW: Final = 256

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


def read_lines(
    body: bytes, key: Key, *, live: bool, most: int
) -> tuple[list[int], list[Row] | pa.Table, dict[int, ApiError]]:
    """Return the events of NDJSON with the numbers of their lines, from 1, and what is wrong with other lines.

    Where nothing is wrong all lines are decoded at once, and many become a table.
    """
    numbers = [number for number, line in enumerate(body.split(b"\n"), 1) if line and not line.isspace()]
    if len(numbers) > most:
        raise ApiError(413, "too_many_events", f"more than {most} events in one request; send fewer at once")
    events = _all_right(body, len(numbers), key, live=live)
    if events is None:
        return _line_by_line(body, key, live=live)
    return numbers, _rows(events, live=live) if len(events) <= FEW else _columns(events, live=live), {}


def _all_right(body: bytes, count: int, key: Key, *, live: bool) -> list[Event] | None:
    """Return the events of all lines, None where something is wrong with one: they must be looked at one by one."""
    try:
        events = decode_lines(body)
        for kind in {kind_of(event) for event in events}:
            _check_kind(kind, key)
        for event in events:
            if event.source != key.institution or len(event.event_id) > LONGEST_ID or (live and event.known_at):
                return None
    except (ApiError, InputError, RecursionError, UnicodeDecodeError):
        return None
    return events if len(events) == count else None


def _line_by_line(body: bytes, key: Key, *, live: bool) -> tuple[list[int], list[Row], dict[int, ApiError]]:
    numbers: list[int] = []
    rows: list[Row] = []
    wrong: dict[int, ApiError] = {}
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line or line.isspace():
            continue
        try:
            rows.append(read_event(line, key, live=live))
            numbers.append(number)
        except ApiError as problem:
            wrong[number] = problem
    return numbers, rows, wrong


def _rows(events: Sequence[Event], *, live: bool) -> list[Row]:
    return [{**to_row(event), "known_at": None} if live else to_row(event) for event in events]


def _columns(events: Sequence[Event], *, live: bool) -> pa.Table:
    """Return events as a table of ``CLEAR_SCHEMA``, column by column: a row for each would cost more than they do."""
    columns: dict[str, list[object]] = {name: [getattr(e, name) for e in events] for name in Event.__struct_fields__}
    columns["kind"] = [kind_of(event) for event in events]
    happened = columns["happened_at"] = [micros(event.happened_at) for event in events]
    known = [None if live or event.known_at is None else micros(event.known_at) for event in events]
    columns["known_at"] = [None if live else at or then for at, then in zip(known, happened, strict=True)]
    return pa.table([_column(columns[field.name], field.type) for field in CLEAR_SCHEMA], schema=CLEAR_SCHEMA)


def _column(values: list[object], kind: pa.DataType) -> pa.Array:
    """Return values as a column; moments come as UTC microseconds, which is ten times as fast as aware times."""
    if not any(value is not None for value in values):
        return pa.nulls(len(values), kind)
    return pa.array(values, pa.int64()).cast(kind) if pa.types.is_timestamp(kind) else pa.array(values, kind)


def read_stream(body: bytes, key: Key, *, live: bool, most: int) -> pa.Table:
    """Return the events of an Arrow IPC stream whose columns are some of ``CLEAR_SCHEMA``. Raises ApiError."""
    try:
        clear = _clear(read_batches(body, most))
    except StreamError as error:
        raise ApiError(error.status, error.code, str(error), param=error.param) from None
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


def _clear(table: pa.Table) -> pa.Table:
    try:
        columns = {name: cast_column(table[name], name) for name in table.column_names}
        return clear_table(columns, table.num_rows).cast(CLEAR_SCHEMA)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise not_events(error) from None


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
