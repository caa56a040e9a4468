"""Trials of shared points: what a span of days shows there, held against what the days before let expect."""

from __future__ import annotations

import numpy as np

from stanch.graph.leaks.comparison import BEFORE, NOW, ONCE, POINT, SPAN, VICTIMS, VICTIMS_BEFORE, compare
from stanch.graph.leaks.exposure import Bools
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints
from stanch.graph.leaks.shared import Shared
from stanch.graph.leaks.tails import Floats, log_factorials, log_tail
from stanch.graph.leaks.trials import Trial, spans


def shared_trials(shared: Shared, left_out: Bools, limits: Limits) -> tuple[int, list[Trial]]:
    """Return how many spans could have met the least number at a point, and those that did, and twice the expected."""
    return _trials(shared, spans(shared.days, limits.shared_windows), left_out, limits)


def shared_trial(
    shared: Shared, span: tuple[int, int], left_out: Bools, limits: Limits, once: bool
) -> Trial | None:  # fmt: skip
    """Return one span at one point, of which alone these look-ups are; None where too few were hit."""
    found = _trials(shared, [span], left_out, limits)[1]
    return next((trial for trial in found if trial.once == once), None)


def _trials(
    shared: Shared, of: list[tuple[int, int]], left_out: Bools, limits: Limits
) -> tuple[int, list[Trial]]:  # fmt: skip
    could, cells = compare(shared, of, left_out, limits)
    if not len(cells):
        return could, []
    factorials = log_factorials(int((cells[:, NOW] + cells[:, BEFORE]).max()))
    changes = np.flatnonzero((np.diff(cells[:, [SPAN, POINT, ONCE]], axis=0) != 0).any(axis=1)) + 1
    found = []
    for part in np.split(cells, changes):
        span, point, once = part[0, [SPAN, POINT, ONCE]].tolist()
        trial = _trial(int(shared.code[point]), of[span], part, bool(once), factorials, limits)
        found += [trial] if trial is not None else []
    return could, found


def _trial(
    code: int, span: tuple[int, int], cells: Ints, once: bool, factorials: Floats, limits: Limits
) -> Trial | None:  # fmt: skip
    """Return a trial unless less than twice the expected were hit. What is expected is what the days before show."""
    drawn, hits, before, before_hits = cells[:, [NOW, VICTIMS, BEFORE, VICTIMS_BEFORE]].T
    found, expected = int(hits.sum()), float((drawn * before_hits / before).sum())
    if found < limits.min_ratio * expected:
        return None
    log_p = log_tail(drawn + before, hits + before_hits, drawn, found, factorials)
    return Trial(code, *span, found, expected, log_p, once)
