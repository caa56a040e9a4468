"""How unlikely it is to open so many victims' records by chance: exact tails of hypergeometric sums, in logarithms."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stanch.graph.leaks.look_ups import Ints
from stanch.model.compiled import compiled, inlined

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
    people, victims, drawn = (np.ascontiguousarray(column, np.int64) for column in (people, victims, drawn))
    return min(_folded(people, victims, drawn, hits, factorials), 0.0)


@compiled
def _folded(people: Ints, victims: Ints, drawn: Ints, last: int, f: Floats) -> float:
    """Return the last place of the distribution of the sum over all cells; ``most`` is the largest sum so far."""
    before, after, most = np.full(last + 1, -np.inf), np.empty(last + 1), 0
    before[0] = 0.0
    for every, some, taken in zip(people, victims, drawn):  # noqa: B905 compiled
        others, largest = every - some, min(taken, some)
        ways = f[every] - f[taken] - f[every - taken]
        after[:] = -np.inf
        for more in range(max(0, taken - others), largest + 1):
            chosen = f[some] - f[more] - f[some - more]
            rest = f[others] - f[taken - more] - f[others - taken + more]
            _add(before, after, more, most, chosen + rest - ways)
        before, after, most = after, before, most + largest
    return float(before[last])


@inlined
def _add(before: Floats, after: Floats, more: int, most: int, weight: float) -> None:
    """Add, with a weight, a distribution moved on by so many; the last place holds everything from there on."""
    last = len(before) - 1
    kept = max(last - more, 0)
    for at in range(min(kept, most + 1)):
        after[at + more] = _log_sum(after[at + more], before[at] + weight)
    beyond = -np.inf
    for at in range(kept, last + 1):
        beyond = _log_sum(beyond, before[at])
    after[last] = _log_sum(after[last], beyond + weight)


@inlined
def _log_sum(one: float, other: float) -> float:
    """Return ln(exp(one) + exp(other))."""
    largest, least = max(one, other), min(one, other)
    return largest if least == -np.inf else largest + math.log1p(math.exp(least - largest))
