"""Warnings as the log keeps them: whom we warned of what, in which words, what they answered, and what they did then.

A person or account stands here by its pseudonym. An answer is what a ``warning_answered`` event says about the event
that was warned of (``ref``); what became of a payment is told by its ``settled`` or ``rejected`` event. A trusted
contact is named by a ``profile`` event of the person: detail ``trusted_contact`` or ``guardian``, the contact as
``holder``, number 1 for consent and 0 to take it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from stanch.decide.policy import PAYMENTS
from stanch.decide.warnings import Warnings
from stanch.engine.decisions import Decided, read_decided
from stanch.engine.names import Names
from stanch.engine.restart import column_of
from stanch.engine.telling import Telling, load_warnings, telling
from stanch.model.columns import INDEX, NULL
from stanch.model.time import to_datetime
from stanch.resolve.audience import Audience
from stanch.store.records import Records

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
    _region: dict[int, str] = field(default_factory=dict)
    _audience: Audience | None = None

    def take(self, commit: Decided) -> None:
        """Read one commit, row by row."""
        names, rows = commit.names, commit.rows
        audience = self._audience = self._audience or Audience(names.words.find)
        words, ids, refs = commit.words("kind"), commit.ids(), _refs(commit)
        audience.learn(rows, names.kinds(rows[:, INDEX["kind"]]), pa.array(ids, pa.string()))
        for row, kind in enumerate(words):
            if kind == "profile" and rows[row, INDEX["region"]] != NULL:
                self._region[int(rows[row, INDEX["src"]])] = names.words.word(int(rows[row, INDEX["region"]])) or ""
            elif kind in _OUTCOMES or kind == "warning_answered":
                self._became(rows[row].tolist(), kind or "", refs[row], names)
            decision = commit.decisions.get(row)
            told = telling(decision, rows[row].tolist(), self.words, audience) if decision is not None else None
            if told is not None:
                self._warned(commit, row, told, ids[row])

    def _became(self, row: list[int], kind: str, ref: str | None, names: Names) -> None:
        line = self._by_event.get((names.words.word(row[INDEX["source"]]) or "", ref or ""))
        if line is None:
            return
        if kind == "warning_answered":
            line.answer = names.words.word(row[INDEX["detail"]]) if row[INDEX["detail"]] != NULL else "answered"
        elif line.outcome == OPEN:
            line.outcome = _OUTCOMES[kind]

    def _warned(self, commit: Decided, at: int, told: Telling, event_id: str) -> None:
        names, row, finding = commit.names, commit.rows[at].tolist(), told.finding
        kind, spoken = commit.words("kind")[at] or "", told.finding.values.get("currency")
        currency = None if spoken is None else str(spoken)
        sentence = commit.rules.catalogue.get(finding.typology).reason
        line = WarningLine(
            row[INDEX["seq"]], f"{to_datetime(row[INDEX['as_of']]):%Y-%m-%d %H:%M}",
            names.words.word(row[INDEX["source"]]) or "", event_id, kind, _hex(names, finding.subject) or "",
            _hex(names, told.person), told.band, self._region.get(told.person), told.step, told.scheme,
            finding.typology, {each: sentence[each].render(finding.values, each, currency) for each in told.texts},
            told.texts, told.to, None if told.contact is None else _hex(names, told.contact.person),
            told.contact_texts, None if row[INDEX["amount"]] == NULL else row[INDEX["amount"]], currency,
            outcome=OPEN if kind in PAYMENTS else NO_PAYMENT,
        )  # fmt: skip
        self.lines.append(line)
        self._by_event[line.source, event_id] = line


def _hex(names: Names, entity: int) -> str | None:
    return None if entity == NULL else names.entities.pseudonym(entity).hex()


def _refs(commit: Decided) -> list[str | None]:
    refs: list[str | None] = column_of(commit.block, "ref", len(commit.rows)).to_pylist()
    return refs
