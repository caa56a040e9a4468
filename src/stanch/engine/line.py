"""The line: events in, decisions out. Read this page first.

    accept -> resolve -> observe -> follow -> score -> judge -> decide -> commit -> answer

``accept`` (``accept.py``) gives events their place and their clock. Here a stamped batch goes through the rest; what
leaves here is saved by ``commit.py``, and the answer leaves after that.
"""

from __future__ import annotations

import heapq
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter_ns
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.decide.because import because
from stanch.decide.desk import Case, Desk
from stanch.decide.docket import Acted
from stanch.decide.funds import Funds
from stanch.decide.judges import Judges
from stanch.decide.lifting import Cleared, Lifted, grounded
from stanch.decide.stops import Batch
from stanch.engine.arrivals import Arrivals
from stanch.engine.causes import Cause, caused_by, hold_of, release
from stanch.engine.names import Names
from stanch.features.journal import Journal
from stanch.features.live import Observer
from stanch.model.columns import INDEX, NULL
from stanch.model.decisions import Decision, Finding, Hold
from stanch.resolve.audience import Audience
from stanch.resolve.holders import Holders
from stanch.scores.serving import Scores

Ints = npt.NDArray[np.int64]

#: From so many events on, features are computed on a thread of their own: below, handing over costs what it saves.
_BESIDE: Final = 512


@dataclass(slots=True)
class Line:
    """What the line remembers, each part with one owner, and nanoseconds spent by step."""

    names: Names
    holders: Holders
    audience: Audience
    observer: Observer
    journal: Journal
    funds: Funds
    scores: Scores
    judges: Judges
    desk: Desk
    beside: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "stanch-observe"))  #: the second core
    spent: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """A batch after the line: its rows resolved, the decisions that rest on findings, what they caused, and orders."""

    arrivals: Arrivals
    decisions: dict[int, Decision] = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    lifted: list[Lifted] = field(default_factory=list)
    seconds: float = 0.0


def step(line: Line, batch: Arrivals) -> Outcome:
    """Take a stamped batch through the line. Nothing is saved yet."""
    started = perf_counter_ns()
    rows, kinds = batch.rows, line.names.kinds(batch.rows[:, INDEX["kind"]])
    line.holders.resolve(rows, kinds, len(line.names.entities))
    line.audience.learn(rows, kinds, batch.carried["event_id"])
    started = _note(line, "resolve", started)
    features = np.empty((len(rows), line.observer.plan.width), dtype=np.int64)
    observed = _begin(line, rows, kinds, features)
    try:
        acted = line.funds.step(Batch(rows, kinds, batch.refs, batch.string), features)
        started = _note(line, "follow", started)
    finally:
        observed.result()
    line.journal.enter_batch(rows, kinds)
    line.journal.read(rows, kinds, features)
    started = _note(line, "waiting for observe", started)
    line.scores.score(rows, kinds, features)
    started = _note(line, "score", started)
    hits = line.judges.findings(rows, kinds, features)
    started = _note(line, "judge", started)
    outcome = _decide(line, batch, kinds, features, hits)
    outcome.acted = acted
    _note(line, "decide", started)
    return outcome


def _begin(line: Line, rows: Ints, kinds: Ints, features: Ints) -> Future[None]:
    """Begin to observe, beside following the money where there is much to do; neither reads what the other writes."""
    if len(rows) >= _BESIDE:
        running = Event()
        observed = line.beside.submit(_observe, line, rows, kinds, features, running)
        running.wait()  # else this thread would keep the interpreter for itself
        return observed
    done: Future[None] = Future()
    _observe(line, rows, kinds, features)
    done.set_result(None)
    return done


def _observe(line: Line, rows: Ints, kinds: Ints, features: Ints, running: Event | None = None) -> None:
    started = perf_counter_ns()
    if running is not None:
        running.set()
    line.observer.observe(rows, kinds, len(line.names.entities), features)
    _note(line, "observe", started)


def _decide(line: Line, batch: Arrivals, kinds: Ints, features: Ints, hits: Ints) -> Outcome:
    """Decide on the rows with findings, in order. What one causes, later rows of the batch already see."""
    outcome = Outcome(batch)
    found, lifted = _by_row(hits), {cleared.row: cleared for cleared in line.funds.lifted}
    waiting = sorted({*found, *lifted})
    while waiting:
        r = heapq.heappop(waiting)
        typologies, cleared = found.pop(r, None), lifted.pop(r, None)
        causes = _decided(line, outcome, _case(line, batch, kinds, features, r, typologies)) if typologies else []
        if cleared is not None:
            causes += _freed(line, outcome, cleared, len(causes))
        for cause in causes:
            outcome.causes.append(cause)
            line.journal.enter(cause.row)
            touched = line.journal.touched(batch.rows, kinds, r + 1, cause.row)
            if len(touched):
                line.journal.read(batch.rows, kinds, features, touched)
                again = _by_row(line.judges.findings(batch.rows, kinds, features, touched))
                for row in touched.tolist():
                    found[row] = again.get(row, [])
                    heapq.heappush(waiting, row)
    return outcome


def _decided(line: Line, outcome: Outcome, case: Case) -> list[Cause]:
    """Decide on one event; return what that causes."""
    decision = line.desk.decide(case)
    outcome.decisions[case.row] = decision
    hold = hold_of(decision, case.values, case.event_id, line.judges.reason(decision))
    if hold is not None:
        behind = line.funds.behind.get(hold.placed_at)
        line.desk.hold(grounded(hold, decision, behind, line.desk.policy.cooling_off))
        outcome.holds.append(hold)
    return caused_by(decision, case.values, line.names, case.event_id)


def _freed(line: Line, outcome: Outcome, cleared: Cleared, before: int) -> list[Cause]:
    """Free the payments that waited on what was cleared; return their releases, stamped after ``before`` others."""
    causes: list[Cause] = []
    for hold in line.desk.lift(cleared, line.judges.stands):
        outcome.lifted.append(Lifted(cleared.row, hold))
        if hold.until <= cleared.at:
            causes.append(release(hold, cleared.at + before + len(causes) + 1, line.names, "cleared"))
    return causes


def _case(line: Line, batch: Arrivals, kinds: Ints, features: Ints, r: int, typologies: list[int]) -> Case:
    row = batch.rows[r]
    findings = [_finding(line, row, features[r], number) for number in typologies]
    clauses = line.judges.clauses_met(batch.rows, kinds, features, r)
    kind = line.names.words.word(int(row[INDEX["kind"]])) or ""
    return Case(r, row, kind, batch.carried["event_id"][r].as_py(), findings, clauses)


def _finding(line: Line, row: Ints, features: Ints, number: int) -> Finding:
    typology = line.judges.typologies[number]
    role = typology.subject if row[INDEX[typology.subject]] != NULL else "src" if row[INDEX["src"]] != NULL else "dst"
    subject, now = int(row[INDEX[role]]), int(row[INDEX["as_of"]])
    values = line.judges.values(number, row, features, line.names.plain)
    parts = line.scores.explain(line.judges.kinds[number], row, features) if typology.learned else []
    return Finding(
        typology.id, role, subject, typology.side, typology.family, typology.score, values,
        line.desk.begins(typology.id, subject, now), because(parts, values.get("currency")),
    )  # fmt: skip


def _by_row(hits: Ints) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, number in hits.tolist():
        found.setdefault(row, []).append(number)
    return found


def _note(line: Line, step: str, started: int) -> int:
    now = perf_counter_ns()
    line.spent[step] = line.spent.get(step, 0) + now - started
    return now
