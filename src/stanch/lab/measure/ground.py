"""The ground: a world's truth in the pseudonyms of a home, as tables that SQL can join with its findings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.intake.identifiers import normalise
from stanch.lab.truth_files import event_files, truth_file
from stanch.model.entities import PSEUDONYM_BYTES, SCHEMES
from stanch.model.errors import InputError
from stanch.privacy.pseudonyms import Keys, pseudonym

#: Columns of clear entities in each file of the truth.
_CLEAR: Final = {"entities": "entity", "planted": "subject", "people": "person"}
_NAME: Final = pa.binary(PSEUDONYM_BYTES)

#: What a world's events say about who holds what, and what was asked of whom: the parts that measuring needs.
_OWNERS: Final = """
    SELECT DISTINCT dst AS entity, holder AS person FROM read_parquet($files)
    WHERE kind IN ('card_issued', 'account_opened', 'user_registered') AND starts_with(holder, 'person:')
"""
_INSTRUCTIONS: Final = """
    SELECT source, event_id, kind, src, dst, amount, epoch_us(happened_at) AS at FROM read_parquet($files)
    WHERE kind IN ('transfer', 'cash_out', 'crypto_out')
"""
_REPORTS: Final = """
    SELECT source, event_id, src, ref, amount, epoch_us(happened_at) AS at FROM read_parquet($files)
    WHERE kind = 'fraud_reported'
"""


def open_ground(world: Path, keys: Keys) -> duckdb.DuckDBPyConnection:
    """Return a connection with the truth: entities, planted, people, owners, flows, acts, instructions, reports.

    ``world`` holds ``events/`` and ``truth/``; entities are pseudonyms under ``keys``. Raises InputError.
    """
    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'")
    names = Names(keys)
    for table, column in _CLEAR.items():
        _keep(base, table, names.named(pq.read_table(truth_file(world / "truth", table)), column))
    flows = pq.read_table(truth_file(world / "truth", "flows"))
    _keep(base, "flows", names.named(flows, "victim"))
    _keep(base, "acts", pq.read_table(truth_file(world / "truth", "events")))
    files = {"files": [str(path) for path in event_files(world)]}
    for table, query, columns in (
        ("owners", _OWNERS, ("entity", "person")),
        ("instructions", _INSTRUCTIONS, ("src", "dst")),
        ("reports", _REPORTS, ("src",)),
    ):
        found = base.sql(query, params=files).to_arrow_table()
        for column in columns:
            found = names.named(found, column)
        _keep(base, table, found)
    base.execute("INSERT INTO owners SELECT person, person FROM people")
    return base


def _keep(base: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    base.register("incoming", rows)
    base.execute(f'CREATE TABLE "{table}" AS SELECT * FROM incoming')
    base.unregister("incoming")


class Names:
    """The pseudonyms of clear entities, each worked out once."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._known: dict[str, bytes | None] = {}

    def named(self, table: pa.Table, column: str) -> pa.Table:
        """Return the table with pseudonyms in place of a column of ``kind:identifier`` strings."""
        at = table.schema.get_field_index(column)
        encoded = table[column].combine_chunks()
        if not pa.types.is_dictionary(encoded.type):
            encoded = encoded.dictionary_encode()
        dictionary = pa.array([self.of(clear) for clear in encoded.dictionary.to_pylist()], _NAME)
        return table.set_column(at, column, dictionary.take(encoded.indices))

    def of(self, clear: str | None) -> bytes | None:
        """Return the pseudonym of one entity, None for one that intake refuses."""
        if clear is None:
            return None
        if clear not in self._known:
            try:
                kind, identifier = normalise(clear)
            except InputError:
                self._known[clear] = None
            else:
                self._known[clear] = pseudonym(self._keys, SCHEMES[kind], identifier.normalised)
        return self._known[clear]
