"""Leaks of shared points, held against what is true: named rightly, and who is named beside them."""

from __future__ import annotations

from dataclasses import dataclass

from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.lead import Lead
from stanch.lab.leaks.made import MadeLog, make_log
from stanch.lab.leaks.shape import WHOLE, Shape, Whole


@dataclass(frozen=True, slots=True)
class OneShared:
    """One log with a leak of a shared point: found in time, other points named, innocent employees named."""

    plan: Whole
    touched: int
    reported: int
    found: bool
    false_points: tuple[str, ...]
    false_employees: tuple[str, ...]  #: roles
    employees_found: int
    employees: int


@dataclass(frozen=True, slots=True)
class SharedPoint:
    """All leaks of one plan. A leak is found if its point is named for a window that shares days with it.

    ``touched`` and ``reported`` are averages; ``employees_found`` are employees' leaks named in the same logs.
    """

    point: str
    days: int
    falls: float
    leaks: int
    touched: float
    reported: float
    found: int
    false_points: int
    false_employees: int
    employees_found: int
    employees: int


def one_shared(shape: Shape, seed: int, turn: int) -> OneShared:
    """Return what the search says of one log; plans take turns."""
    plan = WHOLE[turn % len(WHOLE)]
    made = make_log(shape.with_whole(plan), seed + turn)
    return hold(made, find_leaks(made.look_ups).leads)


def hold(made: MadeLog, leads: tuple[Lead, ...]) -> OneShared:
    """Return how leads stand beside the one leak of a shared point in a log, and those of its employees."""
    (leak,) = made.whole
    theirs = {(each.system, each.employee) for each in made.leaks}
    desks = {(lead.system, lead.employee) for lead in leads if lead.of_employee}
    points = [lead for lead in leads if not lead.of_employee]
    right = [lead for lead in points if (lead.kind, lead.point) == (leak.plan.kind, leak.code)]
    in_time = [lead for lead in right if lead.narrow.start < leak.end and leak.start < lead.narrow.end]
    return OneShared(
        leak.plan, leak.touched, leak.reported, bool(in_time),
        tuple(f"{lead.kind} {lead.point}" for lead in points if lead not in in_time),
        tuple(made.roles[employee] for _, employee in desks - theirs), len(desks & theirs), len(theirs),
    )  # fmt: skip


def by_plan(found: list[OneShared]) -> tuple[SharedPoint, ...]:
    """Return the figures of each plan, in the order in which plans take turns."""
    plans = [plan for plan in WHOLE if any(one.plan == plan for one in found)]
    return tuple(_one_plan(plan, [one for one in found if one.plan == plan]) for plan in plans)


def _one_plan(plan: Whole, logs: list[OneShared]) -> SharedPoint:
    return SharedPoint(
        f"{plan.kind} {plan.name}", plan.days, plan.falls, len(logs),
        round(sum(one.touched for one in logs) / len(logs), 1), round(sum(one.reported for one in logs) / len(logs), 1),
        sum(one.found for one in logs), sum(len(one.false_points) for one in logs),
        sum(len(one.false_employees) for one in logs), sum(one.employees_found for one in logs),
        sum(one.employees for one in logs),
    )  # fmt: skip
