"""Flatness: whether the memory of a server stays where it is, once its state and its bounded caches are taken off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Final

import msgspec

#: MB an hour that the rest may grow by: a leak of a dozen bytes an event at 250 events a second.
FLAT: Final = 12.0
#: The first minutes do not count: code is loaded, caches of the libraries fill.
WARM_UP: Final = 1 / 3
#: So many minutes after the warm-up are judged at least.
FEWEST: Final = 6
_HOUR: Final = 60


class Minute(msgspec.Struct, frozen=True):
    """How a server was at the end of a minute. Memory in MB; times of its answers in milliseconds.

    ``rest`` is what is resident beside the line's ``state`` and what is ``kept`` in bounded caches.
    """

    minute: int
    answered: int
    refused: int
    resident: float
    state: float
    kept: float
    rest: float
    files: int
    threads: int
    p50: float
    p99: float


class Verdict(msgspec.Struct, frozen=True):
    """Whether memory is flat (None: too short to tell), and why: MB an hour after the warm-up, in all and by part."""

    flat: bool | None
    says: str
    since: int
    resident: float
    state: float
    kept: float
    rest: float


def verdict(minutes: Sequence[Minute]) -> Verdict:
    """Judge the minutes of one process: flat if what neither state nor caches explain grows by ``FLAT`` at most.

    The growth is the median of the slopes between all pairs of minutes (Theil and Sen): a minute that ends while a
    snapshot is being written does not move it.
    """
    judged = minutes[int(len(minutes) * WARM_UP) :]
    if len(judged) < FEWEST:
        return Verdict(None, f"too short to tell: {len(judged)} minutes after the warm-up, not {FEWEST}", 0, 0, 0, 0, 0)
    growth = {
        name: round(_HOUR * _slope([(each.minute, getattr(each, name)) for each in judged]), 1)
        for name in ("resident", "state", "kept", "rest")
    }
    flat = growth["rest"] <= FLAT
    says = (
        f"{'flat' if flat else 'NOT flat'}: after the warm-up the rest grows by {growth['rest']} MB an hour, "
        f"{FLAT:g} are allowed; resident memory by {growth['resident']}, the state by {growth['state']}, "
        f"what is kept to spare work by {growth['kept']}"
    )
    return Verdict(flat, says, judged[0].minute, **growth)


def _slope(points: Sequence[tuple[int, float]]) -> float:
    return median((b - a) / (until - since) for (since, a), (until, b) in combinations(points, 2))
