"""How fast patterns are counted, beside the Graph Feature Preprocessor, with equal counts on the same transfers.

One thread on both sides. Ours sorts and indexes the transfers within its time; the peer's rows are laid out before its
time begins, and the batch size that suits it best counts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from stanch.graph.patterns.counts import degrees, fans
from stanch.graph.patterns.cycle_counts import cycles
from stanch.graph.patterns.scatter_counts import scatter_gathers
from stanch.graph.patterns.transfers import Ints, Transfers, transfers
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.lab.bench.made_transfers import SHAPES, Shape
from stanch.model.errors import ConfigError

Rows = npt.NDArray[np.float64]

PEER: Final = "snapml"
PEER_NAME: Final = "Graph Feature Preprocessor"
SIZES: Final = 6
_CHECKED: Final = 10_000  #: the last ones of each history, windows full
_WARM: Final = 1_000
_BUDGET: Final = 1_000_000
_ROUNDS: Final = 3  #: of each side, the best one counts
_ENOUGH: Final = 6.0  #: seconds of one side after which no further round begins, the second excepted
_PEER_BATCHES: Final = (128, 512, 32)  #: one a round; at 1 and at 4,096 it is slower on every shape


class Peer(Protocol):
    """What is used of the peer, an extra without types. Rows are number, payer, payee, time."""

    def set_params(self, params: dict[str, object]) -> object:
        """Say which patterns are counted, and how."""
        ...

    def partial_fit(self, rows: Rows) -> object:
        """Take transfers in without counting."""
        ...

    def transform(self, rows: Rows) -> Rows:
        """Take transfers in; return them with the counts of each behind its own columns."""
        ...


@dataclass(frozen=True, slots=True)
class Race:
    """One count on one shape: transfers a second of ours and of the peer; None where it is not installed."""

    shape: Shape
    count: str
    ours: float
    peer: float | None

    @property
    def ratio(self) -> float:
        """How many times as fast as the peer; without one, the speed itself."""
        return self.ours / self.peer if self.peer else self.ours

    def told(self) -> str:
        """Return the speeds in words."""
        beside = f" against {self.peer / 1e6:.3f}, {self.ratio:.0f} ×" if self.peer else ""
        return f"{self.count} {self.ours / 1e6:.2f} M/s{beside}"


def patterns(_: Bed) -> Measured:
    """Measure each count on each shape beside the peer; the figure is the count that is the least ahead of it."""
    races = [_race(shape, name) for shape in SHAPES for name in COUNTS]
    least = min(races, key=lambda race: race.ratio)
    known = find_spec(PEER) is not None
    lines = [f"{shape.looks}: {', '.join(r.told() for r in races if r.shape is shape)}" for shape in SHAPES]
    end = f"counts equal one by one on the last {_CHECKED:,} transfers of each" if known else f"no {PEER} here"
    note = "\n  ".join([f"least ahead: {least.count}, {least.shape.name}; one thread each", *lines, end])
    return Measured("patterns", least.ours, "transfers/s", PEER_NAME if known else None, least.peer, note)


def _race(shape: Shape, name: str) -> Race:
    history, count = shape.made(shape.count, 7), COUNTS[name]
    count(_first(history, _WARM), shape)  # compiled before the clock starts
    ours = _best(lambda _: count(_first(history, len(history)), shape), range(_ROUNDS))
    if find_spec(PEER) is None:
        return Race(shape, name, len(history) / ours, None)
    before = len(history) - _CHECKED
    if not np.array_equal(count(history, shape)[before:], peer_counts(name, history, shape, before)):
        raise ConfigError(f"{name}, {shape.name}: counts differ from {PEER}; run the tests of the patterns")
    rows = _rows(history)
    peer = _best(lambda batch: _told(_peer(name, shape), rows, batch), _PEER_BATCHES)
    return Race(shape, name, len(history) / ours, len(history) / peer)


def _best(run: Callable[[int], object], settings: Sequence[int]) -> float:
    """Return the least seconds that a run took, with one of the settings each."""
    seconds: list[float] = []
    for setting in settings:
        if len(seconds) < 2 or sum(seconds) < _ENOUGH:
            started = perf_counter()
            run(setting)
            seconds.append(perf_counter() - started)
    return min(seconds)


def _fan(part: Transfers, shape: Shape) -> Ints:
    return fans(part, shape.fan_window, SIZES)


def _degree(part: Transfers, shape: Shape) -> Ints:
    return degrees(part, shape.fan_window, SIZES)


def _scatter(part: Transfers, shape: Shape) -> Ints:
    return scatter_gathers(part, shape.window, SIZES, _BUDGET)[0]


def _cycle(part: Transfers, shape: Shape) -> Ints:
    return cycles(part, shape.window, SIZES, _BUDGET)[0]


#: Count -> (n, sizes): what each transfer completes.
COUNTS: Final[dict[str, Callable[[Transfers, Shape], Ints]]] = {
    "fan": _fan,
    "degree": _degree,
    "scatter-gather": _scatter,
    "temp-cycle": _cycle,
}


def peer_counts(name: str, history: Transfers, shape: Shape, before: int = 0) -> Ints:
    """Return the peer's counts, transfer by transfer, of those after the first ``before``, which it only takes in."""
    peer, rows = _peer(name, shape), _rows(history)
    if before:
        peer.partial_fit(rows[:before])
    return _told(peer, rows[before:], 1)


def _peer(name: str, shape: Shape) -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for NumPy where NumPy used to be
        peer: Peer = import_module(PEER).GraphFeaturePreprocessor()
    window = shape.fan_window if name in ("fan", "degree") else shape.window
    off = dict.fromkeys(("vertex_stats", "lc-cycle", *COUNTS), False)
    bins = list(range(2, SIZES + 2))
    peer.set_params({**off, "num_threads": 1, name: True, f"{name}_tw": window, f"{name}_bins": bins})
    return peer


def _rows(history: Transfers) -> Rows:
    return np.stack([np.arange(len(history)), history.src, history.dst, history.at], axis=1).astype(np.float64)


def _told(peer: Peer, rows: Rows, batch: int) -> Ints:
    told = [peer.transform(rows[at : at + batch])[:, 4:] for at in range(0, len(rows), batch)]
    counts: Ints = np.concatenate(told).astype(np.int64)
    return counts


def _first(history: Transfers, count: int) -> Transfers:
    return transfers(history.src[:count], history.dst[:count], history.at[:count], history.amount[:count])
