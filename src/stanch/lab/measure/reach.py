"""Reach: the innocent accounts and the money to which a trace of what was reported could lead, day by day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from stanch.lab.truth_files import event_files

#: How far a trace goes.
HOPS: Final = 6

_REPORTS: Final = """
SELECT dst, epoch_us(happened_at) FROM read_parquet($files)
WHERE kind = 'fraud_reported' AND dst IS NOT NULL ORDER BY ALL
"""
_SETTLED: Final = """
SELECT src, dst, amount, epoch_us(happened_at) AS moment FROM read_parquet($files)
WHERE kind = 'settled' AND src IS NOT NULL AND dst IS NOT NULL ORDER BY moment, event_id
"""

Moved = tuple[str, str, int, int]  #: src, dst, minor units, UTC microseconds


@dataclass(frozen=True, slots=True)
class Reached:
    """An innocent account that reported money reached, or may have, and when one who traces could know it."""

    account: str
    at: int
    amount: int


def innocent_reach(world: Path, bad: Collection[str]) -> list[Reached]:
    """Return the innocent accounts within reach of a trace, one row for each movement that reached one."""
    files = {"files": [str(path) for path in event_files(world)]}
    with duckdb.connect() as base:
        reports = base.execute(_REPORTS, files).fetchall()
        moved = base.execute(_SETTLED, files).fetchall()
    return [each for each in spread(reports, moved) if each.account not in bad]


def spread(reports: Iterable[tuple[str, int]], moved: Iterable[Moved]) -> list[Reached]:
    """Return every movement that carries a reported account's money on, poison counted, within so many hops.

    A reported account carries from the first movement into it on; what is reached is known with the report.
    """
    known: dict[str, tuple[int, int]] = {}  # hop, and when it is known
    for account, at in reports:
        known.setdefault(account, (1, at))
    found = []
    for src, dst, amount, at in moved:
        if src not in known or known[src][0] >= HOPS or not dst.startswith(("account:", "wallet:")):
            continue
        hop, since = known[src]
        seen = max(at, since)
        found.append(Reached(dst, seen, amount))
        if dst not in known or hop + 1 < known[dst][0]:
            known[dst] = (hop + 1, seen)
    return found
