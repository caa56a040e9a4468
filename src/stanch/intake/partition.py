"""Partitions: messages of a broker become events, checked and mapped as the rows of files are.

What becomes of an event never depends on the others beside it: each line is decoded alone, and of a mapped one every
value is a word. A partition is the file here and the offset its row, in ids, reasons and the quarantine; a message that
holds many events is a file of its own (``topic/partition/offset``), and its lines are the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.arrow_streams import cast_column
from stanch.intake.chunks import Chunks, clear_table, events_table
from stanch.intake.mapper import Mapper, is_one_of
from stanch.intake.mapping import Mapping
from stanch.intake.messages import Columns, Line, Part, Senders
from stanch.intake.problems import Problems
from stanch.intake.readers.raw import Broken, Raw
from stanch.intake.report import FileReport, Refused
from stanch.intake.rows import Refuse, Rows
from stanch.intake.source import row_id
from stanch.intake.verbatim import row_as_json, verbatim_of
from stanch.intake.words import one_array
from stanch.intake.zones import zone
from stanch.model.errors import InputError
from stanch.model.events import Event, decode
from stanch.model.schema import CLEAR_SCHEMA

#: Characters of an event's id.
LONGEST_ID: Final = 256

_Row = dict[str, object]
_Found = TypeVar("_Found")
_objects: Final = msgspec.json.Decoder(_Row)
#: Where an event stood: the offset of its message, and the line or row in it, from 1; 0 for a message of one event.
Place = tuple[int, int]
#: What a message that nobody foresaw can raise on its way to a table.
_UNFIT: Final = (InputError, pa.ArrowException, ValueError, OverflowError)


class Partition:
    """Takes the messages of one partition. Every one becomes events, is left out by the mapping, or is refused."""

    def __init__(self, name: str, senders: Senders, chunks: Chunks, hours: ZoneInfo, refuse: Refuse) -> None:
        self.report = FileReport(name)
        self._senders = senders
        self._chunks = chunks
        self._hours = hours
        self._refuse = refuse
        self._digest = _digest(name)
        self._batch = -1, "", ""  # the last message of many events: its offset, name and digest
        self._known_at: int | None = None
        self._columns: list[str] = []
        if senders.mapping is not None:
            clock = zone(senders.mapping.timezone) if senders.mapping.timezone else None
            mapper = Mapper(senders.mapping, clock)
            self._columns = sorted(_wanted(senders.mapping))
            self._rows = Rows(senders.mapping, mapper, chunks, clock or hours, self.report, self._look)

    def take(self, parts: Sequence[Part], known_at: int | None) -> pa.Table:
        """Return the events of messages in ``CODED_SCHEMA``, in their order.

        ``known_at`` is when we learned of them (UTC microseconds), None where the messages say so themselves.
        """
        self._known_at = known_at
        tables: list[pa.Table] = []
        for _, together in groupby(parts, key=type):
            some = list(together)
            lines = [part for part in some if isinstance(part, Line)]
            tables += [self._of_lines(lines)] if lines else []
            tables += [self._of_rows(part) for part in some if isinstance(part, Columns)]
        return pa.concat_tables(tables) if len(tables) > 1 else tables[0] if tables else self._chunks.empty()

    def _of_lines(self, lines: Sequence[Line]) -> pa.Table:
        try:
            return self._own(lines) if self._senders.mapping is None else self._mapped(lines)
        except _UNFIT as error:
            if len(lines) > 1:  # one spoils the table of all: halves, until it is alone
                half = len(lines) // 2
                return pa.concat_tables([self._of_lines(lines[:half]), self._of_lines(lines[half:])])
            self._broken(_place(lines[0]), _reason(error), verbatim_of(lines[0].body))
            return self._chunks.empty()

    def _of_rows(self, part: Columns) -> pa.Table:
        """Take rows of an Arrow stream; one that spoils the table of all is found as among lines."""
        rows = part.table.num_rows
        if not rows:
            return self._chunks.empty()
        at = [(part.offset, part.number + row) for row in range(rows)]
        try:
            if self._senders.mapping is not None:
                return self._raw(_decoded(part.table, self._columns), at, [])
            columns = {name: cast_column(part.table[name], name) for name in part.table.column_names}
            clear = clear_table(columns, rows).cast(CLEAR_SCHEMA)
            return self._coded(clear, at, lambda row: row_as_json(part.table, row))
        except _UNFIT as error:
            if rows > 1:
                return pa.concat_tables(
                    [self._of_rows(part.cut(0, rows // 2)), self._of_rows(part.cut(rows // 2, rows))]
                )
            self._broken(at[0], _reason(error), row_as_json(part.table, 0))
            return self._chunks.empty()

    def _own(self, lines: Sequence[Line]) -> pa.Table:
        """Take lines in the form in which senders write events (docs/model.md)."""
        kept, events, broken = _apart(lines, self._event)
        clear = events_table(events)
        coded = self._coded(clear, [_place(line) for line in kept], lambda row: verbatim_of(kept[row].body))
        for line, reason in broken:
            self._broken(_place(line), reason, verbatim_of(line.body))
        return coded

    def _coded(self, clear: pa.Table, at: Sequence[Place], verbatim: Callable[[int], str]) -> pa.Table:
        """Take clear events; a refused one is told by the place it stood at, as it stood there."""
        problems = Problems(clear.num_rows)
        coded, _ = self._chunks.take(self._look(clear, problems), problems, self._hours)
        for row, reason in problems.reasons():
            self._broken(at[row], reason, verbatim(row))
        self.report.add_taken(coded.num_rows)
        return coded

    def _event(self, line: Line) -> Event | str:
        """Return the event of a line, or why there is none."""
        body = self._body(line)
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

    def _mapped(self, lines: Sequence[Line]) -> pa.Table:
        """Take lines in a form of the sender's own, by the mapping."""
        kept, rows, broken = _apart(lines, self._object)
        table = pa.table(
            {name: pa.array([_word(row.get(name)) for row in rows], pa.string()) for name in self._columns}
        )
        return self._raw(table, [_place(line) for line in kept], broken)

    def _raw(self, table: pa.Table, at: Sequence[Place], broken: Sequence[tuple[Line, str]]) -> pa.Table:
        """Take rows by the mapping, and what could not be read beside them."""
        places = _Places(self, [*at, *(_place(line) for line, _ in broken)])
        numbers = np.arange(len(at) + len(broken))
        wrong = tuple(
            Broken(int(number), reason, verbatim_of(line.body))
            for number, (line, reason) in zip(numbers[len(at) :], broken, strict=True)
        )
        return self._rows.take(places, Raw(table, numbers[: len(at)], wrong), None, places.refuse)

    def _object(self, line: Line) -> _Row | str:
        body = self._body(line)
        if isinstance(body, str):
            return body
        try:
            return _objects.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "not a JSON object in UTF-8; correct the message"
        except RecursionError:
            return "nested too deeply; a message is a flat JSON object"

    def _body(self, line: Line) -> bytes | str:
        if line.why:
            return line.why
        if not line.body:
            return "an empty message; send one event as JSON"
        if len(line.body) > self._senders.longest:
            return f"{len(line.body)} bytes; a message has {self._senders.longest} at most, send less"
        return line.body

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

    def _broken(self, place: Place, reason: str, verbatim: str) -> None:
        self.report.rows += 1
        self.report.refused += 1
        self.refuse_at(place, reason, verbatim)

    def refuse_at(self, place: Place, reason: str, verbatim: str) -> None:
        """Hand on that what stood at a place is refused."""
        file, digest, row = self.named(place)
        self._refuse(Refused(file, digest, row, reason, verbatim))

    def named(self, place: Place) -> tuple[str, str, int]:
        """Return the file that a place is told by, its digest, and the row in it."""
        offset, number = place
        if not number:
            return self.report.file, self._digest, offset
        if self._batch[0] != offset:
            file = f"{self.report.file}/{offset}"
            self._batch = offset, file, _digest(file)
        return self._batch[1], self._batch[2], number


class _Places:
    """Rows that are numbered from 0 as the rows of one file, and where each of them stood."""

    digest = ""

    def __init__(self, partition: Partition, at: Sequence[Place]) -> None:
        self._partition = partition
        self._at = at

    def row_id(self, row: int) -> str:
        """Return the id of an event that has none: the same message again gives the same."""
        _, digest, number = self._partition.named(self._at[row])
        return row_id(digest, number)

    def refuse(self, refused: Refused) -> None:
        """Hand on a refused row, told by where it stood."""
        self._partition.refuse_at(self._at[refused.row], refused.reason, refused.verbatim)


def _wanted(mapping: Mapping) -> set[str]:
    wanted = {rule.column for rule in mapping.parts().values()} | set(mapping.where) | set(mapping.attrs)
    return wanted | ({mapping.confirmed.label} if mapping.confirmed else set())


def _word(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _decoded(table: pa.Table, wanted: Sequence[str]) -> pa.Table:
    """Return the columns that a mapping reads, each value in its row; one that is not there is empty."""
    columns = {}
    for name in wanted:
        column = table[name] if name in table.column_names else pa.nulls(table.num_rows, pa.string())
        columns[name] = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return pa.table(columns)


def _apart(
    lines: Sequence[Line], read: Callable[[Line], _Found | str]
) -> tuple[list[Line], list[_Found], list[tuple[Line, str]]]:
    """Return the lines that can be read, what was read of each, and the others with the reason."""
    kept: list[Line] = []
    found: list[_Found] = []
    broken: list[tuple[Line, str]] = []
    for line in lines:
        one = read(line)
        if isinstance(one, str):
            broken.append((line, one))
        else:
            kept.append(line)
            found.append(one)
    return kept, found, broken


def _place(line: Line) -> Place:
    return line.offset, line.number


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else "no table can hold it; correct its values"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _flags(found: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    flags: npt.NDArray[np.bool_] = one_array(found).fill_null(False).to_numpy(zero_copy_only=False)
    return flags
