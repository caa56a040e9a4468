"""Messages of a broker: one event as JSON, or a batch of them, as lines of JSON or as an Arrow stream.

A message is taken apart before anything is read of it: into its lines, or into the rows of its table. How far a
message was taken is told by its offset and the line, so that a large one may be saved in parts, each once.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, NamedTuple

import pyarrow as pa

from stanch.intake.arrow_streams import StreamError, cast_column, not_events, read_batches
from stanch.intake.mapping import Mapping

#: What a sender says of a message in its header ``content-type``, and the form that it means.
FORMS: Final = {
    "application/x-ndjson": "ndjson", "application/ndjson": "ndjson", "application/jsonl": "ndjson",
    "application/vnd.apache.arrow.stream": "arrow",
}  # fmt: skip


class Line(NamedTuple):
    """One event as JSON: a message, or the line ``number`` of one, from 1; ``last`` where nothing follows in it.

    A body is None where the sender wrote none; ``why`` says why a message as a whole cannot be taken.
    """

    offset: int
    body: bytes | None
    number: int = 0
    last: bool = True
    why: str = ""

    @property
    def reached(self) -> int:
        """The number of the last line in it."""
        return self.number


class Columns(NamedTuple):
    """Rows of the table in one message; ``number`` is that of the first one, from 1."""

    offset: int
    table: pa.Table
    number: int = 1
    last: bool = True

    @property
    def reached(self) -> int:
        """The number of the last row in it."""
        return int(self.number + self.table.num_rows - 1)

    def cut(self, start: int, stop: int) -> Columns:
        """Return some of the rows, counted from the first one here."""
        rows, whole = self.table.slice(start, stop - start), stop >= self.table.num_rows
        return Columns(self.offset, rows, self.number + start, self.last and whole)


Part = Line | Columns


@dataclass(frozen=True, slots=True)
class Senders:
    """Who may send which kinds of events over a topic, and in which form.

    ``longest`` are bytes of a message, ``most`` events in one; ``form`` is json, ndjson or arrow, and where it is empty
    a message's header says it, else it is one event as JSON.
    """

    sources: frozenset[str]
    kinds: frozenset[str]
    longest: int = 1_000_000
    mapping: Mapping | None = None
    form: str = ""
    most: int = 50_000


class Sent(NamedTuple):
    """A message as it came: its place in the partition, what is in it, and what its header says that this is."""

    offset: int
    body: bytes | None
    content_type: str = ""


def unpacked(sent: Sent, senders: Senders, after: int = 0) -> list[Part]:
    """Return the parts of a message, without the lines up to ``after``, which were taken before."""
    body, form = sent.body, senders.form or (FORMS.get(sent.content_type, "json") if sent.content_type else "json")
    if form == "json" or not body or len(body) > senders.longest:
        return [Line(sent.offset, body)]
    try:
        return _lines(sent.offset, body, senders, after) if form == "ndjson" else [_rows(sent, body, senders, after)]
    except StreamError as error:
        return [Line(sent.offset, body, why=str(error))]


def _lines(offset: int, body: bytes, senders: Senders, after: int) -> list[Part]:
    found: list[tuple[int, bytes]] = []
    for number, line in enumerate(io.BytesIO(body), 1):
        if not line.isspace():
            found.append((number, line.rstrip(b"\r\n")))
            if len(found) > senders.most:
                told = f"more than {senders.most} events in one message; send fewer at once"
                raise StreamError("too_many_events", told)
    if not found:
        raise StreamError("empty", "no line in it; send one event a line, as JSON")
    end = found[-1][0]
    return [Line(offset, line, number, number == end) for number, line in found if number > after]


def _rows(sent: Sent, body: bytes, senders: Senders, after: int) -> Columns:
    own = senders.mapping is None
    table = read_batches(body, senders.most, own=own)
    if own:
        try:
            for name in table.column_names:
                cast_column(table[name].slice(0, 0), name)
        except pa.ArrowException as error:
            raise not_events(error) from None
    return Columns(sent.offset, table).cut(min(after, table.num_rows), table.num_rows)
