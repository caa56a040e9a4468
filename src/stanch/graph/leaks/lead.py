"""A lead: one desk and span of time at which victims' records were opened more often than chance explains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """What an audit should look at first. It says where to look, not who did what.

    ``start`` and ``end`` are UTC microseconds, the end excluded; ``viewed`` is how many people's records were opened at
    the desk in that time, ``victims`` (persons) whom a scam reached afterwards, ``look_ups`` the row of the look-up of
    each. ``p`` is the chance of so many, ``q`` the share of wrong names among leads as good as this one. ``round`` is 1
    for what the whole log shows; later rounds no longer count the victims that earlier ones explain.
    """

    system: int
    employee: int
    start: int
    end: int
    viewed: int
    victims: tuple[int, ...]
    look_ups: tuple[int, ...]
    expected: float
    log_p: float
    p: float
    q: float
    round: int


@dataclass(frozen=True, slots=True)
class Search:
    """All leads, best first; how many desks were looked at and how many tests were made in the first round.

    ``desks`` are (system, employee) with look-ups; ``tests`` are spans at a desk in which ``min_victims`` could have
    been met at all: where they could not, there was nothing to test.
    """

    leads: tuple[Lead, ...]
    desks: int
    tests: int
