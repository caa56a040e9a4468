"""A law pack: what measures a country's law knows, whose power each is, how long it lasts and how to object.

A pack is YAML. Its words are ours; ``basis`` names the text it rests on and ``mark`` how sure that reading is. A term
holds from ``from`` until ``until`` (days in the pack's own zone, the last one excluded); a term with ``proposal: true``
is not law and is never chosen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta, timezone
from typing import Final

import msgspec

from stanch.law.spans import Calendar, Span, parse_span, shortest
from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml
from stanch.model.time import HOUR

#: What an order can ask for, and the delay that needs none.
MEASURES: Final = ("delay", "query", "stop", "freeze", "release", "return")
POWERS: Final = ("bank", "payment_firm", "operator", "platform", "police", "prosecutor", "court", "commissioner")
#: How sure a reading is: law read in full, secondary source, from memory, chosen by us.
MARKS: Final = ("read", "secondary", "memory", "chosen")
LANGUAGES: Final = ("en", "zh")
#: Fewest officials for each measure, whatever the text allows.
_FEWEST: Final = {"delay": 0, "query": 1, "stop": 1, "freeze": 2, "release": 1, "return": 2}
#: No end that an act can start lies nearer than this: the clock of the line looks no closer.
NEAREST_END: Final = 2 * HOUR


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text for people, in each language of the notices."""

    en: str
    zh: str


class Objection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the person concerned objects, within how long it is answered, and where to go after that."""

    how: Words
    within: str
    documents: Words
    onward: Words


@dataclass(frozen=True, slots=True)
class Term:
    """One measure as one text of law allows it.

    ``renewals`` is None where the text sets no limit; ``answer`` is how long the institution has.
    """

    id: str
    measure: str
    power: tuple[str, ...]
    lasts: Span
    renewals: int | None
    approvals: int
    answer: Span
    level: str
    basis: Words
    source: str
    objection: Objection
    hearing: Span  #: within how long an objection is answered
    from_: date
    until: date | None
    not_law: bool
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class Pack:
    """The terms of one country. ``draft`` is how long a draft waits for an official before it lapses."""

    id: str
    calendar: Calendar
    draft: Span
    terms: tuple[Term, ...]
    plain: Mapping[str, object]

    def term(self, measure: str, at: int) -> Term:
        """Return the term of a measure in force at a moment (UTC microseconds); raise ConfigError if there is none."""
        day = self.calendar.day(at)
        for term in self.terms:
            if term.measure == measure and not term.not_law and _holds(term, day):
                return term
        known = sorted({t.measure for t in self.terms if not t.not_law and _holds(t, day)})
        raise ConfigError(
            f"law pack {self.id}: no term for {measure!r} on {day}; it has {', '.join(known) or 'none'}: "
            "add the term with its source, or do not ask for the measure here"
        )

    def knows(self, measure: str, at: int) -> bool:
        """Whether a measure has a term in force at a moment."""
        day = self.calendar.day(at)
        return any(t.measure == measure and not t.not_law and _holds(t, day) for t in self.terms)

    def by_id(self, term_id: str) -> Term:
        """Return the term with an id; raise ConfigError naming the known ones."""
        for term in self.terms:
            if term.id == term_id:
                return term
        raise ConfigError(f"law pack {self.id}: unknown term {term_id!r}; known: {', '.join(t.id for t in self.terms)}")

    def within(self, calendar: Calendar) -> Pack:
        """Return the pack with another calendar: the holidays and the zone of the place it is used at."""
        return replace(self, calendar=calendar)

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical plain form and the calendar's holidays."""
        content = {"pack": self.plain, "holidays": sorted(str(day) for day in self.calendar.holidays)}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class _WrittenTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    id: str
    measure: str
    power: list[str]
    lasts: str
    basis: Words
    source: str
    objection: str
    from_: str
    mark: str
    level: str = ""
    answer: str = "24h"
    approvals: int = 1
    renewals: int | None = 0
    until: str | None = None
    proposal: bool = False
    note: str = ""


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    offset: int
    draft: str
    objections: dict[str, Objection]
    terms: list[_WrittenTerm]
    holidays: list[str] = []


def parse_pack(text: str, name: str) -> Pack:
    """Read a pack from YAML; ``name`` is named in errors. Raises ConfigError with the key and the next step."""
    return pack_from_plain(plain_from_yaml(text, name), name)


def pack_from_plain(data: object, name: str) -> Pack:
    """Build a pack from plain data, the form that ``Pack.plain`` holds."""
    try:
        return _build(msgspec.convert(data, _Written))
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys of a term: {', '.join(_keys())}") from None
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _build(written: _Written) -> Pack:
    calendar = Calendar(
        timezone(timedelta(minutes=written.offset)), frozenset(_day(d, "holidays") for d in written.holidays)
    )
    terms = tuple(_term(each, written.objections) for each in written.terms)
    _check_apart(terms)
    draft = _far_enough(parse_span(written.draft), "draft")
    return Pack(written.id, calendar, draft, terms, msgspec.to_builtins(written))


def _term(written: _WrittenTerm, objections: Mapping[str, Objection]) -> Term:
    place = f"terms.{written.id}"
    _check_words(place, "measure", [written.measure], MEASURES)
    _check_words(place, "power", written.power, POWERS)
    _check_words(place, "mark", [written.mark], MARKS)
    _check_words(place, "objection", [written.objection], tuple(objections))
    if written.approvals < _FEWEST[written.measure]:
        raise ConfigError(
            f"{place}.approvals: {written.approvals}; a {written.measure} needs at least {_FEWEST[written.measure]}"
        )
    objection = objections[written.objection]
    hearing = _far_enough(parse_span(objection.within), f"objections.{written.objection}.within")
    return Term(
        id=written.id, measure=written.measure, power=tuple(written.power),
        lasts=_far_enough(parse_span(written.lasts), f"{place}.lasts"), renewals=written.renewals,
        approvals=written.approvals, answer=_far_enough(parse_span(written.answer), f"{place}.answer"),
        level=written.level, basis=written.basis, source=written.source, objection=objection, hearing=hearing,
        from_=_day(written.from_, place), until=_day(written.until, place) if written.until else None,
        not_law=written.proposal, mark=written.mark, note=written.note,
    )  # fmt: skip


def _check_words(place: str, key: str, words: list[str], known: tuple[str, ...]) -> None:
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise ConfigError(f"{place}.{key}: {unknown[0] if unknown else 'nothing'!r}; known: {', '.join(known)}")


def _far_enough(span: Span, place: str) -> Span:
    if shortest(span) < NEAREST_END:
        raise ConfigError(f"{place}: {span} can end within two hours; the line's clock looks no closer than that")
    return span


def _check_apart(terms: tuple[Term, ...]) -> None:
    """Refuse two terms of one measure on one day: which of them holds must never depend on their order."""
    ids = [term.id for term in terms]
    twice = next((each for each in ids if ids.count(each) > 1), None)
    if twice:
        raise ConfigError(f"terms: id {twice!r} stands twice; an id names one text for good")
    law = [term for term in terms if not term.not_law]
    for n, one in enumerate(law):
        for other in law[n + 1 :]:
            if one.measure == other.measure and _overlap(one, other):
                raise ConfigError(f"terms {one.id} and {other.id} both give {one.measure} on one day; end one earlier")


def _overlap(one: Term, other: Term) -> bool:
    first, second = sorted((one, other), key=lambda term: term.from_)
    return first.until is None or second.from_ < first.until


def _holds(term: Term, day: date) -> bool:
    return term.from_ <= day and (term.until is None or day < term.until)


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{place}: not a day: {text!r}; write YYYY-MM-DD") from None


def _keys() -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(_WrittenTerm)]
