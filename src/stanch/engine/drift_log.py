"""What a home's log tells of drift: by which ways money left each week, and the facets of payments people reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.decide.drift.shapes import Told
from stanch.engine.names import Names
from stanch.engine.restart import decisions_of
from stanch.model.columns import INDEX, NULL
from stanch.model.money import format_money
from stanch.model.time import DAY
from stanch.store.blocks import Block
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

WAYS: Final = ("bank", "payment_firm", "goods", "cash", "crypto")
FACETS: Final = ("kind", "channel", "detail", "amount", "hour")

_WEEK: Final = 7 * DAY
_MONDAY: Final = 3 * DAY  # the clock of all clocks began on a Thursday
_HOURS: Final = 6  #: of one band of the day
_NOTHING: Final = "none"

_BY_DETAIL: Final = {"cash_out": "cash", "crypto_out": "crypto"}
_BY_PAYEE: Final = {"account": "bank", "wallet": "payment_firm", "merchant": "goods"}
_READ: Final = (
    "event_id", "as_of", "kind", "src", "dst", "source", "channel", "detail", "amount", "currency", "dst_kind", "hour",
    "ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DriftLog:
    """Weeks are counted from ``first_week``; ``accounts`` and ``concerned`` are ``(weeks, ways)``.

    They count accounts that sent money by a way; ``concerned`` only those that a finding had said may be doing it
    before. ``amounts`` are minor units by (week, way, currency). ``told`` are reported payments, ``values`` the words
    of their facets by code. ``unknown`` counts reports that name no payment of the log.
    """

    first_week: int
    accounts: Ints
    concerned: Ints
    amounts: dict[tuple[int, int, str], int]
    told: Told
    values: tuple[tuple[str, ...], ...]
    reports: int
    unknown: int


def week_of(moment: int) -> int:
    """Return the number of the week, Monday to Sunday in UTC, that a moment (UTC microseconds) lies in."""
    return (moment + _MONDAY) // _WEEK


def monday(week: int) -> int:
    """Return when a week begins, UTC microseconds."""
    return week * _WEEK - _MONDAY


def read_drift(records: Records) -> DriftLog:
    """Return what a log tells of drift. A report that was withdrawn counts no more."""
    found = _Found()
    for block, rows, names, suspects in _blocks(records):
        found.take(block, rows, names, suspects)
    return found.log(records)


def _blocks(records: Records) -> Iterator[tuple[Block, Ints, Names, dict[int, list[int]]]]:
    """Yield blocks, their rows, the names so far, and by row the subjects that may be doing it."""
    names = Names()
    for each in records.blocks(columns=_READ):
        names.load(each.block.new_entities, list(each.block.new_symbols))
        suspects = {
            decision.row: [finding.subject for finding in decision.findings if finding.side == "control"]
            for decision in decisions_of(each)
        }
        yield each.block, each.block.matrix(), names, suspects


@dataclass(slots=True)
class _Found:
    """The owner of what one reading finds, until ``log`` gives it its form."""

    names: Names = field(default_factory=Names)
    concerned: set[int] = field(default_factory=set)
    moved: dict[bool, set[tuple[int, int, int, bool]]] = field(default_factory=lambda: {True: set(), False: set()})
    amounts: dict[bool, Counter[tuple[int, int, str]]] = field(
        default_factory=lambda: {True: Counter(), False: Counter()}
    )
    reports: dict[tuple[int, str], tuple[int, int, str]] = field(default_factory=dict)  # week, person, payment

    def take(self, block: Block, rows: Ints, names: Names, suspects: dict[int, list[int]]) -> None:
        self.names = names
        kind = rows[:, INDEX["kind"]]
        codes = {name: names.words.code(name) for name in ("settled", "transfer", "cash_out", "crypto_out")}
        moving = np.isin(kind, list(codes.values()))
        for row in sorted({*np.flatnonzero(moving).tolist(), *suspects}):
            if moving[row]:
                self._move(rows[row], settled=bool(kind[row] == codes["settled"]))
            self.concerned.update(suspects.get(row, ()))
        self._take_reports(block, rows, kind)

    def _move(self, row: Ints, *, settled: bool) -> None:
        word = self.names.words.word
        kind, detail, payee = (word(int(row[INDEX[name]])) for name in ("kind", "detail", "dst_kind"))
        way = _BY_DETAIL.get((detail if settled else kind) or "") or _BY_PAYEE.get(payee or "")
        if way is None:
            return
        week, place, src = week_of(int(row[INDEX["as_of"]])), WAYS.index(way), int(row[INDEX["src"]])
        self.moved[settled].add((week, place, src, src in self.concerned))
        currency = word(int(row[INDEX["currency"]])) or _NOTHING
        self.amounts[settled][week, place, currency] += int(row[INDEX["amount"]])

    def _take_reports(self, block: Block, rows: Ints, kind: Ints) -> None:
        code = self.names.words.code
        told = np.flatnonzero(np.isin(kind, [code("fraud_reported"), code("report_withdrawn")]))
        for row, event_id, ref in zip(
            rows[told], _texts(block, "event_id", told), _texts(block, "ref", told), strict=True
        ):
            source = int(row[INDEX["source"]])
            if row[INDEX["kind"]] == code("fraud_reported"):
                self.reports[source, event_id] = (week_of(int(row[INDEX["as_of"]])), int(row[INDEX["src"]]), ref)
            else:
                self.reports.pop((source, ref), None)

    def log(self, records: Records) -> DriftLog:
        """Return everything in its form; instructions stand for movements where nothing told of settlement."""
        settled = bool(self.moved[True])
        moved, payments = self.moved[settled], self._payments(records)
        weeks = [week for week, *_ in moved] + [week for week, *_ in self.reports.values()]
        first, many = min(weeks, default=0), max(weeks, default=-1) - min(weeks, default=0) + 1
        known = [(week, who, payments[source, ref]) for (source, _), (week, who, ref) in self.reports.items()
                 if (source, ref) in payments]  # fmt: skip
        values = tuple(tuple(sorted({words[at] for _, _, words in known})) for at in range(len(FACETS)))
        codes = [[values[at].index(word) for at, word in enumerate(words)] for _, _, words in known]
        told = Told(
            np.array([week - first for week, _, _ in known], np.int64),
            np.array([who for _, who, _ in known], np.int64),
            np.array(codes, np.int64).reshape(len(known), len(FACETS)),
        )  # fmt: skip
        amounts = {(week - first, way, currency): sum_ for (week, way, currency), sum_ in self.amounts[settled].items()}
        return DriftLog(
            first, _counted(moved, first, many, concerned=False), _counted(moved, first, many, concerned=True), amounts,
            told, values, len(self.reports), len(self.reports) - len(known),
        )  # fmt: skip

    def _payments(self, records: Records) -> dict[tuple[int, str], tuple[str, ...]]:
        """Return the facets of the payments that reports name, by source and event id."""
        wanted = {(source, ref) for (source, _), (_, _, ref) in self.reports.items() if ref}
        texts = pa.array(sorted({ref for _, ref in wanted}), pa.string())
        found: dict[tuple[int, str], tuple[str, ...]] = {}
        for block, rows, names, _ in _blocks(records) if wanted else ():
            those = np.flatnonzero(pc.is_in(pa.array(block.columns["event_id"]), texts).to_numpy(zero_copy_only=False))
            for row, event_id in zip(rows[those], _texts(block, "event_id", those), strict=True):
                key = (int(row[INDEX["source"]]), event_id)
                if key in wanted and row[INDEX["amount"]] != NULL:
                    found.setdefault(key, _facets(row, names))
        return found


def _counted(moved: set[tuple[int, int, int, bool]], first: int, many: int, *, concerned: bool) -> Ints:
    counts = np.zeros((many, len(WAYS)), dtype=np.int64)
    for week, way, _ in {(week, way, src) for week, way, src, known in moved if known or not concerned}:
        counts[week - first, way] += 1
    return counts


def _facets(row: Ints, names: Names) -> tuple[str, ...]:
    kind, channel, detail, currency = (
        names.words.word(int(row[INDEX[name]])) or _NOTHING for name in ("kind", "channel", "detail", "currency")
    )
    return kind, channel, detail, amount_band(int(row[INDEX["amount"]]), currency), hour_band(int(row[INDEX["hour"]]))


def amount_band(amount: int, currency: str) -> str:
    """Return the power of ten that an amount (minor units) lies in: ``amount_band(123456, 'CNY')`` is from 1,000."""
    return f"from {format_money(10 ** (len(str(amount)) - 1), currency)}" if amount > 0 else f"none in {currency}"


def hour_band(hour: int) -> str:
    """Return the quarter of the day that a local hour lies in: ``hour_band(3)`` is ``00-06``."""
    begin = hour // _HOURS * _HOURS
    return f"{begin:02}-{begin + _HOURS:02}" if hour != NULL else _NOTHING


def _texts(block: Block, name: str, rows: Ints) -> list[str]:
    """Return a column of strings at some rows; empty where the block has none."""
    column = block.columns.get(name)
    if column is None:
        return [""] * len(rows)
    return [str(value) if value is not None else "" for value in pa.array(column).take(pa.array(rows)).to_pylist()]
