"""The lake: closed days of the log as Parquet files that DuckDB, Spark or anything else can read.

A day is closed when the log holds an event of a later day (by ``as_of``, UTC). It is written once, as the folder
``day=YYYY-MM-DD``, under another name first; a second run adds nothing. Columns are those of ``EVENT_SCHEMA``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.model.columns import BY_NAME, INDEX, NULL, TEXT_SCORES, ColumnType
from stanch.model.entities import PSEUDONYM_BYTES
from stanch.model.schema import EVENT_SCHEMA
from stanch.model.time import DAY, to_datetime
from stanch.store.blocks import Block
from stanch.store.files import UNFINISHED, disk_explained, put_in_place, sync
from stanch.store.numbers import Integers
from stanch.store.records import Records

_DAYS: Final = "day=????-??-??"
_PART: Final = "part-0.parquet"
_ROWS: Final = 1 << 17  # a row group
_COMPRESSION: Final = "zstd"
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Words:
    """What the codes of the log stand for, as the interner has it."""

    def __init__(self, entities: npt.NDArray[np.uint64], symbols: Sequence[str]) -> None:
        self._entities = entities  # (k, 2): pseudonyms as two words, the bytes in memory order
        self._symbols = pa.array(symbols, pa.string())

    def column(self, name: str, values: Integers) -> pa.Array:
        """Return one event column in the type that the lake keeps."""
        kind, absent = BY_NAME[name].type, values == NULL
        if kind is ColumnType.ENTITY:
            return self._pseudonyms(np.where(absent, 0, values), absent)
        if kind is ColumnType.SYMBOL:
            codes = pa.array(np.where(absent, 0, values).astype(np.int32), mask=absent)
            return pa.DictionaryArray.from_arrays(codes, self._symbols)
        return pa.array(values, pa.int64(), mask=absent).cast(EVENT_SCHEMA.field(name).type)

    def _pseudonyms(self, codes: Integers, absent: npt.NDArray[np.bool_]) -> pa.Array:
        if absent.all():
            return pa.nulls(len(codes), pa.binary(PSEUDONYM_BYTES))
        data = pa.py_buffer(np.ascontiguousarray(self._entities[codes]))
        valid = pa.py_buffer(np.packbits(~absent, bitorder="little"))
        return pa.Array.from_buffers(pa.binary(PSEUDONYM_BYTES), len(codes), [valid, data])


def write_closed_days(records: Records, lake: Path, words: Words) -> list[Path]:
    """Write the closed days that the lake does not have yet; return their folders. Raises StoreError.

    What is dated before the day of the first event (a register read at the start) lies in that day.
    """
    lake.mkdir(parents=True, exist_ok=True)
    written = sorted(lake.glob(_DAYS))
    start = _day_number(written[-1]) + 1 if written else 0
    pieces = _closed_pieces(records, words, start)
    return [_write_day(lake, day, (table for _, table in tables)) for day, tables in groupby(pieces, lambda p: p[0])]


def connect(lake: Path) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection with the view ``events`` over the lake; pseudonyms are BLOBs, ``day`` is a date."""
    connection = duckdb.connect()
    if any(lake.glob(f"{_DAYS}/*.parquet")):
        files = str(lake / _DAYS / "*.parquet").replace("'", "''")  # a view takes no parameters
        read = f"read_parquet('{files}', hive_partitioning = true, union_by_name = true)"
        there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}
        later = "".join(f", CAST(NULL AS BIGINT) AS {name}" for name in TEXT_SCORES if name not in there)
        connection.execute(f"CREATE VIEW events AS SELECT *{later} FROM {read}")
    else:
        columns = EVENT_SCHEMA.append(pa.field("day", pa.date32()))
        connection.register("events", columns.empty_table())
    return connection


def closed_days(lake: Path, since: int) -> list[Path]:
    """Return the folders of a lake's days, in order, from the day that holds a moment (UTC microseconds)."""
    return [folder for folder in sorted(lake.glob(_DAYS)) if _day_number(folder) >= since // DAY]


def days_before(lake: Path, until: int) -> list[Path]:
    """Return the folders of a lake's days, in order, that were over at a moment (UTC microseconds)."""
    return [folder for folder in sorted(lake.glob(_DAYS)) if _day_number(folder) < until // DAY]


def day_after(folder: Path) -> int:
    """Return when a day of a lake is over (UTC microseconds)."""
    return (_day_number(folder) + 1) * DAY


def read_day(folder: Path, columns: Sequence[str]) -> pa.Table:
    """Return some columns of one day of a lake."""
    return pq.ParquetFile(folder / _PART).read(list(columns))


def _day_number(folder: Path) -> int:
    return date.fromisoformat(folder.name.removeprefix("day=")).toordinal() - _EPOCH


def _closed_pieces(records: Records, words: Words, start: int) -> Iterator[tuple[int, pa.Table]]:
    first, last = records.seq_at(start * DAY), records.last_as_of()
    if first is None or last is None:
        return
    opening = _opening_day(records)
    for entry in records.blocks(first):
        table = _table(entry.block, words)
        days = np.maximum(np.asarray(entry.block.columns["as_of"]) // DAY, opening)
        for day in np.unique(days).tolist():
            if day >= last // DAY:
                return
            if day >= start:
                rows = np.flatnonzero(days == day)
                yield day, table.slice(rows[0], len(rows))


def _opening_day(records: Records) -> int:
    """The day on which the first event became known: a register of older facts lies in it."""
    columns = next(records.blocks()).block.columns
    known = np.asarray(columns.get("known_at", columns["as_of"]))
    return int(known[:2].max()) // DAY  # the first row can be our own, stamped by the clock


def _table(block: Block, words: Words) -> pa.Table:
    matrix = block.matrix()
    columns = [
        words.column(field.name, matrix[:, INDEX[field.name]])
        if field.name in INDEX
        else block.columns.get(field.name, pa.nulls(block.events, field.type))
        for field in EVENT_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=EVENT_SCHEMA)


def _write_day(lake: Path, day: int, tables: Iterator[pa.Table]) -> Path:
    final = lake / f"day={to_datetime(day * DAY).date().isoformat()}"
    unfinished = final.with_name(final.name + UNFINISHED)
    with disk_explained(f"writing {final.name} to the lake"):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        _write_parts(unfinished / _PART, tables)
        sync(unfinished)
        put_in_place(unfinished, final)
    return final


def _write_parts(path: Path, tables: Iterator[pa.Table]) -> None:
    waiting: list[pa.Table] = []
    with pq.ParquetWriter(path, EVENT_SCHEMA, compression=_COMPRESSION) as writer:
        for table in tables:
            waiting.append(table)
            if sum(len(part) for part in waiting) >= _ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
