"""Shared points held against their own days before, as one would write it down."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from graph_leaks.test_tails import naive_tail
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import LookUps
from stanch.model.columns import NULL
from stanch.model.time import DAY

#: Hits, expected, chance; and how many of the victims on both sides the span could have drawn.
Told = tuple[int, Fraction, Fraction, int]


def naive_shared(
    look_ups: LookUps, code: int, span: tuple[int, int], once: bool, left_out: set[int], limits: Limits
) -> Told:
    """Return what a span of days (begin, length) shows at one system of all people but those left out."""
    begin, length = span
    start = int(look_ups.when.min()) // DAY * DAY
    lags = [n * length for n in range(limits.controls + 1) if n * length <= begin]
    sides = [_seen(look_ups, code, span, lag * DAY, start, limits) for lag in lags]
    sides = [{p: day for p, day in side.items() if p not in left_out} for side in sides]
    if once:
        sides = [
            {p: day for p, day in side.items() if not any(p in other for other in sides if other is not side)}
            for side in sides
        ]
    cells: dict[tuple[int, int], list[list[int]]] = defaultdict(lambda: [[], []])
    for at, side in enumerate(sides):
        for person, day in side.items():
            contact = int(look_ups.contact[person])
            hit = contact != NULL and contact - (start + day * DAY) <= limits.reach
            cells[day, int(look_ups.group[person])][at > 0].append(hit)
    told = [(now, before) for now, before in cells.values() if now and before]
    hits = sum(sum(now) for now, _ in told)
    expected = sum((Fraction(len(now) * sum(before), len(before)) for now, before in told), Fraction(0))
    folded = [(len(now) + len(before), sum(now) + sum(before), len(now)) for now, before in told]
    reachable = sum(min(drawn, victims) for _, victims, drawn in folded)
    return hits, expected, naive_tail(folded, hits), reachable


def _seen(
    look_ups: LookUps, code: int, span: tuple[int, int], lag: int, start: int, limits: Limits
) -> dict[int, int]:  # fmt: skip
    """Return the first day on which each person was seen, had all look-ups come so much later."""
    rows = zip(look_ups.when.tolist(), look_ups.person.tolist(), look_ups.system.tolist(), strict=True)
    seen: dict[int, int] = {}
    for when, person, system in sorted(rows):
        moved, contact = when + lag, int(look_ups.contact[person])
        day = (moved - start) // DAY
        if system != code or not span[0] <= day < sum(span):
            continue
        if contact == NULL or moved < contact - limits.margin:
            seen.setdefault(person, day)
    return seen
