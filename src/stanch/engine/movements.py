"""Movements of a history in columns, for the search for patterns: from the log of a home, or from taken tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.engine.names import Names
from stanch.model.columns import INDEX
from stanch.store.lake import read_day
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

#: What moves money. Where a file has none of these, its instructions are all there is.
MOVES: Final = ("settled", "returned")
INSTRUCTIONS: Final = ("transfer",)
#: Who can play a part: outlets and institutions are where money enters and leaves.
PLAYERS: Final = ("account", "wallet", "merchant")

_COLUMNS: Final = ("event_id", "happened_at", "src", "dst", "amount", "currency", "src_kind", "dst_kind", "kind")


@dataclass(frozen=True, slots=True)
class Movements:
    """Movements between accounts; ``src`` and ``dst`` are places in ``accounts`` (pseudonyms) and ``kinds``.

    ``currency`` are places in ``currencies``. ``instructions`` says that nothing in the history told of settlement.
    """

    src: Ints
    dst: Ints
    at: Ints
    amount: Ints
    currency: Ints
    event_ids: list[str]
    accounts: list[bytes]
    kinds: list[str]
    currencies: list[str]
    instructions: bool = False


def from_taken(tables: Iterable[pa.Table]) -> Movements:
    """Return the movements of taken tables; instructions, where no movement is told."""
    both = [_chosen(table, MOVES + INSTRUCTIONS) for table in tables]
    every = pa.concat_tables(both) if both else _empty()
    moved = every.filter(pc.is_in(every["kind"], pa.array(MOVES)))
    return _movements(moved if moved.num_rows else every, instructions=not moved.num_rows and bool(every.num_rows))


def from_log(records: Records) -> Movements:
    """Return the movements of a log."""
    tables = list(_log_tables(records))
    return _movements(pa.concat_tables(tables) if tables else _empty(), instructions=False)


def from_lake(days: Iterable[Path]) -> Movements:
    """Return the movements of some days of a lake, by their folders."""
    tables = [_chosen(read_day(day, _COLUMNS), MOVES) for day in days]
    return _movements(pa.concat_tables(tables) if tables else _empty(), instructions=False)


def _log_tables(records: Records) -> Iterator[pa.Table]:
    names = Names()
    for block in records.blocks():
        names.load(block.block.new_entities, list(block.block.new_symbols))
        rows = block.block.matrix()
        kinds = [names.words.code(kind) for kind in MOVES]
        players = [names.words.code(kind) for kind in PLAYERS]
        wanted = np.isin(rows[:, INDEX["kind"]], kinds)
        for role in ("src_kind", "dst_kind"):
            wanted &= np.isin(rows[:, INDEX[role]], players)
        if wanted.any():
            yield _decoded(rows[wanted], pa.array(block.block.columns["event_id"]).filter(pa.array(wanted)), names)


def _decoded(rows: Ints, event_ids: pa.Array, names: Names) -> pa.Table:
    def word(name: str) -> pa.Array:
        return pa.array([names.words.word(int(code)) for code in rows[:, INDEX[name]]], pa.string())

    def entity(name: str) -> pa.Array:
        return pa.array([names.entities.pseudonym(int(code)) for code in rows[:, INDEX[name]]], pa.binary(16))

    columns = {
        "event_id": event_ids,
        "happened_at": pa.array(rows[:, INDEX["happened_at"]]),
        "src": entity("src"),
        "dst": entity("dst"),
        "amount": pa.array(rows[:, INDEX["amount"]]),
        **{name: word(name) for name in ("currency", "src_kind", "dst_kind", "kind")},
    }
    return pa.table(columns, schema=_empty().schema)


def _chosen(table: pa.Table, kinds: tuple[str, ...]) -> pa.Table:
    found = table.select(_COLUMNS)
    for name in ("currency", "src_kind", "dst_kind", "kind"):
        found = found.set_column(_COLUMNS.index(name), name, found[name].cast(pa.string()))
    found = found.set_column(1, "happened_at", found["happened_at"].cast(pa.int64()))
    wanted = pc.is_in(found["kind"], pa.array(kinds))
    for role in ("src_kind", "dst_kind"):
        wanted = pc.and_(wanted, pc.is_in(found[role], pa.array(PLAYERS)))
    return found.filter(wanted).cast(_empty().schema)


def _empty() -> pa.Table:
    types = {"happened_at": pa.int64(), "amount": pa.int64(), "src": pa.binary(16), "dst": pa.binary(16)}
    return pa.schema([pa.field(name, types.get(name, pa.string())) for name in _COLUMNS]).empty_table()


def _movements(table: pa.Table, *, instructions: bool) -> Movements:
    ends = pa.chunked_array([*table["src"].chunks, *table["dst"].chunks], pa.binary(16)).combine_chunks()
    coded = ends.dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    kinds = [""] * len(coded.dictionary)
    for code, kind in zip(codes, table["src_kind"].to_pylist() + table["dst_kind"].to_pylist(), strict=True):
        kinds[code] = kind
    currency = pa.chunked_array(table["currency"].chunks, pa.string()).combine_chunks().dictionary_encode()
    return Movements(
        codes[: table.num_rows],
        codes[table.num_rows :],
        _numbers(table["happened_at"]),
        _numbers(table["amount"]),
        currency.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        table["event_id"].to_pylist(),
        coded.dictionary.to_pylist(),
        kinds,
        currency.dictionary.to_pylist(),
        instructions,
    )


def _numbers(column: pa.ChunkedArray) -> Ints:
    numbers: Ints = column.to_numpy().astype(np.int64)
    return numbers
