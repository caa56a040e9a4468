"""Finding where a leak may lie: desks at which victims' records were opened, before they became victims, too often.

The common point of compromise: among the people whose records a system's employees open, victims should be spread over
desks by chance. Each desk is held, day by day, against people of the same system and group whom it could as well have
opened; a desk that opens everybody's record expects everybody's victims. What is found is a list to audit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stanch.graph.leaks.discoveries import q_values
from stanch.graph.leaks.exposure import Bools, Exposure, expose
from stanch.graph.leaks.lead import Lead, Search
from stanch.graph.leaks.limits import START, Limits
from stanch.graph.leaks.look_ups import Ints, LookUps
from stanch.graph.leaks.tails import Floats, log_factorials, log_tail
from stanch.model.time import DAY


def find_leaks(look_ups: LookUps, limits: Limits = START) -> Search:
    """Return the leads in a log of look-ups, the least likely by chance first.

    Rounds go on while they find something: the victims that a lead explains are left out of the next round, so that a
    large leak does not hide a small one.
    """
    left_out = np.zeros(len(look_ups.contact), dtype=bool)
    leads: list[Lead] = []
    first: _Round | None = None
    named: set[int] = set()
    while True:
        found = _round(expose(look_ups, left_out, limits), limits)
        first = first or found
        new = _leads(found, limits, 1 + max((lead.round for lead in leads), default=0), named)
        if not new:
            break
        leads += new
        left_out[_explained(found.exposure, new)] = True
    ordered = sorted(leads, key=lambda lead: (lead.round, lead.q, lead.log_p, lead.system, lead.employee))
    return Search(tuple(ordered), len(first.exposure.desks), first.tests)


def _explained(exposure: Exposure, leads: list[Lead]) -> Ints:
    """Return the victims whose records were opened at the desks of leads before they became victims."""
    named = {(lead.system, lead.employee) for lead in leads}
    of_lead = np.array([(system, employee) in named for system, employee in exposure.desks.tolist()], dtype=bool)
    found: Ints = exposure.person[exposure.hit & of_lead[exposure.desk]]
    return found


@dataclass(frozen=True, slots=True)
class _Trial:
    """One span of days at one desk, at which enough victims' records were opened to be looked at."""

    desk: int
    begin: int
    length: int
    hits: int
    expected: float
    log_p: float


@dataclass(frozen=True, slots=True)
class _Round:
    """How many tests one round made, the trials among them that could matter, and the q of each."""

    exposure: Exposure
    tests: int
    trials: list[_Trial]
    q: list[float]


@dataclass(frozen=True, slots=True)
class _Window:
    """What a span shows, by desk and cell with victims: who might have been opened, and who was."""

    desk: Ints
    people: Ints
    victims: Ints
    drawn: Ints
    hits: Ints


def _round(exposure: Exposure, limits: Limits) -> _Round:
    factorials = log_factorials(int(exposure.people.max(initial=0)))
    tests, trials = 0, []
    for length, step in limits.windows:
        for begin in range(0, max(exposure.days - length, 0) + step, step):
            window = _window(exposure, begin, length)
            could, found = _tested(window, len(exposure.desks), limits, factorials)
            tests += could
            trials += [_Trial(desk, begin, length, hits, expected, log_p) for desk, hits, expected, log_p in found]
    q = q_values(np.array([trial.log_p for trial in trials], np.float64), max(tests, 1))
    return _Round(exposure, tests, trials, q.tolist())


def _window(exposure: Exposure, begin: int, length: int) -> _Window:
    """Return a span's counts. A person counts once at a desk: who is opened there again is out of that day's base.

    Who was opened there before and is not opened again stays in it: a desk is held against a little too many victims.
    """
    rows = np.flatnonzero(_inside(exposure, begin, length) & (exposure.victims[exposure.cell] > 0))
    first = _first(exposure, rows)
    hit = exposure.hit[rows]
    cells = len(exposure.people)
    keys, group = np.unique(exposure.desk[rows] * cells + exposure.cell[rows], return_inverse=True)
    cell = keys % cells if cells else keys

    def count(which: Bools) -> Ints:
        return np.bincount(group[which], minlength=len(keys)).astype(np.int64)

    return _Window(
        keys // cells if cells else keys,
        exposure.people[cell] - count(~first),
        exposure.victims[cell] - count(~first & hit),
        count(first),
        count(first & hit),
    )


def _inside(exposure: Exposure, begin: int, length: int) -> Bools:
    found: Bools = (exposure.day >= begin) & (exposure.day < begin + length)
    return found


def _first(exposure: Exposure, rows: Ints) -> Bools:
    """Return which of the rows (in their order) are the first of their desk and person."""
    desk, person = exposure.desk[rows], exposure.person[rows]
    found = np.ones(len(rows), dtype=bool)
    found[1:] = (desk[1:] != desk[:-1]) | (person[1:] != person[:-1])
    return found


def _tested(
    window: _Window, desks: int, limits: Limits, factorials: Floats
) -> tuple[int, list[tuple[int, int, float, float]]]:
    """Return how many desks could have met the least number, and desk, hits, expected and ln p of those that did."""

    def by_desk(values: Ints | Floats) -> Floats:
        return np.bincount(window.desk, weights=values, minlength=desks).astype(np.float64)

    reachable = by_desk(np.minimum(window.drawn, window.victims))
    expected = by_desk(window.drawn * window.victims / np.maximum(window.people, 1))
    hits = by_desk(window.hits)
    edges = np.searchsorted(window.desk, np.arange(desks + 1))
    found = []
    for desk in np.flatnonzero(hits >= limits.min_victims).tolist():
        cells = slice(edges[desk], edges[desk + 1])
        log_p = log_tail(window.people[cells], window.victims[cells], window.drawn[cells], int(hits[desk]), factorials)
        found.append((desk, int(hits[desk]), float(expected[desk]), log_p))
    return int((reachable >= limits.min_victims).sum()), found


def _leads(found: _Round, limits: Limits, number: int, named: set[int]) -> list[Lead]:
    """Return one lead for each desk that stays remarkable and is not named yet: its least likely span."""
    good = [
        (trial.log_p, trial.length, trial.desk, q, trial)
        for trial, q in zip(found.trials, found.q, strict=True)
        if q <= limits.max_q and trial.hits >= limits.min_ratio * trial.expected
    ]
    leads = []
    for _, _, desk, q, trial in sorted(good, key=lambda each: each[:3]):
        if desk not in named:
            named.add(desk)
            leads.append(_lead(found.exposure, trial, q, number))
    return leads


def _lead(exposure: Exposure, trial: _Trial, q: float, number: int) -> Lead:
    rows = np.flatnonzero(_inside(exposure, trial.begin, trial.length) & (exposure.desk == trial.desk))
    viewed = len(np.unique(exposure.person[rows]))
    hits = rows[exposure.victims[exposure.cell[rows]] > 0]  # as the window counted them
    hits = hits[_first(exposure, hits)]
    hits = hits[exposure.hit[hits]]
    system, employee = exposure.desks[trial.desk].tolist()
    start = exposure.start + trial.begin * DAY
    return Lead(
        system, employee, start, start + trial.length * DAY, viewed, tuple(exposure.person[hits].tolist()),
        tuple(exposure.row[hits].tolist()), trial.expected, trial.log_p, math.exp(trial.log_p), q, number,
    )  # fmt: skip
