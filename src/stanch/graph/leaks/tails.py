"""How unlikely it is to open so many victims' records by chance: exact tails of hypergeometric sums, in logarithms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.graph.leaks.look_ups import Ints

Floats = npt.NDArray[np.float64]


def log_factorials(largest: int) -> Floats:
    """Return ln(0!), ln(1!) ... ln(largest!): ``(largest + 1,)``."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, largest + 1, dtype=np.float64)))])


def log_tail(people: Ints, victims: Ints, drawn: Ints, hits: int, factorials: Floats) -> float:
    """Return ln P(at least ``hits`` victims) where from each cell so many are drawn without looking.

    A cell has so many people, so many of them victims; all arrays ``(cells,)``. Exact: the cells' hypergeometric
    distributions are folded together, everything from ``hits`` on in one last place. ``factorials`` must reach the
    largest number of people. With one cell this is the one-sided test of Fisher (1935).
    """
    folded = np.full(hits + 1, -np.inf)
    folded[0] = 0.0
    for cell in zip(people.tolist(), victims.tolist(), drawn.tolist(), strict=True):
        least, weights = _distribution(*cell, factorials)
        folded = _fold(folded, least, weights)
    return min(float(folded[hits]), 0.0)


def _distribution(people: int, victims: int, drawn: int, f: Floats) -> tuple[int, Floats]:
    """Return the fewest victims that can be drawn from a cell, and ln of the probability of that many and more."""
    least, most = max(0, drawn - (people - victims)), min(drawn, victims)
    found = np.arange(least, most + 1)
    others = people - victims
    chosen = f[victims] - f[found] - f[victims - found]
    rest = f[others] - f[drawn - found] - f[others - drawn + found]
    every = f[people] - f[drawn] - f[people - drawn]
    return least, chosen + rest - every


def _fold(before: Floats, least: int, weights: Floats) -> Floats:
    """Return the distribution of a sum; the last place holds everything from there on."""
    last = len(before) - 1
    after = np.full(len(before), -np.inf)
    for more, weight in enumerate(weights.tolist(), start=least):
        kept = max(last - more, 0)
        after[more : more + kept] = np.logaddexp(after[more : more + kept], before[:kept] + weight)
        beyond = np.logaddexp.reduce(before[kept:])
        after[last] = np.logaddexp(after[last], beyond + weight)
    return after
