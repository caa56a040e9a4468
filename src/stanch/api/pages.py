"""Pages: decisions, findings and measures of one institution, in the order of the log, so many at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from stanch.api.keys import Key
from stanch.api.questions import Question
from stanch.api.shown import Decisions, Findings, Found, Measures, measure_of
from stanch.engine.answers import Answer, Answers
from stanch.engine.home import Home
from stanch.model.events import micros
from stanch.store.of_source import found_on, measures_of
from stanch.store.rows import Page

#: What every page is asked with.
SPAN: Final = ("since", "until", "cursor", "limit")
#: Commits that are looked through for one page.
_COMMITS: Final = 2_000
#: More measures than this are never taken on one event.
_LADDER: Final = 16


def page_of_decisions(answers: Answers, home: Home, key: Key, asked: Question) -> Decisions:
    """Return decisions; a page may hold fewer than asked for, and still have a next one."""
    span, limit = _Span(home, asked), asked.limit()
    found: list[Answer] = []
    reached = span.first
    for following, told in answers.of_source(key.institution, span.first, _COMMITS):
        for each in told:
            if span.holds(stamp(each)) and _wanted(each, asked):
                if len(found) == limit:
                    return Decisions(tuple(found), str(found[-1].seq + 1))
                found.append(each)
        reached = following
        if span.end is not None and following >= span.end:
            return Decisions(tuple(found), None)
    return Decisions(tuple(found), None if reached > home.records.last_seq() else str(reached))


def page_of_findings(answers: Answers, home: Home, key: Key, asked: Question) -> Findings:
    """Return findings; all of one event stand on one page."""
    span, limit, typology = _Span(home, asked), asked.limit(), asked.word("typology")
    places = found_on(home.records, Page(key.institution, span.first, span.end, limit + 1), typology)
    told = answers.at(set(places[:limit]))
    found = [
        Found(each.event_id, each.kind, each.seq, each.as_of, each.action, finding)
        for each in (told[place] for place in places[:limit])
        for finding in each.findings
        if typology in (None, finding.typology) and span.holds(stamp(each))
    ]
    return Findings(tuple(found), str(places[limit]) if len(places) > limit else None)


def page_of_measures(answers: Answers, home: Home, key: Key, asked: Question) -> Measures:
    """Return measures; all of one event stand on one page."""
    span, limit = _Span(home, asked), asked.limit()
    page = Page(key.institution, span.first, span.end, limit + _LADDER)
    rows = measures_of(home.records, page, asked.word("state"))
    cut = limit
    while cut < len(rows) and rows[cut].seq == rows[cut - 1].seq:
        cut += 1
    told = answers.at({row.seq for row in rows[:cut]})
    shown = tuple(measure_of(row, told) for row in rows[:cut] if span.holds(row.placed_at))
    return Measures(shown, str(rows[cut].seq) if len(rows) > cut else None)


def stamp(each: Answer) -> int:
    """Return the UTC microseconds of an answer's event."""
    return micros(datetime.fromisoformat(each.as_of))


class _Span:
    """The places of the log that a question is about: from ``first`` on, before ``end``."""

    def __init__(self, home: Home, asked: Question) -> None:
        self._since, self._until = asked.moment("since"), asked.moment("until")
        last = home.records.last_seq() + 1
        first = 0 if self._since is None else home.records.seq_at(self._since)
        self.first = max(last if first is None else first, asked.cursor())
        self.end = None if self._until is None else home.records.end_at(self._until)

    def holds(self, at: int) -> bool:
        """Whether a moment lies within what was asked for."""
        return (self._since is None or at >= self._since) and (self._until is None or at < self._until)


def _wanted(each: Answer, asked: Question) -> bool:
    action, kind, typology = (asked.word(name) for name in ("action", "kind", "typology"))
    return (
        action in (None, each.action)
        and kind in (None, each.kind)
        and (typology is None or any(finding.typology == typology for finding in each.findings))
    )
