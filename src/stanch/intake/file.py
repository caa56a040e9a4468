"""One file on its way in: read, mapped, checked, and given out as runs in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from stanch.intake.chunks import Chunks
from stanch.intake.jumps import last_plausible
from stanch.intake.mapper import Mapper
from stanch.intake.mapping import OWN_FORM, Mapping
from stanch.intake.passing import code_taken, is_taken
from stanch.intake.readers.formats import open_reader
from stanch.intake.readers.parquet import ParquetReader
from stanch.intake.readers.raw import Reader
from stanch.intake.report import FileReport, Refused
from stanch.intake.rows import Refuse, Rows
from stanch.intake.runs import Micros, Run, Sorter
from stanch.intake.source import SourceFile, open_source
from stanch.intake.words import one_array
from stanch.intake.zones import zone
from stanch.model.errors import InputError
from stanch.model.time import parse_duration


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is to be read: its mapping if it needs one, and the deployment's time zone."""

    mapping: Mapping | None
    zone: ZoneInfo

    def clock(self) -> ZoneInfo | None:
        """Return the zone of the file's own clock, None where times must name it."""
        return zone(self.mapping.timezone) if self.mapping and self.mapping.timezone else None


class FileIntake:
    """Takes one file. ``order`` is its place among the files."""

    def __init__(
        self,
        path: Path,
        order: int,
        way: Way,
        chunks: Chunks,
        refuse: Refuse,
        report: FileReport,
    ) -> None:
        self._path = path
        self._order = order
        self._strict = way.mapping is not None
        self._mapping = way.mapping or OWN_FORM
        self._mapper = Mapper(self._mapping, way.clock())
        self._rows = Rows(self._mapping, self._mapper, chunks, way.clock() or way.zone, report)
        self._words = chunks.words
        self._refuse = refuse
        self._report = report
        self._last: int | None = None

    def runs(self, sorter: Sorter, chunk_rows: int) -> list[Run]:
        """Return the file's events as runs: one that streams if the file is in order, else sorted ones.

        A file that cannot be read is refused as a whole, with what was read of it counted.
        """
        try:
            source = open_source(self._path)
            self._report.digest = source.digest
            reader = open_reader(self._path, self._mapping)
            if isinstance(reader, ParquetReader) and is_taken(reader.schema()):
                return self._passing(source, reader, sorter, chunk_rows)
            first = self._look_ahead(reader, chunk_rows)
        except InputError as error:
            self._fail(str(error))
            return []
        except pa.ArrowException as error:
            self._fail(_unfit(error))
            return []
        return self._as_runs(first, lambda: self._events(source, reader, chunk_rows), sorter)

    def _as_runs(self, first: int | None, read: Callable[[], Iterator[pa.Table]], sorter: Sorter) -> list[Run]:
        if first is not None:
            return [Run(first, self._order, read)]
        runs: list[Run] = []
        for table in read():
            runs += sorter.add(table, self._order)
        if self._report.error is not None:
            return self._given_up(sorter)
        return runs + sorter.flush(self._order)

    def _given_up(self, sorter: Sorter) -> list[Run]:
        """Return nothing: a file not read to its end is sent again, under ids that its rows do not have yet."""
        sorter.discard()
        report = self._report
        report.rows = report.refused
        report.taken = report.events = report.left_out = 0
        return []

    def _look_ahead(self, reader: Reader, chunk_rows: int) -> int | None:
        """Return the first key of a file that can stream because it is in order, else None.

        Only Parquet can be asked cheaply. A mapping with ``max_jump`` is asked of every file: it needs all times.
        """
        jump = self._mapping.max_jump
        streams = isinstance(reader, ParquetReader) and self._mapping.confirmed is None
        if not streams and jump is None:
            return None
        columns = self._mapper.columns(reader.names(), strict=self._strict)
        times = self._mapper.time_columns(columns)
        keys = _keys(self._mapper.known_at(raw.table) for raw in reader.read(times, chunk_rows))
        if jump is not None:
            self._last = last_plausible(keys, parse_duration(jump))
        return _first_in_order(keys) if streams else None

    def _passing(self, source: SourceFile, reader: ParquetReader, sorter: Sorter, chunk_rows: int) -> list[Run]:
        """Return the runs of a file that was taken before: nothing is checked or changed but its order."""
        if self._strict:
            raise InputError("the file holds taken events, which need no mapping; leave the mapping out")

        def read() -> Iterator[pa.Table]:
            try:
                for raw in reader.read(reader.names(), chunk_rows):
                    coded = code_taken(raw.table, self._words)
                    source.check()
                    self._report.add_taken(coded.num_rows)
                    yield coded
            except InputError as error:
                self._fail(str(error))

        keys = _keys(one_array(raw.table["known_at"]) for raw in reader.read(["known_at"], chunk_rows))
        return self._as_runs(_first_in_order(keys), read, sorter)

    def _events(self, source: SourceFile, reader: Reader, chunk_rows: int) -> Iterator[pa.Table]:
        try:
            columns = self._mapper.columns(reader.names(), strict=self._strict)
            for raw in reader.read(columns, chunk_rows):
                table = self._rows.take(source, raw, self._last, self._refuse)
                source.check()
                if table.num_rows:
                    yield table
        except InputError as error:
            self._fail(str(error))
        except pa.ArrowException as error:
            self._fail(_unfit(error))

    def _fail(self, error: str) -> None:
        self._report.error = error
        self._refuse(Refused(self._report.file, self._report.digest, 0, error, ""))


def _unfit(error: pa.ArrowException) -> str:
    # the message may quote a value, and a value may be an identity
    return f"a column cannot be read as what it is mapped to ({type(error).__name__}); correct the file or the mapping"


def _keys(times: Iterator[pa.Array]) -> Micros:
    """Return the keys of the order, rows without a time left out: they are refused later."""
    parts = [part.drop_null().cast(pa.int64()).to_numpy() for part in times]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _first_in_order(keys: Micros) -> int | None:
    if not len(keys) or bool((keys[1:] < keys[:-1]).any()):
        return None
    return int(keys[0])
