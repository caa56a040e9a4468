"""Finding where a leak may lie: desks and shared points where victims' records were opened before they became victims.

The common point of compromise: among the people whose records a system's employees open, victims should be spread over
desks by chance. Each desk is held, day by day, against people of the same system and group whom it could as well have
opened; a desk that opens everybody's record expects everybody's victims. Points that many employees share are held
against themselves, days before. All are one family of tests. What is found is a list to audit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from stanch.graph.leaks.common import Common, common_point
from stanch.graph.leaks.discoveries import q_values
from stanch.graph.leaks.exposure import Bools, Exposure, expose
from stanch.graph.leaks.lead import Lead, Search
from stanch.graph.leaks.limits import START, Limits
from stanch.graph.leaks.look_ups import EMPLOYEE, SYSTEM, Ints, LookUps
from stanch.graph.leaks.narrow import narrow_desk, narrow_point
from stanch.graph.leaks.rivals import Point, Suspect, stands_out, weigh
from stanch.graph.leaks.shared import Shared, seen, share, through
from stanch.graph.leaks.shared_trials import shared_trials
from stanch.graph.leaks.trials import Trial, desk_rows, desk_trials
from stanch.model.columns import NULL
from stanch.model.time import DAY


def find_leaks(look_ups: LookUps, limits: Limits = START) -> Search:
    """Return the leads in a log of look-ups, the least likely by chance first.

    Rounds go on while they find something: the victims that a lead explains are left out of the next round, so that a
    large leak does not hide a small one.
    """
    shared = [share(look_ups, points, limits) for points in look_ups.shared()]
    left_out = np.zeros(len(look_ups.contact), dtype=bool)
    leads: list[Lead] = []
    first: _Round | None = None
    while True:
        found = _round(look_ups, shared, left_out, limits)
        first = first or found
        number = 1 + max((lead.round for lead in leads), default=0)
        new, left_out = _leads(look_ups, shared, found, leads, number)
        if not new:
            break
        leads += new
    ordered = sorted(leads, key=lambda lead: (lead.round, lead.q, lead.log_p, lead.kind, lead.system, lead.employee))
    return Search(tuple(ordered), len(first.exposure.desks), sum(each.points for each in shared), first.tests)


@dataclass(frozen=True, slots=True)
class _Round:
    """What one round left out, how many tests it made, and what is remarkable among them: trials with their q.

    ``bar`` is the largest ln p that is remarkable.
    """

    limits: Limits
    left_out: Bools
    exposure: Exposure
    tests: int
    desks: list[tuple[Trial, float]]
    points: list[Point]
    bar: float


def _round(look_ups: LookUps, shared: list[Shared], left_out: Bools, limits: Limits) -> _Round:
    exposure = expose(look_ups, left_out, limits)
    tests, trials = desk_trials(exposure, limits)
    kinds = [-1] * len(trials)
    for place, each in enumerate(shared):
        more, found = shared_trials(each, left_out, limits)
        tests, trials, kinds = tests + more, trials + found, kinds + [place] * len(found)
    q = q_values(np.array([trial.log_p for trial in trials], np.float64), max(tests, 1)).tolist()
    good = sorted(
        (
            (trial, kind, of)
            for trial, kind, of in zip(trials, kinds, q, strict=True)
            if of <= limits.max_q and trial.hits >= limits.min_ratio * trial.expected
        ),
        key=lambda each: (each[0].log_p, each[0].length, each[1], each[0].place),
    )
    desks = [(trial, of) for trial, kind, of in good if kind < 0]
    points = {(kind, trial.place): (trial, of) for trial, kind, of in reversed(good) if kind >= 0}
    best = [Point(shared[kind], code, *told) for (kind, code), told in reversed(points.items())]
    bar = max((trial.log_p for trial, _, _ in good), default=-math.inf)
    return _Round(limits, left_out, exposure, tests, desks, _in_order(best), bar)


def _in_order(points: list[Point]) -> list[Point]:
    return sorted(points, key=lambda point: (point.trial.log_p, point.trial.length))


def _leads(
    look_ups: LookUps, shared: list[Shared], found: _Round, known: list[Lead], number: int
) -> tuple[list[Lead], Bools]:  # fmt: skip
    """Return the leads of a round, and everybody whom no later round counts: the victims whom they explain."""
    suspects = _suspects(look_ups, found, {(lead.system, lead.employee) for lead in known})
    verdict = weigh(look_ups, found.points, suspects, found.left_out, found.bar, found.limits)
    left_out = verdict.explained
    leads = [_point_lead(look_ups, found, point, number) for point in verdict.points]
    for suspect in suspects:
        if suspect.desk in verdict.cleared:
            continue
        common = common_point(found.exposure, suspect, shared, found.limits)
        if common is None:
            leads.append(_desk_lead(look_ups, found, suspect, number))
        elif all((lead.kind, lead.point) != (common.kind, common.code) for lead in (*known, *leads)):
            leads.append(_common_lead(look_ups, found, suspect, common, number))
            left_out[list(leads[-1].victims)] = True
        left_out[suspect.victims] = True
    return leads, left_out


def _suspects(look_ups: LookUps, found: _Round, named: set[tuple[int, int]]) -> list[Suspect]:
    """Return each desk that stays remarkable, and is not named yet, with its least likely span."""
    exposure, suspects = found.exposure, dict[int, Suspect]()
    if not found.desks:
        return []
    same_day = expose(look_ups, found.left_out, replace(found.limits, base_days=1))
    for trial, q in found.desks:
        system, employee = exposure.desks[trial.place].tolist()
        if trial.place in suspects or (system, employee) in named:
            continue
        if stands_out(same_day, trial, found.limits):
            victims = exposure.person[exposure.hit & (exposure.desk == trial.place)]
            suspects[trial.place] = Suspect(trial.place, employee, trial, q, victims)
    return list(suspects.values())


def _desk_lead(look_ups: LookUps, found: _Round, suspect: Suspect, number: int) -> Lead:
    exposure, trial = found.exposure, suspect.trial
    rows, hits = desk_rows(exposure, trial.place, trial.begin, trial.length)
    system, employee = exposure.desks[trial.place].tolist()
    narrow = narrow_desk(look_ups, exposure, trial, found.limits)
    return Lead(
        EMPLOYEE, NULL, system, employee, *_times(exposure.start, trial), len(np.unique(exposure.person[rows])),
        _ints(exposure.person[hits]), _ints(exposure.row[hits]), trial.hits, trial.once, trial.expected, trial.log_p,
        math.exp(trial.log_p), suspect.q, number, narrow,
    )  # fmt: skip


def _common_lead(look_ups: LookUps, found: _Round, suspect: Suspect, common: Common, number: int) -> Lead:
    """Return the lead to what a suspect shares with others who stand out; it rests on the test of the suspect."""
    pooled, trial = common.pooled, common.trial
    rows, hits = desk_rows(pooled, 0, trial.begin, trial.length)
    return Lead(
        common.kind, common.code, NULL, NULL, *_times(pooled.start, trial), len(np.unique(pooled.person[rows])),
        _ints(pooled.person[hits]), _ints(pooled.row[hits]), trial.hits, trial.once, trial.expected, trial.log_p,
        math.exp(trial.log_p), suspect.q, number, narrow_desk(look_ups, pooled, trial, found.limits),
    )  # fmt: skip


def _point_lead(look_ups: LookUps, found: _Round, point: Point, number: int) -> Lead:
    trial, alone = point.trial, through(point.shared, point.code)
    there = seen(alone, point.span, found.left_out, found.limits)
    narrow = narrow_point(look_ups, alone, trial, found.left_out, found.limits)
    system = point.code if point.shared.kind == SYSTEM else NULL
    return Lead(
        point.shared.kind, point.code, system, NULL, *_times(alone.start, trial), len(there.person),
        _ints(there.person[there.hit]), _ints(there.row[there.hit]), trial.hits, trial.once, trial.expected,
        trial.log_p, math.exp(trial.log_p), point.q, number, narrow,
    )  # fmt: skip


def _times(start: int, trial: Trial) -> tuple[int, int]:
    return start + trial.begin * DAY, start + (trial.begin + trial.length) * DAY


def _ints(values: Ints) -> tuple[int, ...]:
    return tuple(values.tolist())
