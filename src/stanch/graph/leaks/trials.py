"""Trials: one span of days at one desk, held against the people whom it could as well have opened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stanch.graph.leaks.exposure import Bools, Exposure
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import Ints
from stanch.graph.leaks.tails import Floats, log_factorials, log_tail


@dataclass(frozen=True, slots=True)
class Trial:
    """One span of days at one place (a desk, or a shared point) where enough victims' records were opened.

    ``once``: of a shared point, only people count who were seen in that span, or in one of those before, and no other.
    """

    place: int
    begin: int
    length: int
    hits: int
    expected: float
    log_p: float
    once: bool = False


@dataclass(frozen=True, slots=True)
class _Window:
    """What a span shows, by desk and cell with victims: who might have been opened, and who was."""

    desk: Ints
    people: Ints
    victims: Ints
    drawn: Ints
    hits: Ints


def spans(days: int, windows: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return all spans to search: begin and length in days."""
    return [
        (begin, length) for length, step in windows for begin in range(0, max(days - length, 0) + step, step)
    ]  # fmt: skip


def desk_trials(exposure: Exposure, limits: Limits) -> tuple[int, list[Trial]]:
    """Return how many spans could have met the least number at a desk, and those that did."""
    factorials = factorials_of(exposure)
    tests, trials = 0, []
    for begin, length in spans(exposure.days, limits.windows):
        window = _window(exposure, np.flatnonzero(_inside(exposure, begin, length)))
        could, found = _tested(window, len(exposure.desks), limits.min_victims, factorials)
        tests += could
        trials += [Trial(desk, begin, length, hits, expected, log_p) for desk, hits, expected, log_p in found]
    return tests, trials


def factorials_of(exposure: Exposure) -> Floats:
    """Return the logarithms of factorials that the chances of an exposure's trials need."""
    return log_factorials(int(exposure.people.max(initial=0)))


def desk_trial(exposure: Exposure, desk: int, span: tuple[int, int], factorials: Floats) -> Trial:
    """Return one span (begin, length) at one desk, however few its hits."""
    begin, length = span
    window = _window(exposure, np.flatnonzero(_inside(exposure, begin, length) & (exposure.desk == desk)))
    hits, expected = int(window.hits.sum()), window.drawn * window.victims / np.maximum(window.people, 1)
    log_p = log_tail(window.people, window.victims, window.drawn, hits, factorials)
    return Trial(desk, begin, length, hits, float(expected.sum()), log_p)


def desk_rows(exposure: Exposure, desk: int, begin: int, length: int) -> tuple[Ints, Ints]:
    """Return the rows of a span at a desk, and those of them that are its hits, as the span counted them."""
    rows = np.flatnonzero(_inside(exposure, begin, length) & (exposure.desk == desk))
    hits = rows[exposure.victims[exposure.cell[rows]] > 0]
    hits = hits[_first(exposure, hits)]
    return rows, hits[exposure.hit[hits]]


def _window(exposure: Exposure, inside: Ints) -> _Window:
    """Return a span's counts. A person counts once at a desk: who is opened there again is out of that day's base.

    Who was opened there before and is not opened again stays in it: a desk is held against a little too many victims.
    """
    rows = inside[exposure.victims[exposure.cell[inside]] > 0]
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
    window: _Window, desks: int, least: int, factorials: Floats
) -> tuple[int, list[tuple[int, int, float, float]]]:
    """Return how many desks could have met the least number, and desk, hits, expected and ln p of those that did."""

    def by_desk(values: Ints | Floats) -> Floats:
        return np.bincount(window.desk, weights=values, minlength=desks).astype(np.float64)

    reachable = by_desk(np.minimum(window.drawn, window.victims))
    expected = by_desk(window.drawn * window.victims / np.maximum(window.people, 1))
    hits = by_desk(window.hits)
    edges = np.searchsorted(window.desk, np.arange(desks + 1))
    found = []
    for desk in np.flatnonzero(hits >= least).tolist():
        cells = slice(edges[desk], edges[desk + 1])
        log_p = log_tail(window.people[cells], window.victims[cells], window.drawn[cells], int(hits[desk]), factorials)
        found.append((desk, int(hits[desk]), float(expected[desk]), log_p))
    return int((reachable >= least).sum()), found
