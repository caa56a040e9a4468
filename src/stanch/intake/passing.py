"""Files of events that were taken before pass as they are."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from stanch.intake.chunks import CODED_SCHEMA
from stanch.intake.words import Words, column_of, one_array
from stanch.model.columns import SYMBOLS
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
    if not set(TAKEN_SCHEMA.names) <= set(schema.names):
        missing = [name for name in TAKEN_SCHEMA.names if name not in schema.names]
        raise InputError(f"taken events without {missing[0]!r}; write the file again with all columns")
    return True


def code_taken(taken: pa.Table, words: Words) -> pa.Table:
    """Return taken events with symbols as codes."""
    made = [
        column_of(words.codes(one_array(taken[field.name])))
        if field.name in SYMBOLS
        else taken[field.name].cast(field.type)
        for field in CODED_SCHEMA
    ]
    return pa.table(made, schema=CODED_SCHEMA)
