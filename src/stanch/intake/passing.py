"""Files of events that were taken before pass as they are."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from stanch.intake.chunks import CODED_SCHEMA
from stanch.intake.words import Words, column_of, one_array
from stanch.model.columns import SYMBOLS, TEXT_SCORES
from stanch.model.errors import InputError
from stanch.model.kinds import FORMAT_VERSION
from stanch.model.schema import TAKEN_SCHEMA

_VERSION: Final = b"stanch.format"


def is_taken(schema: pa.Schema) -> bool:
    """Return whether a file holds taken events. Raises InputError if of a format that this version does not read."""
    version = (schema.metadata or {}).get(_VERSION)
    if version is None:
        return False
    if version != str(FORMAT_VERSION).encode():
        raise InputError(f"event format {version.decode()}; this version reads {FORMAT_VERSION}; update Stanch")
    missing = [name for name in TAKEN_SCHEMA.names if name not in (*schema.names, *TEXT_SCORES)]
    if missing:
        raise InputError(f"taken events without {missing[0]!r}; write the file again with all columns")
    return True


def code_taken(taken: pa.Table, words: Words) -> pa.Table:
    """Return taken events with symbols as codes; texts that were taken before there were scores have none."""
    return pa.table([_coded(taken, field, words) for field in CODED_SCHEMA], schema=CODED_SCHEMA)


def _coded(taken: pa.Table, field: pa.Field, words: Words) -> pa.Array | pa.ChunkedArray:
    if field.name not in taken.column_names:
        return pa.nulls(taken.num_rows, field.type)
    if field.name in SYMBOLS:
        return column_of(words.codes(one_array(taken[field.name])))
    return taken[field.name].cast(field.type)
