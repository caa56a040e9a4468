"""The shape of a made-up log of look-ups: how many people, desks and victims, and which leaks are planted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Desk:
    """One sort of desk in one system: how many employees, how many look-ups a day each, of whom.

    ``sees``: ``all`` people, those of the ``region`` of the desk (and one in ten of others), or only ``vip``.
    """

    system: str
    role: str
    employees: int
    a_day: float
    sees: str = "all"


@dataclass(frozen=True, slots=True)
class Plan:
    """One planted leak: a clerk of a system opens so many records for a gang within so many days."""

    system: str
    records: int
    days: int


#: A thousand employees. Complaints clerks and batch runs are the innocent look-alikes among them.
DESKS: Final = (
    Desk("call_centre", "clerk", 430, 12.0),
    Desk("call_centre", "complaints", 30, 6.0),
    Desk("call_centre", "batch", 4, 800.0),
    Desk("branches", "clerk", 320, 6.0, "region"),
    Desk("courier", "clerk", 186, 8.0, "region"),
    Desk("vip", "clerk", 30, 4.0, "vip"),
)
LEAKS: Final = tuple(
    Plan(system, records, days)
    for records, systems in ((200, ("call_centre", "branches", "courier")), (80, ("branches", "call_centre", "vip")),
                             (40, ("courier", "branches", "call_centre")), (15, ("branches", "courier", "vip")))
    for system, days in zip(systems, (1, 5, 25), strict=True)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Whole:
    """One planted leak of a shared point: all records that went through it within so many days, whoever opened them.

    ``kind`` and ``name``: a ``system``, the ``channel`` of a partner, or a ``device``: the shared terminal with that
    number. A leaked person falls victim with chance ``falls``.
    """

    kind: str
    name: str
    days: int
    falls: float


#: The partner's interface of the call centre: one look-up in six of all its clerks goes through it.
PARTNER: Final = "partner"
WHOLE: Final = (
    Whole("system", "courier", 1, 0.05),
    Whole("system", "branches", 3, 0.05),
    Whole("system", "call_centre", 1, 0.05),
    Whole("channel", PARTNER, 3, 0.05),
    Whole("system", "vip", 5, 0.2),
    Whole("device", "7", 10, 0.15),
    Whole("system", "courier", 1, 0.02),
    Whole("system", "branches", 5, 0.02),
    Whole("channel", PARTNER, 7, 0.02),
    Whole("system", "courier", 10, 0.05),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """All numbers of a made-up log: start values, chosen by us.

    ``victims`` fall to gangs that have no leak: most of them live where the gang works, those who are often on the
    phone and those with much money are likelier. A leaked person falls victim with chance ``falls``; a victim reports
    with chance ``reports``. What is known of the time of contact is late by some hours, with chance ``late`` by up to
    ``late_hours``.
    """

    people: int = 25_000
    days: int = 30
    regions: int = 8
    vip: float = 0.02
    spread: float = 0.7  #: standard deviation of the logarithm of how often people's records are opened
    desks: tuple[Desk, ...] = DESKS
    leaks: tuple[Plan, ...] = LEAKS
    whole: tuple[Whole, ...] = ()
    gangs: int = 3
    victims: int = 240
    in_region: float = 0.75
    vip_times: float = 3.0
    falls: float = 0.25
    reports: float = 0.6
    late: float = 0.05
    late_hours: float = 24.0
    complaints: tuple[int, int] = (1, 4)  #: look-ups of one victim after the contact, by complaints clerks
    busy_share: float = 0.25  #: of them by one and the same clerk
    through_partner: float = 1 / 6  #: of the look-ups of the call centre
    at_a_terminal: int = 8  #: employees of branches who share one
    systems: tuple[str, ...] = ("call_centre", "branches", "courier", "vip")

    def without_leaks(self) -> Shape:
        """Return the same shape with no leak in it."""
        return replace(self, leaks=(), whole=())

    def with_whole(self, *plans: Whole) -> Shape:
        """Return the same shape with leaks of shared points beside those of employees."""
        return replace(self, whole=plans)


START: Final = Shape()
#: Harder for any search: one gang, very many victims in one region, and one contact in five known late by up to a day.
HARD: Final = replace(START, gangs=1, victims=900, in_region=0.9, late=0.2)
