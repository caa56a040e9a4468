"""IoT cards without a name: bought where nobody asks, in use for weeks, sent on to where they are needed."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import START, Ints
from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE

#: From so many cards on it is clear that a reseller sells without names.
_UNNAMED: Final = 11
#: Cards that were bought in the weeks before, so many days ago, and are in use so often a day.
_BOUGHT, _SESSIONS = (9, 24), 4
#: Cards sold for machines that speak are left where they are; the next ones travel.
_TRAVELLERS: Final = 4


def buy_unnamed(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Buy IoT cards without a name, some in the weeks before, more on one day; use them in telephones."""
    rng, country, p = scene.rng, scene.country, scene.country.parameters.telecom.gangs
    reseller = int(rng.choice(country.firms.resellers[1:]))
    before = np.sort(START - rng.integers(_BOUGHT[0] * DAY, _BOUGHT[1] * DAY, p.unnamed_before))
    old = _buy(scene, reseller, before)
    _use(scene, old, days)
    today = scene.at(days.supply, 9, 60) + np.sort(
        rng.integers(0, 2 * HOUR, int(rng.integers(p.unnamed[0], p.unnamed[1] + 1)))
    )
    _buy(scene, reseller, today)
    scene.role(reseller, "dealer")
    scene.plant("telecom.iot_sold_unnamed", reseller, today[_UNNAMED:])


def _buy(scene: Scene, reseller: int, when: Ints) -> Ints:
    """Buy a card at each of these moments and put it into a telephone; return the cards."""
    country = scene.country
    cards = country.names.add("iot_card", country.numbers.machine_numbers(len(when)))
    phones = scene.new_devices("phone", len(when))
    scene.role(cards, "gang_card")
    scene.role(phones, "gang_device")
    scene.write("iot_sold", when, step="card_supply", src=reseller, dst=cards, source="operator_b")
    scene.write("card_attached", when + 2 * HOUR, step="card_supply", src=cards, dst=phones, source="operator_b")
    return cards


def _use(scene: Scene, cards: Ints, days: Timetable) -> None:
    """Use the cards several times on each of two days: under the amount for which a name is asked."""
    region = int(scene.country.people.region[0])
    for card in cards.tolist():
        times = np.concatenate([
            scene.at(day, 9, 120) + np.cumsum(scene.rng.integers(30, 150, _SESSIONS) * MINUTE)
            for day in (days.supply, days.contact[0])
        ])  # fmt: skip
        scene.write("data_session", times, step="contact", src=card, region=region, detail="directed",
                    number=scene.rng.integers(200, 4000, len(times)), source="operator_b")  # fmt: skip
        scene.plant("telecom.iot_unnamed_in_use", card, times[3:])


def send_on(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Try some of the cards that were sold for machines where the shell company is, then use them elsewhere."""
    rng, people = scene.rng, scene.country.people
    here, there = rng.choice(np.unique(people.region), 2, replace=False).tolist()
    travellers = cards.machine[_TRAVELLERS:] if len(cards.machine) > _TRAVELLERS else cards.machine[-1:]
    for card in travellers[: scene.country.parameters.telecom.gangs.travelling].tolist():
        tried = scene.at(days.supply, 18, 60) + np.cumsum(rng.integers(15, 35, int(rng.integers(6, 9))) * MINUTE)
        used = scene.at(days.contact[0], 12, 120) + np.cumsum(rng.integers(20, 90, 3) * MINUTE)
        for when, region in ((tried, here), (used, there)):
            scene.write("data_session", when, step="contact", src=card, region=region, detail="directed",
                        number=rng.integers(50, 900, len(when)), source="operator_a")  # fmt: skip
        scene.plant("telecom.iot_other_region", card, [int(used[0])])
