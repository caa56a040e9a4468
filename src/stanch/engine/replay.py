"""Replay: files through the line, in the order in which things became known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from stanch.decide.orders import Change, Order
from stanch.engine.home import LARGEST_BATCH, Home
from stanch.engine.line import Outcome
from stanch.intake.mapping import Mapping, load_mapping
from stanch.intake.report import IntakeReport
from stanch.intake.take import take
from stanch.model.columns import INDEX, NULL
from stanch.model.time import parse_duration

#: A snapshot is saved after so many events, so that a restart reads a short tail.
SNAPSHOT_EVERY: Final = 2_000_000

#: Events that are turned into rows of the core at once: they fit the cache.
_SLICE: Final = 8192
_LATENCIES: Final = 100_000


class Act(NamedTuple):
    """A decision that acted on one event: what was answered, on how much, until when (UTC microseconds).

    ``steps`` are all that were taken, of which the action is the strictest.
    """

    source: str
    event_id: str
    action: str
    amount: int | None
    until: int | None
    steps: tuple[str, ...]


class Ordered(NamedTuple):
    """An order as a world is told of it: drafted, changed, or ``ended`` (then ``order_id`` is all that counts).

    ``account`` is a pseudonym, ``amount`` minor units, ``placed_at`` UTC microseconds; ``follows`` is the order whose
    hold this one takes over or lifts; ``approvals`` of so many officials of ``power`` are needed. ``backed`` says
    whether more than one person's word speaks for it, ``ahead`` whether it also holds what comes later.
    """

    order_id: str
    measure: str
    account: bytes | str
    institution: str
    amount: int
    placed_at: int
    follows: str = ""
    approvals: int = 1
    power: str = "police"
    back: tuple[tuple[bytes, int], ...] = ()  #: of a return: the accounts that the money goes back to
    backed: bool = True
    ahead: bool = False


#: Reasons for a step by which the sum of an order changes.
_NEWS: Final = ("replanned", "not_wanted", "partly_cleared", "backed", "ahead", "freeze_in_force")


class Piece(NamedTuple):
    """Rows ``start`` to ``stop`` of a table; where ``happens`` is given it stands in their place."""

    start: int
    stop: int
    happens: pa.Table | None = None


class Loop(Protocol):
    """The world's side of a closed loop: what is stopped does not go on, and orders are answered."""

    def slices(self, table: pa.Table) -> Iterator[Piece]:
        """Yield a table in pieces, each as it happens after all that was decided on the pieces before it."""
        ...

    def ordered(self, orders: Sequence[Ordered]) -> None:
        """Take note of orders that were drafted, changed or ended."""
        ...

    def decided(self, acts: Sequence[Act]) -> None:
        """Take note of decisions that acted."""
        ...


@dataclass(slots=True)
class ReplaySummary:
    """What a replay did. ``seconds`` by step; ``latencies`` are seconds per batch, from arrival to decision.

    ``without_effect`` counts answers and decisions about orders that changed nothing, by the reason.
    """

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
    without_effect: Counter[str] = field(default_factory=Counter)
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
    summary, started, since_snapshot, late = ReplaySummary(), perf_counter(), 0, home.door.clock.late
    for table in tables:
        before = summary.decided
        summary.events += table.num_rows
        if loop is None:
            _take_slice(home, table, batch, summary)
        else:
            _take_pieces(home, table, batch, summary, loop)
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
    summary.late = home.door.clock.late - late
    _count_refusals(home, summary)
    return summary


def _take_slice(home: Home, table: pa.Table, batch: int, summary: ReplaySummary) -> None:
    for start in range(0, table.num_rows, _SLICE):
        started = perf_counter_ns()
        admitted = home.arrive(table.slice(start, _SLICE))
        _spend(home, started)
        for outcome in home.decide(admitted, batch):
            _count(home, outcome, summary)


def _take_pieces(home: Home, table: pa.Table, batch: int, summary: ReplaySummary, loop: Loop) -> None:
    """Decide piece by piece, and tell the loop. Rows that nothing changes are read once, for the whole table."""
    started = perf_counter_ns()
    whole = home.read(table)
    _spend(home, started)
    for piece in loop.slices(table):
        started = perf_counter_ns()
        arrived = whole.pick(slice(piece.start, piece.stop)) if piece.happens is None else home.read(piece.happens)
        admitted = home.admit(arrived)
        _spend(home, started)
        for outcome in home.decide(admitted, batch):
            _count(home, outcome, summary)
            if outcome.decisions:
                loop.decided(acts_of(home, outcome))
            if outcome.acted:
                loop.ordered(orders_of(home, outcome))


def _spend(home: Home, since: int) -> None:
    home.line.spent["accept"] = home.line.spent.get("accept", 0) + perf_counter_ns() - since


def _count(home: Home, outcome: Outcome, summary: ReplaySummary) -> None:
    decisions = outcome.decisions.values()
    count = len(outcome.arrivals)
    summary.decided += count
    summary.without_effect.update(each.refusal.reason for each in outcome.acted if each.refusal is not None)
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
            moved = None if amount == NULL else amount
            acts.append(Act(source, event_id, decision.action, moved, decision.until, decision.steps))
    return acts


def orders_of(home: Home, outcome: Outcome) -> list[Ordered]:
    """Return the orders that a batch drafted, changed or ended."""
    pack, names = home.rules.law, home.line.names
    changes = [each.change for each in outcome.acted if each.change is not None and _told(each.change)]
    return [
        Ordered(
            change.order.id, change.order.measure if change.order.open else "ended",
            names.entities.pseudonym(change.order.account), names.words.word(change.order.institution) or "",
            change.order.amount, change.at, change.order.follows,
            pack.by_id(change.order.term).approvals, pack.by_id(change.order.term).power[0],
            _back(home, change.order), change.order.backed, change.order.ahead,
        )
        for change in changes
    ]  # fmt: skip


def _back(home: Home, order: Order) -> tuple[tuple[bytes, int], ...]:
    """Return whose accounts the money of a return goes back to, and how much of it."""
    if order.measure != "return":
        return ()
    names = home.line.names.entities
    payers = home.line.funds.payers(order.reports)
    return tuple(
        (names.pseudonym(p), share) for p, share in zip(payers, order.shares, strict=True) if p != NULL and share
    )


def _told(change: Change) -> bool:
    """Whether somebody outside must hear of a step: a draft, a new sum, an end that no institution brought about."""
    return change.to == "drafted" or not change.order.open or change.reason in _NEWS


def _count_refusals(home: Home, summary: ReplaySummary) -> None:
    refusals = home.door.refusals
    summary.known, summary.conflicts, summary.quarantined = (
        refusals.known,
        refusals.conflicts,
        refusals.leaps + refusals.beyond,
    )
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
