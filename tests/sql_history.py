"""Naive rows as a history in DuckDB: the same events in the log's own schema, judged by the generated SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from stanch.features.sql import condition_query
from stanch.model.columns import BY_NAME, ColumnType
from stanch.model.entities import PSEUDONYM_BYTES
from stanch.model.schema import EVENT_SCHEMA
from stanch.typologies.definition import Typology

Row = Mapping[str, Any]  # a cell is whatever its column holds: int, str or None


def hits_in_history(typology: Typology, rows: Sequence[Row]) -> list[int]:
    """Return the positions of the rows at which the typology's SQL is true."""
    query = condition_query([typology.on], typology.when, typology.features, typology.parameters)
    with duckdb.connect() as history:
        history.register("events", _table(rows))
        named = {name: typology.parameters[name] for name in typology.when.parameters}
        judged = history.execute(query.sql(dialect="duckdb"), named).fetchall()
    return sorted(int(seq) for seq, verdict in judged if verdict)


def _table(rows: Sequence[Row]) -> pa.Table:
    cells = {name: [_cell(name, row.get(name)) for row in rows] for name in EVENT_SCHEMA.names}
    return pa.table({field.name: pa.array(cells[field.name], _plain(field.type)) for field in EVENT_SCHEMA})


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _cell(name: str, value: Any) -> Any:  # noqa: ANN401 - a cell is int, str, bytes or None
    if value is None:
        return None
    if BY_NAME[name].type is ColumnType.ENTITY:
        return hashlib.sha256(value.encode()).digest()[:PSEUDONYM_BYTES]
    return value.encode() if BY_NAME[name].type is ColumnType.BYTES else value
