"""Points that many employees of a made-up log share, and leaks of everything that went through one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.graph.leaks.look_ups import SYSTEM, Ints, LookUps, Points
from stanch.lab.leaks.shape import PARTNER, Shape, Whole
from stanch.model.columns import NULL
from stanch.model.time import DAY

#: Codes of the call centre's channels.
_OWN, _PARTNER = 0, 1
#: So many days after a record leaked, the gang calls; so many days of a log lie before and behind a leak.
_SOLD: Final = (1.0, 12.0)
_BEFORE, _BEHIND = 7, 8


@dataclass(frozen=True, slots=True)
class PlantedWhole:
    """A planted leak of a shared point: its code, its first day and the day after, and what it did.

    ``touched`` is how many people's records leaked, ``reported`` how many of the victims it made have reported.
    """

    plan: Whole
    code: int
    start: int
    end: int
    touched: int
    victims: Ints
    reported: int = 0


def through(shape: Shape, roles: tuple[str, ...], looks: LookUps, rng: np.random.Generator) -> tuple[Points, ...]:
    """Return channel and terminal of look-ups; the same beginning of a log gets the same ones."""
    partner = rng.random(len(looks)) < shape.through_partner
    there = looks.system == shape.systems.index("call_centre") if "call_centre" in shape.systems else partner & False
    channel = np.where(there, np.where(partner, _PARTNER, _OWN), NULL)
    seat = np.cumsum([role == "branches:clerk" for role in roles]) - 1
    terminals = np.where([role == "branches:clerk" for role in roles], seat // shape.at_a_terminal, NULL)
    return Points("channel", channel), Points("device", terminals[looks.employee].astype(np.int64))


def leak_whole(looks: LookUps, shape: Shape, plan: Whole, rng: np.random.Generator) -> PlantedWhole:
    """Let everything leak that went through a point in some days, and a gang call some of these people.

    ``looks.contact`` is changed: who has been reached before keeps that contact.
    """
    points = next(points for points in looks.shared() if points.kind == plan.kind)
    code = _code(shape, plan)
    first = int(looks.when.min()) // DAY * DAY
    last = max(_BEFORE + 1, shape.days - plan.days - _BEHIND)
    start = first + int(rng.integers(_BEFORE, last)) * DAY
    end = start + plan.days * DAY
    inside = np.flatnonzero((points.code == code) & (looks.when >= start) & (looks.when < end))
    people, at = np.unique(looks.person[inside], return_index=True)
    opened = looks.when[inside][at]
    fallen = (rng.random(len(people)) < plan.falls) & (looks.contact[people] == NULL)
    called = opened + (rng.uniform(*_SOLD, len(people)) * DAY).astype(np.int64)
    looks.contact[people[fallen]] = called[fallen]
    return PlantedWhole(plan, code, start, end, len(people), people[fallen])


def _code(shape: Shape, plan: Whole) -> int:
    if plan.kind == SYSTEM:
        return shape.systems.index(plan.name)
    return _PARTNER if plan.name == PARTNER else int(plan.name)
