"""How fast the windows are alone: 21 exact aggregates over four keys an event, in batches of 256."""

from __future__ import annotations

from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.definition import Feature, parse_feature
from stanch.features.live import Observer, observer_for
from stanch.features.plan import KIND_NUMBER
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.lab.bench.twin import KEYS, OVERS, Twin
from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.time import SECOND, format_duration

BATCH: Final = 256
EVENTS: Final = 400_000
TWIN_EVENTS: Final = 40_000
_ENTITIES: Final = 20_000

Ints = npt.NDArray[np.int64]


def windows(_: Bed) -> Measured:
    """Measure the compiled windows beside their naive twin, on the same payments."""
    rows = payments(EVENTS)
    observe(rows[:BATCH])  # compiled before the clock starts
    seconds = min(_timed(rows) for _ in range(2))
    twin_rows = as_events(rows[:TWIN_EVENTS])
    started = perf_counter()
    Twin().observe(twin_rows)
    twin = TWIN_EVENTS / (perf_counter() - started)
    return Measured(
        "windows",
        EVENTS / seconds,
        "events/s",
        "dicts and deques",
        twin,
        f"batches of {BATCH}, {len(features())} aggregates, {len(KEYS)} keys",
    )


def features() -> list[Feature]:
    """Return the 21 features, in the order in which the twin gives their values."""
    short, long = (format_duration(over) for over in OVERS)
    found: list[dict[str, object]] = []
    for key, other in KEYS:
        by = key if isinstance(key, str) else list(key)
        for over in (short, long):
            found += [{"count": True, "by": by, "over": over}, {"total": "amount", "by": by, "over": over}]
        found.append({"distinct": other, "by": by, "over": long})
    found.append({"since_last": True, "by": "src", "over": long})
    return [parse_feature(plain, f"windows.{place}") for place, plain in enumerate(found)]


def observe(rows: Ints) -> Ints:
    """Return the features of payments, batch by batch, from an observer that remembers nothing yet."""
    observer = _observer()
    places = [observer.plan.place("transfer", feature) for feature in features()]
    return np.concatenate([_batch(observer, rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)])[:, places]


def payments(count: int) -> Ints:
    """Return made-up payments as a matrix (count, columns): few busy accounts, many quiet ones, one a second."""
    rng = np.random.default_rng(5)
    rows = np.full((count, len(MATRIX)), NULL, dtype=np.int64)
    for role in ("src", "dst", "device"):
        rows[:, INDEX[role]] = np.minimum(rng.zipf(1.2, count) - 1, _ENTITIES - 1)
    rows[:, INDEX["kind"]] = 0
    rows[:, INDEX["amount"]] = rng.integers(100, 1_000_000, count)
    rows[:, INDEX["as_of"]] = np.arange(count, dtype=np.int64) * SECOND
    rows[:, INDEX["seq"]] = np.arange(count, dtype=np.int64)
    return rows


def as_events(rows: Ints) -> list[dict[str, int]]:
    """Return payments as the dictionaries that the twin reads."""
    names = ("src", "dst", "device", "amount", "as_of")
    return [dict(zip(names, row, strict=True)) for row in rows[:, [INDEX[name] for name in names]].tolist()]


def _timed(rows: Ints) -> float:
    observer = _observer()
    started = perf_counter()
    for at in range(0, len(rows), BATCH):
        _batch(observer, rows[at : at + BATCH])
    return perf_counter() - started


def _batch(observer: Observer, rows: Ints) -> Ints:
    return observer.observe(rows, np.full(len(rows), KIND_NUMBER["transfer"], dtype=np.int64), _ENTITIES)


def _observer() -> Observer:
    return observer_for({"transfer": features()}, lambda word: 0)
