"""A small world to replay: three days of 600 people with frauds, most of the calls left out, cut after 30 hours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stanch.engine.decisions import export_decisions
from stanch.engine.opening import open_home
from stanch.engine.replay import ReplaySummary, replay
from stanch.lab.world import load_parameters, make_world
from stanch.store.keys import make_keys

PEOPLE, DAYS, SEED = 600, 3, 7
HOURS = 30
_ONE_CALL_IN = 40


#: Events of the later part: few, so that they can be decided one by one.
LATER = 800


def small_world(folder: Path) -> tuple[Path, Path]:
    """Make the world; return its events in two files, the earlier and the later, as they became known."""
    make_world(load_parameters("start"), SEED, PEOPLE, DAYS, folder)
    whole = ds.dataset(folder / "events").to_table()
    calls = pc.is_in(pc.cast(whole["kind"], pa.string()), value_set=pa.array(["call_started", "call_ended"])).to_numpy()
    keep = ~calls | (np.cumsum(calls) % _ONE_CALL_IN == 0)
    known = whole["known_at"].cast(pa.int64()).to_numpy()
    keep &= known < known[0] + HOURS * 3_600_000_000
    events = whole.filter(pa.array(keep))
    earlier, later = folder / "earlier.parquet", folder / "later.parquet"
    pq.write_table(events.slice(0, events.num_rows - LATER), earlier)
    pq.write_table(events.slice(events.num_rows - LATER), later)
    return earlier, later


def decided(home: Path, files: Sequence[Path], keys: Path, batch: int = 4096) -> tuple[bytes, ReplaySummary]:
    """Replay files into a home; return the exported decisions, byte for byte, and what the replay did."""
    with open_home(home, keys=keys) as opened:
        summary = replay(opened, files, batch=batch)
        export_decisions(opened.records, home / "decisions.parquet")
    return (home / "decisions.parquet").read_bytes(), summary


def key_file(folder: Path, name: str = "keys.json") -> Path:
    """Return a file of new keys."""
    make_keys(folder / name)
    return folder / name
