"""One gang, from the first leak to the last exit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.gangs.account_supply import farm_users, gather_accounts
from stanch.lab.world.gangs.aftermath import follow
from stanch.lab.world.gangs.assets import Timetable
from stanch.lab.world.gangs.bait import pay_bait
from stanch.lab.world.gangs.card_supply import supply_cards
from stanch.lab.world.gangs.card_trade import trade_cards
from stanch.lab.world.gangs.contact import reach
from stanch.lab.world.gangs.layering import launder
from stanch.lab.world.gangs.leak import leak
from stanch.lab.world.gangs.money import Purse
from stanch.lab.world.gangs.persuasion import persuade
from stanch.lab.world.gangs.schemes import choose_victims
from stanch.lab.world.gangs.takings import take
from stanch.lab.world.gangs.written import write_to_victims
from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Truth

#: Days on which a gang works after it has gathered what it needs.
_WORKING_DAYS = 5


def write_gangs(country: Country, diary: Diary, truth: Truth) -> None:
    """Let all gangs of a country work: as many as its people and days stand for, at least one."""
    size = len(country.people) * country.days
    taken: set[int] = set()
    for index in range(max(1, round(size / country.parameters.gangs.people_days))):
        name = f"g{index + 1:02d}"
        scene = Scene(country, diary, truth, country.chance("gang", index), name, truth.case(name))
        _work(scene, _timetable(scene, index), taken)


def _timetable(scene: Scene, index: int) -> Timetable:
    """Draw when a gang starts; the first one starts on the first day."""
    days = scene.country.days
    supply = 0 if index == 0 else int(scene.rng.integers(0, max(1, days - 2)))
    return Timetable(supply, tuple(range(supply + 1, min(supply + 1 + _WORKING_DAYS, days))))


def _work(scene: Scene, days: Timetable, taken: set[int]) -> None:
    people = scene.country.people
    victims = choose_victims(scene, taken)
    straws = scene.some(
        np.flatnonzero((people.age >= 18) & (people.age < 30)), scene.country.parameters.gangs.straw_people
    )
    leaked = leak(
        scene, days.supply, np.asarray([v.person for v in victims if v.plan.way != "message"], dtype=np.int64)
    )
    cards = supply_cards(scene, days.supply, straws)
    users = farm_users(scene, days.supply)
    levels = gather_accounts(scene, days.supply, straws)
    purse = Purse()
    reached = reach(scene, cards, users, days, leaked, victims)
    paid = take(scene, reached, levels, purse)
    trade_cards(scene, days, cards, levels, reached, purse)
    pay_bait(scene, paid, days.supply, levels[0])
    follow(scene, paid, set(leaked.tolist()))
    launder(scene, levels, purse)
    aside = replace(scene, rng=scene.country.chance("persuade", scene.case))
    persuade(aside, paid, levels[0], straws, days.supply)
    write_to_victims(replace(scene, rng=scene.country.chance("written", scene.case)), paid, levels)
