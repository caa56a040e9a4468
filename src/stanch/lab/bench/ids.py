"""How fast a known or new event id is recognised."""

from __future__ import annotations

import sqlite3
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.store.idempotency import Known

KNOWN: Final = 10_000_000
REPEATED: Final = 2_000_000
BATCH: Final = 4_096
PEER_ROWS: Final = 200_000
_MICRO: Final = 1e6

Keys = npt.NDArray[np.uint64]


def idempotency(_: Bed) -> Measured:
    """Measure what a new id costs when millions are known, beside a unique index in SQLite.

    What all of them cost from an empty table, its growth included, stands in the note.
    """
    keys = np.random.default_rng(3).integers(0, 2**63, (KNOWN, 2), dtype=np.uint64)
    known = Known()
    _check(known, keys[:BATCH])  # compiled before the clock starts
    started = perf_counter()
    _check(known, keys[:-REPEATED])
    middle = perf_counter()
    _check(known, keys[-REPEATED:], KNOWN - REPEATED)
    each = (perf_counter() - middle) / REPEATED * _MICRO
    grown = (perf_counter() - started) / KNOWN * _MICRO
    started = perf_counter()
    _check(known, keys[:REPEATED])
    again = (perf_counter() - started) / REPEATED * _MICRO
    note = (
        f"the last {REPEATED:,} of {KNOWN:,} new ids in batches of {BATCH:,}; from an empty table, growth included, "
        f"{grown:.2f} µs; a repeat costs {again:.2f} µs; "
        f"{known.nbytes / KNOWN:.0f} bytes an id"
    )
    peer = _peer(keys[:PEER_ROWS].tobytes())
    return Measured("idempotency", each, "µs/event", "unique index in SQLite, in memory", peer, note)


def _check(known: Known, keys: Keys, first: int = 0) -> None:
    seqs = np.arange(first, first + len(keys), dtype=np.int64)
    for at in range(0, len(keys), BATCH):
        part = slice(at, at + BATCH)
        known.check_and_add(keys[part], keys[part, 0], seqs[part])


def _peer(keys: bytes) -> float:
    rows = [(keys[at : at + 16], at) for at in range(0, len(keys), 16)]
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE known (id BLOB PRIMARY KEY, seq INTEGER) WITHOUT ROWID")
    started = perf_counter()
    base.executemany("INSERT OR IGNORE INTO known VALUES (?, ?)", rows)
    each = (perf_counter() - started) / len(rows) * _MICRO
    base.close()
    return each
