"""How fast reported money is followed: one trace in a large ledger, warm and from disk, and the live taint."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph import entering as at_
from stanch.graph.ledger import Ledger
from stanch.graph.postings import BALANCE, Postings, moves
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.graph.trace import Trace
from stanch.graph.tracing import HOPS, WORK, trace
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.model.columns import NULL
from stanch.model.time import SECOND

TRANSFERS: Final = 5_000_000
ACCOUNTS: Final = 500_000
REPORTS: Final = 1_000
REPLAYED: Final = 4_500_000
REPLAY_REPORTS: Final = 200
TWIN_TRANSFERS: Final = 450_000
_BATCH: Final = 4_096
_TAIL: Final = 1.1  # of the number of transfers by account: few are busy, most are quiet
_MEDIAN: Final = 10_000
_SPREAD: Final = 1.2
_SEED: Final = 17

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Payments:
    src: Ints
    dst: Ints
    amount: Ints


def trace_warm(_: Bed) -> Measured:
    """Measure the 99th percentile of a trace with the ledger in memory."""
    ledger = _ledger()
    reports = _reports(len(ledger), REPORTS)
    trace(ledger, [reports[0]])  # compiled before the clock starts
    taken, found = [], []
    for report in reports:
        started = perf_counter()
        found.append(trace(ledger, [report]))
        taken.append((perf_counter() - started) * 1e3)
    return Measured("trace_warm", float(np.percentile(taken, 99)), "ms at p99", None, None, _note(taken, found))


def trace_cold(bed: Bed) -> Measured:
    """Measure the slowest of ten first traces, each right after its ledger was opened from arrays on disk."""
    ledger = _ledger()
    for name, array in ledger.save().items():
        np.save(bed.folder / f"ledger-{name}.npy", array)
    taken = []
    for report in _reports(len(ledger), 10):
        started = perf_counter()
        opened = Ledger()
        opened.load({name: np.load(bed.folder / f"ledger-{name}.npy", mmap_mode="c") for name in ledger.save()})
        trace(opened, [report])
        taken.append((perf_counter() - started) * 1e3)
    note = f"{TRANSFERS:,} transfers, mapped from disk, opening included; median {np.median(taken):,.0f} ms"
    return Measured("trace_cold", max(taken), "ms, slowest of 10", None, None, note)


def taint(_: Bed) -> Measured:
    """Measure the live taint over a replay beside its twin of dictionaries and deques, whose slice is scaled."""
    paid = _payments()
    _seconds(REPLAYED // 100)  # compiled before the clock starts
    rate = REPLAYED / _seconds(REPLAYED)
    twin = TWIN_TRANSFERS / _twin_seconds(paid)
    note = (
        f"{REPLAYED:,} transfers in the ledger, {REPLAY_REPORTS} reports, FIFO, batches of {_BATCH:,}; "
        f"only tainted payers are walked; the twin carries every parcel of the first {TWIN_TRANSFERS:,}"
    )
    return Measured("taint", rate, "transfers/s", "dicts and deques", twin, note)


def _note(taken: list[float], found: list[Trace]) -> str:
    reached = np.array([each.reached for each in found])
    walked = np.array([each.walked for each in found])
    return (
        f"{len(taken):,} reports over {TRANSFERS:,} transfers of {ACCOUNTS:,} accounts, {HOPS} hops; "
        f"p50 {np.median(taken):.2f} ms; "
        f"accounts reached p50 {np.median(reached):.0f}, p99 {np.percentile(reached, 99):.0f}; "
        f"budget of {WORK:,} entries hit by {(walked >= WORK).mean():.1%}"
    )


@cache
def _payments() -> _Payments:
    rng = np.random.default_rng(_SEED)
    weight = rng.pareto(_TAIL, ACCOUNTS) + 1
    edges = np.cumsum(weight) / weight.sum()
    src = np.searchsorted(edges, rng.random(TRANSFERS))
    dst = rng.permutation(ACCOUNTS)[np.searchsorted(edges, rng.random(TRANSFERS))]
    dst = np.where(src == dst, (dst + 1) % ACCOUNTS, dst)
    amount = np.maximum(rng.lognormal(np.log(_MEDIAN), _SPREAD, TRANSFERS), 1).astype(np.int64)
    return _Payments(src.astype(np.int64), dst.astype(np.int64), amount)


def _postings(paid: _Payments, first: int, last: int) -> Postings:
    at = np.arange(first, last, dtype=np.int64) * SECOND
    return moves(paid.src[first:last], paid.dst[first:last], at, paid.amount[first:last])


def _openings() -> Postings:
    """Half of the accounts stated their balance, the other half is unknown."""
    every = np.arange(0, ACCOUNTS, 2, dtype=np.int64)
    stated = moves(every, np.full(len(every), NULL), every * 0, every * 0 + _MEDIAN)
    stated.what[:] = BALANCE
    return stated


@cache
def _ledger() -> Ledger:
    ledger = Ledger()
    ledger.append(_openings())
    ledger.append(_postings(_payments(), 0, TRANSFERS))
    return ledger


def _reports(entries: int, count: int) -> list[Report]:
    rng = np.random.default_rng(_SEED + 1)
    ledger, found = _ledger(), []
    for number, entry in enumerate(rng.integers(0, entries, count).tolist()):
        line, note = ledger.line(entry).tolist(), ledger.note(entry).tolist()
        found.append(Report(number, note[at_.SRC], note[at_.DST], line[at_.AMOUNT], 0, line[at_.AT], entry))
    return found


def _seconds(last: int) -> float:
    """Follow the ledger in batches; the reports of the first tenth come when that tenth has passed."""
    taint = Taint(_ledger())
    started = perf_counter()
    for report in _reports(last // 10, REPLAY_REPORTS):
        taint.report(report)
    for end in range(last // 10, last, _BATCH):
        taint.follow(end)
    taint.follow(last)
    return perf_counter() - started


def _twin_seconds(paid: _Payments) -> float:
    reported = {report.entry for report in _reports(REPLAYED // 10, REPLAY_REPORTS)}
    pools: dict[int, deque[list[int]]] = defaultdict(deque)
    columns = (each[:TWIN_TRANSFERS].tolist() for each in (paid.src, paid.dst, paid.amount))
    started = perf_counter()
    for entry, (src, dst, amount) in enumerate(zip(*columns, strict=True)):
        pool, to, left, fresh = pools[src], pools[dst], amount, entry in reported
        while left and pool:
            size, whose = pool[0]
            part = min(size, left)
            to.append([part, 1 if fresh else whose])
            left -= part
            if part == size:
                pool.popleft()
            else:
                pool[0][0] = size - part
        if left:
            to.append([left, int(fresh)])
    return perf_counter() - started
