"""The ceiling: no total that a window can make may leave 64 bits, whoever sends whatever.

No single number that a window adds up may be above ``MAX_AMOUNT``, but a million of them would reach 2**63, which a
hostile sender has sent within minutes. So the door keeps, by source, the sum of everything that some window adds up,
over more than the longest window, and lets no event in that would take the sum of all sources past ``CEILING``. What is
still free is shared: a source may never hold more than is free. One source alone can hold half the ceiling, k greedy
ones 1 / (k + 1) each, and each of the others still finds as much free. So a sender that fills its share is refused, and
stops nobody.

The arithmetic: with S the sum of one source and T that of all, an event of weight w is let in if
S + w <= CEILING - T - w. S is not negative, so T + w <= CEILING: every total of every window, whatever its key, stays
at or below CEILING = 2**61, and with what a condition adds to it below 2**62. Half of it, 2**60 minor units, is 11
thousand million million yuan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.definition import Feature, Window
from stanch.model.columns import INDEX, NULL
from stanch.model.compiled import kernel
from stanch.model.money import MAX_AMOUNT
from stanch.model.time import DAY

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CEILING: Final = 2**61

OVER: Final = (
    "with this number the sums of what this source has sent would leave what can be added up exactly; "
    "check its unit, or send it when earlier ones have left the windows"
)

#: More than rounding can take from a sum.
_ROUNDED: Final = 1.001

_COLUMNS: Final = ("amount", "number", "duration")
_PLACES: Final = np.array([INDEX[name] for name in _COLUMNS], dtype=np.int64)
_SOURCE, _KIND, _KNOWN, _AS_OF = (INDEX[name] for name in ("source", "kind", "known_at", "as_of"))


class Ceiling:
    """Sums by source and day of the clock. One owner, the door.

    ``features`` are all that the line observes, ``code`` gives the code of a word. ``most`` is the ceiling.
    """

    def __init__(self, features: Iterable[Feature], code: Callable[[str], int], most: int = CEILING) -> None:
        self._most = most
        totals = [each for each in features if isinstance(each, Window) and each.aggregate == "total"]
        self._days = 2 + max((each.over for each in totals), default=0) // DAY
        added = {(code(kind), _COLUMNS.index(each.column[0]))
                 for each in totals for kind in each.kinds if each.column[0] in _COLUMNS}  # fmt: skip
        self._added = np.zeros((max((kind for kind, _ in added), default=0) + 2, len(_COLUMNS)), np.bool_)
        for kind, column in added:
            self._added[kind, column] = True
        self._by_day: dict[int, dict[int, int]] = {}
        self._by_source: dict[int, int] = {}
        self._total = 0

    def counted(self, rows: Ints) -> Ints:
        """Return which of the events (places) carry numbers that a window adds up."""
        return np.flatnonzero(self._weights(rows))

    def over(self, rows: Ints, let_in: Flags, now: int) -> Flags:
        """Return which events would break the ceiling, in order of arrival; the others that may be let in are added.

        ``let_in`` marks those that are let in otherwise; ``now`` is the clock of the log: what lies further back than
        the longest window is forgotten. An event counts until the day after the latest moment of learning, which no
        stamp passes.
        """
        self._forget(now)
        weights = self._weights(rows)
        out: Flags = let_in & (weights > MAX_AMOUNT)  # one slip must not take its sender's whole share
        counted = np.flatnonzero(let_in & (weights > 0) & ~out)
        if not len(counted):
            return out
        day = max(now, int(rows[counted, _KNOWN].max())) // DAY + 1
        sources, weights = rows[counted, _SOURCE], weights[counted]
        together = float(weights.sum(dtype=np.float64)) * _ROUNDED  # in doubles, so that it cannot leave 64 bits
        if max(self._by_source.values(), default=0) + self._total + 2 * together <= self._most:
            self._add_all(day, sources, weights)
            return out
        for row, source, weight in zip(counted.tolist(), sources.tolist(), weights.tolist(), strict=True):
            if self._by_source.get(source, 0) + weight > self._most - self._total - weight:
                out[row] = True
            else:
                self._add(day, source, weight)
        return out

    def column(self, row: Ints) -> str:
        """Return the column whose number counts most in an event."""
        kind = min(int(row[_KIND]), len(self._added) - 1)
        values = [abs(int(row[at])) if self._added[kind, n] and row[at] != NULL else 0 for n, at in enumerate(_PLACES)]
        return _COLUMNS[values.index(max(values))]

    def follow(self, rows: Ints) -> None:
        """Add events that the log holds."""
        weights = self._weights(rows)
        counted = np.flatnonzero(weights > 0)
        if len(counted):
            day = int(rows[counted][:, [_KNOWN, _AS_OF]].max()) // DAY + 1
            self._add_all(day, rows[counted, _SOURCE], weights[counted])

    def save(self) -> list[list[int]]:
        """Return the sums as rows of day, source and sum."""
        return [[day, source, weight] for day, sums in self._by_day.items() for source, weight in sums.items()]

    def load(self, saved: Iterable[Iterable[int]]) -> None:
        """Remember what was saved."""
        for day, source, weight in saved:
            self._add(day, source, weight)

    def _weights(self, rows: Ints) -> Ints:
        """Return (n,) the largest number of each event that some window adds up, 0 where there is none."""
        weights = np.zeros(len(rows), dtype=np.int64)
        _weigh(rows, self._added, _PLACES, weights)
        return weights

    def _add_all(self, day: int, sources: Ints, weights: Ints) -> None:
        for source in np.unique(sources).tolist():
            self._add(day, source, int(weights[sources == source].sum()))

    def _add(self, day: int, source: int, weight: int) -> None:
        sums = self._by_day.setdefault(day, {})
        sums[source] = sums.get(source, 0) + weight
        self._by_source[source] = self._by_source.get(source, 0) + weight
        self._total += weight

    def _forget(self, now: int) -> None:
        gone = [day for day in self._by_day if day < now // DAY - self._days]
        for day in gone:
            for source, weight in self._by_day.pop(day).items():
                self._by_source[source] -= weight
                self._total -= weight


@kernel
def _weigh(rows: Ints, added: Flags, places: Ints, out: Ints) -> None:
    """Write the largest number (its size) of each event that some window adds up; ``added`` is by kind and place."""
    for r in range(rows.shape[0]):
        kind = min(rows[r, _KIND], added.shape[0] - 1)
        for n in range(places.shape[0]):
            value = rows[r, places[n]]
            if added[kind, n] and value != NULL:
                out[r] = max(out[r], abs(value))
