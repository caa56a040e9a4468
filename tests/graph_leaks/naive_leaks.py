"""The search for leaks as one would write it down: sets and loops, the chances in whole numbers."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import product

from graph_leaks.test_tails import naive_tail
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import LookUps
from stanch.model.columns import NULL
from stanch.model.time import DAY

#: System and employee.
Desk = tuple[int, int]
#: A desk's best span: chance, hits and what was expected.
Best = tuple[Fraction, int, Fraction]


def naive_leaks(look_ups: LookUps, limits: Limits) -> dict[Desk, Best]:
    """Return, by desk, the span at which so many victims are least likely; no desk without a hit."""
    twin = Twin(look_ups, limits)
    spans = [
        range(begin, begin + length)
        for length, step in limits.windows
        for begin in range(0, max(twin.days - length, 0) + step, step)
    ]
    found: dict[Desk, Best] = {}
    for desk in list(twin.opened):
        trials = [one for one in (twin.trial(desk, span) for span in spans) if one is not None]
        if trials:
            found[desk] = min(trials, key=lambda one: one[0])
    return found


class Twin:
    """One log, and the people at risk in it."""

    def __init__(self, look_ups: LookUps, limits: Limits) -> None:
        self.limits = limits
        self.start = int(look_ups.when.min()) // DAY * DAY
        self.days = (int(look_ups.when.max()) - self.start) // DAY + 1
        self.contact, self.group = look_ups.contact.tolist(), look_ups.group.tolist()
        columns = (look_ups.when, look_ups.person, look_ups.employee, look_ups.system)
        self.rows = list(zip(*(column.tolist() for column in columns), strict=True))
        self.opened: dict[Desk, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        for when, person, employee, system in self.rows:
            if self.at_risk(person, when):
                self.opened[system, employee][self.day(when)].add(person)

    def day(self, when: int) -> int:
        return (when - self.start) // DAY

    def at_risk(self, person: int, when: int) -> bool:
        contact: int = self.contact[person]
        return contact == NULL or when < contact - self.limits.margin

    def soon(self, person: int, day: int) -> bool:
        contact: int = self.contact[person]
        return contact != NULL and contact - (self.start + day * DAY) <= self.limits.reach

    def base(self, day: int, system: int, group: int) -> set[int]:
        begin = max(0, day - self.limits.base_days + 1)
        end = max(day + 1, min(self.limits.base_days, self.days))
        seen = {p for when, p, _, s in self.rows if s == system and begin <= self.day(when) < end}
        return {p for p in seen if self.group[p] == group and self.at_risk(p, self.start + day * DAY)}

    def trial(self, desk: Desk, span: range) -> Best | None:
        before: set[int] = set()
        cells, hits, expected = [], 0, Fraction(0)
        for day, group in product(span, sorted(set(self.group))):
            people = self.base(day, desk[0], group)
            if not any(self.soon(p, day) for p in people):
                continue
            today = {p for p in self.opened[desk].get(day, ()) if self.group[p] == group}
            people -= today & before
            drawn, victims = today - before, [p for p in people if self.soon(p, day)]
            before |= today
            hits += sum(self.soon(p, day) for p in drawn)
            if drawn:
                cells.append((len(people), len(victims), len(drawn)))
                expected += Fraction(len(victims) * len(drawn), len(people))
        return (naive_tail(cells, hits), hits, expected) if hits >= self.limits.min_victims else None
