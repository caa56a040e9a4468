"""One desk or all at a point: a suspect is not named where the others who share a point with him stand out, too.

A terminal of eight clerks leaks what all of them open. None of them opens enough for the point itself to be remarkable
against its days before, and whoever opens most looks like the leak. So what the others opened there in the suspect's
span is pooled into one desk and held against the same people as he is: is that unlikely as well, what they share is
named, and nobody of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from stanch.graph.leaks.exposure import Bools, Exposure
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import SYSTEM, Ints
from stanch.graph.leaks.rivals import Suspect
from stanch.graph.leaks.shared import Shared
from stanch.graph.leaks.trials import Trial, desk_rows, desk_trial, factorials_of
from stanch.model.columns import NULL


@dataclass(frozen=True, slots=True)
class Common:
    """A point from which a suspect is not told: its kind and code, all that was opened there as one desk, its trial."""

    kind: str
    code: int
    pooled: Exposure
    trial: Trial


def common_point(exposure: Exposure, suspect: Suspect, shared: list[Shared], limits: Limits) -> Common | None:
    """Return the point through which at least half of a suspect's hits went and where the others stand out most.

    A system is none: what it sees is what everybody is held against.
    """
    span = (suspect.trial.begin, suspect.trial.length)
    _, hits = desk_rows(exposure, suspect.desk, *span)
    factorials, found = factorials_of(exposure), list[tuple[float, Common]]()
    for points in shared:
        if points.kind == SYSTEM:
            continue
        through = _codes(points, exposure)
        code, times = _most(through[hits])
        if 2 * times < len(hits) or code == NULL:
            continue
        there = through == code
        others = desk_trial(_pooled(exposure, there & (exposure.desk != suspect.desk)), 0, span, factorials)
        if others.log_p <= math.log(limits.others) and others.hits >= limits.min_ratio * others.expected:
            pooled = _pooled(exposure, there)
            found.append((others.log_p, Common(points.kind, code, pooled, desk_trial(pooled, 0, span, factorials))))
    return min(found, key=lambda each: each[0])[1] if found else None


def _codes(points: Shared, exposure: Exposure) -> Ints:
    """Return the point of each row of an exposure, NULL where none that enough employees share."""
    size = max(int(points.row.max(initial=-1)), int(exposure.row.max(initial=-1))) + 1
    by_look_up = np.full(size, NULL, np.int64)
    by_look_up[points.row] = np.repeat(points.code, np.diff(points.edges))
    return by_look_up[exposure.row]


def _most(codes: Ints) -> tuple[int, int]:
    """Return the code that stands most often, NULL left out, and how often; NULL and 0 where there is none."""
    values, counts = np.unique(codes[codes != NULL], return_counts=True)
    return (int(values[counts.argmax()]), int(counts.max())) if len(values) else (int(NULL), 0)


def _pooled(exposure: Exposure, which: Bools) -> Exposure:
    """Return some rows as those of one desk: a person counts once a day, whoever opened the record."""
    rows = np.flatnonzero(which)
    rows = rows[np.lexsort((exposure.row[rows], exposure.day[rows], exposure.person[rows]))]
    person, day = exposure.person[rows], exposure.day[rows]
    once = np.ones(len(rows), dtype=bool)
    once[1:] = (person[1:] != person[:-1]) | (day[1:] != day[:-1])
    rows = rows[once]
    columns = {name: getattr(exposure, name)[rows] for name in ("person", "day", "cell", "hit", "row")}
    return replace(exposure, desks=np.full((1, 2), NULL), desk=np.zeros(len(rows), np.int64), **columns)
