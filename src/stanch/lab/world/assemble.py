"""From the diary's columns of codes to event files: one Parquet file a day, ordered by when things became known."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import NOTHING, Rows
from stanch.lab.world.names import Names
from stanch.model.schema import CLEAR_SCHEMA
from stanch.model.time import to_datetime

_ENTITIES: Final = ("src", "dst", "holder", "device", "address", "place")
_WORDS: Final = ("kind", "source", "region", "channel", "currency", "detail", "attestation")
_NUMBERS: Final = ("amount", "duration", "number")


def event_table(rows: Rows, names: Names) -> pa.Table:
    """Turn drained rows into a table in the form in which senders write events, ordered by ``known_at``."""
    order = np.lexsort((rows["event"], rows["known"]))
    entities, words = names.entity_strings(), names.word_strings()
    made: dict[str, pa.Array] = {
        "event_id": event_ids(rows["event"][order]),
        "ref": event_ids(rows["ref"][order]),
        "end_to_end": event_ids(rows["end_to_end"][order]),
        "happened_at": pa.array(rows["happened"][order]).cast(pa.timestamp("us", tz="UTC")),
        "known_at": pa.array(rows["known"][order]).cast(pa.timestamp("us", tz="UTC")),
        "text": _coded(rows["text"][order], names.text_strings()).cast(pa.string()),
        "attrs": pa.nulls(len(order), pa.string()),
    }
    made |= {name: _coded(rows[name][order], entities) for name in _ENTITIES}
    made |= {name: _coded(rows[name][order], words) for name in _WORDS}
    made |= {name: _numbers(rows[name][order]) for name in _NUMBERS}
    return pa.table({name: made[name] for name in CLEAR_SCHEMA.names})


def write_day(rows: Rows, names: Names, folder: Path, day_begin: int) -> int:
    """Write the events that became known on one UTC day; return the size of the file in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"day={to_datetime(day_begin):%Y-%m-%d}.parquet"
    pq.write_table(event_table(rows, names), path, compression="zstd", compression_level=1, row_group_size=256 * 1024)
    return path.stat().st_size


def event_ids(numbers: npt.NDArray[np.generic]) -> pa.StringArray:
    """Return event numbers as the senders spell them; nothing stays nothing."""
    return pa.array(numbers, mask=numbers == NOTHING).cast(pa.string())


def _numbers(values: npt.NDArray[np.generic]) -> pa.Array:
    return pa.array(values.astype(np.int64), mask=values == NOTHING)


def _coded(codes: npt.NDArray[np.generic], strings: pa.StringArray) -> pa.DictionaryArray:
    """Return codes as a dictionary column that holds only the strings it uses."""
    plain: Ints = codes.astype(np.int64)
    used = np.zeros(len(strings) + 1, dtype=bool)
    used[plain] = True
    used[-1] = False
    place = np.cumsum(used, dtype=np.int32) - 1
    indices = pa.array(place[plain], mask=plain == NOTHING)
    return pa.DictionaryArray.from_arrays(indices, strings.take(pa.array(np.flatnonzero(used))))
