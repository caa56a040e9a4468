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
from stanch.graph.leaks.tails import log_factorials, log_tail
from stanch.graph.leaks.trials import Trial, spans
from stanch.model.columns import NULL
from stanch.model.time import DAY


@dataclass(frozen=True, slots=True)
class Shared:
    """Look-ups through the points of one kind, in order of time; ``row`` is the look-up.

    ``edges`` are the places where days begin, ``(days + 1,)``; ``latest``, ``contact`` and ``group`` are by person.
    """

    kind: str
    code: Ints
    person: Ints
    employee: Ints
    when: Ints
    row: Ints
    edges: Ints
    start: int
    latest: Ints
    contact: Ints
    group: Ints
    points: int

    @property
    def days(self) -> int:
        """How many days the log has."""
        return len(self.edges) - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """People seen through points in a span, each once a point: by which look-up, on which day, hit or not."""

    code: Ints
    person: Ints
    employee: Ints
    row: Ints
    day: Ints
    hit: Bools


def share(look_ups: LookUps, points: Points, limits: Limits) -> Shared:
    """Return the look-ups through points that enough employees share."""
    start = int(look_ups.when.min()) // DAY * DAY if len(look_ups) else 0
    days = int(look_ups.when.max() - start) // DAY + 1 if len(look_ups) else 0
    told = np.flatnonzero(points.code != NULL)
    pairs = np.unique(np.column_stack([points.code[told], look_ups.employee[told]]), axis=0)
    codes, employees = np.unique(pairs[:, 0], return_counts=True)
    rows = told[np.isin(points.code[told], codes[employees >= limits.min_employees])]
    rows = rows[np.argsort(look_ups.when[rows], kind="stable")]
    when = look_ups.when[rows]
    return Shared(
        points.kind, points.code[rows], look_ups.person[rows], look_ups.employee[rows], when, rows,
        np.searchsorted(when, start + np.arange(days + 1) * DAY), start, latest(look_ups, limits), look_ups.contact,
        look_ups.group, int((employees >= limits.min_employees).sum()),
    )  # fmt: skip


def through(shared: Shared, code: int) -> Shared:
    """Return the look-ups through one point."""
    rows = np.flatnonzero(shared.code == code)
    columns = {name: getattr(shared, name)[rows] for name in ("code", "person", "employee", "when", "row")}
    return replace(shared, **columns, edges=np.searchsorted(rows, shared.edges), points=1)


def seen(shared: Shared, span: tuple[int, int], lag: int, left_out: Bools, limits: Limits) -> Seen:
    """Return who was seen in a span of days (begin, length), or so many days before it, as if it had been then."""
    begin, length = span
    part = slice(shared.edges[begin - lag], shared.edges[min(begin - lag + length, shared.days)])
    code, person, when = shared.code[part], shared.person[part], shared.when[part] + lag * DAY
    kept = np.flatnonzero(~left_out[person] & (when < shared.latest[person]))
    _, first = np.unique(code[kept] * len(shared.contact) + person[kept], return_index=True)
    kept = kept[first]
    person, day = person[kept], (when[kept] - shared.start) // DAY
    contact = shared.contact[person]
    hit = (contact != NULL) & (contact - (shared.start + day * DAY) <= limits.reach)
    return Seen(code[kept], person, shared.employee[part][kept], shared.row[part][kept], day - begin, hit)


def shared_trials(shared: Shared, left_out: Bools, limits: Limits) -> tuple[int, list[Trial]]:
    """Return how many spans could have met the least number at a point, and those that did, and twice the expected."""
    tests, found = 0, []
    for span in spans(shared.days, limits.shared_windows):
        could, trials = _trials_of(shared, span, left_out, limits)
        tests += could
        found += trials
    return tests, found


def shared_trial(
    shared: Shared, span: tuple[int, int], left_out: Bools, limits: Limits, once: bool
) -> Trial | None:  # fmt: skip
    """Return one span at one point, of which alone these look-ups are; None where too few were hit."""
    found = _trials_of(shared, span, left_out, limits)[1]
    return next((trial for trial in found if trial.once == once), None)


def _trials_of(shared: Shared, span: tuple[int, int], left_out: Bools, limits: Limits) -> tuple[int, list[Trial]]:
    """Return how many points could have met the least number in a span, and the trials worth a look."""
    begin, length = span
    lags = [turn * length for turn in range(1, limits.controls + 1) if turn * length <= begin]
    if not lags or not len(shared.code):
        return 0, []
    sides = [seen(shared, span, lag, left_out, limits) for lag in (0, *lags)]
    could, found = 0, list[Trial]()
    for once, of in ((False, sides), (True, _only_once(shared, sides))):
        table = _table(shared, of, length)
        if not len(table):
            continue
        codes, edges = np.unique(table[:, 0], return_index=True)
        parts = np.split(table[:, 1:], edges[1:])
        could += sum(int(np.minimum(part[:, 0], part[:, 1] + part[:, 3]).sum()) >= limits.min_victims for part in parts)
        trials = (_trial(code, span, part, once, limits) for code, part in zip(codes.tolist(), parts, strict=True))
        found += [trial for trial in trials if trial is not None]
    return could, found


def _only_once(shared: Shared, sides: list[Seen]) -> list[Seen]:
    """Return the people of all sides who were seen through a point on one side alone."""
    keys = [side.code * len(shared.contact) + side.person for side in sides]
    _, at, times = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    parts = np.split(times[at] == 1, np.cumsum([len(key) for key in keys])[:-1])
    names = ("code", "person", "employee", "row", "day", "hit")
    return [Seen(*(getattr(side, name)[kept] for name in names)) for side, kept in zip(sides, parts, strict=True)]


def _table(shared: Shared, sides: list[Seen], length: int) -> Ints:
    """Return counts by point, day and group with people before: code, then people and victims now, and before."""
    groups = int(shared.group.max(initial=0)) + 1
    keys = np.concatenate([
        (side.code * length + side.day) * groups + shared.group[side.person] for side in sides
    ])  # fmt: skip
    hit = np.concatenate([side.hit for side in sides])
    now = np.arange(len(keys)) < len(sides[0].code)
    cells, at = np.unique(keys, return_inverse=True)
    columns = [np.bincount(at[which], minlength=len(cells)) for which in (now, now & hit, ~now, ~now & hit)]
    table = np.column_stack([cells // (length * groups), *columns]).astype(np.int64)
    kept: Ints = table[(table[:, 3] > 0) & (table[:, 1] > 0)]
    return kept


def _trial(code: int, span: tuple[int, int], cells: Ints, once: bool, limits: Limits) -> Trial | None:
    """Return a trial if enough were hit. What is expected is what the days before show."""
    drawn, hits, before, before_hits = cells.T
    found, expected = int(hits.sum()), float((drawn * before_hits / before).sum())
    if found < limits.min_victims or found < limits.min_ratio * expected:
        return None
    people = drawn + before
    log_p = log_tail(people, hits + before_hits, drawn, found, log_factorials(int(people.max())))
    return Trial(code, *span, found, expected, log_p, once)
