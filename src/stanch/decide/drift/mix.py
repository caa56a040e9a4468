"""The mix of ways by which money leaves, a week held against the weeks before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.decide.drift.chance import beyond_chi_squared, beyond_f
from stanch.decide.drift.limits import START, Limits
from stanch.graph.leaks.discoveries import q_values

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_LEAST: Final = 1e-300  #: no chance is told as smaller


@dataclass(frozen=True, slots=True)
class Compared:
    """One week against the weeks before it.

    ``shares`` and ``before`` are ``(ways,)``; ``divergence`` is of Jensen and Shannon in bits; ``dispersion`` is how
    much more the weeks before differ among themselves than chance explains, at least 1, and divides ``g``.
    """

    week: int
    shares: tuple[float, ...]
    before: tuple[float, ...]
    divergence: float
    g: float
    dispersion: float
    log_p: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A week whose mix differs beyond chance, and the ways (places) that rose or fell."""

    compared: Compared
    q: float
    risen: tuple[int, ...]
    fallen: tuple[int, ...]


def find_shifts(mixes: Sequence[Ints], limits: Limits = START) -> list[list[Shift]]:
    """Return for each mix the weeks whose ways differ from the weeks before; a mix counts accounts, ``(weeks, ways)``.

    One account counts once a week and way, so that a busy one is not many. All weeks of all mixes share one control of
    false discoveries (Benjamini and Hochberg 1995).
    """
    compared = [_weeks(counts, limits) for counts in mixes]
    log_p = np.array([week.log_p for weeks in compared for week in weeks])
    found = iter(q_values(log_p, len(log_p)).tolist() if len(log_p) else ())
    held = [[_shift(week, next(found), limits) for week in weeks] for weeks in compared]
    return [[shift for shift in shifts if shift is not None] for shifts in held]


def compare(now: Ints, base: Ints) -> tuple[float, float, float, float]:
    """Return divergence, G, dispersion and ln p of a week ``(ways,)`` against the weeks before it ``(weeks, ways)``.

    G is the likelihood ratio of two rows with one mix; its chances hold in large numbers.
    """
    pooled = base.sum(axis=0)
    used = np.flatnonzero(now + pooled)
    if len(used) < 2:  # one way alone cannot change its share
        return 0.0, 0.0, 1.0, 0.0
    table = np.stack([now[used], pooled[used]]).astype(np.float64)
    g = _g(table)
    dispersion = _dispersion(base[:, used].astype(np.float64))
    shares = table / table.sum(axis=1, keepdims=True)
    return _divergence(shares), g, dispersion, math.log(max(_chance(g, dispersion, len(used), len(base)), _LEAST))


def _chance(g: float, dispersion: float, ways: int, weeks: int) -> float:
    """Return the chance of G: the larger of two.

    One is of weeks that differ by chance alone, the other of weeks as restless as those before, whose dispersion is
    itself only guessed from few (Fisher's F).
    """
    alone = beyond_chi_squared(g, ways - 1)
    if weeks < 2:  # one week tells nothing of how weeks differ
        return alone
    return max(alone, beyond_f(g / dispersion / (ways - 1), ways - 1, (weeks - 1) * (ways - 1)))


def _weeks(counts: Ints, limits: Limits) -> list[Compared]:
    found = []
    for week in range(len(counts)):
        base = counts[max(0, week - limits.base_weeks) : week]
        base = base[base.sum(axis=1) >= limits.min_accounts]
        if len(base) < limits.min_weeks or counts[week].sum() < limits.min_accounts:
            continue
        divergence, g, dispersion, log_p = compare(counts[week], base)
        now, before = counts[week] / counts[week].sum(), base.sum(axis=0) / base.sum()
        shares, earlier = tuple(now.tolist()), tuple(before.tolist())
        found.append(Compared(week, shares, earlier, divergence, g, dispersion, log_p))
    return found


def _shift(week: Compared, q: float, limits: Limits) -> Shift | None:
    if q > limits.max_q or week.divergence < limits.min_divergence:
        return None
    moved = [now - before for now, before in zip(week.shares, week.before, strict=True)]
    risen = tuple(way for way, points in enumerate(moved) if points >= limits.min_points)
    fallen = tuple(way for way, points in enumerate(moved) if points <= -limits.min_points)
    return Shift(week, q, risen, fallen) if risen or fallen else None


def _g(table: Floats) -> float:
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    seen = table > 0
    return max(0.0, 2 * float((table[seen] * np.log(table[seen] / expected[seen])).sum()))


def _dispersion(base: Floats) -> float:
    """Pearson's statistic of the weeks before, by its degrees of freedom: above 1 where weeks differ by themselves."""
    base = base[:, base.sum(axis=0) > 0]
    freedom: int = (base.shape[0] - 1) * (base.shape[1] - 1)
    if freedom < 1:
        return 1.0
    expected = base.sum(axis=1, keepdims=True) * base.sum(axis=0, keepdims=True) / base.sum()
    return max(1.0, float(((base - expected) ** 2 / expected).sum()) / freedom)


def _divergence(shares: Floats) -> float:
    middle = shares.mean(axis=0)
    parts = [row[row > 0] * np.log2(row[row > 0] / middle[row > 0]) for row in shares]
    return max(0.0, 0.5 * math.fsum(np.concatenate(parts).tolist()))
