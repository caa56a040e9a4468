"""New shapes of what people report, before anybody has a name for them.

A payment has facets (kind, channel, detail, band of its amount, band of its hour); a *shape* fixes some of them and
leaves the others open. A shape is new where more people report it in a week than the weeks before let expect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.decide.drift.limits import START, Limits
from stanch.graph.leaks.discoveries import q_values
from stanch.graph.leaks.tails import log_factorials, log_tail

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The facet is left open.
OPEN: Final = -1


@dataclass(frozen=True, slots=True)
class Told:
    """Payments that people reported, by row: the week of the report, who reported, and codes of the facets.

    ``week`` and ``person`` are ``(rows,)``, ``facets`` is ``(rows, facets)`` with codes from 0.
    """

    week: Ints
    person: Ints
    facets: Ints


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape that more people report than expected; ``facets`` holds codes, ``OPEN`` where any will do.

    ``people`` of ``reporting`` report it in the week, ``people_before`` of ``reporting_before`` in the weeks before.
    """

    facets: tuple[int, ...]
    people: int
    reporting: int
    people_before: int
    reporting_before: int
    expected: float
    log_p: float
    q: float
    round: int


def find_shapes(told: Told, week: int, limits: Limits = START) -> tuple[Shape, ...]:
    """Return the new shapes of one week, the least likely by chance first.

    The chance is exact (Fisher 1935, one-sided): so many of those who report shape or not, drawn into this week. Rounds
    go on while one is found: what it explains is left out, so that its parts are not told again.
    """
    base = (told.week < week) & (told.week >= week - limits.base_weeks)
    left = base | (told.week == week)
    if len(np.unique(told.week[base])) < limits.min_weeks:
        return ()
    found: list[Shape] = []
    while (shape := _strongest(told, week, left, limits, len(found) + 1)) is not None:
        found.append(shape)
        left &= ~_matches(told.facets, shape.facets)
    return tuple(found)


def _strongest(told: Told, week: int, left: Bools, limits: Limits, number: int) -> Shape | None:
    rows = np.flatnonzero(left)
    now = told.week[rows] == week
    reporting, before = (len(np.unique(told.person[rows[which]])) for which in (now, ~now))
    if before < limits.min_reporting or reporting < limits.min_people:
        return None
    factorials = log_factorials(reporting + before)
    tried: list[Shape] = []
    tests = 0
    for facets, people, earlier in _counted(told, rows, now):
        tests += people + earlier >= limits.min_people
        if people < limits.min_people or people * before < limits.min_ratio * earlier * reporting:
            continue
        log_p = _log_p(people, reporting, earlier, before, factorials)
        expected = earlier * reporting / before
        tried.append(Shape(facets, people, reporting, earlier, before, expected, log_p, 1.0, number))
    return _named(tried, tests, limits)


def _named(tried: list[Shape], tests: int, limits: Limits) -> Shape | None:
    """Return the least likely one, where it stays remarkable among all; of equals the one that says most."""
    if not tried:
        return None
    q = q_values(np.array([shape.log_p for shape in tried]), tests).tolist()
    best = min(range(len(tried)), key=lambda at: (tried[at].log_p, tried[at].facets.count(OPEN), tried[at].facets))
    one = tried[best]
    if q[best] > limits.max_q:
        return None
    counts = (one.people, one.reporting, one.people_before, one.reporting_before)
    return Shape(one.facets, *counts, one.expected, one.log_p, q[best], one.round)


def _log_p(people: int, reporting: int, earlier: int, before: int, factorials: npt.NDArray[np.float64]) -> float:
    cell = [np.array([number], dtype=np.int64) for number in (reporting + before, people + earlier, reporting)]
    return log_tail(cell[0], cell[1], cell[2], people, factorials)


def _counted(told: Told, rows: Ints, now: Bools) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Yield every shape that occurs among the rows, how many people report it now, and how many did before."""
    facets, person = told.facets[rows], told.person[rows]
    width = facets.shape[1]
    for size in range(1, width + 1):
        for chosen in combinations(range(width), size):
            kept = np.full_like(facets, OPEN)
            kept[:, chosen] = facets[:, chosen]
            shapes, of = np.unique(kept, axis=0, return_inverse=True)
            pairs = np.unique(np.stack([of.reshape(-1), now, person], axis=1).astype(np.int64), axis=0)
            counts = np.zeros((len(shapes), 2), dtype=np.int64)
            np.add.at(counts, (pairs[:, 0], pairs[:, 1]), 1)
            for shape, (earlier, people) in zip(shapes.tolist(), counts.tolist(), strict=True):
                yield tuple(shape), people, earlier


def _matches(facets: Ints, shape: tuple[int, ...]) -> Bools:
    wanted = np.array(shape, dtype=np.int64)
    matched: Bools = ((facets == wanted) | (wanted == OPEN)).all(axis=1)
    return matched
