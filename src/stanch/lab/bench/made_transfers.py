"""Made-up histories of transfers of different shapes: patterns that are counted fast on one can be slow on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.graph.patterns.transfers import Ints, Transfers, transfers

_HOUR: Final = 3_600
_BUSY: Final = 1.6
_BUSY_ACCOUNTS: Final = 1_500
_TICKS: Final = 3  #: mean time between two transfers
_ACCOUNTS: Final = 2_000
_MANY_ACCOUNTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A history to make: what it looks like, how many transfers, in which windows (ticks) patterns are counted."""

    name: str
    looks: str
    count: int
    fan_window: int
    window: int
    made: Callable[[int, int], Transfers]  #: of count and seed


def busy(count: int, seed: int = 7) -> Transfers:
    """Return transfers between a few very busy accounts and many quiet ones."""
    rng = np.random.default_rng(seed)
    src, dst = (np.minimum(rng.zipf(_BUSY, count), _BUSY_ACCOUNTS) - 1 for _ in range(2))
    return _at_any_time(src, dst, rng)


def even(count: int, seed: int = 7) -> Transfers:
    """Return transfers between accounts that are all alike."""
    rng = np.random.default_rng(seed)
    src, dst = (rng.integers(0, _ACCOUNTS, count) for _ in range(2))
    return _at_any_time(src, dst, rng)


def some_hubs(count: int, seed: int = 7) -> Transfers:
    """Return transfers of accounts some of which pay, or are paid, hundreds of times as often as others."""
    return _ranked(count, seed, 0.8)


def few_hubs(count: int, seed: int = 7) -> Transfers:
    """Return transfers of accounts some of which pay, or are paid, tens of times as often as others."""
    return _ranked(count, seed, 0.5)


def _ranked(count: int, seed: int, steep: float) -> Transfers:
    """Return transfers of accounts that pay, and apart from that are paid, by a power law of their rank."""
    rng = np.random.default_rng(seed)
    weight = np.cumsum(np.arange(1, _MANY_ACCOUNTS + 1) ** -steep)
    draw = [np.searchsorted(weight, rng.random(count) * weight[-1]) for _ in range(2)]
    src, dst = (rng.permutation(_MANY_ACCOUNTS)[np.minimum(each, _MANY_ACCOUNTS - 1)] for each in draw)
    return _at_any_time(src, dst, rng)


def _at_any_time(src: Ints, dst: Ints, rng: np.random.Generator) -> Transfers:
    at = np.sort(rng.integers(0, _TICKS * len(src), len(src)))
    return transfers(src.astype(np.int64), dst.astype(np.int64), at, np.ones(len(src), np.int64))


#: One tick is a second.
SHAPES: Final = (
    Shape("busy", "two accounts in most transfers, 10 min", 120_000, _HOUR, _HOUR // 6, busy),
    Shape("even", "2,000 accounts alike, 3 h", 120_000, 3 * _HOUR, 3 * _HOUR, even),
    Shape("day", "20,000 accounts, hubs, 24 h", 300_000, 24 * _HOUR, 24 * _HOUR, some_hubs),
    Shape("three days", "20,000 accounts, few hubs, 72 h", 300_000, 72 * _HOUR, 72 * _HOUR, few_hubs),
)
