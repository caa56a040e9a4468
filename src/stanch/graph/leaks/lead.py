"""A lead: one desk or shared point and a span of time where victims' records were opened more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass

from stanch.graph.leaks.look_ups import EMPLOYEE


@dataclass(frozen=True, slots=True)
class Narrow:
    """The days within a lead's reach that stand out most.

    ``start`` and ``end`` are UTC microseconds, the end excluded; ``p`` is multiplied by ``tried``, the spans compared.
    ``first`` and ``last`` are the earliest and the latest look-up of its victims in it.
    """

    start: int
    end: int
    first: int
    last: int
    hits: int
    expected: float
    tried: int
    p: float


@dataclass(frozen=True, slots=True)
class Lead:
    """What an audit should look at first. It says where to look, not who did what.

    ``kind`` is ``employee`` or what many employees share: ``system``, ``channel`` ...; ``point`` is the code of that,
    NULL with an employee; ``system`` and ``employee`` are NULL where they say nothing. ``start`` and ``end`` are UTC
    microseconds, the end excluded; ``viewed`` is how many people's records were opened there in that time, ``victims``
    (persons) whom a scam reached afterwards, ``look_ups`` the row of the look-up of each. ``hits`` are those of them
    who were counted against ``expected``: with ``once``, those alone whom the spans before had not seen. ``p`` is the
    chance of so many, ``q`` the share of wrong names among leads as good as this one. ``round`` is 1 for what the whole
    log shows; later rounds no longer count the victims that earlier ones explain.
    """

    kind: str
    point: int
    system: int
    employee: int
    start: int
    end: int
    viewed: int
    victims: tuple[int, ...]
    look_ups: tuple[int, ...]
    hits: int
    once: bool
    expected: float
    log_p: float
    p: float
    q: float
    round: int
    narrow: Narrow

    @property
    def of_employee(self) -> bool:
        """Whether this is a lead to one employee."""
        return self.kind == EMPLOYEE


@dataclass(frozen=True, slots=True)
class Search:
    """All leads, best first; how many desks and shared points were looked at, and how many tests the first round made.

    ``desks`` are (system, employee) with look-ups, ``shared`` points that enough employees share; ``tests`` are spans
    at either in which ``min_victims`` could have been met at all: where they could not, there was nothing to test.
    """

    leads: tuple[Lead, ...]
    desks: int
    shared: int
    tests: int
