"""Prices that no trade has: one dear thing sold again and again, and a small shop that suddenly takes large sums."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.things import customers, rent, straw_people, they_pay
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR

#: From these payers on the sales of a day count as planted, clear of the shipped thresholds.
_STRANGERS, _LARGE_PAYERS = 9, 4
#: The gang keeps so many percent of what a seller took.
_KEPT: Final = 3


def one_price(scene: Scene, day: int) -> None:
    """Let strangers pay stakes as if each bought the same gift card of one seller; the seller pays a mule."""
    p, rng = scene.country.parameters.trades, scene.rng
    seller, mule = (rent(scene, int(person)) for person in straw_people(scene, 2))
    payers = customers(scene, scene.often(p.price_payers))
    when = scene.spread(day, 12.5, 4.0, len(payers))
    price = int(scene.sums(p.one_price, 1)[0])
    they_pay(scene, when, payers, seller.code, np.full(len(payers), price))
    if len(payers) > _STRANGERS:
        scene.plant("finance.same_price_strangers", seller.code, when[_STRANGERS:])
    _pay_on(scene, int(when[-1]) + int(rng.integers(1, 3)) * HOUR, (seller.code, seller.source), mule.code,
            price * len(payers))  # fmt: skip


def dear_baskets(scene: Scene, day: int) -> None:
    """Let a corner shop sell small things for a day, and take large sums of strangers on the next."""
    p, rng = scene.country.parameters.trades, scene.rng
    shop = scene.country.names.one("merchant", f"F{scene.name}corner")
    scene.role(shop, "shop_front")
    guests = customers(scene, scene.often(p.small_sales))
    _sell(scene, scene.spread(day, 8.5, 4.0, len(guests)), guests, shop, scene.sums(p.small_basket, len(guests)))
    payers = customers(scene, scene.often(p.price_payers))
    when, sums = scene.spread(day + 1, 14.5, 5.0, len(payers)), scene.sums(p.large_basket, len(payers))
    _sell(scene, when, payers, shop, sums)
    if len(payers) > _LARGE_PAYERS:
        scene.plant("finance.above_usual_basket", shop, when[_LARGE_PAYERS:])
    mule = rent(scene, int(straw_people(scene, 1)[0]))
    _pay_on(scene, int(when[-1]) + 2 * HOUR, (shop, int(rng.choice(scene.country.houses.firm))), mule.code,
            int(sums.sum()))  # fmt: skip


def _sell(scene: Scene, when: Ints, payers: Ints, shop: int, amount: Ints) -> None:
    they_pay(scene, when, payers, shop, amount, channel="qr", detail="purchase")


def _pay_on(scene: Scene, when: int, seller: tuple[int, int], mule: int, taken: int) -> None:
    """Pay what was taken on to a mule; ``seller`` is its code and the word of its institution."""
    scene.pay(when, step="layering", src=seller[0], dst=mule, amount=taken * (100 - _KEPT) // 100, source=seller[1],
              channel="batch", detail="takings")  # fmt: skip
