"""Single clear events for tests, and files of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stanch.model.schema import CLEAR_SCHEMA
from stanch.model.time import SECOND

#: 2026-03-02 02:00 UTC, ten in the morning in Shanghai.
MORNING = 1_772_416_800 * SECOND

Row = Mapping[str, object]


def event(name: str, after: float, kind: str, **columns: object) -> Row:
    """Return an event ``after`` seconds, known at once unless ``known_at`` says otherwise."""
    moment = MORNING + int(after * SECOND)
    money = {"currency": "CNY"} if "amount" in columns else {}
    base = {"event_id": name, "source": "bank", "kind": kind, "happened_at": moment, "known_at": moment}
    return {**base, **money, **columns}


def transfer(name: str, after: float, src: str, dst: str, amount: int = 200_000) -> Row:
    """Return an instruction to pay between two accounts."""
    return event(name, after, "transfer", src=f"account:bank/{src}", dst=f"account:bank/{dst}", amount=amount)


def fan_in(start: float = 0, payee: str = "mule", payers: int = 12) -> list[Row]:
    """Return payments of many payers to one account, a minute apart, of which half goes on: a finding on the last."""
    paid = [transfer(f"in-{payee}-{n}", start + 60 * n, f"payer-{n}", payee) for n in range(payers)]
    return [*paid[:8], transfer(f"on-{payee}", start + 60 * 7 + 30, payee, "next", 1_200_000), *paid[8:]]


def write_events(path: Path, rows: Sequence[Row]) -> Path:
    """Write events as senders do; return the file."""
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=CLEAR_SCHEMA), path)
    return path
