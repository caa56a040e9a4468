"""Shop fronts: merchants whose codes take what is no trade, and who pay back so that sales are counted twice."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.gangs.things import customers, rent, straw_people, they_pay
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE, SECOND

#: From these on a night's takings count as planted, clear of the shipped thresholds (payers, minor units).
_MANY, _MUCH = 10, 1_300_000
#: So many refunds before a payment, of a sum from here on.
_LOOPED, _NOTABLE = 4, 110_000


def night_codes(scene: Scene, day: int) -> None:
    """Take stakes of a gambling site through the code of a shop front at night, and pay them to a mule by day."""
    p, rng = scene.country.parameters.trades, scene.rng
    shop = _shop(scene, "night")
    payers = customers(scene, scene.often(p.night_payers))
    when = scene.spread(day, 0.6, 2.4, len(payers))
    stakes = scene.sums(p.night_stake, len(payers))
    they_pay(scene, when, payers, shop, stakes, channel="qr", detail="purchase")
    if len(payers) > _MANY and int(stakes[:-1].sum()) >= _MUCH:
        scene.plant("finance.merchant_night_codes", shop, when[_MANY:])
    mule = rent(scene, int(straw_people(scene, 1)[0]))
    scene.pay(int(when[-1]) + 8 * HOUR + int(rng.integers(0, 2 * HOUR)), step="layering", src=shop, dst=mule.code,
              amount=int(stakes.sum()) * 97 // 100, source=int(rng.choice(scene.country.houses.firm)), channel="batch",
              detail="takings")  # fmt: skip


def refund_loop(scene: Scene, day: int) -> None:
    """Let a mule buy at a shop front and be paid back, again and again: sales on paper, the same money each time."""
    p, rng = scene.country.parameters.trades, scene.rng
    shop, rounds = _shop(scene, "loop"), scene.often(p.refunds)
    person = int(straw_people(scene, 1)[0])
    mule = rent(scene, person)
    begin = scene.at(day, 9.5, 60)
    when = begin + np.cumsum(rng.integers(40, 170, rounds + 1)) * MINUTE
    amount = scene.sums(p.refund_sum, rounds + 1)
    branch = int(rng.choice(scene.country.firms.branches["bank_a"][1:]))
    scene.pay_in(begin, step="account_supply", src=branch, dst=mule.code, amount=int(amount.max()), source=mule.source)
    asked = scene.pay(when, step="layering", src=mule.code, dst=shop, amount=amount, source=mule.source, channel="qr",
                      detail="purchase", device=int(scene.country.has.device[person]))  # fmt: skip
    scene.give_back(when[:-1] + rng.integers(4 * MINUTE, 35 * MINUTE, rounds), step="layering", src=shop, dst=mule.code,
                    amount=amount[:-1], ref=asked[:-1], source=mule.source)  # fmt: skip
    late = np.flatnonzero((np.arange(rounds + 1) >= _LOOPED) & (amount >= _NOTABLE))
    if len(late):
        scene.plant("finance.refund_loop", shop, when[late] + SECOND)


def _shop(scene: Scene, tag: str) -> int:
    """Sign up a merchant that nobody has on a list."""
    shop = scene.country.names.one("merchant", f"F{scene.name}{tag}")
    scene.role(shop, "shop_front")
    return shop
