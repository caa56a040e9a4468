"""Points that many employees share - a system, a channel, a terminal - held against their own days before.

Customers of one bank are likelier to report than those of another, so a system is never held against others. It is held
against itself: the people whose records went through it in a span of days, against those whose records went through it
in equally long spans just before, both asked about the same days afterwards. Look-ups of the spans before are moved
forward, and count if they would have lain before the contact there as well: so both have the same time to become
victims, and the same way of being seen. What a point always had, cancels; what leaked through it all the time, too.

Where most people come again and again, those seen before are those whose records leaked, and nothing differs. So each
span is tested twice: with everybody, and with those alone who were seen in one of the spans and in no other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stanch.graph.leaks.exposure import Bools, latest
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints, LookUps, Points
from stanch.model.columns import NULL
from stanch.model.time import DAY


@dataclass(frozen=True, slots=True)
class Shared:
    """Look-ups through the points of one kind, in order of point and time; ``row`` is the look-up.

    ``code`` are the points, ascending, ``edges`` the places where each begins, ``(points + 1,)``. ``day`` counts from
    ``start``. ``latest``, ``contact`` and ``group`` are by person.
    """

    kind: str
    code: Ints
    edges: Ints
    person: Ints
    employee: Ints
    when: Ints
    day: Ints
    row: Ints
    start: int
    days: int
    latest: Ints
    contact: Ints
    group: Ints

    @property
    def points(self) -> int:
        """How many points enough employees share."""
        return len(self.code)

    def within(self, span: tuple[int, int]) -> slice:
        """Return the look-ups in a span of days (begin, length), if these are of one point."""
        return slice(*np.searchsorted(self.day, [span[0], sum(span)]).tolist())


@dataclass(frozen=True, slots=True)
class Seen:
    """People seen through a point in a span, each once, in their order: by which look-up, by whom, hit or not."""

    person: Ints
    employee: Ints
    row: Ints
    hit: Bools


def share(look_ups: LookUps, points: Points, limits: Limits) -> Shared:
    """Return the look-ups through points that enough employees share."""
    start = int(look_ups.when.min()) // DAY * DAY if len(look_ups) else 0
    days = int(look_ups.when.max() - start) // DAY + 1 if len(look_ups) else 0
    told = np.flatnonzero(points.code != NULL)
    staff = int(look_ups.employee.max(initial=0)) + 1
    pairs = np.unique(points.code[told] * staff + look_ups.employee[told])
    codes, employees = np.unique(pairs // staff, return_counts=True)
    codes = codes[employees >= limits.min_employees]
    rows = told[np.isin(points.code[told], codes)]
    rows = rows[np.lexsort((look_ups.when[rows], points.code[rows]))]
    when = look_ups.when[rows]
    return Shared(
        points.kind, codes, np.append(np.searchsorted(points.code[rows], codes), len(rows)), look_ups.person[rows],
        look_ups.employee[rows], when, (when - start) // DAY, rows, start, days, latest(look_ups, limits),
        look_ups.contact, look_ups.group,
    )  # fmt: skip


def through(shared: Shared, code: int) -> Shared:
    """Return the look-ups through one point."""
    at = int(np.searchsorted(shared.code, code))
    part = slice(shared.edges[at], shared.edges[at + 1])
    columns = {name: getattr(shared, name)[part] for name in ("person", "employee", "when", "day", "row")}
    return replace(shared, code=shared.code[at : at + 1], edges=shared.edges[at : at + 2] - part.start, **columns)


def seen(alone: Shared, span: tuple[int, int], left_out: Bools, limits: Limits) -> Seen:
    """Return who was seen in a span of days (begin, length) through a point, of which alone these look-ups are."""
    part = alone.within(span)
    person, when = alone.person[part], alone.when[part]
    kept = np.flatnonzero(~left_out[person] & (when < alone.latest[person]))
    person, first = np.unique(person[kept], return_index=True)
    kept, contact = kept[first], alone.contact[person]
    hit = (contact != NULL) & (contact - (alone.start + alone.day[part][kept] * DAY) <= limits.reach)
    return Seen(person, alone.employee[part][kept], alone.row[part][kept], hit)
