"""Labels: what a data set says about its own rows. For measuring only; the engine never sees them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from stanch.intake.mapper import Mapper, listed
from stanch.intake.mapping import Mapping
from stanch.intake.problems import Problems
from stanch.intake.readers.formats import open_reader
from stanch.intake.rows import identified
from stanch.intake.source import open_source
from stanch.intake.zones import zone
from stanch.model.errors import InputError

_ROWS = 65_536


def read_labels(path: Path, mapping: Mapping) -> pa.Table:
    """Return source, event_id and the label columns of every row that the mapping keeps. Raises InputError."""
    source, reader = open_source(path), open_reader(path, mapping)
    mapper = Mapper(mapping, zone(mapping.timezone) if mapping.timezone else None)
    present = reader.names()
    columns = mapper.columns(present, strict=True)
    missing = [name for name in mapping.labels if name not in present]
    if missing:
        raise InputError(f"no label column {missing[0]!r}; the file has: {listed(present, set(columns))}")
    columns = list(dict.fromkeys([*columns, *mapping.labels]))
    tables = []
    for raw in reader.read(columns, _ROWS):
        keep = pa.array(mapper.matching(raw.table))
        clear = identified(mapper.clear(raw.table, Problems(raw.table.num_rows)), source, raw.rows)
        named = clear.select(["source", "event_id"]).cast(
            pa.schema([("source", pa.string()), ("event_id", pa.string())])
        )
        for name in mapping.labels:
            named = named.append_column(name, raw.table[name])
        tables.append(named.filter(keep))
    return pa.concat_tables(tables)
