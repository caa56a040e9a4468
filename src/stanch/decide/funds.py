"""Funds: reported money followed as it moves, and the orders that lie ready for it.

The ledger and the taint read only what happened: settlements, returns, balances. What was reported is followed from its
report on; a report that is withdrawn, cleared or too old takes its taint away again. Rows are taken one by one wherever
one changes what the next one sees, so that it does not matter how events are cut into batches.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.decide.backing import Backing, Signs
from stanch.decide.book import Book
from stanch.decide.docket import ESSENTIAL, POWERS, Acted, Docket
from stanch.decide.following import Follow
from stanch.decide.lifting import Behind, Cleared, channel_facts, facts
from stanch.decide.orders import ANSWERS, Change, Refusal
from stanch.decide.stops import Batch, Flags, Stops, asking_kinds
from stanch.features.definition import LEARNED
from stanch.features.plan import KIND_NUMBER, Plan
from stanch.graph.ledger import Ledger
from stanch.graph.postings import OPENED, PostingCodes, Sheet, posting_codes, postings, sheet_of
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.law.pack import Pack
from stanch.model.columns import INDEX, MATRIX, NULL

Ints = npt.NDArray[np.int64]
Digests = npt.NDArray[np.uint64]
Arrays = dict[str, npt.NDArray[np.generic]]

_C: Final = INDEX


@dataclass(slots=True)
class Funds:
    """The only owner of ledger, taint and orders. Reads no clock: time is the rows' ``as_of``."""

    follow: Follow
    ledger: Ledger
    taint: Taint
    docket: Docket
    codes: PostingCodes
    words: Mapping[int, str]  #: the words that acts are told by
    places: Sequence[tuple[int, str, int]]
    asking: Flags  #: by the number of a kind, whether any of ``places`` is of it
    backing: Backing
    reports: dict[int, Report] = field(default_factory=dict)  #: those that are followed, by id
    payments: dict[int, str] = field(default_factory=dict)  #: report -> event id of the reported payment
    behind: dict[int, Behind] = field(
        default_factory=dict
    )  #: of this batch: ``as_of`` of a payment -> what it rests on
    lifted: list[Cleared] = field(default_factory=list)  #: of this batch: what was withdrawn or cleared
    _ids: dict[tuple[int, str], int] = field(default_factory=dict)  #: source and event id of a report -> its id
    _unpaid: dict[int, int] = field(default_factory=dict)  #: digest of a payment that has not settled -> its report
    _due: bool = True  #: whether anything that the plan of orders reads, besides the time, changed since it was drawn

    def step(self, batch: Batch, features: Ints) -> list[Acted]:
        """Take a batch in; fill the computed features and return what became of orders, in order of the rows."""
        acted: list[Acted] = []
        self.behind, self.lifted = {}, []
        stops = Stops(batch, self.asking)
        refs = batch.refs.view(np.int64)
        sheet = sheet_of(postings(batch.rows, batch.kinds, self.codes, refs))
        entering = _Entering(sheet, sheet.row.tolist())
        asked = np.flatnonzero(stops.reads)
        for kind, name, place in self.places if len(asked) else ():
            features[asked[batch.kinds[asked] == kind], place] = 0 if name in _SUMS else NULL
        start = 0
        while (row := stops.next(start, self.taint, self._unpaid)) < len(batch.rows):
            self._enter(entering, row)
            if stops.reads[row]:
                self._read(batch.rows[row], int(batch.kinds[row]), features[row])
                acted += self._asked(batch.rows[row], row)
            else:
                self._due |= self.ledger.bank_of(int(batch.rows[row, _C["src"]])) == NULL  # may become known now
                about = self._whose(batch.rows[row])
                self._enter(entering, row + 1)
                acted += self._act(batch, row, about)
            start = row + 1
        self._enter(entering, len(batch.rows))
        return acted

    def payers(self, reports: Sequence[int]) -> list[int]:
        """Return the accounts from which reported payments came, NULL where that is not known."""
        entries = [self.reports[report].entry if report in self.reports else None for report in reports]
        return [NULL if entry is None else self.ledger.payer(entry) for entry in entries]

    def id_of(self, event_id: str, source: int | None = None) -> int | None:
        """Return the id of the report that an event made, of one source where given; None where there is none."""
        if source is not None:
            return self._ids.get((source, event_id))
        return next((report for (_, name), report in self._ids.items() if name == event_id), None)

    def reported(self) -> Sequence[str]:
        """Return the event ids of the reports that are followed."""
        return [event_id for (_, event_id), report in self._ids.items() if report in self.reports]

    def tick(self, now: int) -> list[Acted]:
        """Let time pass: forget what was reported too long ago, end what is over."""
        self._due = True
        for report in [report.id for report in self.reports.values() if now - report.at > self.follow.lasts]:
            self._forget(report)
        self.taint.follow()
        return [Acted(-1, change) for step in self.docket.tick(self.taint, now) for change in step.each()]

    def next_end(self) -> int | None:
        """Return when the clock must act next, or None."""
        old = min((report.at for report in self.reports.values()), default=None)
        ends = [self.docket.next_end(), None if old is None else old + self.follow.lasts + 1]
        return min((end for end in ends if end is not None), default=None)

    def save(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the ledger as arrays, and the rest as plain data."""
        plain = {
            "reports": [
                [r.id, r.victim, r.payee, r.amount, r.currency, r.at, r.entry, r.backed] for r in self.reports.values()
            ], "backing": self.backing.save(),
            "payments": list(self.payments.items()), "unpaid": list(self._unpaid.items()),
            "ids": [[*name, report] for name, report in self._ids.items()],
            "docket": self.docket.save(), "due": self._due,
        }  # fmt: skip
        return self.ledger.save(), plain

    def load(self, arrays: Arrays, plain: Mapping[str, Any]) -> None:
        """Take over what was saved."""
        self.ledger.load(arrays)
        self.reports = {values[0]: Report(*values) for values in plain["reports"]}
        self.payments = {int(report): payment for report, payment in plain["payments"]}
        self._ids = {(source, name): report for source, name, report in plain["ids"]}
        self._unpaid = {int(ref): report for ref, report in plain["unpaid"]}
        self.docket.load(plain["docket"])
        self.backing.load(plain["backing"])
        for report in self.reports.values():
            if report.entry is not None:
                self.taint.report(report)
        self.taint.follow()
        self._due = bool(plain.get("due", True))

    def take_over(self, other: Funds) -> Funds:
        """Go on from where other funds stand, whose policy or law may differ: the plan of orders is drawn again."""
        ledger, plain = other.save()
        self.load(ledger, msgspec.json.decode(msgspec.json.encode(plain)))
        self._due |= self.follow != other.follow
        return self

    def _enter(self, entering: _Entering, row: int) -> None:
        """Enter what the rows before ``row`` state into the ledger, and let the taint follow."""
        start, stop = entering.done, bisect_left(entering.rows, row, entering.done)
        if stop > start:
            entering.done = stop
            self.ledger.enter(entering.sheet, start, stop)
            self._due |= self.taint.follow() or bool((entering.sheet.what[start:stop] == OPENED).any())

    def _act(self, batch: Batch, row: int, about: Collection[int]) -> list[Acted]:
        """Do what a row brings about: a report, a clearing, an official's act, or money that moved.

        ``about`` are the reports whose money sat where the row takes money from.
        """
        now, kind = int(batch.rows[row, _C["as_of"]]), _NAMES[int(batch.kinds[row])]
        handler = _HANDLERS.get(kind)
        found: list[Change | Refusal] = [] if handler is None else handler(self, batch, row)
        paid = self._unpaid.pop(int(batch.refs.view(np.int64)[row]), None) if kind == "settled" else None
        if paid is not None and paid in self.reports:
            self._begin(self.reports[paid], int(batch.refs.view(np.int64)[row]))
        self._due |= handler is not None or paid is not None
        if handler is None or kind in _MOVES_TAINT:
            self._due |= self.taint.follow()
            self._due |= self._backed({*about, *self._named(batch.rows[row], now)})
            found += self._plan(now) if self._due else []
        changes = [step for each in found if isinstance(each, Change) for step in each.each()]
        refused = [each for each in found if isinstance(each, Refusal)]
        return [Acted(row, change) for change in changes] + [Acted(row, None, refusal) for refusal in refused]

    def _plan(self, now: int) -> list[Change]:
        """Draw the plan again; it is due again until it finds nothing to change."""
        found = self.docket.plan(self.taint, self.ledger, now)
        self._due = bool(found)
        return found

    def _whose(self, values: Ints) -> Collection[int]:
        """Return the reports whose money sits where a row takes money from."""
        return self.taint.whose(int(values[_C["src"]]), int(values[_C["currency"]])) if self.reports else ()

    def _named(self, values: Ints, now: int) -> list[int]:
        """Return the reports that name the payer or payee of a row."""
        sides = (int(values[_C["src"]]), int(values[_C["dst"]]))
        return [report.id for report in self.reports.values() if report.payee in sides or report.id == now]

    def _backed(self, about: Collection[int]) -> bool:
        """Note which of these reports are backed by now, and which others that makes so; returns whether any is."""
        any_ = False
        while found := self.backing.found(self.reports, sorted(about), self.ledger, self.taint.went_through):
            for report in found:
                self.reports[report.id] = report
                self.taint.report(report)
            self.taint.follow()
            about = [report.id for report in self.reports.values() if self.taint.went_through(report.payee)]
            any_ = True
        return any_

    def _asked(self, values: Ints, row: int) -> list[Acted]:
        """Note that somebody asks to pay out reported money; that can back the reports behind it."""
        account, currency = int(values[_C["src"]]), int(values[_C["currency"]])
        tainted, now = self.taint.low_of(account, currency), int(values[_C["as_of"]])
        if tainted <= 0 or self.ledger.sees_through(account):
            return []
        _, high = self.ledger.balance(account, currency)
        if high is None:
            return []
        amount = int(values[_C["amount"]])
        mostly = tainted * 100 >= high * self.follow.passed_on
        beyond = min(amount if mostly else amount - max(high - tainted, 0), tainted)
        if beyond <= 0:
            return []
        self.backing.asked(account, currency, beyond)
        if not self._backed(self._named(values, now)):
            return []
        changes = [step for change in self._plan(now) for step in change.each()]
        return [Acted(row, change) for change in changes]

    def _report(self, batch: Batch, row: int) -> list[Change | Refusal]:
        values = batch.rows[row]
        now, amount, payee = int(values[_C["as_of"]]), int(values[_C["amount"]]), int(values[_C["dst"]])
        report = Report(now, int(values[_C["src"]]), payee, max(amount, 0), int(values[_C["currency"]]), now, None)
        self._ids[int(values[_C["source"]]), batch.string("event_id", row) or ""] = now
        self.payments[now] = batch.string("ref", row) or ""
        self.reports[now] = report
        if payee != NULL:
            self._begin(report, int(batch.refs.view(np.int64)[row]) if self.payments[now] else None)
        return []

    def _begin(self, report: Report, ref: int | None) -> None:
        """Follow a report from its payment on, or wait until that settles."""
        amount = report.amount or None
        entry = self.ledger.find_payment(report.payee, ref, amount, report.at if ref is None else _EVER)
        if entry is None and ref is not None:
            entry = self.ledger.find_leg(report.payee, ref)
        if entry is None:
            if ref is not None:
                self._unpaid[ref] = report.id
            return
        self.reports[report.id] = replace(report, entry=entry)
        self.taint.report(self.reports[report.id])

    def _told_of(self, batch: Batch, row: int) -> int | None:
        """Return the report that a row refers to: one of its own source, so that nobody speaks of another's."""
        return self._ids.get((int(batch.rows[row, _C["source"]]), batch.string("ref", row) or ""))

    def _withdraw(self, batch: Batch, row: int) -> list[Change | Refusal]:
        report = self._told_of(batch, row)
        return [] if report is None else self._cleared(batch, row, [report], ())

    def _clear(self, batch: Batch, row: int) -> list[Change | Refusal]:
        account = int(batch.rows[row, _C["dst"]])
        named = self._told_of(batch, row)
        against = [report.id for report in self.reports.values() if account != NULL and report.payee == account]
        return self._cleared(batch, row, against if named is None else [named], () if account == NULL else (account,))

    def _cleared(
        self, batch: Batch, row: int, reports: Sequence[int], accounts: Sequence[int]
    ) -> list[Change | Refusal]:
        for report in reports:
            self._forget(report)
        at = int(batch.rows[row, _C["as_of"]])
        self._due |= self.taint.follow()
        self.lifted.append(Cleared(row, at, frozenset(reports), frozenset(accounts), self.taint.through()))
        return list(self.docket.clear(reports, accounts, at))

    def _forget(self, report: int) -> None:
        known = self.reports.pop(report, None)
        self.backing.forget(self.reports.values())
        self._unpaid = {ref: each for ref, each in self._unpaid.items() if each != report}
        if known is not None and known.entry is not None:
            self.taint.withdraw(report)

    def _official(self, batch: Batch, row: int) -> list[Change | Refusal]:
        kind, values = _NAMES[int(batch.kinds[row])], _values(batch.rows[row])
        order, said = batch.string("ref", row) or "", self.words.get(values["detail"], "")
        if kind == "freeze_answered":
            answered = self.docket.answer(values, order, said, self.taint, self.ledger)
            return answered + self._told(values, order, answered)
        found = self.docket.official(kind, values, order, said)
        return [] if found is None else [found]

    def _told(
        self, values: Mapping[str, int], order_id: str, answered: Sequence[Change | Refusal]
    ) -> list[Change | Refusal]:
        """Enter the balance that the answer to a query tells, and draft what it shows to be there."""
        order, now, amount = self.docket.book.order(order_id), values["as_of"], values["amount"]
        if order is None or order.measure != "query" or order.state != "done" or not answered or amount == NULL:
            return []
        if not self.ledger.told(order.account, order.currency, now, amount):
            return []
        self.taint.follow()
        return list(self._plan(now))

    def _list(self, batch: Batch, row: int) -> list[Change | Refusal]:
        values = _values(batch.rows[row])
        word = self.words.get(values["detail"], "")
        self.docket.enlist(values["dst"], word, on=_NAMES[int(batch.kinds[row])] == "listed")
        return []

    def _read(self, values: Ints, kind: int, out: Ints) -> None:
        """Write the computed features of an instruction to pay out of a tainted account."""
        account, currency = int(values[_C["src"]]), int(values[_C["currency"]])
        if self.ledger.sees_through(account):  # a firm passes on what was asked about when it came
            return
        if account in self.docket.cleared:
            return
        now = int(values[_C["as_of"]])
        tainted, (came, share) = self.taint.low_of(account, currency), self._channel(account, currency, now)
        if tainted <= 0 and not came:
            return
        _, high = self.ledger.balance(account, currency)
        whose, hops = self.taint.whose(account, currency), int(self.taint.hops[account])
        self.behind[now] = Behind(_NAMES[kind], account, tainted, whose, high, hops, came, share)
        told = facts(tainted, high, hops) | channel_facts(came, share)
        for number, name, place in self.places:
            if number == kind:
                value = told[name]
                out[place] = NULL if value is None else value

    def _channel(self, account: int, currency: int, now: int) -> tuple[int, int | None]:
        """Return what came into an account by the way of backed reports' money, and its percentage of all that came."""
        if not self.taint.went_through(account):
            return 0, None
        came, so = self.taint.came(account, currency, now - self.follow.lasts)
        return so, so * 100 // came if came else None


@dataclass(slots=True)
class _Entering:
    """What a batch states, laid out for the ledger, the rows that state it, and how much of it is entered."""

    sheet: Sheet
    rows: list[int]
    done: int = 0


def make_funds(plan: Plan, follow: Follow, pack: Pack, word: Callable[[str], int]) -> Funds:
    """Return funds that know nothing yet."""
    ledger = Ledger()
    words = {word(each): each for each in (*POWERS, ESSENTIAL, *_SAID)}
    docket = Docket(follow, Book(pack))
    taint = Taint(ledger, follow.method)
    backing = Backing(Signs(follow.passed_on, follow.asked, follow.split), follow.method)
    followed = [each for each in plan.computed if each[1] != LEARNED]
    asking = asking_kinds(kind for kind, _, _ in followed)
    return Funds(follow, ledger, taint, docket, posting_codes(word), words, followed, asking, backing)


def _values(row: Ints) -> dict[str, int]:
    return dict(zip(MATRIX, row.tolist(), strict=True))


_EVER: Final = 2**62
#: Computed features that are 0 where there is nothing; the others are NULL.
_SUMS: Final = ("tainted_in_src", "came_by_reported")
_SAID: Final = tuple(sorted({answer for answers in ANSWERS.values() for answer in answers}))
_MOVES_TAINT: Final = ("fraud_reported", "report_withdrawn", "cleared")
_NAMES: Final = {number: name for name, number in KIND_NUMBER.items()}
_HANDLERS: Final[Mapping[str, Callable[[Funds, Batch, int], list[Change | Refusal]]]] = {
    "fraud_reported": Funds._report, "report_withdrawn": Funds._withdraw, "cleared": Funds._clear,
    "order_approved": Funds._official, "order_declined": Funds._official, "freeze_answered": Funds._official,
    "objection": Funds._official, "listed": Funds._list, "unlisted": Funds._list,
}  # fmt: skip
