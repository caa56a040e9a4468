"""Comparison: whom each shared point saw in each span of days, beside whom it saw before, in compiled code.

Look-ups lie in order of point and time, so a point's span is one run of them; who was seen in it already is told by a
mark on each person, never by sorting.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.graph.leaks.exposure import Bools
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints
from stanch.graph.leaks.shared import Shared
from stanch.model.columns import NULL
from stanch.model.compiled import compiled, inlined
from stanch.model.time import DAY

#: Columns of a cell: places of span and point, 1 if only who was seen once counts, day and group, and counts: people
#: and victims now, and before.
SPAN, POINT, ONCE, CELL, NOW, VICTIMS, BEFORE, VICTIMS_BEFORE = range(8)
_COUNTS: Final = NOW
#: Columns of a person seen: who, in which cell, in which column counted, and whether a victim.
_WHO, _WHERE, _SIDE, _HIT = range(4)
#: What the state numbers: marks given, people seen in this comparison, cells told.
_MARK, _SEEN, _TOLD = range(3)


def compare(shared: Shared, spans: list[tuple[int, int]], left_out: Bools, limits: Limits) -> tuple[int, Ints]:
    """Return how many comparisons could have met the least number of victims, and the cells of those that did.

    A comparison is a point, a span (begin and length in days) and who counts in it: everybody seen there, or those
    alone who were seen in one of the spans and no other. A cell is a day of the span and a group, with people now and
    before. ``(cells, 8)`` in order of span, who counts, point, day and group.
    """
    latest = np.where(left_out, np.iinfo(np.int64).min, shared.latest)
    could, cells = _compare(
        (shared.day, shared.person, shared.when), shared.edges, (latest, shared.contact, shared.group),
        np.array(spans, np.int64).reshape(-1, 2),
        (shared.start, limits.reach, limits.controls, limits.min_victims, int(shared.group.max(initial=0)) + 1),
    )  # fmt: skip
    return could, cells[np.lexsort((cells[:, CELL], cells[:, POINT], cells[:, ONCE], cells[:, SPAN]))]


@compiled
def _compare(
    looks: tuple[Ints, Ints, Ints],
    edges: Ints,
    people: tuple[Ints, Ints, Ints],
    spans: Ints,
    numbers: tuple[int, int, int, int, int],
) -> tuple[int, Ints]:
    controls, least, groups = numbers[2:]
    longest, most = 1, 0
    for length in spans[:, 1]:
        longest = max(longest, length)
    for p in range(len(edges) - 1):
        most = max(most, edges[p + 1] - edges[p])
    marks, times = np.zeros(len(people[0]), np.int64), np.zeros(len(people[0]), np.int64)
    seen, table = np.empty((most, 4), np.int64), np.zeros((longest * groups, 4), np.int64)
    touched, state, told = np.empty(most, np.int64), np.zeros(3, np.int64), np.empty((1024, 8), np.int64)
    could = 0
    for s in range(len(spans)):
        begin, length = spans[s]
        before = min(controls, begin // length)
        if before == 0:
            continue
        for p in range(len(edges) - 1):
            first, victims = state[_MARK] + 1, 0
            state[_SEEN] = 0
            for side in range(before + 1):
                within = (edges[p], edges[p + 1], begin, length, side)
                victims += _look(looks, people, within, numbers, first, (marks, times), seen, state)
            if victims < least:
                continue
            for once in range(2):
                cells = _tally(seen, state, times, once, table, touched)
                reachable, hits, both = _sums(table, touched, cells)
                could += both > 0 and reachable >= least
                if both > 0 and hits >= least:
                    while state[_TOLD] + both > len(told):
                        told = np.concatenate((told, np.empty_like(told)))
                    _tell(told, state, (s, p, once), table, touched, cells)
                for at in range(cells):
                    table[touched[at]] = 0
    return could, told[: state[_TOLD]]


@inlined
def _look(  # noqa: PLR0913 compiled: arrays one by one
    looks: tuple[Ints, Ints, Ints],
    people: tuple[Ints, Ints, Ints],
    within: tuple[int, int, int, int, int],
    numbers: tuple[int, int, int, int, int],
    first: int,
    marked: tuple[Ints, Ints],
    seen: Ints,
    state: Ints,
) -> int:
    """Write down who was seen at a point in a span, or so many spans before, as if then; return how many victims."""
    day, person, when = looks
    latest, contact, group = people
    at, stop, begin, length, side = within
    start, reach, groups = numbers[0], numbers[1], numbers[4]
    marks, times = marked
    state[_MARK] += 1
    mark, lag, victims = state[_MARK], side * length, 0
    at = _from(day, at, stop, begin - lag)
    while at < stop and day[at] < begin - lag + length:
        who, today = person[at], day[at] + lag
        if marks[who] != mark and when[at] + lag * DAY < latest[who]:
            times[who] = times[who] + 1 if marks[who] >= first else 1
            marks[who] = mark
            hit = contact[who] != NULL and contact[who] - (start + today * DAY) <= reach
            row = state[_SEEN]
            seen[row, _WHO], seen[row, _WHERE] = who, (today - begin) * groups + group[who]
            seen[row, _SIDE], seen[row, _HIT] = 2 * (side > 0), hit
            state[_SEEN] += 1
            victims += hit
        at += 1
    return victims


@inlined
def _from(day: Ints, low: int, high: int, wanted: int) -> int:
    """Return the first place whose day is not before the one wanted."""
    while low < high:
        middle = (low + high) // 2
        if day[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _tally(seen: Ints, state: Ints, times: Ints, once: int, table: Ints, touched: Ints) -> int:
    """Count who was seen by cell; return how many cells were touched."""
    cells = 0
    for row in range(state[_SEEN]):
        if once and times[seen[row, _WHO]] > 1:
            continue
        cell, side = seen[row, _WHERE], seen[row, _SIDE]
        if table[cell, 0] + table[cell, 2] == 0:
            touched[cells] = cell
            cells += 1
        table[cell, side] += 1
        table[cell, side + 1] += seen[row, _HIT]
    return cells


@inlined
def _sums(table: Ints, touched: Ints, cells: int) -> tuple[int, int, int]:
    """Return, over cells with people now and before, how many victims could have been drawn, hits, and the cells."""
    reachable, hits, both = 0, 0, 0
    for at in range(cells):
        now, victims, before, victims_before = table[touched[at]]
        if now > 0 and before > 0:
            reachable += min(now, victims + victims_before)
            hits += victims
            both += 1
    return reachable, hits, both


@inlined
def _tell(told: Ints, state: Ints, which: tuple[int, int, int], table: Ints, touched: Ints, cells: int) -> None:
    for at in range(cells):
        cell = touched[at]
        if table[cell, 0] > 0 and table[cell, 2] > 0:
            row = state[_TOLD]
            told[row, SPAN], told[row, POINT], told[row, ONCE] = which
            told[row, CELL] = cell
            for column in range(4):
                told[row, _COUNTS + column] = table[cell, column]
            state[_TOLD] += 1
