"""Rebates: a payee pays small sums back with a little more, until a large one comes that it keeps."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.gangs.things import Thing, rent, straw_people
from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Flow
from stanch.model.time import HOUR, MINUTE

#: The two small payments, in CNY, and what is paid back of each.
_SMALL: Final = ((100, 200), (200, 400))
_BACK: Final = 1.2
#: The gang's own money for it, in minor units; one withdrawal at most.
_FLOAT: Final = 400_000
_CASH: Final = 2_000_000
_SCHEME: Final = "rebate"


def rebates(scene: Scene, day: int) -> None:
    """Play a shop of tasks whose payee pays back twice, then keeps a sum many times as large and takes it in cash.

    Its victims report after the days of the world, if at all.
    """
    p = scene.country.parameters.trades
    account = rent(scene, int(straw_people(scene, 1)[0]))
    branches = np.concatenate([branch[1:] for branch in scene.country.firms.branches.values()])
    scene.pay_in(scene.at(day, 8.5, 10), step="account_supply", src=int(scene.rng.choice(branches)), dst=account.code,
                 amount=_FLOAT, source=account.source)  # fmt: skip
    for place, person in enumerate(straw_people(scene, p.rebates, 20, 45).tolist()):
        scene.role(int(scene.country.people.code[person]), "victim")
        _lead_on(scene, person, account, scene.at(day, 9.5 + 0.8 * place, 40))


def _lead_on(scene: Scene, person: int, account: Thing, begin: int) -> None:
    has, rng = scene.country.has, scene.rng
    row = has.account_of[person]
    code, source = int(has.accounts.code[row]), int(has.accounts.source[row])
    scene.write("payee_added", begin - 2 * MINUTE, step="payment", src=code, dst=account.code, source=source,
                device=int(has.device[person]))  # fmt: skip
    when = begin
    for bounds in _SMALL:
        small = int(scene.sums(bounds, 1)[0])
        _pay(scene, person, account, when, small)
        scene.pay(when + int(rng.integers(4, 15)) * MINUTE, step="payment", src=account.code, dst=code,
                  amount=int(small * _BACK), source=account.source, channel="app", detail="commission")  # fmt: skip
        when += int(rng.integers(30, 80)) * MINUTE
    large = int(scene.sums(scene.country.parameters.trades.rebate_sum, 1)[0])
    paid = _pay(scene, person, account, when + HOUR, large)
    scene.plant("finance.bait_refund", code, [when + HOUR])
    _take_out(scene, person, account, paid, when + HOUR + int(rng.integers(8, 40)) * MINUTE, large)


def _pay(scene: Scene, person: int, account: Thing, when: int, amount: int) -> int:
    """Pay from the victim's account; write it into the truth; return the instruction."""
    has, people = scene.country.has, scene.country.people
    row = has.account_of[person]
    event = int(scene.pay(when, step="payment", src=int(has.accounts.code[row]), dst=account.code, amount=amount,
                          source=int(has.accounts.source[row]), device=int(has.device[person]), channel="app",
                          address=int(people.address[person]), detail="task")[0])  # fmt: skip
    _flow(scene, int(has.accounts.source[row]), event, person, (), amount)
    return event


def _take_out(scene: Scene, person: int, account: Thing, paid: int, when: int, amount: int) -> None:
    """Take the large sum out in cash, at one machine after the other."""
    branches = np.concatenate([branch[1:] for branch in scene.country.firms.branches.values()])
    parts = [min(_CASH, amount - begin) for begin in range(0, amount, _CASH)]
    for place, part in enumerate(parts):
        event = scene.take_out("cash_out", when + place * 2 * MINUTE, step="exit", src=account.code, amount=part,
                               dst=int(scene.rng.choice(branches)), source=account.source, channel="atm")  # fmt: skip
        _flow(scene, account.source, int(event[0]), person, (paid,), part)


def _flow(scene: Scene, word: int, event: int, person: int, funds: tuple[int, ...], amount: int) -> None:
    source = scene.country.names.spelled_word(word)
    victim = int(scene.country.people.code[person])
    scene.truth.flows.append(Flow(source, event, scene.name, victim, _SCHEME, funds, amount))
