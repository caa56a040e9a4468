"""Tracing reported money forward: movement by movement, to the places where it is and the ways by which it left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from msgspec import structs

from stanch.graph import entering as at_
from stanch.graph import purses as c
from stanch.graph.entering import Pages
from stanch.graph.ledger import Ledger
from stanch.graph.report import Report
from stanch.graph.running import ENDLESS, Limits, Run, one_currency
from stanch.graph.trace import WAYS, Exit, Movement, Place, Rows, Trace

Ints = npt.NDArray[np.int64]

HOPS: Final = 6
#: How many ledger entries one trace may walk before it stops and says so.
WORK: Final = 20_000


def trace(
    ledger: Ledger,
    reports: Sequence[Report],
    *,
    method: str = "fifo",
    hops: int = HOPS,
    work: int = WORK,
    until: int | None = None,
) -> Trace:
    """Return where the money of reports went, up to the time ``until`` (exclusive, UTC microseconds).

    All reports must be in one currency. Raises InputError for an unknown
    method, no report, or several currencies.
    """
    limits = Limits(hops, work, entry_at(ledger, until), keep_steps=True)
    return _traced(ledger, reports, (), method, limits)


def trace_among(
    ledger: Ledger,
    reports: Sequence[Report],
    others: Sequence[Report],
    *,
    method: str = "fifo",
    hops: int = HOPS,
    work: int = WORK,
) -> Trace:
    """Return the same of some reports among ``others``, whose money may lie in the same pools.

    What goes back to the others' victims is theirs, as far as theirs is traced elsewhere; only what is in the names of
    ``reports`` is told. Others of another currency, or that are asked about, are left out. Poison, which counts reach,
    knows no parts and takes no notice of others.
    """
    asked, currency = {report.id for report in reports}, one_currency(reports)
    beside = [each for each in others if each.currency == currency and each.id not in asked]
    limits = Limits(hops, work, keep_steps=True)
    return _traced(ledger, reports, beside if method != "poison" else (), method, limits)


def _traced(ledger: Ledger, reports: Sequence[Report], beside: Sequence[Report], method: str, limits: Limits) -> Trace:
    currency = one_currency(reports)
    run = Run(ledger, reports, method, limits, ledger.scratch, beside)
    try:
        run.run()
        found = _result(run, reports, method, currency)
        return _only_asked(found, run.state.steps[: run.state.counters[c.STEPS], c.STEP_ASKED]) if beside else found
    finally:
        run.clear()


def _result(run: Run, reports: Sequence[Report], method: str, currency: int) -> Trace:
    reported, steps = run.found(), run.state.steps[: run.state.counters[c.STEPS]].copy()
    return Trace(
        method=method, currency=currency, reports=tuple(report.id for report in reports), reported=reported,
        alleged=sum(report.amount for report in reports) - reported,
        movements=Rows(partial(_movements, run.ledger.pages, run.ledger.base, steps, method)),
        places=run.places(reports), exits=run.exits(reports), returned=run.returned(),
        reached=run.reached(),
        walked=int(run.state.counters[c.WALKED]), complete=run.complete,
    )  # fmt: skip


def _only_asked(whole: Trace, asked: Ints) -> Trace:
    """Return the part of a trace that is in the names of its reports; ``asked`` is their part of each movement.

    What is sure of a whole is sure of a part of it as far as the others' parts leave room.
    """
    moved = zip(whole.movements, asked.tolist(), strict=True)
    movements = tuple(_part(movement, mine) for movement, mine in moved if mine)
    places = tuple(_part(place, sum(place.shares)) for place in whole.places if any(place.shares))
    exits = tuple(_part(left, sum(left.shares)) for left in whole.exits if any(left.shares))
    reached = {movement.dst for movement in movements if movement.way in ("transfer", "returned")}
    return replace(
        whole,
        movements=movements,
        places=tuple(sorted(places, key=lambda place: (-place.traced, place.account))),
        exits=exits,
        reached=len(reached | {place.account for place in places}),
    )


Traced = TypeVar("Traced", Movement, Place, Exit)


def _part(whole: Traced, mine: int) -> Traced:
    others = whole.traced - mine
    low = max(whole.low - others, 0)
    return structs.replace(whole, traced=mine, low=low, high=max(min(whole.high, mine + whole.high - whole.low), low))


def _movements(pages: Pages, base: int, steps: Ints, method: str) -> tuple[Movement, ...]:
    """Return the movements of steps; ``pages`` as they were then: what is entered in them never changes."""
    entries = steps[:, c.STEP_ENTRY] - base
    lines, notes = pages.lines[entries], pages.notes[entries]
    low = np.zeros(len(steps), dtype=np.int64) if method == "poison" else steps[:, c.STEP_LOW]
    columns = (
        steps[:, c.STEP_ENTRY], steps[:, c.STEP_HOP], notes[:, at_.SRC], notes[:, at_.DST], lines[:, at_.AT],
        lines[:, at_.AMOUNT], lines[:, at_.WAY], steps[:, c.STEP_TRACED], low, steps[:, c.STEP_HIGH],
    )  # fmt: skip
    return tuple(
        Movement(entry, hop, src, dst, at, amount, WAYS[way], traced, sure, high)
        for entry, hop, src, dst, at, amount, way, traced, sure, high in zip(
            *(column.tolist() for column in columns), strict=True
        )
    )


def entry_at(ledger: Ledger, until: int | None) -> int:
    """Return the first entry at or after a time; None: no end."""
    if until is None:
        return ENDLESS
    times = ledger.pages.lines[: len(ledger) - ledger.base, at_.AT]
    return ledger.base + int(np.searchsorted(times, until))
