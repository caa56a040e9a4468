"""Claims about the search for leaks on small logs, each with its innocent twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.lead import Lead
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import LookUps
from stanch.model.columns import NULL
from stanch.model.time import DAY, HOUR

PEOPLE, CLERKS, DAYS, EACH = 2000, 12, 10, 20
LEAKER = 0

View = tuple[int, int, int]  # when, person, employee


def ordinary(seed: int = 1) -> list[View]:
    """Twelve clerks who open twenty records a day, of whoever comes."""
    rng = np.random.default_rng(seed)
    return [
        (day * DAY + 10 * HOUR + int(rng.integers(8 * HOUR)), int(rng.integers(PEOPLE)), clerk)
        for day in range(DAYS)
        for clerk in range(1, CLERKS + 1)
        for _ in range(EACH)
    ]


def log(views: list[View], contacts: dict[int, int], group: np.ndarray | None = None) -> LookUps:
    when, person, employee = (np.array(column, np.int64) for column in zip(*views, strict=True))
    contact = np.full(PEOPLE, NULL, np.int64)
    contact[list(contacts)] = list(contacts.values())
    system = np.zeros(len(when), np.int64)
    return LookUps(when, person, employee, system, contact, np.zeros(PEOPLE, np.int64) if group is None else group)


def leads(look_ups: LookUps, limits: Limits | None = None) -> list[Lead]:
    return list(find_leaks(look_ups, limits or Limits()).leads)


VICTIMS = range(100, 112)


def leaked(hour: int) -> list[View]:
    """The leaker opens twelve records on day 3, and eight of others."""
    return [(3 * DAY + hour * HOUR + k, person, LEAKER) for k, person in enumerate([*VICTIMS, *range(300, 308)])]


def called(day: float) -> dict[int, int]:
    return {person: int(day * DAY) for person in VICTIMS}


def test_a_desk_that_opened_the_victims_records_before_they_were_called_is_a_lead() -> None:
    (lead,) = leads(log(ordinary() + leaked(20), called(5)))
    assert (lead.system, lead.employee, set(lead.victims)) == (0, LEAKER, set(VICTIMS))
    assert (lead.end - lead.start, lead.start // DAY, lead.viewed) == (DAY, 3, 20)
    assert lead.q < 0.001
    assert lead.expected < 2


def test_each_look_up_that_a_lead_rests_on_is_named() -> None:
    look_ups = log(ordinary() + leaked(20), called(5))
    (lead,) = leads(look_ups)
    rows = list(lead.look_ups)
    assert set(look_ups.person[rows].tolist()) == set(VICTIMS)
    assert set(look_ups.employee[rows].tolist()) == {LEAKER}
    assert (look_ups.when[rows] < 5 * DAY).all()


def test_a_complaints_clerk_who_opens_records_after_the_scam_is_left_alone() -> None:
    assert leads(log(ordinary() + leaked(20), called(3))) == []


def test_look_ups_shortly_before_the_latest_time_of_contact_may_be_caused_by_it() -> None:
    assert leads(log(ordinary() + leaked(20), called(4))) == []  # from 20:00 to midnight are four hours
    assert leads(log(ordinary() + leaked(20), called(4)), Limits(margin=HOUR))


def test_a_clerk_who_opens_everybodys_record_is_left_alone() -> None:
    views = ordinary()
    batch = [(day * DAY + HOUR + person, person, 99) for day in range(DAYS) for person in range(PEOPLE)]
    assert leads(log(views + batch, called(5))) == []


def test_a_busy_clerk_is_left_alone_where_everybody_of_the_system_might_have_met_the_victims() -> None:
    rng = np.random.default_rng(7)
    victims = {int(person): 6 * DAY for person in rng.choice(PEOPLE, 300, replace=False)}
    busy = [(day * DAY + 9 * HOUR + k, int(rng.integers(PEOPLE)), 50) for day in range(DAYS) for k in range(200)]
    assert leads(log(ordinary() + busy, victims)) == []


def test_a_branch_where_the_gang_works_is_held_against_its_own_region() -> None:
    rng = np.random.default_rng(3)
    group = (np.arange(PEOPLE) < 200).astype(np.int64)  # one in ten lives where the gang works
    views = [(when, int(rng.integers(200)) if clerk == 1 else person, clerk) for when, person, clerk in ordinary()]
    views += [(day * DAY + 9 * HOUR, int(person), 2) for day in range(DAYS) for person in rng.choice(200, 20)]
    victims = {int(person): 8 * DAY for person in rng.choice(200, 60, replace=False)}
    assert leads(log(views, victims, group)) == []
    assert leads(log(views, victims)), "without regions the branch would be named"


def test_four_victims_are_not_enough_whatever_the_chance() -> None:
    few = dict(list(called(5).items())[:4])
    assert leads(log(ordinary() + leaked(20), few)) == []
    assert leads(log(ordinary() + leaked(20), few), Limits(min_victims=4, max_q=0.05))


def test_a_large_leak_does_not_hide_a_small_one() -> None:
    large = [(3 * DAY + 19 * HOUR + k, 400 + k, 60) for k in range(700)]
    small = [(3 * DAY + 19 * HOUR + k, 1200 + k, 61) for k in range(12)]
    contacts = dict.fromkeys((*range(400, 1100), *range(1200, 1208)), 6 * DAY)
    found = leads(log(ordinary() + large + small, contacts), Limits(min_ratio=1.5))
    assert [(lead.employee, lead.round) for lead in found] == [(60, 1), (61, 2)]


def test_nobody_is_named_where_nobody_reports() -> None:
    assert leads(log(ordinary() + leaked(20), {})) == []


def test_an_empty_log_is_searched_without_complaint() -> None:
    nothing = np.zeros(0, np.int64)
    found = find_leaks(LookUps(nothing, nothing, nothing, nothing, nothing, nothing))
    assert (found.leads, found.desks, found.tests) == ((), 0, 0)


def test_the_order_of_the_log_changes_nothing_that_is_said() -> None:
    look_ups = log(ordinary() + leaked(20), called(5))
    order = np.random.default_rng(2).permutation(len(look_ups))
    columns = {name: getattr(look_ups, name)[order] for name in ("when", "person", "employee", "system")}
    before, after = find_leaks(look_ups), find_leaks(replace(look_ups, **columns))
    said = [[(lead.employee, lead.start, set(lead.victims), lead.q) for lead in each.leads] for each in (before, after)]
    assert said[0] == said[1]
