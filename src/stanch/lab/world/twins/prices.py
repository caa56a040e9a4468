"""Look-alikes of odd prices: tickets that all cost the same, and a small shop with a large order."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, some_people, transfer
from stanch.model.time import MINUTE


def ticket_order(scene: Scene, day: int) -> None:
    """Play someone who collects for a group order of tickets, all at one price; rarely for seats at the front."""
    host = some_people(scene, 20, 50, 1)
    scene.role(account_of(scene, host), "twin:ticket_order")
    guests = some_people(scene, 16, 60, int(scene.rng.integers(10, 20)))
    price = int(scene.rng.integers(*((9, 15) if scene.crosses() else (2, 7)))) * 10_000
    transfer(scene, scene.spread(day, 12, 4, len(guests)), guests, account_of(scene, host),
             np.full(len(guests), price), "goods")  # fmt: skip


def kitchen_shop(scene: Scene, day: int) -> None:
    """Play a shop for pots and pans on no list that fits out a canteen in parts; rarely five cooks come on one day."""
    shop = scene.country.names.one("merchant", f"K{scene.name}")
    scene.role(shop, "twin:kitchen_shop")
    guests = some_people(scene, 18, 75, int(scene.rng.integers(22, 30)))
    transfer(scene, scene.spread(day, 8.5, 4, len(guests)), guests, shop,
             scene.rng.integers(10, 70, len(guests)) * 100, "purchase")  # fmt: skip
    cooks = some_people(scene, 25, 60, 5 if scene.crosses() else 1)
    parts = np.resize(cooks, 5)
    when = scene.at(day + 1, 14.5, 30) + np.arange(len(parts)) * 40 * MINUTE
    transfer(scene, when, parts, shop, scene.rng.integers(15, 60, len(parts)) * 10_000, "purchase")
