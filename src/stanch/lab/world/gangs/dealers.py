"""The dealer: earlier cards that were restricted, cards activated in series, platform accounts made at the counter."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import START
from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.gangs.burnt_cards import limit
from stanch.lab.world.institutions import PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE, SECOND

#: A series of so many cards or more is clear of the shipped threshold, and so many restricted cards of a dealer.
_SERIES: Final = 12
_RESTRICTED: Final = 6
#: How long ago the dealer's earlier cards were sold, and how long ago some of them were restricted (days).
_SOLD, _CAUGHT = (40, 85), (2, 30)


def activate_in_series(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Use each card of the dealer for the first time, one after the other, on one device or two."""
    rng, count = scene.rng, scene.country.parameters.telecom.gangs.activators
    devices = scene.new_devices("phone", count)
    scene.role(devices, "gang_device")
    for device, batch in zip(devices.tolist(), np.array_split(np.sort(cards.bulk), count), strict=True):
        when = scene.at(days.supply, 14, 40) + np.cumsum(rng.integers(45, 240, len(batch)) * SECOND)
        scene.write("card_activated", when, step="card_supply", src=device, dst=batch, source=cards.operator)
        if len(batch) >= _SERIES:
            scene.plant("telecom.batch_activation", device, when[_SERIES - 1 :])


def was_restricted(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Tell of the cards that the dealer sold in the weeks before, and that many of them were restricted since."""
    rng, country, p = scene.rng, scene.country, scene.country.parameters.telecom.gangs
    count = int(rng.integers(p.sold_before[0], p.sold_before[1] + 1))
    sold = scene.new_cards(cards.operator, count)
    holders = scene.some(np.flatnonzero(country.people.age >= 18), count)
    when = START - rng.integers(_SOLD[0] * DAY, _SOLD[1] * DAY, count)
    scene.write("card_issued", when, step="card_supply", src=cards.dealer, dst=sold, channel="counter",
                holder=country.people.code[holders], source=cards.operator)  # fmt: skip
    caught = rng.permutation(count)[: max(_RESTRICTED, round(count * scene.between(p.restricted_before)))]
    limit(scene, cards, sold[caught], START - rng.integers(_CAUGHT[0] * DAY, _CAUGHT[1] * DAY, len(caught)))
    scene.role(sold[caught], "gang_card")
    begin = scene.at(days.supply, 9.5, 1)
    scene.plant("telecom.outlet_restricted_cards", cards.dealer, [begin, begin + 3 * HOUR])


def register_at_counter(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Make a platform account of each card that a customer buys, on the terminal of the counter, for the gang."""
    rng, country, p = scene.rng, scene.country, scene.country.parameters.telecom.gangs
    count = int(rng.integers(p.counter_users[0], p.counter_users[1] + 1))
    terminal = int(scene.new_devices("phone", 1)[0])
    scene.role(terminal, "gang_device")
    holders = country.people.code[scene.some(np.flatnonzero(country.people.age >= 16), count)]
    sold = scene.new_cards(cards.operator, count)
    day = days.contact[0]
    when = scene.at(day, 10, 90) + np.sort(rng.integers(0, 6 * HOUR, count))
    scene.write("card_issued", when, step="card_supply", src=cards.dealer, dst=sold, holder=holders, device=terminal,
                channel="counter", source=cards.operator)  # fmt: skip
    platform = str(rng.choice(PLATFORMS))
    users = country.names.add("user", [f"{platform}/{scene.name}c{i}" for i in range(count)])
    scene.role(users, "gang_user")
    made = when + rng.integers(3, 12, count) * MINUTE
    scene.write("user_registered", made, step="account_supply", src=terminal, dst=users, holder=holders,
                source=platform)  # fmt: skip
    scene.write("bound", made + MINUTE, step="account_supply", src=sold, dst=users, source=platform)
    order = np.sort(made)
    if count >= 5:
        scene.plant("internet.counter_registrations", terminal, order[4:])
