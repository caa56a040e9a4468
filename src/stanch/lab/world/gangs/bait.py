"""Bait: what those who do tasks get back after their first small payment, so that they trust."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.gangs.aftermath import Paid
from stanch.lab.world.gangs.assets import Accounts
from stanch.lab.world.scene import Scene
from stanch.model.time import MINUTE

#: What is paid back of the first payment, and the gang's own money for it on one account, in minor units.
_SHARE = 1.15
_FLOAT = 2_000_000


def pay_bait(scene: Scene, paid: Paid, supply_day: int, level: Accounts) -> None:
    """Pay the first small payment of each task back with a little more, from the gang's own money."""
    account, source = int(level.code[-1]), int(level.source[-1])
    branches = np.concatenate([b[1:] for b in scene.country.firms.branches.values()])
    scene.pay_in(scene.at(supply_day, 17, 60), step="account_supply", src=int(scene.rng.choice(branches)),
                dst=account, amount=_FLOAT, source=source)  # fmt: skip
    left = _FLOAT
    for one, payer, payments in paid:
        tasks = one.victim.plan.spread and one.victim.plan.way == "message"
        amount = int(payments[0].amount * _SHARE) if payments else 0
        if tasks and len(payments) > 1 and amount <= left:
            left -= amount
            when = payments[0].when + int(scene.rng.integers(2, 6)) * MINUTE
            scene.pay(when, step="payment", source=source, src=account, dst=payer.account, amount=amount,
                      channel="app", detail="commission")  # fmt: skip
