"""Raw rows -> coded events, with every row counted and every refusal told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.chunks import Chunks, with_hours
from stanch.intake.derive import confirmed_events, with_also
from stanch.intake.mapper import Mapper, is_one_of
from stanch.intake.mapping import Mapping
from stanch.intake.problems import Problems
from stanch.intake.readers.raw import Raw
from stanch.intake.report import FileReport, Refused
from stanch.intake.words import one_array

Refuse = Callable[[Refused], None]
Look = Callable[[pa.Table, Problems], pa.Table]


class Origin(Protocol):
    """What rows stand in: a source file, for example."""

    @property
    def digest(self) -> str:
        """Tells it from others."""

    def row_id(self, row: int) -> str:
        """Return the event id of a row that has none."""


class Rows:
    """Takes the raw rows of one file: maps, checks, derives, counts. ``hours`` is the zone of local hours.

    ``look`` may refuse clear events, and change what they say of when we learned of them.
    """

    def __init__(
        self, mapping: Mapping, mapper: Mapper, chunks: Chunks, hours: ZoneInfo, report: FileReport,
        look: Look | None = None,
    ) -> None:  # fmt: skip
        self._mapping = mapping
        self._mapper = mapper
        self._chunks = chunks
        self._hours = hours
        self._report = report
        self._look = look

    def take(self, source: Origin, raw: Raw, last: int | None, refuse: Refuse) -> pa.Table:
        """Return the events of raw rows; none may become known after ``last``, if given."""
        kept = self._kept(raw)
        problems = Problems(kept.table.num_rows)
        clear = identified(self._mapper.clear(kept.table, problems), source, kept.rows)
        if self._look is not None:
            clear = self._look(clear, problems)
        if last is not None:
            _check_jump(clear, last, problems)
        coded, good = self._chunks.take(clear, problems, self._hours)
        events = self._derived(coded, kept.table, good)
        self._count(raw, kept, coded, events)
        for refused in _refusals(self._report.file, source, kept, problems):
            refuse(refused)
        for broken in raw.broken:
            refuse(Refused(self._report.file, source.digest, broken.row, broken.reason, broken.verbatim))
        return events

    def _kept(self, raw: Raw) -> Raw:
        if not self._mapping.where:
            return raw
        keep = self._mapper.matching(raw.table)
        return Raw(raw.table.filter(pa.array(keep)), raw.rows[keep])

    def _derived(self, coded: pa.Table, raw: pa.Table, good: npt.NDArray[np.bool_]) -> pa.Table:
        words = self._chunks.words
        events = with_also(coded, self._mapping.also, words)
        rule = self._mapping.confirmed
        if rule is None:
            return events
        fraud = is_one_of(one_array(raw[rule.label]), rule.equals)[good]
        confirmed = confirmed_events(coded.filter(pa.array(fraud)), rule, words)
        return pa.concat_tables([events, with_hours(confirmed, self._hours)])

    def _count(self, raw: Raw, kept: Raw, coded: pa.Table, events: pa.Table) -> None:
        report = self._report
        report.rows += raw.table.num_rows + len(raw.broken)
        report.left_out += raw.table.num_rows - kept.table.num_rows
        report.refused += kept.table.num_rows - coded.num_rows + len(raw.broken)
        report.taken += coded.num_rows
        report.events += events.num_rows


def identified(clear: pa.Table, source: Origin, rows: npt.NDArray[np.int64]) -> pa.Table:
    """Return events with ids; a row without one is known by its file's content and its number."""
    column = clear["event_id"]
    if not column.null_count:
        return clear
    made = pa.array([source.row_id(int(row)) for row in rows], pa.string())
    place = clear.schema.get_field_index("event_id")
    return clear.set_column(place, "event_id", pc.coalesce(column.cast(pa.string()), made))


def _check_jump(clear: pa.Table, last: int, problems: Problems) -> None:
    known = pc.coalesce(clear["known_at"], clear["happened_at"]).cast(pa.int64()).fill_null(last).to_numpy()
    problems.refuse(known > last, "known_at lies more than max_jump after all rows before it; check the date")


def _refusals(file: str, source: Origin, raw: Raw, problems: Problems) -> list[Refused]:
    reasons = problems.reasons()
    if not reasons:
        return []
    rows = legible(raw.table.take(pa.array([row for row, _ in reasons]))).to_pylist()
    encode = msgspec.json.encode
    return [
        Refused(file, source.digest, int(raw.rows[row]), reason, encode(values, enc_hook=str).decode())
        for (row, reason), values in zip(reasons, rows, strict=True)
    ]


def legible(table: pa.Table) -> pa.Table:
    """Return rows with times as words: a wrong one may lie outside every calendar."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            words = table.column(place).cast(pa.timestamp(field.type.unit)).cast(pa.string())
            zoned = pc.binary_join_element_wise(words, "Z", "") if field.type.tz else words
            table = table.set_column(place, field.name, zoned)
    return table
