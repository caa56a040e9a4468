"""How fast reported money is followed: one trace in a large ledger, warm and from disk, and all reports at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph.ledger import Ledger
from stanch.graph.postings import BALANCE, Postings, moves
from stanch.graph.replaying import Carried, Payments, replay
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.graph.trace import METHODS, Trace
from stanch.graph.tracing import HOPS, WORK, trace
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.lab.bench.layering import History, layered
from stanch.lab.bench.money_twin import carried
from stanch.model.columns import NULL
from stanch.model.errors import StanchError

TRANSFERS: Final = 5_000_000
ACCOUNTS: Final = 500_000
REPORTS: Final = 1_000
REPLAYED: Final = 4_500_000
REPLAY_REPORTS: Final = 200
COLD: Final = 10
_BATCH: Final = 4_096
_STATED: Final = 10_000
_SEED: Final = 17

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Traced:
    """What traces by one method took (milliseconds), with all their rows made into objects too, and found."""

    method: str
    taken: list[float]
    whole: list[float]
    reached: list[int]
    walked: list[int]

    @property
    def slowest(self) -> float:
        """The 99th percentile."""
        return float(np.percentile(self.taken, 99))


def trace_warm(_: Bed) -> Measured:
    """Measure the 99th percentile of a trace with the ledger in memory, by the slowest method."""
    reports = _reports(TRANSFERS, REPORTS)
    found = [_traced(method, reports) for method in METHODS]
    note = (
        f"{len(reports):,} reports over {TRANSFERS:,} transfers of {ACCOUNTS:,} accounts, layered, {HOPS} hops, "
        f"at most {WORK:,} entries; " + "; ".join(_note(each) for each in found)
    )
    return Measured("trace_warm", max(each.slowest for each in found), "ms at p99, slowest method", None, None, note)


def trace_cold(bed: Bed) -> Measured:
    """Measure the slowest of ten first traces by each method, each right after its ledger was opened from disk."""
    ledger = _ledger()
    for name, array in ledger.save().items():
        np.save(bed.folder / f"ledger-{name}.npy", array)
    taken = {method: [_cold(bed, method, report) for report in _reports(TRANSFERS, COLD)] for method in METHODS}
    each = ", ".join(f"{method} {max(found):,.0f} ms" for method, found in taken.items())
    note = f"{TRANSFERS:,} transfers, mapped from disk, opening included; slowest by method: {each}"
    return Measured("trace_cold", max(map(max, taken.values())), "ms, slowest of 10 a method", None, None, note)


def taint(_: Bed) -> Measured:
    """Measure all reports carried through a history from its columns, beside dictionaries and deques on the same.

    Raises StanchError where the two find other amounts.
    """
    history, reported = _history(), _reported(REPLAYED, REPLAY_REPORTS)
    seconds, found = min((_replayed(history, reported) for _ in range(3)), key=lambda each: each[0])
    twin_seconds, twin = _twin(history, reported)
    if twin != _amounts(found):
        raise StanchError("the replay and its twin disagree on where reported money is")
    kept, followed = _live(history, reported)
    note = (
        f"both carry {REPLAY_REPORTS} reports through the same {REPLAYED:,} transfers from columns, by fifo, openings "
        f"included, and find the same {len(twin):,} amounts. Kept as a ledger with every account's lists, in batches "
        f"of {_BATCH:,}: entering {REPLAYED / kept:,.0f} transfers/s, following live {REPLAYED / followed:,.0f}, both "
        f"{twin_seconds / (kept + followed):.1f} x the twin"
    )
    return Measured("taint", REPLAYED / seconds, "transfers/s", "dicts and deques", REPLAYED / twin_seconds, note)


def _traced(method: str, reports: list[Report]) -> _Traced:
    ledger, found = _ledger(), _Traced(method, [], [], [], [])
    trace(ledger, [reports[0]], method=method)  # compiled before the clock starts
    for report in reports:
        started = perf_counter()
        traced = trace(ledger, [report], method=method)
        found.taken.append((perf_counter() - started) * 1e3)
        _look_at(traced)
        found.whole.append((perf_counter() - started) * 1e3)
        found.reached.append(traced.reached)
        found.walked.append(traced.walked)
        del traced
    return found


def _look_at(traced: Trace) -> int:
    return len(traced.movements) + len(traced.places) + len(traced.exits)


def _note(found: _Traced) -> str:
    p50, whole = np.median(found.taken), np.percentile(found.whole, 99)
    reached, hit = np.percentile(found.reached, [50, 99]), np.mean(np.array(found.walked) >= WORK)
    return (
        f"{found.method} p50 {p50:.2f}, p99 {found.slowest:.2f} ms ({whole:.1f} with every row as an object), reached "
        f"{reached[0]:,.0f} and {reached[1]:,.0f} accounts, budget hit {hit:.1%}"
    )


def _cold(bed: Bed, method: str, report: Report) -> float:
    started = perf_counter()
    opened = Ledger()
    names = ("lines", "notes", "pools", "accounts", "counts")
    opened.load({name: np.load(bed.folder / f"ledger-{name}.npy", mmap_mode="c") for name in names})
    _look_at(trace(opened, [report], method=method))
    return (perf_counter() - started) * 1e3


@cache
def _history() -> History:
    return layered(TRANSFERS, ACCOUNTS, _SEED)


def _postings(history: History, first: int, last: int) -> Postings:
    part = slice(first, last)
    return moves(history.src[part], history.dst[part], history.at[part], history.amount[part])


def _stated() -> Ints:
    """Half of the accounts stated their balance, the other half is unknown."""
    return np.arange(0, ACCOUNTS, 2, dtype=np.int64)


def _new_ledger() -> Ledger:
    every, ledger = _stated(), Ledger()
    stated = moves(every, np.full(len(every), NULL), every * 0, every * 0 + _STATED)
    stated.what[:] = BALANCE
    ledger.append(stated)
    return ledger


@cache
def _ledger() -> Ledger:
    ledger = _new_ledger()
    ledger.append(_postings(_history(), 0, TRANSFERS))
    return ledger


def _reported(last: int, count: int) -> Ints:
    """Return the places of payments before ``last`` that victims were tricked into and report, rising."""
    stolen = _history().stolen
    return np.sort(np.random.default_rng(_SEED + 1).choice(stolen[stolen < last], count, replace=False))


def _reports(last: int, count: int) -> list[Report]:
    return [_report(_history(), number, entry) for number, entry in enumerate(_reported(last, count).tolist())]


def _report(history: History, number: int, entry: int) -> Report:
    src, dst, amount, at = (int(column[entry]) for column in (history.src, history.dst, history.amount, history.at))
    return Report(number, src, dst, amount, 0, at, entry)


def _replayed(history: History, reported: Ints) -> tuple[float, Carried]:
    openings = np.full(ACCOUNTS, NULL, dtype=np.int64)
    openings[_stated()] = _STATED
    src, dst, amount = (column[:REPLAYED] for column in (history.src, history.dst, history.amount))
    started = perf_counter()
    found = replay(Payments(src, dst, amount, ACCOUNTS), openings, reported, history.amount[reported])
    return perf_counter() - started, found


def _amounts(found: Carried) -> dict[tuple[int, int], int]:
    keys = zip(found.account.tolist(), found.report.tolist(), strict=True)
    return dict(zip(keys, found.amount.tolist(), strict=True))


def _twin(history: History, reported: Ints) -> tuple[float, dict[tuple[int, int], int]]:
    src, dst, amount = (column[:REPLAYED].tolist() for column in (history.src, history.dst, history.amount))
    known = dict.fromkeys(_stated().tolist(), _STATED)
    started = perf_counter()
    found = carried((src, dst, amount), known, reported.tolist())
    return perf_counter() - started, found


def _live(history: History, reported: Ints) -> tuple[float, float]:
    """Enter the history batch by batch, and follow each report from its payment on; return the seconds of both."""
    ledger, waiting = _new_ledger(), [_report(history, n, entry) for n, entry in enumerate(reported.tolist())]
    live, entered, followed = Taint(ledger), 0.0, 0.0
    for first in range(0, REPLAYED, _BATCH):
        last = min(first + _BATCH, REPLAYED)
        part = _postings(history, first, last)
        started = perf_counter()
        ledger.append(part)
        between = perf_counter()
        while waiting and waiting[0].entry is not None and waiting[0].entry < last:
            live.report(waiting.pop(0))
        live.follow()
        entered, followed = entered + between - started, followed + perf_counter() - between
    return entered, followed
