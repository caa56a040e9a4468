"""Exposure: whose records were opened where and when, and who else might as well have been opened there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints, LookUps
from stanch.model.columns import NULL
from stanch.model.time import DAY

Bools = npt.NDArray[np.bool_]

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Exposure:
    """Look-ups before the contact they may have served, one row a desk, person and day, in that order; and the base.

    A *desk* is one employee in one system, a place in ``desks`` (d, 2): system, employee. A *cell* is one day, system
    and group; ``people`` and ``victims`` are counted by cell: people whose record somebody opened there within the days
    before and whom no scam had reached yet, and those of them whom one reached soon after. ``row`` is the look-up.
    """

    desks: Ints
    desk: Ints
    person: Ints
    day: Ints
    cell: Ints
    hit: Bools
    row: Ints
    people: Ints
    victims: Ints
    days: int
    start: int  #: of the first day, UTC microseconds


def expose(look_ups: LookUps, left_out: Bools, limits: Limits) -> Exposure:
    """Return the exposure of all people but those left out (by person)."""
    start = int(look_ups.when.min()) // DAY * DAY if len(look_ups) else 0
    days = int(look_ups.when.max() - start) // DAY + 1 if len(look_ups) else 0
    until = latest(look_ups, limits)
    counted = ~left_out[look_ups.person]
    rows = np.flatnonzero((look_ups.when < until[look_ups.person]) & counted)
    desks, desk = _desks(look_ups)
    desk, person, day = desk[rows], look_ups.person[rows], (look_ups.when[rows] - start) // DAY
    order = np.lexsort((look_ups.when[rows], desk * len(look_ups.contact) + person))
    desk, person, day, rows = desk[order], person[order], day[order], rows[order]
    once = _changes(desk, person, day)
    desk, person, day, rows = desk[once], person[once], day[once], rows[once]
    groups, systems = int(look_ups.group.max(initial=0)) + 1, int(look_ups.system.max(initial=0)) + 1
    base = _Base(look_ups, until, limits, start, (systems, groups))
    people, victims = base.count(np.flatnonzero(counted), days)
    cell = (day * systems + desks[desk, 0]) * groups + look_ups.group[person]
    return Exposure(desks, desk, person, day, cell, base.soon(person, day), rows, people, victims, days, start)


@dataclass(frozen=True, slots=True)
class _Base:
    look_ups: LookUps
    latest: Ints
    limits: Limits
    start: int
    shape: tuple[int, int]  # systems, groups

    def soon(self, person: Ints, day: Ints | int) -> Bools:
        """Return whether a scam reached people within reach after the beginning of a day."""
        contact = self.look_ups.contact[person]
        found: Bools = (contact != NULL) & (contact - (self.start + day * DAY) <= self.limits.reach)
        return found

    def count(self, rows: Ints, days: int) -> tuple[Ints, Ints]:
        """Return people and victims by cell: those at risk on a day among whoever was seen in the days before.

        The first days of a log have no days before them and borrow from those after: whoever was seen there at any
        time, also after the contact, so that victims are never missing from the base.
        """
        systems, groups = self.shape
        size, first_days = systems * groups, min(self.limits.base_days, days)
        people, victims = np.zeros(days * size, np.int64), np.zeros(days * size, np.int64)
        codes, seen, edges = self._seen(rows, days)
        last, end = np.full(len(codes), -1), 0
        for today in range(days):
            begin, told, end = max(0, today - self.limits.base_days + 1), end, max(today + 1, first_days)
            for day in range(told, end):
                last[seen[edges[day] : edges[day + 1]]] = day
            of, who = np.divmod(codes[last >= begin], len(self.latest))
            at_risk = self.latest[who] > self.start + today * DAY
            of, who = of[at_risk], who[at_risk]
            cell = of * groups + self.look_ups.group[who]
            part = slice(today * size, (today + 1) * size)
            people[part] = np.bincount(cell, minlength=size)
            victims[part] = np.bincount(cell[self.soon(who, today)], minlength=size)
        return people, victims

    def _seen(self, rows: Ints, days: int) -> tuple[Ints, Ints, Ints]:
        """Return codes of system and person, and by days the places of those seen, and where each day begins."""
        day = (self.look_ups.when[rows] - self.start) // DAY
        order = np.argsort(day, kind="stable")
        codes, seen = np.unique(
            self.look_ups.system[rows] * len(self.latest) + self.look_ups.person[rows], return_inverse=True
        )
        return codes, seen[order], np.searchsorted(day[order], np.arange(days + 1))


def _desks(look_ups: LookUps) -> tuple[Ints, Ints]:
    """Return all desks (d, 2), and the place of each look-up's desk among them."""
    employees = int(look_ups.employee.max(initial=0)) + 1
    codes, desk = np.unique(look_ups.system * employees + look_ups.employee, return_inverse=True)
    return np.column_stack(np.divmod(codes, employees)), desk


def latest(look_ups: LookUps, limits: Limits) -> Ints:
    """Return, by person, the moment from which look-ups are no cause any more."""
    named = look_ups.contact != NULL
    return np.where(named, np.where(named, look_ups.contact, 0) - limits.margin, _NEVER)


def _changes(*columns: Ints) -> Bools:
    """Return which rows differ from the row before them in any column."""
    found = np.zeros(len(columns[0]), dtype=bool)
    found[:1] = True
    for column in columns:
        found[1:] |= column[1:] != column[:-1]
    return found
