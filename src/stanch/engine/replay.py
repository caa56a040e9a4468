"""Replay: files through the line, in the order in which things became known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from stanch.engine.home import LARGEST_BATCH, Home
from stanch.engine.line import Outcome
from stanch.intake.mapping import Mapping, load_mapping
from stanch.intake.report import IntakeReport
from stanch.intake.take import take
from stanch.model.columns import INDEX, NULL
from stanch.model.time import HOUR, parse_duration

#: A snapshot is saved after so many events, so that a restart reads a short tail.
SNAPSHOT_EVERY: Final = 2_000_000

#: Events that are turned into rows of the core at once: they fit the cache.
_SLICE: Final = 8192
_LATENCIES: Final = 100_000


class Act(NamedTuple):
    """A decision that acted on one event: what was answered, on how much, until when (UTC microseconds)."""

    source: str
    event_id: str
    action: str
    amount: int | None
    until: int | None


class Loop(Protocol):
    """The world's side of a closed loop: what is stopped does not go on."""

    def before(self, table: pa.Table) -> pa.Table:
        """Return the events as they happen after all that was decided so far; called slice by slice, in order."""
        ...

    def decided(self, acts: Sequence[Act]) -> None:
        """Take note of decisions that acted."""
        ...


@dataclass(slots=True)
class ReplaySummary:
    """What a replay did. ``seconds`` by step; ``latencies`` are seconds per batch, from arrival to decision."""

    events: int = 0
    decided: int = 0
    refused: int = 0
    known: int = 0
    conflicts: int = 0
    quarantined: int = 0
    too_old: int = 0
    late: int = 0
    findings: int = 0
    alerts: int = 0
    fired: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    total: float = 0.0
    latencies: list[tuple[float, int]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def fire_rate(self) -> float:
        """The share of decided events on which something was found."""
        return self.fired / self.decided if self.decided else 0.0


def replay(
    home: Home,
    files: Sequence[Path],
    mapping: Path | None = None,
    *,
    batch: int = LARGEST_BATCH,
    progress: Callable[[int, int], None] | None = None,
    loop: Loop | None = None,
) -> ReplaySummary:
    """Take files through the line of a home; what the home knows already is not decided again.

    ``progress`` is told of events taken and decided. Files that cannot be read are named in ``errors``; others go on.
    """
    rules = None if mapping is None else load_mapping(mapping)
    _allow_jumps(home, rules)
    report = IntakeReport()
    tables = (taken.table for taken in take(files, rules, home.intake, report=report))
    summary = replay_tables(home, _timed(tables, home), batch=batch, progress=progress, loop=loop)
    summary.events, summary.refused = report.events, report.refused
    summary.reasons = dict(report.reasons.most_common())
    summary.errors = [f"{file.file}: {file.error}" for file in report.files if file.error]
    return summary


def replay_tables(
    home: Home,
    tables: Iterable[pa.Table],
    *,
    batch: int = LARGEST_BATCH,
    progress: Callable[[int, int], None] | None = None,
    loop: Loop | None = None,
) -> ReplaySummary:
    """Take tables in ``TAKEN_SCHEMA``, in order, through the line of a home."""
    summary, started, since_snapshot = ReplaySummary(), perf_counter(), 0
    for table in tables if loop is None else by_hour(tables):
        before = summary.decided
        summary.events += table.num_rows
        _take_slice(home, table if loop is None else loop.before(table), batch, summary, loop)
        since_snapshot += summary.decided - before
        if since_snapshot >= SNAPSHOT_EVERY:
            home.snapshot()
            since_snapshot = 0
        if progress is not None:
            progress(summary.events, summary.decided)
    waiting = perf_counter()
    home.finish()
    summary.total = perf_counter() - started
    spent = {name: nanos / 1e9 for name, nanos in home.line.spent.items()}
    summary.seconds = {**spent, "waiting for the disk": perf_counter() - waiting}
    _count_refusals(home, summary)
    return summary


def by_hour(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the same events in tables of one full hour of ``known_at`` each."""
    held: list[pa.Table] = []
    hour = -1
    for table in tables:
        hours = table["known_at"].cast(pa.int64()).to_numpy() // HOUR
        cuts = [0, *(np.flatnonzero(np.diff(hours)) + 1).tolist(), len(hours)]
        for start, stop in pairwise(cuts):
            if stop > start:
                if held and hours[start] != hour:
                    yield pa.concat_tables(held, promote_options="permissive")
                    held = []
                held.append(table.slice(start, stop - start))
                hour = int(hours[start])
    if held:
        yield pa.concat_tables(held, promote_options="permissive")


def _take_slice(home: Home, table: pa.Table, batch: int, summary: ReplaySummary, loop: Loop | None) -> None:
    for start in range(0, table.num_rows, _SLICE):
        started = perf_counter_ns()
        admitted = home.arrive(table.slice(start, _SLICE))
        home.line.spent["accept"] = home.line.spent.get("accept", 0) + perf_counter_ns() - started
        for outcome in home.decide(admitted, batch):
            _count(home, outcome, summary)
            if loop is not None and outcome.decisions:
                loop.decided(acts_of(home, outcome))


def _count(home: Home, outcome: Outcome, summary: ReplaySummary) -> None:
    decisions = outcome.decisions.values()
    count = len(outcome.arrivals)
    summary.decided += count
    summary.late += int(outcome.arrivals.rows[:, INDEX["late"]].sum())
    summary.fired += len(outcome.decisions)
    summary.actions["allow"] += count - len(outcome.decisions)
    for decision in decisions:
        summary.actions[decision.action] += 1
        summary.findings += len(decision.findings)
        summary.alerts += sum(finding.new_episode for finding in decision.findings)
    if count and len(summary.latencies) < _LATENCIES:
        summary.latencies.append((outcome.seconds, count))


def acts_of(home: Home, outcome: Outcome) -> list[Act]:
    """Return the decisions of a batch that acted."""
    acts = []
    for r, decision in sorted(outcome.decisions.items()):
        if decision.steps:
            row = outcome.arrivals.rows[r]
            amount = int(row[INDEX["amount"]])
            source = home.line.names.words.word(int(row[INDEX["source"]])) or ""
            event_id = outcome.arrivals.carried["event_id"][r].as_py()
            acts.append(Act(source, event_id, decision.action, None if amount == NULL else amount, decision.until))
    return acts


def _count_refusals(home: Home, summary: ReplaySummary) -> None:
    refusals = home.door.refusals
    summary.known, summary.conflicts, summary.quarantined = refusals.known, refusals.conflicts, refusals.leaps
    summary.too_old = refusals.too_old


def _allow_jumps(home: Home, mapping: Mapping | None) -> None:
    if mapping is not None and mapping.source and mapping.max_jump:
        code = home.line.names.words.code(mapping.source)
        home.door.clock.may_jump(code, parse_duration(mapping.max_jump))


def _timed(tables: Iterator[pa.Table], home: Home) -> Iterator[pa.Table]:
    """Yield tables, and note the time spent on making them as intake."""
    while True:
        started = perf_counter_ns()
        table = next(tables, None)
        home.line.spent["intake"] = home.line.spent.get("intake", 0) + perf_counter_ns() - started
        if table is None:
            return
        yield table


def percentile(latencies: Sequence[tuple[float, int]], share: float) -> float:
    """Return the latency in seconds that this share of the events did not exceed."""
    if not latencies:
        return 0.0
    seconds = np.array([each for each, _ in latencies])
    weights = np.array([count for _, count in latencies], dtype=np.float64)
    order = np.argsort(seconds)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(seconds[order][np.searchsorted(reached, share)])
