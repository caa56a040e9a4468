"""Messages of a broker: one event each as JSON, read by itself, checked and mapped as the rows of files are.

What becomes of a message never depends on the others beside it: each is decoded alone, and of a mapped one every value
is a word. A partition is the file here and the offset its row, in ids, reasons and the quarantine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.chunks import Chunks, clear_table
from stanch.intake.mapper import Mapper, is_one_of
from stanch.intake.mapping import Mapping
from stanch.intake.problems import Problems
from stanch.intake.readers.raw import Broken, Raw
from stanch.intake.report import FileReport, Refused
from stanch.intake.rows import Refuse, Rows
from stanch.intake.source import SourceFile
from stanch.intake.words import one_array
from stanch.intake.zones import zone
from stanch.model.columns import SENT
from stanch.model.errors import InputError
from stanch.model.events import Event, decode
from stanch.model.schema import CLEAR_SCHEMA

#: Characters of an event's id.
LONGEST_ID: Final = 256
#: Bytes of a message that cannot be read which the quarantine keeps; the broker has the rest.
KEPT: Final = 4096

_PLAIN: Final = tuple(name for name in SENT if name != "kind")
_values: Final = attrgetter(*_PLAIN)
_Row = dict[str, object]
_objects: Final = msgspec.json.Decoder(_Row)
#: What a message that nobody foresaw can raise on its way to a table.
_UNFIT: Final = (InputError, pa.ArrowException, ValueError, OverflowError)


class Message(NamedTuple):
    """One message of a partition; a body is None where the sender wrote none."""

    offset: int
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Senders:
    """Who may send which kinds of events over a topic, in which form, and how long a message may be in bytes."""

    sources: frozenset[str]
    kinds: frozenset[str]
    longest: int = 1_000_000
    mapping: Mapping | None = None


class Partition:
    """Takes the messages of one partition. Every one becomes events, is left out by the mapping, or is refused."""

    def __init__(self, name: str, senders: Senders, chunks: Chunks, hours: ZoneInfo, refuse: Refuse) -> None:
        self.report = FileReport(name)
        self._senders = senders
        self._chunks = chunks
        self._hours = hours
        self._refuse = refuse
        self._source = SourceFile(Path(name), hashlib.sha256(name.encode()).hexdigest(), 0, 0)
        self._known_at: int | None = None
        self._columns: list[str] = []
        if senders.mapping is not None:
            clock = zone(senders.mapping.timezone) if senders.mapping.timezone else None
            mapper = Mapper(senders.mapping, clock)
            self._columns = sorted(_wanted(senders.mapping))
            self._rows = Rows(senders.mapping, mapper, chunks, clock or hours, self.report, self._look)

    def take(self, messages: Sequence[Message], known_at: int | None) -> pa.Table:
        """Return the events of messages in ``CODED_SCHEMA``, in their order.

        ``known_at`` is when we learned of them (UTC microseconds), None where the messages say so themselves.
        """
        self._known_at = known_at
        take = self._own if self._senders.mapping is None else self._mapped
        try:
            return take(messages)
        except _UNFIT as error:
            if len(messages) > 1:  # one spoils the table of all: each by itself
                return pa.concat_tables([self.take([one], known_at) for one in messages])
            reason = str(error) if isinstance(error, InputError) else "no table can hold it; correct its values"
            self._broken(messages[0], reason)
            return self._chunks.empty()

    def _own(self, messages: Sequence[Message]) -> pa.Table:
        """Take messages in the form in which senders write events (docs/model.md)."""
        events: list[Event] = []
        kept: list[Message] = []
        broken: list[tuple[Message, str]] = []
        for message in messages:
            found = self._event(message)
            if isinstance(found, str):
                broken.append((message, found))
            else:
                events.append(found)
                kept.append(message)
        clear, problems = _table(events), Problems(len(events))
        coded, _ = self._chunks.take(self._look(clear, problems), problems, self._hours)
        for message, reason in broken:
            self._broken(message, reason)
        for row, reason in problems.reasons():
            self._broken(kept[row], reason)
        self.report.add_taken(coded.num_rows)
        return coded

    def _event(self, message: Message) -> Event | str:
        """Return the event of a message, or why there is none."""
        body = self._body(message)
        if isinstance(body, str):
            return body
        try:
            return decode(body)
        except InputError as error:
            return str(error)
        except RecursionError:
            return "nested too deeply; an event is a flat JSON object"
        except UnicodeDecodeError:
            return "not UTF-8; send JSON in UTF-8"

    def _mapped(self, messages: Sequence[Message]) -> pa.Table:
        """Take messages in a form of the sender's own, by the mapping."""
        offsets: list[int] = []
        rows: list[_Row] = []
        broken: list[Broken] = []
        for message in messages:
            found = self._object(message)
            if isinstance(found, str):
                broken.append(Broken(message.offset, found, _verbatim(message)))
            else:
                offsets.append(message.offset)
                rows.append(found)
        table = pa.table(
            {name: pa.array([_word(row.get(name)) for row in rows], pa.string()) for name in self._columns}
        )
        raw = Raw(table, np.array(offsets, np.int64), tuple(broken))
        return self._rows.take(self._source, raw, None, self._refuse)

    def _object(self, message: Message) -> _Row | str:
        body = self._body(message)
        if isinstance(body, str):
            return body
        try:
            return _objects.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "not a JSON object in UTF-8; correct the message"
        except RecursionError:
            return "nested too deeply; a message is a flat JSON object"

    def _body(self, message: Message) -> bytes | str:
        if not message.body:
            return "an empty message; send one event as JSON"
        if len(message.body) > self._senders.longest:
            return f"{len(message.body)} bytes; a message has {self._senders.longest} at most, send less"
        return message.body

    def _look(self, clear: pa.Table, problems: Problems) -> pa.Table:
        """Refuse events whose sender may not send them here; return them with the moment at which we learned."""
        senders = self._senders
        others = ~is_one_of(one_array(clear["source"]), sorted(senders.sources))
        problems.refuse(others, f"this topic is for {' or '.join(sorted(senders.sources))}; write that as source")
        forbidden = ~is_one_of(one_array(clear["kind"]), sorted(senders.kinds))
        problems.refuse(forbidden, "events of this kind may not come over this topic; see its scopes")
        long = pc.greater(pc.utf8_length(clear["event_id"].cast(pa.string())), LONGEST_ID)
        problems.refuse(_flags(long), f"event_id is longer than {LONGEST_ID} characters; send a shorter id")
        if self._known_at is None:
            return clear
        at = clear.schema.get_field_index("known_at")
        moments = pa.array(np.full(clear.num_rows, self._known_at)).cast(CLEAR_SCHEMA.field("known_at").type)
        return clear.set_column(at, "known_at", moments)

    def _broken(self, message: Message, reason: str) -> None:
        self.report.rows += 1
        self.report.refused += 1
        refused = Refused(self.report.file, self._source.digest, message.offset, reason, _verbatim(message))
        self._refuse(refused)


def _table(events: Sequence[Event]) -> pa.Table:
    """Return events as a table of ``CLEAR_SCHEMA``; what none of them has is made for none."""
    made: dict[str, pa.Array] = {
        "kind": pa.array([event.__struct_config__.tag for event in events], CLEAR_SCHEMA.field("kind").type)
    }
    for name, values in zip(_PLAIN, zip(*map(_values, events), strict=True), strict=False):
        if any(value is not None for value in values):
            made[name] = pa.array(values, CLEAR_SCHEMA.field(name).type)
    return clear_table(made, len(events))


def _wanted(mapping: Mapping) -> set[str]:
    wanted = {rule.column for rule in mapping.parts().values()} | set(mapping.where) | set(mapping.attrs)
    return wanted | ({mapping.confirmed.label} if mapping.confirmed else set())


def _word(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _verbatim(message: Message) -> str:
    body = message.body or b""
    text = body[:KEPT].decode("utf-8", "backslashreplace")
    if len(body) <= KEPT:
        return text
    return f"{text} ... {len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()}"


def _flags(found: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    flags: npt.NDArray[np.bool_] = one_array(found).fill_null(False).to_numpy(zero_copy_only=False)
    return flags
