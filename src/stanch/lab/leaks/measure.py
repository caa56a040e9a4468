"""The search for leaks held against what is true, beside searches that leave something out, in the same run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.lead import Search
from stanch.graph.leaks.limits import START as LIMITS
from stanch.graph.leaks.look_ups import LookUps
from stanch.lab.leaks.made import MadeLog, make_log
from stanch.lab.leaks.shape import START, Shape
from stanch.lab.leaks.shared import OneShared, SharedPoint, by_plan, one_shared
from stanch.model.columns import NULL
from stanch.model.time import DAY

#: A desk: system and employee.
Desk = tuple[int, int]
#: A desk, or kind and code of a shared point.
Place = Desk | tuple[str, int]
WayToSearch = Callable[[LookUps], list[Place]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to search: innocent desks that it names in logs with and without leaks, and the leaks it names.

    A leak is ``findable`` when at least as many of its victims reported as a lead needs.
    """

    way: str
    clean_names: int
    clean_logs_with_names: int
    named_in_clean_logs: dict[str, int]  #: by role
    leaks: int
    found: int
    findable: int
    findable_found: int
    false_names: int
    falsely_named: dict[str, int]  #: by role, in logs with leaks


@dataclass(frozen=True, slots=True)
class Size:
    """Leaks of one size and pace: how many records within how many days, how many of them were found."""

    records: int
    days: int
    leaks: int
    reported: float  #: victims who reported, on average
    found: int


@dataclass(frozen=True, slots=True)
class LeakFigures:
    """What so many logs with leaks, and as many without, show; ``employees`` and ``look_ups`` are of one log."""

    logs: int
    first_seed: int
    employees: int
    look_ups: int
    ways: tuple[Way, ...]
    sizes: tuple[Size, ...]
    raw_top: int  #: leaks among as many desks as there are leaks, those with most raw hits
    shared: tuple[SharedPoint, ...]  #: from as many logs more, with a leak of a shared point beside those of employees


def measure_leaks(logs: int, seed: int, shape: Shape = START, progress: Progress | None = None) -> LeakFigures:
    """Return the figures of so many logs of each sort, seeds from ``seed`` on."""
    tell = progress or (lambda done, of: None)
    told: dict[str, list[_Told]] = {way: [] for way in WAYS}
    shared: list[OneShared] = []
    made, top = None, 0
    for turn in range(logs):
        for place, each in enumerate((shape.without_leaks(), shape)):
            tell(3 * turn + place, 3 * logs)
            made = make_log(each, seed + turn)
            for way, search in WAYS.items():
                told[way].append(_Told(made, frozenset(search(made.look_ups)), clean=not place))
            top += len(
                {(leak.system, leak.employee) for leak in made.leaks} & set(raw_hits(made.look_ups)[: len(made.leaks)])
            )
        tell(3 * turn + 2, 3 * logs)
        shared.append(one_shared(shape, seed, turn))
    size = len(made.look_ups) if made else 0
    ways = tuple(_way(way, of) for way, of in told.items())
    employees = sum(desk.employees for desk in shape.desks)
    return LeakFigures(logs, seed, employees, size, ways, _sizes(told["stanch"]), top, by_plan(shared))


@dataclass(frozen=True, slots=True)
class _Told:
    """What one search named in one log."""

    made: MadeLog
    named: frozenset[Place]
    clean: bool

    @property
    def false(self) -> list[str]:
        """The roles of those who were named and have leaked nothing, and the kinds of shared points."""
        theirs = {(leak.system, leak.employee) for leak in self.made.leaks}
        return [what if isinstance(what, str) else self.made.roles[code] for what, code in self.named - theirs]


def raw_hits(look_ups: LookUps) -> list[Place]:
    """Return the desks at which at least five victims' records were ever opened, as counting alone would name them."""
    rows = np.flatnonzero(look_ups.contact[look_ups.person] != NULL)
    pairs = np.unique(np.column_stack([look_ups.system, look_ups.employee, look_ups.person])[rows], axis=0)
    counted = Counter((system, employee) for system, employee, _ in pairs.tolist())
    return [desk for desk, hits in counted.most_common() if hits >= LIMITS.min_victims]


def _found(look_ups: LookUps) -> list[Place]:
    return _places(find_leaks(look_ups))


def _places(found: Search) -> list[Place]:
    """Return what leads name: system and employee, or kind and code of a shared point."""
    return [(lead.system, lead.employee) if lead.of_employee else (lead.kind, lead.point) for lead in found.leads]


def _without_groups(look_ups: LookUps) -> list[Place]:
    return _found(replace(look_ups, group=np.zeros_like(look_ups.group)))


def _without_order(look_ups: LookUps) -> list[Place]:
    """Search as if every look-up had come before the contact."""
    end = int(look_ups.when.max()) + DAY
    contact = np.where(look_ups.contact == NULL, NULL, end)
    whole = replace(LIMITS, reach=end - int(look_ups.when.min()) + DAY)
    return _places(find_leaks(replace(look_ups, contact=contact), whole))


WAYS: Final[dict[str, WayToSearch]] = {
    "stanch": _found,
    "without groups": _without_groups,
    "without order of time": _without_order,
    "raw hits, five or more": raw_hits,
}


def _way(way: str, told: list[_Told]) -> Way:
    clean, other = [each for each in told if each.clean], [each for each in told if not each.clean]
    leaks = [(leak, (leak.system, leak.employee) in each.named) for each in other for leak in each.made.leaks]
    findable = [found for leak, found in leaks if leak.reported >= LIMITS.min_victims]
    false = [each.false for each in clean]
    wrong = Counter(role for each in other for role in each.false)
    return Way(
        way, sum(map(len, false)), sum(map(bool, false)), dict(Counter(role for roles in false for role in roles)),
        len(leaks), sum(found for _, found in leaks), len(findable), sum(findable), wrong.total(), dict(wrong),
    )  # fmt: skip


def _sizes(told: list[_Told]) -> tuple[Size, ...]:
    leaks = [(leak, (leak.system, leak.employee) in each.named) for each in told for leak in each.made.leaks]
    kinds = sorted({(leak.plan.records, leak.plan.days) for leak, _ in leaks}, key=lambda kind: (-kind[0], kind[1]))
    sizes = []
    for records, days in kinds:
        of = [(leak.reported, found) for leak, found in leaks if (leak.plan.records, leak.plan.days) == (records, days)]
        reported = sum(hits for hits, _ in of) / len(of)
        sizes.append(Size(records, days, len(of), round(reported, 1), sum(found for _, found in of)))
    return tuple(sizes)
