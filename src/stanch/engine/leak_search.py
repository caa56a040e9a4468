"""Leads to leaks as people and programs read them: a list of what an audit looks at first, never of who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stanch.engine.look_up_log import LookUpLog
from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.lead import Lead
from stanch.graph.leaks.limits import START, Limits
from stanch.model.columns import NULL
from stanch.model.time import DAY, to_datetime

#: What is said of every line: figures are inferred from what victims allege; a person looks before anything follows.
STATUS: Final = "inferred"
NEXT: Final = "audit: ask for the tickets and reasons of these look-ups, and hear the employee"
#: Exports by the same employee are shown up to so long after the last look-up that counts.
_EXPORT_WITHIN: Final = 2 * DAY


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One span at one desk to audit. ``victims`` are pseudonyms of people who report fraud, which is alleged.

    ``look_ups`` are event ids, one for each victim, ``without_ticket`` how many of them name no ticket; ``exports`` are
    events of the same employee and system in that span or soon after: the log does not say whose records they hold.
    """

    employee: str
    source: str
    system: str
    start: str  #: ISO 8601, UTC
    end: str
    people_viewed: int
    victims: tuple[str, ...]
    expected: float
    p: float
    q: float
    round: int
    look_ups: tuple[str, ...]
    without_ticket: int
    exports: tuple[str, ...]
    status: str = STATUS
    next: str = NEXT


@dataclass(frozen=True, slots=True)
class LeakReport:
    """The list, and what it was drawn from; ``desks`` are employees by system, ``tests`` spans that could be tested."""

    look_ups: int
    people: int
    employees: int
    reporting: int  #: people who report fraud, in the whole log
    reporting_and_viewed: int  #: of them, whose record was opened
    desks: int
    tests: int
    max_q: float
    leads: tuple[LeadLine, ...]


def leak_report(log: LookUpLog, limits: Limits = START) -> LeakReport:
    """Return what to audit first in a log of look-ups."""
    found = find_leaks(log.look_ups, limits)
    named = int((log.look_ups.contact != NULL).sum())
    return LeakReport(
        len(log.look_ups), len(log.persons), len(log.employees), log.reports, named, found.desks, found.tests,
        limits.max_q, tuple(_line(log, lead) for lead in found.leads),
    )  # fmt: skip


def _line(log: LookUpLog, lead: Lead) -> LeadLine:
    source, system = log.systems[lead.system]
    rows = list(lead.look_ups)
    return LeadLine(
        f"employee:{log.employees[lead.employee].hex()}", source, system, to_datetime(lead.start).isoformat(),
        to_datetime(lead.end).isoformat(), lead.viewed,
        tuple(f"person:{log.persons[person].hex()}" for person in lead.victims), round(lead.expected, 4),
        lead.p, lead.q, lead.round, tuple(log.event_ids[row] for row in rows), int((log.ticket[rows] == 0).sum()),
        _exports(log, lead),
    )  # fmt: skip


def _exports(log: LookUpLog, lead: Lead) -> tuple[str, ...]:
    desk, until = (lead.employee, lead.system), lead.end + _EXPORT_WITHIN
    return tuple(
        event_id
        for employee, system, when, _, event_id in log.exports
        if (employee, system) == desk and lead.start <= when < until
    )
