"""A trace for one institution: sums of the whole way, and of the accounts on it only its own."""

from __future__ import annotations

from datetime import datetime

from stanch.api.line_thread import wall_clock
from stanch.api.shown import OwnAccount, TraceOf
from stanch.engine.answers import Answer, moment
from stanch.engine.home import Home
from stanch.engine.inquiry import Asker, reported, shown, traced
from stanch.graph.tracing import WORK
from stanch.model.events import micros


def trace_of(home: Home, report: Answer, method: str, asker: tuple[str, str]) -> TraceOf | None:
    """Return the trace of a report; ``asker`` is institution and key. None where the report is not followed here.

    Two institutions may have used one id: only the asker's own is looked for. The line waits meanwhile, so a trace ends
    after ``WORK`` ledger entries, and says that it is not complete.
    """
    institution, key = asker
    source = home.line.names.words.find(institution)
    number = None if source is None else home.line.funds.id_of(report.event_id, source)
    if (
        number is None
        or number != micros(datetime.fromisoformat(report.as_of))
        or number not in home.line.funds.reports
    ):
        return None
    found = traced(home, reported(home, [report.event_id], source), method, work=WORK)
    view = shown(home, found, [report.event_id], Asker(f"key {key}", wall_clock()), institution)
    accounts = [party for party in view.parties if party.role == "account"]
    own = [party for party in accounts if party.bank == institution]
    return TraceOf(
        report.event_id, view.currency, view.method, view.reported, view.alleged, dict(view.parts),
        tuple(
            OwnAccount(p.name, p.hop, moment(p.since), p.traced, p.low, p.high, p.held, p.delayed) for p in own
        ),
        len(accounts) - len(own), view.complete,
    )  # fmt: skip
