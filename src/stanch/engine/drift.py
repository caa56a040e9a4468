"""Drift of a home as people and programs read it: the ways of money by week, shifts of the mix, and new shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.decide.drift.limits import START, Limits
from stanch.decide.drift.mix import Shift, find_shifts
from stanch.decide.drift.shapes import OPEN, Shape, find_shapes
from stanch.engine.drift_log import FACETS, WAYS, DriftLog, monday
from stanch.model.time import to_datetime

#: Whose ways are compared: of all accounts, and of those that a finding had said may be doing it.
MIXES: Final = ("all accounts", "accounts with findings")


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One week, by its Monday: accounts that sent money by each way, and how much, minor units by currency."""

    week: str
    accounts: dict[str, int]
    with_findings: dict[str, int]
    amounts: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """A week whose mix of ways differs from the weeks before; shares are of accounts."""

    week: str
    of: str
    divergence: float
    dispersion: float
    q: float
    risen: tuple[str, ...]
    fallen: tuple[str, ...]
    shares: dict[str, float]
    before: dict[str, float]


@dataclass(frozen=True, slots=True)
class ShapeLine:
    """A shape that more people reported than expected; ``facets`` names what it fixes. What is reported is alleged."""

    week: str
    facets: dict[str, str]
    people: int
    reporting: int
    people_before: int
    reporting_before: int
    expected: float
    q: float
    status: str = "alleged"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Everything found; ``unknown`` are reports that name no payment of the log, which have no shape."""

    weeks: tuple[WeekLine, ...]
    shifts: tuple[ShiftLine, ...]
    shapes: tuple[ShapeLine, ...]
    reports: int
    unknown: int
    max_q: float


def drift_report(log: DriftLog, limits: Limits = START) -> DriftReport:
    """Return the weeks of a log and what changed in each against the weeks before it."""
    found = find_shifts((log.accounts, log.concerned), limits)
    shifts = [_shift(log, shift, of) for of, shifts in zip(MIXES, found, strict=True) for shift in shifts]
    shapes = [
        _shape(log, week, shape)
        for week in np.unique(log.told.week).tolist()
        for shape in find_shapes(log.told, week, limits)
    ]
    weeks = tuple(_week(log, week) for week in range(len(log.accounts)))
    ordered = tuple(sorted(shifts, key=lambda shift: (shift.week, shift.of)))
    return DriftReport(weeks, ordered, tuple(shapes), log.reports, log.unknown, limits.max_q)


def _week(log: DriftLog, week: int) -> WeekLine:
    amounts: dict[str, dict[str, int]] = {}
    for (at, way, currency), amount in sorted(log.amounts.items()):
        if at == week:
            amounts.setdefault(currency, {})[WAYS[way]] = amount
    accounts, concerned = (
        dict(zip(WAYS, counts[week].tolist(), strict=True)) for counts in (log.accounts, log.concerned)
    )
    return WeekLine(_day(log, week), accounts, concerned, amounts)


def _shift(log: DriftLog, shift: Shift, of: str) -> ShiftLine:
    week = shift.compared
    shares, before = (
        {way: round(share, 4) for way, share in zip(WAYS, each, strict=True)} for each in (week.shares, week.before)
    )
    return ShiftLine(
        _day(log, week.week), of, round(week.divergence, 5), round(week.dispersion, 3), shift.q,
        tuple(WAYS[way] for way in shift.risen), tuple(WAYS[way] for way in shift.fallen), shares, before,
    )  # fmt: skip


def _shape(log: DriftLog, week: int, shape: Shape) -> ShapeLine:
    named = zip(FACETS, log.values, shape.facets, strict=True)
    facets = {facet: words[code] for facet, words, code in named if code != OPEN}
    return ShapeLine(
        _day(log, week), facets, shape.people, shape.reporting, shape.people_before, shape.reporting_before,
        round(shape.expected, 3), shape.q,
    )  # fmt: skip


def _day(log: DriftLog, week: int) -> str:
    return to_datetime(monday(log.first_week + week)).date().isoformat()
