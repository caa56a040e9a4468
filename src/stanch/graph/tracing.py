"""Tracing reported money forward: movement by movement, to the places where it is and the ways by which it left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from stanch.graph import carry as c
from stanch.graph import entering as at_
from stanch.graph.ledger import Ledger
from stanch.graph.report import Report
from stanch.graph.running import ENDLESS, Limits, Run, one_currency
from stanch.graph.trace import WAYS, Exit, Movement, Place, Trace

Shared = TypeVar("Shared", Place, Exit)

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
    currency = one_currency(reports)
    limits = Limits(hops, work, entry_at(ledger, until), keep_steps=True)
    run = Run(ledger, reports, method, limits, ledger.scratch)
    try:
        run.run()
        return _result(run, reports, method, currency)
    finally:
        run.clear()


def _result(run: Run, reports: Sequence[Report], method: str, currency: int) -> Trace:
    reported, movements = int(run.state.counters[c.FOUND]), _movements(run)
    order = {id(report): number for number, report in enumerate(run.reports)}
    slots = [order.get(id(report)) for report in reports]
    return Trace(
        method=method, currency=currency, reports=tuple(report.id for report in reports), reported=reported,
        alleged=sum(report.amount for report in reports) - reported, movements=movements,
        places=tuple(_shared(place, slots) for place in run.places()),
        exits=tuple(_shared(leaving, slots) for leaving in run.exits()), returned=run.returned(),
        reached=len({move.dst for move in movements if move.way in ("transfer", "returned")}),
        walked=int(run.state.counters[c.WALKED]), complete=run.complete,
    )  # fmt: skip


def _movements(run: Run) -> tuple[Movement, ...]:
    found, poison = [], run.state.rules[c.METHOD] == c.POISON
    for entry, hop, traced, low, high in run.state.steps[: run.state.counters[c.STEPS]].tolist():
        line, note = run.ledger.line(entry).tolist(), run.ledger.note(entry).tolist()
        move = Movement(
            entry, hop, note[at_.SRC], note[at_.DST], line[at_.AT], line[at_.AMOUNT], WAYS[line[at_.WAY]],
            traced, 0 if poison else low, high,
        )  # fmt: skip
        found.append(move)
    return tuple(found)


def _shared(what: Shared, slots: Sequence[int | None]) -> Shared:
    """Return a place or exit with its shares in the order in which the reports were given."""
    return replace(what, shares=tuple(0 if slot is None else what.shares[slot] for slot in slots))


def entry_at(ledger: Ledger, until: int | None) -> int:
    """Return the first entry at or after a time; None: no end."""
    if until is None:
        return ENDLESS
    times = ledger.pages.lines[: len(ledger) - ledger.base, at_.AT]
    return ledger.base + int(np.searchsorted(times, until))
