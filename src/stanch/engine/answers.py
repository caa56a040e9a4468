"""Answers: what a sender is told about one event, the same now and whenever the log is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import numpy as np

from stanch.decide.because import with_because
from stanch.engine.line import Outcome
from stanch.engine.names import Names
from stanch.engine.restart import decisions_of
from stanch.engine.rules import read_rules
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision, Finding
from stanch.model.time import SECOND, to_datetime
from stanch.store.records import Records
from stanch.store.rows import LogBlock
from stanch.typologies.catalogue import Catalogue
from stanch.typologies.reasons import LANGUAGES

_READ: Final = ("seq", "as_of", "source", "kind", "late", "event_id")
_TOLD: Final = [INDEX[name] for name in ("seq", "as_of", "kind", "late", "source")]
_PLACES: Final = tuple(INDEX[name] for name in ("seq", "as_of", "kind", "late"))


class Explained(msgspec.Struct, frozen=True):
    """One finding as its reader sees it: the sentence in each language, and the numbers it rests on by name.

    ``subject`` is the role of the event in which the subject stands.
    """

    typology: str
    title: dict[str, str]
    subject: str
    side: str
    score: float
    step: str
    new_episode: bool
    reason: dict[str, str]
    values: dict[str, int | float | str | None]


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was decided about one event. Times in UTC; ``until`` ends a delay; ``proposed`` waits for a person."""

    event_id: str
    source: str
    kind: str
    seq: int
    as_of: str
    action: str
    score: float
    late: bool = False
    steps: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    why_not_lower: str = ""
    until: str | None = None
    exempt: str | None = None
    vulnerable: str | None = None
    findings: tuple[Explained, ...] = ()


class Told(msgspec.Struct, frozen=True, gc=False):
    """An event as its answer names it."""

    event_id: str
    source: str
    kind: str
    seq: int
    as_of: int
    late: bool


def answer(told: Told, decision: Decision | None, catalogue: Catalogue) -> Answer:
    """Return the answer to an event; without a decision nothing was found on it."""
    stamp = moment(told.as_of)
    if decision is None:
        return Answer(told.event_id, told.source, told.kind, told.seq, stamp, "allow", 0.0, told.late)
    return Answer(
        told.event_id, told.source, told.kind, told.seq, stamp, decision.action, decision.score, told.late,
        decision.steps, decision.proposed, decision.why_not_lower,
        None if decision.until is None else moment(decision.until), decision.exempt, decision.vulnerable,
        tuple(explained(finding, decision, catalogue) for finding in decision.findings),
    )  # fmt: skip


class Body(NamedTuple):
    """The JSON of an answer, whose it is, and the answer itself where something was found."""

    source: str
    event_id: str
    json: bytes
    found: Answer | None


def bodies_of(outcome: Outcome, names: Names, catalogue: Catalogue) -> Iterator[Body]:
    """Yield the answers to the events of a batch that was assembled as JSON, the bytes that ``Answer`` is encoded to.

    Nearly all events are let pass with nothing found: their answers are put together without an object for each.
    """
    batch, word = outcome.arrivals, names.words.word
    moments = np.datetime_as_string(batch.rows[:, INDEX["as_of"]].astype("M8[us]"), "us").tolist()
    rows = zip(batch.carried["event_id"].to_pylist(), moments, batch.rows[:, _TOLD].tolist(), strict=True)
    for r, (event_id, stamp, (seq, as_of, kind, late, source)) in enumerate(rows):
        decision, sender = outcome.decisions.get(r), word(source) or ""
        if decision is None:
            head = _encode(event_id), _named(sender), _named(word(kind) or ""), seq, stamp.encode(), _LATE[late == 1]
            yield Body(sender, event_id, _PASSED % head, None)
        else:
            told = answer(Told(event_id, sender, word(kind) or "", seq, as_of, late == 1), decision, catalogue)
            yield Body(sender, event_id, _encode(told), told)


_encode: Final = msgspec.json.Encoder().encode
_PASSED: Final = b'{"event_id":%b,"source":%b,"kind":%b,"seq":%d,"as_of":"%bZ","action":"allow","score":0.0%b}'
_LATE: Final = (b"", b',"late":true')


@lru_cache(maxsize=4096)
def _named(word: str) -> bytes:
    return _encode(word)


def answers_of(outcome: Outcome, names: Names, catalogue: Catalogue) -> Iterator[Answer]:
    """Yield the answers to the events of a batch that was assembled: their rows have their places."""
    batch, word = outcome.arrivals, names.words.word
    ids = batch.carried["event_id"].to_pylist()
    sources = [word(code) or "" for code in batch.rows[:, INDEX["source"]].tolist()]
    for r, (seq, as_of, kind, late) in enumerate(batch.rows[:, _PLACES].tolist()):
        told = Told(ids[r], sources[r], word(kind) or "", seq, as_of, late == 1)
        yield answer(told, outcome.decisions.get(r), catalogue)


def explained(finding: Finding, decision: Decision, catalogue: Catalogue) -> Explained:
    """Return a finding in words."""
    typology, currency = catalogue.get(finding.typology), finding.values.get("currency")
    reason = {
        language: with_because(
            typology.reason[language].render(finding.values, language, None if currency is None else str(currency)),
            finding,
            language,
        )
        for language in LANGUAGES
    }
    return Explained(
        finding.typology, dict(typology.title), finding.role, finding.side, finding.score,
        decision.step_on(finding.side), finding.new_episode, reason, finding.values,
    )  # fmt: skip


def moment(micros: int) -> str:
    """Return UTC microseconds as RFC 3339."""
    seconds, rest = divmod(micros, SECOND)
    return f"{_second(seconds)}.{rest:06d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return to_datetime(seconds * SECOND).strftime("%Y-%m-%dT%H:%M:%S")


class Answers:
    """Answers read back from a log, in any thread. ``names`` are those of the line, which only grow."""

    def __init__(self, records: Records, names: Names) -> None:
        self._records = records
        self._names = names
        self._catalogues: dict[str, Catalogue] = {}

    def find(self, source: str, event_id: str, since: int) -> Answer | None:
        """Return the answer to an event that stands in the log at ``since`` or in the next commits, or None."""
        for _, block in zip(range(_COMMITS_SEARCHED), self._records.blocks(since, columns=_READ), strict=False):
            ids = block.block.columns["event_id"]
            for row, found in enumerate(ids.to_pylist()):  # type: ignore[union-attr]  # an Arrow array of strings
                if found == event_id and self._source(block, row) == source:
                    return self._answer(block, row, {d.row: d for d in decisions_of(block)}.get(row))
        return None

    def of_source(self, source: str, since: int, blocks: int) -> Iterator[tuple[int, list[Answer]]]:
        """Yield for each of some commits from ``since`` on: the next place to read at, and this sender's answers."""
        code = self._names.words.find(source)
        for _, block in zip(range(blocks), self._records.blocks(since, columns=_READ), strict=False):
            columns, decisions = block.block.columns, {d.row: d for d in decisions_of(block)}
            mine = np.flatnonzero((columns["source"] == code) & (columns["seq"] >= since))
            yield block.last_seq + 1, [self._answer(block, r, decisions.get(r)) for r in mine.tolist()]

    def at(self, seqs: set[int]) -> dict[int, Answer]:
        """Return the answers at some places of the log. The caller has asked whose they are."""
        found: dict[int, Answer] = {}
        left = set(seqs)
        while left:
            block = next(self._records.blocks(min(left), columns=_READ), None)
            if block is None:
                break
            decisions = {d.row: d for d in decisions_of(block)}
            for seq in [seq for seq in left if seq <= block.last_seq]:
                left.discard(seq)
                row = seq - block.first_seq
                found[seq] = self._answer(block, row, decisions.get(row))
        return found

    def _answer(self, block: LogBlock, row: int, decision: Decision | None) -> Answer:
        columns, word = block.block.columns, self._names.words.word
        told = Told(
            columns["event_id"][row].as_py(), self._source(block, row), word(int(columns["kind"][row])) or "",
            int(columns["seq"][row]), int(columns["as_of"][row]), int(columns["late"][row]) == 1,
        )  # fmt: skip
        return answer(told, decision, self._catalogue(block.policy))

    def _source(self, block: LogBlock, row: int) -> str:
        return self._names.words.word(int(block.block.columns["source"][row])) or ""

    def _catalogue(self, policy: str) -> Catalogue:
        if policy not in self._catalogues:
            self._catalogues |= {row.hash: read_rules(row.body).catalogue for row in self._records.policies()}
        return self._catalogues[policy]


#: Commits after the first possible place of an event that are searched for it: ticks, and batches before its own.
_COMMITS_SEARCHED: Final = 64
