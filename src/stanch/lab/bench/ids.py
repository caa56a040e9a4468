"""How fast a known or new event id is recognised."""

from __future__ import annotations

import sqlite3
from time import perf_counter
from typing import Final

import numpy as np

from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.store.idempotency import Known

KNOWN: Final = 10_000_000
BATCH: Final = 4_096
PEER_ROWS: Final = 200_000
_MICRO: Final = 1e6


def idempotency(bed: Bed) -> Measured:
    """Measure what one id costs while ten million become known, beside a unique index in SQLite."""
    rng = np.random.default_rng(3)
    keys = rng.integers(0, 2**63, (KNOWN, 2), dtype=np.uint64)
    known, bodies, seqs = Known(), keys[:, 0], np.arange(KNOWN, dtype=np.int64)
    known.check_and_add(keys[:1], bodies[:1], seqs[:1])  # compiled before the clock starts
    started = perf_counter()
    for at in range(0, KNOWN, BATCH):
        part = slice(at, at + BATCH)
        known.check_and_add(keys[part], bodies[part], seqs[part])
    each = (perf_counter() - started) / KNOWN * _MICRO
    note = f"{KNOWN:,} ids, new ones, in batches of {BATCH:,}; {known.nbytes / KNOWN:.0f} bytes an id"
    return Measured(
        "idempotency", each, "µs/event", "unique index in SQLite, in memory", _peer(keys[:PEER_ROWS].tobytes()), note
    )


def _peer(keys: bytes) -> float:
    rows = [(keys[at : at + 16], at) for at in range(0, len(keys), 16)]
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE known (id BLOB PRIMARY KEY, seq INTEGER) WITHOUT ROWID")
    started = perf_counter()
    base.executemany("INSERT OR IGNORE INTO known VALUES (?, ?)", rows)
    each = (perf_counter() - started) / len(rows) * _MICRO
    base.close()
    return each
