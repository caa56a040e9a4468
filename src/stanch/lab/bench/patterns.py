"""How fast patterns are counted, beside the Graph Feature Preprocessor, with equal counts on the same transfers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any, Final

import numpy as np

from stanch.graph.patterns.counts import degrees, fans
from stanch.graph.patterns.cycle_counts import cycles
from stanch.graph.patterns.scatter_counts import scatter_gathers
from stanch.graph.patterns.transfers import Ints, Transfers, transfers
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.model.errors import ConfigError

TRANSFERS: Final = 120_000
PEER: Final = "snapml"
SIZES: Final = 6
_CHECKED: Final = 20_000
_ACCOUNTS: Final = 1_500
_BUSY: Final = 1.6
_TICKS: Final = 3
_WINDOW: Final = 3_600
_CYCLE: Final = 600
_BUDGET: Final = 1_000_000
_ROUNDS: Final = 3  #: of each side, the best one counts
_PEER_BATCH: Final = 128  #: the peer is fastest in batches of about this size


def patterns(_: Bed) -> Measured:
    """Measure each count beside the peer; the figure is the count that is the least ahead of it."""
    history = made_transfers(TRANSFERS)
    speeds = {name: _speed(count, history) for name, count in COUNTS.items()}
    if find_spec(PEER) is None:
        slowest = min(speeds, key=lambda name: speeds[name])
        return Measured("patterns", speeds[slowest], "transfers/s", None, None, f"{slowest}; no {PEER} to compare with")
    check = _first(history, _CHECKED)
    for name, count in COUNTS.items():
        if not np.array_equal(count(check), peer_counts(name, check)):
            raise ConfigError(f"{name}: counts differ from {PEER}; run the tests of the patterns")
    peers = {name: _speed(partial(peer_counts, name, batch=_PEER_BATCH), history) for name in COUNTS}
    least = min(speeds, key=lambda name: speeds[name] / peers[name])
    told = ", ".join(f"{name} {speeds[name] / 1e6:.2f} M/s, {speeds[name] / peers[name]:.0f} ×" for name in speeds)
    note = f"least ahead: {least}; {told}; counts equal on {_CHECKED:,} transfers one by one"
    return Measured("patterns", speeds[least], "transfers/s", "Graph Feature Preprocessor", peers[least], note)


def made_transfers(count: int, seed: int = 7) -> Transfers:
    """Return made-up transfers, one in three ticks: a few busy accounts, many quiet ones."""
    rng = np.random.default_rng(seed)
    src, dst = (np.minimum(rng.zipf(_BUSY, count), _ACCOUNTS) - 1 for _ in range(2))
    at = np.sort(rng.integers(0, _TICKS * count, count))
    return transfers(src, dst, at, np.ones(count, np.int64))


def _fan(part: Transfers) -> Ints:
    return np.hstack(fans(part, _WINDOW, SIZES))


def _degree(part: Transfers) -> Ints:
    return np.hstack(degrees(part, _WINDOW, SIZES))


def _scatter(part: Transfers) -> Ints:
    return scatter_gathers(part, _CYCLE, SIZES, _BUDGET)[0]


def _cycle(part: Transfers) -> Ints:
    return cycles(part, _CYCLE, SIZES + 1, _BUDGET)[0]


#: Count -> (n, sizes): what each transfer completes.
COUNTS: Final[dict[str, Callable[[Transfers], Ints]]] = {
    "fan": _fan,
    "degree": _degree,
    "scatter-gather": _scatter,
    "temp-cycle": _cycle,
}


def peer_counts(name: str, part: Transfers, batch: int = 1) -> Ints:
    """Return the peer's counts; transfer by transfer they are what each transfer completes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for NumPy where NumPy used to be
        peer: Any = import_module(PEER).GraphFeaturePreprocessor()  # Any: an extra without types
    window = _WINDOW if name in ("fan", "degree") else _CYCLE
    off = dict.fromkeys(("vertex_stats", "lc-cycle", *COUNTS), False)
    bins = list(range(2, SIZES + 2 + (name == "temp-cycle")))  # of cycles the last, open bin is not compared
    peer.set_params({**off, "num_threads": 1, name: True, f"{name}_tw": window, f"{name}_bins": bins})
    rows = np.stack([np.arange(len(part)), part.src, part.dst, part.at], axis=1).astype(np.float64)
    told = [peer.transform(rows[at : at + batch])[:, 4:] for at in range(0, len(rows), batch)]
    counts: Ints = np.concatenate(told).astype(np.int64)
    return counts[:, :SIZES] if name == "temp-cycle" else counts


def _first(history: Transfers, count: int) -> Transfers:
    return transfers(history.src[:count], history.dst[:count], history.at[:count], history.amount[:count])


def _speed(count: Callable[[Transfers], Ints], history: Transfers) -> float:
    count(_first(history, 1_000))  # compiled before the clock starts
    seconds = []
    for _ in range(_ROUNDS):
        started = perf_counter()
        count(history)
        seconds.append(perf_counter() - started)
    return len(history) / min(seconds)
