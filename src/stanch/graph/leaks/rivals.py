"""One leak, two explanations: an employee opened the victims' records, or all that went through a shared point leaked.

Both look suspicious whichever is true. So an employee must stand out among the people whom the same point saw on the
same days; and a shared point must stay remarkable without the victims of the employees who do, and of its strongest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from stanch.graph.leaks.exposure import Bools, Exposure, expose
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints, LookUps
from stanch.graph.leaks.shared import Seen, Shared, seen, through
from stanch.graph.leaks.shared_trials import shared_trial
from stanch.graph.leaks.trials import Trial, desk_trial, factorials_of


@dataclass(frozen=True, slots=True)
class Suspect:
    """An employee's desk whose hits are remarkable: its best trial, and the victims opened there at any time."""

    desk: int
    employee: int
    trial: Trial
    q: float
    victims: Ints


@dataclass(frozen=True, slots=True)
class Point:
    """A shared point whose hits are remarkable: its look-ups, and its best trial; q of that trial."""

    shared: Shared
    code: int
    trial: Trial
    q: float

    @property
    def span(self) -> tuple[int, int]:
        """Begin and length in days."""
        return self.trial.begin, self.trial.length


@dataclass(frozen=True, slots=True)
class Verdict:
    """Shared points that hold, the desks whose hits they explain, and all victims that they explain."""

    points: tuple[Point, ...]
    cleared: frozenset[int]
    explained: Bools


def stands_out(same_day: Exposure, trial: Trial, limits: Limits) -> bool:
    """Return whether a desk's hits are remarkable among the people of its system on the same days."""
    found = desk_trial(same_day, trial.place, (trial.begin, trial.length), factorials_of(same_day))
    return found.log_p <= math.log(limits.same_day)


def weigh(
    look_ups: LookUps, points: list[Point], suspects: list[Suspect], left_out: Bools, bar: float, limits: Limits
) -> Verdict:  # fmt: skip
    """Return which points hold, the best first, once what employees and better points explain is left out.

    ``bar`` is the largest ln p that still counts as remarkable in this round.
    """
    held: list[Point] = []
    cleared: set[int] = set()
    explained = left_out.copy()
    for point in points:
        alone = through(point.shared, point.code)
        own, theirs = _split(_within(look_ups, alone, point.span, left_out, limits), suspects, point.span, limits)
        there = seen(alone, point.span, left_out, limits)
        without = explained.copy()
        without[_strongest(there)] = True
        for suspect in own:
            without[suspect.victims] = True
        trial = shared_trial(alone, point.span, without, limits, point.trial.once)
        if trial is None or trial.log_p > bar:
            continue
        held.append(point)
        cleared |= {suspect.desk for suspect in theirs}
        explained[there.person[there.hit]] = True
    return Verdict(tuple(held), frozenset(cleared), explained)


def _strongest(there: Seen) -> Ints:
    """Return the victims of the employee with most of them."""
    if not there.hit.any():
        return there.person[:0]
    most = int(np.bincount(there.employee[there.hit]).argmax())
    found: Ints = there.person[there.hit & (there.employee == most)]
    return found


def _split(
    within: Exposure, suspects: list[Suspect], span: tuple[int, int], limits: Limits
) -> tuple[list[Suspect], list[Suspect]]:
    """Return the suspects who stand out among those whom a point saw in its span, and those whom it explains."""
    employees = {employee: desk for desk, (_, employee) in enumerate(within.desks.tolist())}
    factorials = factorials_of(within)
    own, theirs = [], []
    for suspect in suspects:
        desk = employees.get(suspect.employee)
        if desk is None:
            continue
        found = desk_trial(within, desk, (0, span[1]), factorials)
        if found.log_p <= math.log(limits.same_day):
            own.append(suspect)
        elif 2 * found.hits >= suspect.trial.hits:
            theirs.append(suspect)
    return own, theirs


def _within(
    look_ups: LookUps, alone: Shared, span: tuple[int, int], left_out: Bools, limits: Limits
) -> Exposure:  # fmt: skip
    """Return the exposure of what went through a point in a span, people held against those of the same day."""
    rows = alone.row[alone.within(span)]
    one = replace(look_ups.part(rows), system=np.zeros(len(rows), np.int64), through=())
    return expose(one, left_out, replace(limits, base_days=1))
