"""Re-verifications of a home as people read them: recomputed from its log, under the rules in force at each event."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from stanch.decide.reverifications import KINDS, Reverifications
from stanch.decide.reverify_case import KEPT, ReverifyCase, ReverifyEvent
from stanch.decide.reverify_words import FLAWS, said
from stanch.engine.names import Names
from stanch.engine.rules import Rules, load_rules, read_rules
from stanch.law.pack import LANGUAGES
from stanch.model.columns import INDEX, NULL
from stanch.model.time import to_datetime
from stanch.store.records import Records

_READ: Final = ("kind", "as_of", "dst", "dst_kind", "dst_person", "holder", "src", "src_kind", "detail", "number")
_CARDS: Final = ("card", "iot_card")


class CaseLine(msgspec.Struct, frozen=True):
    """One re-verification: card, holder and decider by pseudonym, times in UTC, None where there is none."""

    id: str
    card: str
    holder: str | None
    level: int
    score: int
    state: str
    reason: str
    asked_at: str
    due: str
    decide_by: str | None
    until: str | None
    answer_by: str | None
    decided_by: str | None
    last_card: bool
    proposal: str | None
    kept: tuple[str, ...]
    flaws: dict[str, str]
    said: dict[str, str]


class Listing(msgspec.Struct, frozen=True):
    """All re-verifications of a home at the log's clock: ``open`` by what is due first, ``ended`` by their end.

    ``not_cards`` counts requests about people, outlets and others: they are answered elsewhere.
    """

    at: str | None
    open: list[CaseLine]
    ended: list[CaseLine]
    not_cards: int


def reverifications(path: Path) -> Listing:
    """Return the re-verifications of a home; the line may go on writing. Raises StoreError where there is no home."""
    with Records.read(path) as records:
        book, names, others = _read(records)
        now = records.last_as_of()
        stored = records.policies()
    if now is not None:
        book.tick(now)
    rules = read_rules(stored[-1].body) if stored else load_rules()
    lines = [_line(case, names, rules) for case in book.cases()]
    return Listing(
        None if now is None else _moment(now),
        [line for case, line in zip(book.cases(), lines, strict=True) if case.open],
        [line for case, line in zip(book.cases(), lines, strict=True) if not case.open],
        others,
    )


def _read(records: Records) -> tuple[Reverifications, Names, int]:
    """Return the book after the whole log, its names, and how many requests were about others than cards."""
    book, names, others, end = Reverifications(), Names(), 0, records.last_seq()
    bodies = {row.hash: row.body for row in records.policies()}
    rules = cache(lambda policy: read_rules(bodies[policy]).policy.reverify)
    for each in records.blocks(columns=_READ, until=end):
        names.load(each.block.new_entities, list(each.block.new_symbols))
        rows, word = each.block.matrix(), names.words.word
        wanted = np.isin(rows[:, INDEX["kind"]], [names.words.code(kind) for kind in KINDS])
        for row in rows[wanted]:
            kind, dst_kind = word(int(row[INDEX["kind"]])) or "", word(int(row[INDEX["dst_kind"]])) or ""
            if row[INDEX["dst"]] == NULL or dst_kind not in _CARDS:
                others += kind == "reverification_asked"
                continue
            book.take(_event(kind, [int(row[INDEX[name]]) for name in _READ], names), rules(each.policy))
    return book, names, others


def _event(kind: str, row: list[int], names: Names) -> ReverifyEvent:
    _, at, card, _, holder, stated, actor, actor_kind, detail, number = row
    word = names.words.word
    return ReverifyEvent(
        kind, at, card, holder, stated, actor, word(actor_kind) or "", word(detail) or "", number,
    )  # fmt: skip


def _line(case: ReverifyCase, names: Names, rules: Rules) -> CaseLine:
    zone = rules.law.calendar.zone
    return CaseLine(
        case.id, _hex(case.card, names) or "", _hex(case.holder, names), case.level, case.score, case.state,
        case.reason, _moment(case.asked_at), _moment(case.due), _maybe(case.decide_by), _maybe(case.until),
        _maybe(case.answer_by), _hex(case.decided_by, names), case.last_card, case.proposal, KEPT,
        {flaw: FLAWS[flaw].en for flaw in case.flaws},
        {language: said(case, language, zone) for language in LANGUAGES},
    )  # fmt: skip


def _hex(entity: int, names: Names) -> str | None:
    return None if entity == NULL else names.entities.pseudonym(entity).hex()


def _maybe(micros: int | None) -> str | None:
    return None if micros is None else _moment(micros)


def _moment(micros: int) -> str:
    return f"{to_datetime(micros):%Y-%m-%d %H:%M}"
