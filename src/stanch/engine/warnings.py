"""Warnings as the log keeps them: whom we warned of what, in which words, what they answered, and what they did then.

A person or account stands here by its pseudonym. An answer is what a ``warning_answered`` event says about the event
that was warned of (``ref``); what became of a payment is told by its ``settled`` or ``rejected`` event. A trusted
contact is named by a ``profile`` event of the person: detail ``trusted_contact`` or ``guardian``, the contact as
``holder``, number 1 for consent and 0 to take it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from stanch.decide.policy import PAYMENTS
from stanch.decide.warnings import Warnings, parse_warnings
from stanch.engine.causes import about
from stanch.engine.decisions import Decided, read_decided
from stanch.engine.names import Names
from stanch.engine.restart import column_of
from stanch.model.columns import INDEX, NULL
from stanch.model.decisions import Decision, Finding
from stanch.model.time import to_datetime
from stanch.resolve.languages import Languages
from stanch.store.records import Records

_TRUSTED: Final = "trusted_contact"
_GUARDIAN: Final = "guardian"
_OF_AGE: Final = 18
#: What a payment's line says of the warning before it.
_OUTCOMES: Final = {"settled": "paid anyway", "rejected": "not paid"}
OPEN: Final = "open"
#: The outcome of a warning that was about no payment.
NO_PAYMENT: Final = "about no payment"


@dataclass(slots=True)
class WarningLine:
    """One warning. Entities are pseudonyms in hex, None where nobody is known; amounts are minor units.

    ``to`` is person, trusted or guardian: who was to be reached beside the person, and ``contact_text`` what they are
    told; without one who was named with consent, the hotline in the person's own text stands for them.
    """

    seq: int
    at: str
    source: str
    event_id: str
    kind: str
    subject: str
    person: str | None
    age_band: str
    region: str | None
    step: str
    scheme: str
    typology: str
    reason: dict[str, str]
    texts: dict[str, str]
    to: str
    contact: str | None
    contact_text: dict[str, str]
    amount: int | None
    currency: str | None
    answer: str | None = None
    outcome: str = NO_PAYMENT


@cache
def load_warnings() -> Warnings:
    """Return the words that ship."""
    name = "warnings.yaml"
    return parse_warnings((files("stanch.decide") / name).read_text(encoding="utf-8"), name)


def warnings_given(records: Records, words: Warnings | None = None) -> list[WarningLine]:
    """Return every warning of a log in order, with what became of it until now."""
    told = _Told(words or load_warnings())
    for commit in read_decided(records):
        told.take(commit)
    return told.lines


@dataclass(slots=True)
class _Told:
    """What is known of people while a log is read. One owner."""

    words: Warnings
    lines: list[WarningLine] = field(default_factory=list)
    _by_event: dict[tuple[str, str], WarningLine] = field(default_factory=dict)
    _born: dict[int, int] = field(default_factory=dict)
    _region: dict[int, str] = field(default_factory=dict)
    _contacts: dict[tuple[int, str], int] = field(default_factory=dict)
    _languages: Languages | None = None

    def take(self, commit: Decided) -> None:
        """Read one commit, row by row."""
        names, rows = commit.names, commit.rows
        self._languages = self._languages or Languages(names.words.code)
        self._languages.learn(rows, names.kinds(rows[:, INDEX["kind"]]))
        words, ids, refs = commit.words("kind"), commit.ids(), _refs(commit)
        for row, kind in enumerate(words):
            if kind == "profile":
                self._learn(rows[row].tolist(), names)
            elif kind in _OUTCOMES or kind == "warning_answered":
                self._became(rows[row].tolist(), kind or "", refs[row], names)
            decision = commit.decisions.get(row)
            step = decision.step_on("protect") if decision is not None else "allow"
            if decision is not None and step != "allow":
                self._warned(commit, row, decision, step, ids[row])

    def _learn(self, row: list[int], names: Names) -> None:
        person, detail = row[INDEX["src"]], names.words.word(row[INDEX["detail"]])
        if row[INDEX["region"]] != NULL:
            self._region[person] = names.words.word(row[INDEX["region"]]) or ""
        if detail == "birth_year":
            self._born[person] = row[INDEX["number"]]
        elif detail in (_TRUSTED, _GUARDIAN):
            self._contacts.pop((person, detail), None)
            if row[INDEX["number"]] > 0 and row[INDEX["holder"]] != NULL:
                self._contacts[person, detail] = row[INDEX["holder"]]

    def _became(self, row: list[int], kind: str, ref: str | None, names: Names) -> None:
        line = self._by_event.get((names.words.word(row[INDEX["source"]]) or "", ref or ""))
        if line is None:
            return
        if kind == "warning_answered":
            line.answer = names.words.word(row[INDEX["detail"]]) if row[INDEX["detail"]] != NULL else "answered"
        elif line.outcome == OPEN:
            line.outcome = _OUTCOMES[kind]

    def _warned(self, commit: Decided, at: int, decision: Decision, step: str, event_id: str) -> None:
        names, row = commit.names, commit.rows[at].tolist()
        finding, now = about(decision, step), row[INDEX["as_of"]]
        person = _person(row, finding)
        age = to_datetime(now).year - self._born[person] if person in self._born else None
        band, scheme, kind = self.words.band(age), self.words.scheme(finding.typology), commit.words("kind")[at] or ""
        to, contact = self._contact(person, age, step, finding)
        told = finding.values.get("currency")
        currency = None if told is None else str(told)
        sentence = commit.rules.catalogue.get(finding.typology).reason
        spoken = self._languages.of(person, now) if self._languages is not None else ()
        line = WarningLine(
            row[INDEX["seq"]], f"{to_datetime(now):%Y-%m-%d %H:%M}", names.words.word(row[INDEX["source"]]) or "",
            event_id, kind, _hex(names, finding.subject) or "", _hex(names, person), band, self._region.get(person),
            step, scheme, finding.typology,
            {each: sentence[each].render(finding.values, each, currency) for each in spoken},
            {each: self.words.text(step, scheme, band, each) for each in spoken},
            to, _hex(names, contact),
            msgspec.to_builtins(self.words.contact[to]) if contact != NULL else {},
            None if row[INDEX["amount"]] == NULL else row[INDEX["amount"]], currency,
            outcome=OPEN if kind in PAYMENTS else NO_PAYMENT,
        )  # fmt: skip
        self.lines.append(line)
        self._by_event[line.source, event_id] = line

    def _contact(self, person: int, age: int | None, step: str, finding: Finding) -> tuple[str, int]:
        """Return whom to reach beside the person: of a minor above the limits the guardian, else who was named."""
        if self.words.scheme(finding.typology) in self.words.guardian_of:
            return "guardian", self._contacts.get((person, _GUARDIAN), NULL)
        if step != "contact":
            return "person", NULL
        young = age is not None and age < _OF_AGE
        return "trusted", self._contacts.get((person, _GUARDIAN if young else _TRUSTED), NULL)


def _person(row: list[int], finding: Finding) -> int:
    """Return who is behind the subject of a finding, NULL where nobody is known."""
    side = finding.role.split("_", maxsplit=1)[0]
    return row[INDEX[f"{side}_person"]] if side in ("src", "dst") else finding.subject


def _hex(names: Names, entity: int) -> str | None:
    return None if entity == NULL else names.entities.pseudonym(entity).hex()


def _refs(commit: Decided) -> list[str | None]:
    refs: list[str | None] = column_of(commit.block, "ref", len(commit.rows)).to_pylist()
    return refs
