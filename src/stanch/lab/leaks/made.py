"""A made-up log of look-ups: desks at their daily work, victims of gangs, and the planted leaks apart from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.graph.leaks.look_ups import Ints, LookUps
from stanch.lab.leaks.shape import Desk, Plan, Shape
from stanch.lab.leaks.whole import PlantedWhole, leak_whole, through
from stanch.model.columns import NULL
from stanch.model.time import DAY, HOUR

Floats = npt.NDArray[np.float64]

#: Day 0 begins here: Monday, 2 March 2026, 00:00 UTC.
_START: Final = 1_772_409_600_000_000
_OFFICE: Final = (9 * HOUR, 18 * HOUR)
_NIGHT: Final = (18 * HOUR, 23 * HOUR)
#: So many days after a record was opened for a gang, the gang calls.
_SOLD: Final = (1.0, 12.0)


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted leak: whose it is, and how many of the victims it made have reported."""

    plan: Plan
    system: int
    employee: int
    reported: int


@dataclass(frozen=True, slots=True)
class MadeLog:
    """A log and what is true of it: the leaks, and the role of each employee."""

    look_ups: LookUps
    leaks: tuple[Planted, ...]
    roles: tuple[str, ...]
    whole: tuple[PlantedWhole, ...] = ()


@dataclass(frozen=True, slots=True)
class _Folk:
    region: Ints
    vip: npt.NDArray[np.bool_]
    busy: Floats  #: how often a person's record is opened, against others


@dataclass(slots=True)
class _Log:
    """The owner of a log while it is made: look-ups in pieces, the contact of each person."""

    contact: Ints
    pieces: list[tuple[Ints, Ints, Ints, Ints]]

    def write(self, when: Ints, person: Ints, employee: Ints | int, system: int) -> None:
        """Write down look-ups."""
        whose = np.broadcast_to(np.asarray(employee, np.int64), when.shape)
        self.pieces.append((when, person, whose, np.full(when.shape, system, np.int64)))


def make_log(shape: Shape, seed: int) -> MadeLog:
    """Make a log; the same arguments give the same one. Each part draws from its own chance."""

    def chance(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    folk = _folk(shape, chance(0))
    log = _Log(np.full(shape.people, NULL, np.int64), [])
    roles = _work(log, shape, folk, chance(1))
    leaks = _leak(log, shape, folk, roles, chance(2))
    whole = _leak_whole(log, shape, folk, roles, chance)
    _scam(log, shape, folk, chance(3))
    true = log.contact.copy()
    _complain(log, shape, roles, chance(4))
    log.contact[:] = _as_known(shape, true, chance(5))
    look_ups = _look_ups(log, shape, folk, roles, chance(6))
    order = np.argsort(look_ups.when, kind="stable")
    reported = [(*leak[:3], int((log.contact[leak[3]] != NULL).sum())) for leak in leaks]
    told = tuple(replace(leak, reported=int((log.contact[leak.victims] != NULL).sum())) for leak in whole)
    return MadeLog(look_ups.part(order), tuple(Planted(*each) for each in reported), roles, told)


def _look_ups(
    log: _Log, shape: Shape, folk: _Folk, roles: tuple[str, ...], rng: np.random.Generator
) -> LookUps:  # fmt: skip
    when, person, employee, system = (np.concatenate(column) for column in zip(*log.pieces, strict=True))
    looks = LookUps(when, person, employee, system, log.contact, folk.region)
    return replace(looks, through=through(shape, roles, looks, rng))


def _leak_whole(
    log: _Log, shape: Shape, folk: _Folk, roles: tuple[str, ...], chance: Callable[[int], np.random.Generator]
) -> list[PlantedWhole]:
    looks = _look_ups(log, shape, folk, roles, chance(6))
    return [leak_whole(looks, shape, plan, chance(7 + place)) for place, plan in enumerate(shape.whole)]


def _folk(shape: Shape, rng: np.random.Generator) -> _Folk:
    weights = 1.0 / np.arange(2, shape.regions + 2)
    region = rng.choice(shape.regions, shape.people, p=weights / weights.sum())
    return _Folk(region, rng.random(shape.people) < shape.vip, rng.lognormal(0.0, shape.spread, shape.people))


def _work(log: _Log, shape: Shape, folk: _Folk, rng: np.random.Generator) -> tuple[str, ...]:
    """Let all desks do their daily work; return the role of each employee."""
    roles: list[str] = []
    for desk in shape.desks:
        employees = np.arange(len(roles), len(roles) + desk.employees)
        roles += [f"{desk.system}:{desk.role}"] * desk.employees
        pace = desk.a_day * rng.lognormal(0.0, 0.3, desk.employees)
        count = rng.poisson(np.broadcast_to(pace[:, None], (desk.employees, shape.days)))
        who, day = (np.repeat(values.ravel(), count.ravel()) for values in np.indices(count.shape))
        person = _opened(desk, folk, who, rng)
        when = _START + day * DAY + rng.integers(*_OFFICE, len(day))
        log.write(when, person, employees[who], shape.systems.index(desk.system))
    return tuple(roles)


def _opened(desk: Desk, folk: _Folk, who: Ints, rng: np.random.Generator) -> Ints:
    """Draw whose records are opened: those who are often on the phone more often."""
    if desk.sees == "vip":
        return _some(folk.busy * folk.vip, len(who), rng)
    found = _some(folk.busy, len(who), rng)
    if desk.sees == "region":
        # a desk of a region is never the first one of its system that a person elsewhere calls
        home = rng.choice(folk.region, desk.employees)[who]
        local = rng.random(len(who)) < 0.9
        for region in np.unique(home).tolist():
            rows = np.flatnonzero(local & (home == region))
            found[rows] = _some(folk.busy * (folk.region == region), len(rows), rng)
    return found


def _some(weights: Floats, count: int, rng: np.random.Generator) -> Ints:
    edges = np.cumsum(weights)
    drawn: Ints = np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
    return drawn


def _leak(
    log: _Log, shape: Shape, folk: _Folk, roles: tuple[str, ...], rng: np.random.Generator
) -> list[tuple[Plan, int, int, Ints]]:
    """Let clerks open records for gangs, and gangs call those people; return each leak with the persons in it."""
    leaks, taken = [], set[int]()
    for plan in shape.leaks:
        clerks = [n for n, role in enumerate(roles) if role == f"{plan.system}:clerk" and n not in taken]
        clerk = int(rng.choice(clerks))
        taken.add(clerk)
        pool = np.flatnonzero(folk.vip) if plan.system == "vip" else np.arange(shape.people)
        person = rng.choice(pool, plan.records, replace=False)
        first = int(rng.integers(2, max(3, shape.days - plan.days - 8)))
        day = first + rng.integers(0, plan.days, plan.records)
        when = _START + day * DAY + rng.integers(*_NIGHT, plan.records)
        log.write(when, person, clerk, shape.systems.index(plan.system))
        fallen = (rng.random(plan.records) < shape.falls) & (log.contact[person] == NULL)
        called = when + (rng.uniform(*_SOLD, plan.records) * DAY).astype(np.int64)
        log.contact[person[fallen]] = called[fallen]
        leaks.append((plan, shape.systems.index(plan.system), clerk, person[fallen]))
    return leaks


def _scam(log: _Log, shape: Shape, folk: _Folk, rng: np.random.Generator) -> None:
    """Let gangs without a leak find their victims: in campaigns of some days, most of them in one region."""
    for gang in range(shape.gangs):
        local = rng.choice(folk.region)
        count = shape.victims // shape.gangs + (gang < shape.victims % shape.gangs)
        likely = folk.busy * np.where(folk.vip, shape.vip_times, 1.0) * (log.contact == NULL)
        near = rng.random(count) < shape.in_region
        person = np.unique(np.concatenate([
            _some(likely * (folk.region == local), int(near.sum()), rng), _some(likely, int((~near).sum()), rng)
        ]))  # fmt: skip
        campaign = rng.choice(shape.days, 6)
        day = rng.choice(campaign, len(person))
        log.contact[person] = _START + day * DAY + rng.integers(*_OFFICE, len(person))


def _complain(log: _Log, shape: Shape, roles: tuple[str, ...], rng: np.random.Generator) -> None:
    """Let victims complain: complaints clerks open their records in the hours and days after the contact."""
    clerks = np.array([n for n, role in enumerate(roles) if role.endswith(":complaints")])
    if not len(clerks):
        return
    victims = np.flatnonzero(log.contact != NULL)
    person = np.repeat(victims, rng.integers(*shape.complaints, len(victims)))
    when = log.contact[person] + rng.integers(HOUR, 3 * DAY, len(person))
    who = np.where(rng.random(len(person)) < shape.busy_share, clerks[0], rng.choice(clerks, len(person)))
    kept = when < _START + shape.days * DAY
    log.write(when[kept], person[kept], who[kept], shape.systems.index("call_centre"))


def _as_known(shape: Shape, true: Ints, rng: np.random.Generator) -> Ints:
    """Return contacts as the reports tell them: many are never reported, and none is told early."""
    late = rng.lognormal(0.0, 0.8, len(true)) * HOUR
    late = np.where(rng.random(len(true)) < shape.late, rng.random(len(true)) * shape.late_hours * HOUR, late)
    told = (true != NULL) & (rng.random(len(true)) < shape.reports)
    known = true + late.astype(np.int64)
    return np.where(told & (known < _START + (shape.days + 3) * DAY), known, NULL)
