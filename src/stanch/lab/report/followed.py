"""One report followed to its end: the report, the trace, the orders, the answers, the money that went back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stanch.cases.trace_page import trace_page
from stanch.cases.view import TraceView
from stanch.engine.home import Home
from stanch.engine.inquiry import Asker, reported, shown, traced
from stanch.graph.report import Report
from stanch.store.rows import OrderStepRow

#: Who asks for the trace of the demo.
_ASKER: Final = "demo"
#: Steps of orders that are told; the rest is paperwork.
_TOLD: Final = ("drafted", "approved", "in_force", "refused", "overdue", "done", "released", "expired")
_MOST: Final = 14


#: What became of the money of a report, by its parts, and how that is called.
FATES: Final = {
    "held": "held", "delayed": "delayed", "holdable": "can be held", "untouched": "not sure enough", "left": "left",
    "returned": "went back",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderStep:
    """One step that is told: UTC microseconds, measure, state, institution, amount in minor units."""

    at: int
    measure: str
    state: str
    institution: str
    amount: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All orders of a home: how many by measure and last state, and what came back to victims, minor units."""

    reports: int
    orders: dict[tuple[str, str], int]
    returned: int


@dataclass(frozen=True, slots=True)
class Followed:
    """The report whose money went furthest on its way back, and what became of all orders."""

    event_id: str
    view: TraceView
    steps: tuple[OrderStep, ...]
    totals: Totals


def read_followed(home: Home, now: int) -> Followed | None:
    """Return the story of one report; None where nothing was reported that the ledger knows as paid."""
    funds = home.line.funds
    known = [report for report in funds.reports.values() if report.entry is not None]
    if not known:
        return None
    rows = home.records.order_steps()
    report = max(known, key=lambda each: _reach(home, each))
    event_id = next(name for name in funds.reported() if funds.id_of(name) == report.id)
    found = traced(home, reported(home, [event_id]), "fifo")
    view = shown(home, found, [event_id], Asker(_ASKER, now))
    orders = {order.id for order in funds.docket.book.orders() if report.id in order.reports}
    return Followed(event_id, view, _steps(rows, orders), _totals(rows, len(known)))


def write_trace(followed: Followed, out: Path) -> Path:
    """Write the page of the trace; return its path."""
    out.write_text(trace_page(followed.view), encoding="utf-8")
    return out


def _reach(home: Home, report: Report) -> tuple[int, int]:
    """What of a report came back and what is held of it: the story that shows most."""
    orders = [order for order in home.line.funds.docket.book.orders() if report.id in order.reports]
    own = {order.id: order.shares[order.reports.index(report.id)] for order in orders}
    back = sum(own[order.id] for order in orders if order.measure == "return" and order.state == "done")
    held = sum(own[order.id] for order in orders if order.measure == "freeze" and order.state == "in_force")
    return back, held


def _steps(rows: list[OrderStepRow], orders: set[str]) -> tuple[OrderStep, ...]:
    told = [
        OrderStep(row.at, row.measure, row.to_state, row.institution, row.held or row.amount)
        for row in rows
        if row.order_id in orders and row.to_state in _TOLD and row.from_state != row.to_state
    ]
    paid = [step for step in told if step.measure == "return"][: _MOST // 2]
    return tuple(sorted({*told[: _MOST - len(paid)], *paid}, key=lambda step: step.at))


def _totals(rows: list[OrderStepRow], reports: int) -> Totals:
    last = {row.order_id: row for row in rows}
    count = Counter((row.measure, row.to_state) for row in last.values())
    returned = sum(row.amount for row in last.values() if (row.measure, row.to_state) == ("return", "done"))
    return Totals(reports, dict(sorted(count.items())), returned)
