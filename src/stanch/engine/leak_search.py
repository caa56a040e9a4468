"""Leads to leaks as people and programs read them: a list of what an audit looks at first, never of who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stanch.engine.look_up_log import LookUpLog
from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.lead import Lead
from stanch.graph.leaks.limits import START, Limits
from stanch.graph.leaks.look_ups import SYSTEM
from stanch.model.columns import NULL
from stanch.model.time import DAY, to_datetime

#: What is said of every line: figures are inferred from what victims allege; a person looks before anything follows.
STATUS: Final = "inferred"
NEXT: Final = "audit: ask for the tickets and reasons of these look-ups, and hear the employee"
NEXT_SHARED: Final = (
    "audit: ask what copies, exports and partners read from it in this window; suspect no single employee"
)
#: Exports by the same employee are shown up to so long after the last look-up that counts.
_EXPORT_WITHIN: Final = 2 * DAY


@dataclass(frozen=True, slots=True)
class WindowLine:
    """The days within a lead that stand out most; ``p`` is corrected for the spans of days that were compared.

    ``first`` and ``last`` are the earliest and latest look-up of a victim in it.
    """

    start: str  #: ISO 8601, UTC
    end: str
    first: str
    last: str
    hits: int
    expected: float
    p: float


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One span at one desk, or at one point that many employees share, to audit.

    ``kind`` is employee, system, institution, channel, device or address, ``name`` its name: pseudonyms of employees,
    devices and addresses. ``employee`` is empty where all who work there are as suspect as each other; ``employees`` is
    how many opened the records of these victims. ``victims`` are pseudonyms of people who report fraud, which is
    alleged; ``hits`` those of them who were counted against ``expected``. ``look_ups`` are event ids, one for each
    victim, ``without_ticket`` how many of them name no ticket; ``exports`` are events of the same employee and system
    (of all of the system) in that span or soon after: the log does not say whose records they hold.
    """

    kind: str
    name: str
    employee: str
    source: str
    system: str
    start: str  #: ISO 8601, UTC
    end: str
    window: WindowLine
    people_viewed: int
    employees: int
    victims: tuple[str, ...]
    hits: int
    expected: float
    p: float
    q: float
    round: int
    look_ups: tuple[str, ...]
    without_ticket: int
    exports: tuple[str, ...]
    words: str
    status: str = STATUS
    next: str = NEXT


@dataclass(frozen=True, slots=True)
class LeakReport:
    """The list, and what it was drawn from; ``desks`` are employees by system, ``tests`` spans that could be tested.

    ``shared_points`` are systems, institutions, channels, devices and addresses that several employees share.
    """

    look_ups: int
    people: int
    employees: int
    reporting: int  #: people who report fraud, in the whole log
    reporting_and_viewed: int  #: of them, whose record was opened
    desks: int
    shared_points: int
    tests: int
    max_q: float
    leads: tuple[LeadLine, ...]


def leak_report(log: LookUpLog, limits: Limits = START) -> LeakReport:
    """Return what to audit first in a log of look-ups."""
    found = find_leaks(log.look_ups, limits)
    named = int((log.look_ups.contact != NULL).sum())
    return LeakReport(
        len(log.look_ups), len(log.persons), len(log.employees), log.reports, named, found.desks, found.shared,
        found.tests, limits.max_q, tuple(_line(log, lead) for lead in found.leads),
    )  # fmt: skip


def _line(log: LookUpLog, lead: Lead) -> LeadLine:
    source, system = _system(log, lead)
    rows, name = list(lead.look_ups), _name(log, lead)
    employee = name if lead.of_employee else ""
    return LeadLine(
        lead.kind, name, employee, source, system, _day(lead.start), _day(lead.end), _window(lead), lead.viewed,
        len(set(log.look_ups.employee[rows].tolist())),
        tuple(f"person:{log.persons[person].hex()}" for person in lead.victims), lead.hits, round(lead.expected, 4),
        lead.p, lead.q, lead.round, tuple(log.event_ids[row] for row in rows), int((log.ticket[rows] == 0).sum()),
        _exports(log, lead), _words(lead, name), next=NEXT if lead.of_employee else NEXT_SHARED,
    )  # fmt: skip


def _system(log: LookUpLog, lead: Lead) -> tuple[str, str]:
    """Return source and system of a lead: of all its look-ups, empty where they differ."""
    pairs = {log.systems[code] for code in log.look_ups.system[list(lead.look_ups)].tolist()}
    sources, systems = {source for source, _ in pairs}, {system for _, system in pairs}
    return (sources.pop() if len(sources) == 1 else ""), (systems.pop() if len(systems) == 1 else "")


def _name(log: LookUpLog, lead: Lead) -> str:
    if lead.of_employee:
        return f"employee:{log.employees[lead.employee].hex()}"
    if lead.kind == SYSTEM:
        return " ".join(log.systems[lead.system])
    return next(each.names[lead.point] for each in log.points if each.points.kind == lead.kind)


def _window(lead: Lead) -> WindowLine:
    best = lead.narrow
    times = (_day(best.start), _day(best.end), _day(best.first), _day(best.last))
    return WindowLine(*times, best.hits, round(best.expected, 4), best.p)


def _words(lead: Lead, name: str) -> str:
    """Say what a lead is, and what it is not."""
    where = "at the desk of" if lead.of_employee else f"by many employees through the {lead.kind}"
    whom = ", not seen there shortly before," if lead.once else ""
    what = "the employee" if lead.of_employee else "anybody who works with it"
    return (
        f"Of the people whose records were opened {where} {name} from {_day(lead.start)[:10]} until"
        f" {_day(lead.end)[:10]}, {lead.hits}{whom} were reached by a scam afterwards, as they report;"
        f" {lead.expected:.1f} were expected (q = {lead.q:.1e}). This is a statistical lead for an audit, not an"
        f" accusation against {what}."
    )


def _day(when: int) -> str:
    return to_datetime(when).isoformat()


def _exports(log: LookUpLog, lead: Lead) -> tuple[str, ...]:
    """Return exports of a desk, or of a whole system; the log does not say through what else an export went."""
    if lead.system == NULL:
        return ()
    until = lead.end + _EXPORT_WITHIN
    return tuple(
        event_id
        for employee, system, when, _, event_id in log.exports
        if system == lead.system and (employee == lead.employee or not lead.of_employee) and lead.start <= when < until
    )
