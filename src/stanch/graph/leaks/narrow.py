"""The time window of a lead: the days within its span that stand out most, corrected for having looked for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from stanch.graph.leaks.exposure import Bools, Exposure
from stanch.graph.leaks.lead import Narrow
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints, LookUps
from stanch.graph.leaks.shared import Shared, seen
from stanch.graph.leaks.shared_trials import shared_trial
from stanch.graph.leaks.trials import Trial, desk_rows, desk_trial, factorials_of
from stanch.model.time import DAY


def narrow_desk(look_ups: LookUps, exposure: Exposure, trial: Trial, limits: Limits) -> Narrow:
    """Return the best days within a desk's span."""
    rows = np.flatnonzero(exposure.desk == trial.place)
    columns = {name: getattr(exposure, name)[rows] for name in ("desk", "person", "day", "cell", "hit", "row")}
    alone, factorials = replace(exposure, **columns), factorials_of(exposure)
    most = np.append(0, np.cumsum(np.bincount(alone.day[alone.hit], minlength=trial.begin + trial.length)))

    def at(span: tuple[int, int]) -> Trial | None:
        if most[sum(span)] - most[span[0]] < limits.min_victims:
            return None
        found = desk_trial(alone, trial.place, span, factorials)
        return found if found.hits >= limits.min_victims else None

    best, tried = _best(trial, at)
    _, hits = desk_rows(alone, trial.place, best.begin, best.length)
    return _told(look_ups, exposure.start, best, tried, alone.row[hits])


def narrow_point(look_ups: LookUps, alone: Shared, trial: Trial, left_out: Bools, limits: Limits) -> Narrow:
    """Return the best days within the span of a shared point, of which alone the look-ups are."""
    best, tried = _best(trial, lambda span: shared_trial(alone, span, left_out, limits, trial.once))
    there = seen(alone, (best.begin, best.length), left_out, limits)
    return _told(look_ups, alone.start, best, tried, there.row[there.hit])


def _best(trial: Trial, at: Callable[[tuple[int, int]], Trial | None]) -> tuple[Trial, int]:
    """Return the least likely span within a trial's, the shorter of equals, and how many were compared."""
    end = trial.begin + trial.length
    spans = [(begin, until - begin) for begin in range(trial.begin, end) for until in range(begin + 1, end + 1)]
    found = [one for one in map(at, spans) if one is not None]
    return min([*found, trial], key=lambda one: (one.log_p, one.length, one.begin)), len(spans)


def _told(look_ups: LookUps, start: int, best: Trial, tried: int, rows: Ints) -> Narrow:
    begin, when = start + best.begin * DAY, look_ups.when[rows]
    p = math.exp(min(0.0, best.log_p + math.log(tried)))
    return Narrow(
        begin, begin + best.length * DAY, int(when.min()), int(when.max()), best.hits, best.expected, tried, p
    )  # fmt: skip
