"""Tracing reported money forward: movement by movement, to the places where it is and the ways by which it left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph import entering as at_
from stanch.graph import purses as c
from stanch.graph.entering import Pages
from stanch.graph.ledger import Ledger
from stanch.graph.report import Report
from stanch.graph.running import ENDLESS, Limits, Run, one_currency
from stanch.graph.trace import WAYS, Movement, Rows, Trace

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
    currency = one_currency(reports)
    limits = Limits(hops, work, entry_at(ledger, until), keep_steps=True)
    run = Run(ledger, reports, method, limits, ledger.scratch)
    try:
        run.run()
        return _result(run, reports, method, currency)
    finally:
        run.clear()


def _result(run: Run, reports: Sequence[Report], method: str, currency: int) -> Trace:
    reported, steps = int(run.state.counters[c.FOUND]), run.state.steps[: run.state.counters[c.STEPS]].copy()
    return Trace(
        method=method, currency=currency, reports=tuple(report.id for report in reports), reported=reported,
        alleged=sum(report.amount for report in reports) - reported,
        movements=Rows(partial(_movements, run.ledger.pages, run.ledger.base, steps, method)),
        places=run.places(reports), exits=run.exits(reports), returned=run.returned(),
        reached=run.reached(),
        walked=int(run.state.counters[c.WALKED]), complete=run.complete,
    )  # fmt: skip


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
