"""How fast intake and the line are on a made-up world, what the line remembers, and how fast it starts again."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Final

import pyarrow.parquet as pq

from stanch.engine.home import LARGEST_BATCH
from stanch.engine.opening import open_home
from stanch.engine.replay import ReplaySummary, percentile, replay_tables
from stanch.intake.report import IntakeReport
from stanch.intake.take import Intake, take
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.store.place import LOG_FILE
from stanch.store.records import Records

#: Events that the peer of intake takes one by one.
SINGLE: Final = 2_000
_WARM: Final = 20_000


def intake(bed: Bed) -> Measured:
    """Measure taking files with clear identifiers into an empty vault, beside taking the same rows one by one."""
    with open_home(bed.folder / "intake") as home:
        started = perf_counter()
        tables = [taken.table for taken in take(bed.files, None, home.intake)]
        bulk = sum(table.num_rows for table in tables) / (perf_counter() - started)
    return Measured("intake", bulk, "events/s", "one row at a time", _singly(bed), "clear identifiers, empty vault")


def line(bed: Bed) -> Measured:
    """Measure the whole line on events with pseudonyms, every step in it, beside smaller batches."""
    _warm(bed)
    home_folder = bed.folder / "line"
    with open_home(home_folder) as home:
        summary = replay_tables(home, bed.taken)
        features = home.line.observer.plan.width
        typologies = len(home.rules.catalogue.typologies)
    steps = ", ".join(f"{name} {seconds / summary.decided * 1e6:.2f}" for name, seconds in summary.seconds.items())
    within = percentile(summary.latencies, 0.99) * 1e3
    note = (
        f"{typologies} typologies, up to {features} features a kind, something found on {summary.fire_rate:.2%}, "
        f"batches of at most {LARGEST_BATCH:,}; 99 % within {within:.1f} ms; µs an event: {steps}"
    )
    small = _replayed(bed, bed.folder / "small", batch=64)
    return Measured(
        "line",
        summary.decided / summary.total,
        "decisions/s",
        "the same in batches of 64",
        small.decided / small.total,
        note,
    )


def memory_event(bed: Bed) -> Measured:
    """Measure how many bytes one event takes that the windows still hold."""
    held = bed.fullest
    return Measured(
        "memory_event", held.event_bytes / max(held.events, 1), "bytes/event", note=f"{held.events:,} events held"
    )


def memory_key(bed: Bed) -> Measured:
    """Measure how many bytes one live key takes, with the pairs it counts."""
    held = bed.fullest
    each = (held.key_bytes + held.pair_bytes) / max(held.keys, 1)
    note = f"{held.keys:,} keys, {held.pairs:,} pairs; facts of entities beside them: {held.fact_bytes:,} bytes"
    return Measured("memory_key", each, "bytes/key", note=note)


def restart(bed: Bed) -> Measured:
    """Measure how long a home without a snapshot takes to stand where it stood, for a tail of a million events."""
    folder = _log(bed)
    started = perf_counter()
    with open_home(folder) as home:
        seconds = perf_counter() - started
        events = home.records.last_seq() + 1
    scale = 1_000_000 / events
    return Measured(
        "restart", seconds * scale, "s/1 M events", "only reading the blocks", _reading(folder) * scale,
        f"measured on a tail of {events:,}; log {(folder / LOG_FILE).stat().st_size / events:.0f} bytes an event",
    )  # fmt: skip


def _singly(bed: Bed) -> float:
    rows = pq.read_table(bed.files[-1]).slice(0, SINGLE).to_pylist()
    with open_home(bed.folder / "singly") as home:
        one_by_one = Intake(home.intake, SINGLE, IntakeReport())
        started = perf_counter()
        for row in rows:
            one_by_one.rows([row])
        return len(rows) / (perf_counter() - started)


def _replayed(bed: Bed, folder: Path, batch: int = LARGEST_BATCH) -> ReplaySummary:
    with open_home(folder) as home:
        return replay_tables(home, bed.taken, batch=batch)


def _log(bed: Bed) -> Path:
    folder = bed.folder / "line"
    if not (folder / LOG_FILE).exists():
        _replayed(bed, folder)
    return folder


def _reading(folder: Path) -> float:
    started = perf_counter()
    records = Records.read(folder)
    for block in records.blocks():
        block.block.matrix()
    records.close()
    return perf_counter() - started


def _warm(bed: Bed) -> None:
    with open_home(bed.folder / "warm") as home:
        replay_tables(home, [bed.taken[0].slice(0, _WARM)])
