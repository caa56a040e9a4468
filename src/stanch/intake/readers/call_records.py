"""Call records in a CSV file: each record becomes the calls, messages and devices that it states.

Columns are named as in 3GPP TS 32.298 (``servedMSISDN``, ``seizureTime`` ...). The mapping says how times are written,
in which zone, and what trunk groups mean; numbers and devices are checked behind it, as in every other source.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from stanch.intake.mapping import From, Mapping
from stanch.intake.readers.call_legs import Legs
from stanch.intake.readers.call_rows import NEEDED, TIMES, Row, Times, rows_of
from stanch.intake.readers.csv import CsvReader
from stanch.intake.readers.raw import Broken, Raw
from stanch.intake.times import UTC_TIME, read_times
from stanch.intake.words import one_array
from stanch.intake.zones import zone
from stanch.model.errors import InputError
from stanch.model.time import SECOND

#: Columns that the reader makes; a mapping maps them beside the columns of the file.
MADE: Final = (
    "event_id", "kind", "src", "dst", "happened_at", "known_at", "device", "place", "channel", "duration", "detail",
    "leg",
)  # fmt: skip
_TIME_COLUMNS: Final = ("happened_at", "known_at")
_SHOWN: Final = 4096


class CallRecordReader:
    """Reads a CSV file of call records. Row n is line n + 1; all that a record states has its number."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        if mapping.calls is None:
            raise InputError("a mapping of call records has the key calls; see docs/intake.md")
        self._csv = CsvReader(path, mapping.delimiter)
        rule = mapping.parts().get("happened_at", From("happened_at"))
        self._time, self._zone = rule.time, zone(mapping.timezone) if mapping.timezone else None
        self._legs = Legs(frozenset(mapping.calls.own_trunks), frozenset(mapping.calls.own_centres))
        self._nulls = frozenset(mapping.nulls)

    def names(self) -> list[str]:
        """Return the columns of the file and those made of them. Raises InputError where a needed one is missing."""
        present = self._csv.names()
        missing = [name for name in NEEDED if name not in present]
        if missing:
            raise InputError(f"no column {missing[0]!r}; call records are named as in TS 32.298: {', '.join(NEEDED)}")
        return [*(name for name in present if name not in MADE), *MADE]

    def read(self, columns: list[str], chunk_rows: int) -> Iterator[Raw]:
        """Yield what the records state, in the order of the file. A broken record stops nothing."""
        for raw in self._csv.read(self._csv.names(), chunk_rows):
            yield self._made(raw, columns)

    def _made(self, raw: Raw, columns: list[str]) -> Raw:
        times = self._times(raw.table)
        made: list[Row] = []
        numbers: list[int] = []
        broken = list(raw.broken)
        for at, record in enumerate(raw.table.to_pylist()):
            clean = {key: value.strip() for key, value in record.items() if value and value.strip() not in self._nulls}
            number = int(raw.rows[at])
            try:
                rows = rows_of(clean, Times(**{name: column[at] for name, column in times.items()}), self._legs)
            except InputError as error:
                broken.append(Broken(number, str(error), msgspec.json.encode(record).decode()[:_SHOWN]))
                continue
            made += ({**clean, **row} for row in rows)
            numbers += [number] * len(rows)
        table = pa.table({name: pa.array([row.get(name) for row in made], _type(name)) for name in columns})
        return Raw(table, np.array(numbers, np.int64), tuple(broken))

    def _times(self, table: pa.Table) -> dict[str, list[int | None]]:
        """Return the times of the records in whole seconds since 1970, None where there is none or it is unreadable."""
        found: dict[str, list[int | None]] = {}
        for name, column in TIMES.items():
            if column not in table.column_names:
                found[name] = [None] * table.num_rows
                continue
            words = one_array(table[column])
            filled = pa.array(
                [w if w and w.strip() not in self._nulls else None for w in words.to_pylist()], pa.string()
            )
            micros = read_times(filled, self._time, self._zone).cast(pa.int64()).to_pylist()
            found[name] = [None if value is None else value // SECOND for value in micros]
        return found


def _type(name: str) -> pa.DataType:
    return UTC_TIME if name in _TIME_COLUMNS else pa.int64() if name == "duration" else pa.string()
