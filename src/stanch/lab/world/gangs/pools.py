"""Pools: a card that wanders through devices, and cards that take the place of burnt ones in the box."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: From so many devices on it is clear that a card wanders.
_WANDERS: Final = 5


def rotate(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Let one card wander through boxes and telephones in a day, so that no device shows it for long."""
    low, high = scene.country.parameters.telecom.gangs.rotated
    devices = scene.some(np.concatenate([cards.boxes, cards.phones]), int(scene.rng.integers(low, high + 1)))
    card = int(cards.idle[-2])
    when = scene.at(days.contact[0], 8.5, 60) + np.cumsum(scene.rng.integers(35, 95, len(devices)) * MINUTE)
    scene.write("card_attached", when, step="card_supply", src=card, dst=devices, source=cards.operator)
    if len(devices) > _WANDERS:
        scene.plant("telecom.card_rotates_devices", card, when[_WANDERS:])


def replace_burnt(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Put other cards into the box from which was called, after a day of calling: it has had many holders' cards."""
    count = scene.country.parameters.telecom.gangs.replaced
    fresh = cards.straw[-count:]
    when = scene.at(days.contact[-1], 17.5, 40) + np.sort(scene.rng.integers(0, 2 * HOUR, len(fresh)))
    scene.write("card_attached", when, step="card_supply", src=fresh, dst=int(cards.boxes[0]), source=cards.operator)
    for card, moment in zip(fresh.tolist(), when.tolist(), strict=True):
        scene.plant("telecom.shared_device_holders", card, [moment])
