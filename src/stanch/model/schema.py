"""Arrow schemas of events: as senders write them, as intake hands them on, and as the log keeps them."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from stanch.model.columns import BY_NAME, COLUMNS, SENT, TAKEN, Column, ColumnType
from stanch.model.entities import PSEUDONYM_BYTES
from stanch.model.kinds import FORMAT_VERSION

_CORE_TYPES: Final = {
    ColumnType.INT: pa.int64(),
    ColumnType.TIME: pa.timestamp("us", tz="UTC"),
    ColumnType.ENTITY: pa.binary(PSEUDONYM_BYTES),
    ColumnType.SYMBOL: pa.dictionary(pa.int32(), pa.string()),
    ColumnType.STRING: pa.string(),
    ColumnType.BYTES: pa.binary(),
}

_VERSION: Final = {b"stanch.format": str(FORMAT_VERSION).encode()}


def _clear_type(column: Column) -> pa.DataType:
    if column.type in (ColumnType.ENTITY, ColumnType.SYMBOL, ColumnType.BYTES):
        return pa.string()
    return _CORE_TYPES[column.type]


#: As senders write events in Stanch's own form: entities as ``kind:identifier`` strings, text in clear.
CLEAR_SCHEMA: Final = pa.schema([pa.field(name, _clear_type(BY_NAME[name])) for name in SENT])

#: As intake hands events to the line: pseudonyms, facets, encrypted text; ordered by ``known_at``.
TAKEN_SCHEMA: Final = pa.schema([pa.field(n, _CORE_TYPES[BY_NAME[n].type]) for n in TAKEN], metadata=_VERSION)

#: As the log and the lake keep events: everything, resolved.
EVENT_SCHEMA: Final = pa.schema([pa.field(c.name, _CORE_TYPES[c.type]) for c in COLUMNS], metadata=_VERSION)
