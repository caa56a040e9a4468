"""Stage five: victims pay, each as their scheme goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.lab.world.clock import START, Ints
from stanch.lab.world.diary import Values
from stanch.lab.world.gangs.assets import Accounts
from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.money import Lot, Purse
from stanch.lab.world.gangs.takeover import take_over
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Flow
from stanch.model.time import DAY, HOUR, MINUTE

#: From this sum on people break into their savings first, in minor units.
_SAVINGS: Final = 1_000_000
#: Nobody pays in the last hours of a world: the money could not move on within it.
_LAST_HOURS: Final = 8


@dataclass(frozen=True, slots=True)
class Wave:
    """The moment at which all who do tasks are told to pay into one account."""

    account: int
    when: int


def take(
    scene: Scene, reached: list[Reached], levels: tuple[Accounts, Accounts, Accounts], purse: Purse
) -> list[tuple[Reached, Payer, list[Payment]]]:
    """Let all victims pay, put what they pay on the gang's accounts, and return who paid what."""
    tasks = [one.when for one in reached if one.victim.plan.spread and one.victim.plan.way == "message"]
    wave = Wave(int(levels[0].code[0]), max(tasks, default=0) + 3 * HOUR)
    paid = []
    for one in reached:
        payer = _payer(scene, one)
        if one.victim.loss >= _SAVINGS:
            _redeem(scene, one, payer)
        if one.victim.plan.takeover:
            payer = take_over(scene, one, payer)
        payments = _pay(scene, one, payer, _payees(scene, one, levels), wave)
        for payment in payments:
            _keep(scene, one, payer, payment, purse)
        paid.append((one, payer, payments))
    return paid


def _payer(scene: Scene, one: Reached) -> Payer:
    people, has, row = scene.country.people, scene.country.has, one.victim.person
    things, main = (has.wallets, has.wallet_of) if one.victim.plan.payee == "wallet" else (has.accounts, has.account_of)
    thing = int(main[row])
    scene.role(int(people.code[row]), "victim")
    return Payer(int(people.code[row]), int(things.code[thing]), int(things.source[thing]), int(has.device[row]),
                 int(people.address[row]), one.until)  # fmt: skip


def _redeem(scene: Scene, one: Reached, payer: Payer) -> None:
    """Break a deposit early, so that there is something to pay with."""
    branch = scene.rng.choice(np.concatenate([branch[1:] for branch in scene.country.firms.branches.values()]))
    scene.pay_in(one.when - int(scene.rng.integers(30, 200)) * MINUTE, step="payment", src=int(branch),
                dst=payer.account, amount=int(one.victim.loss * scene.between((1.02, 1.3))),
                detail="deposit_redeemed", source=payer.source)  # fmt: skip


def _payees(scene: Scene, one: Reached, levels: tuple[Accounts, Accounts, Accounts]) -> Ints:
    """Return the accounts to which a victim pays, in turn; the first account of all is kept for the wave."""
    plan = one.victim.plan
    level = {"person": levels[0], "company": levels[1], "wallet": levels[2]}[plan.payee]
    choices = level.code[level.fresh == 1]
    if plan.payee == "person":
        choices = choices[1:] if plan.during_call else level.code[1:]
    return scene.some(choices, plan.rounds[1] if plan.spread else 1)


def _pay(scene: Scene, one: Reached, payer: Payer, payees: Ints, wave: Wave) -> list[Payment]:
    plan, rng = one.victim.plan, scene.rng
    count = int(rng.integers(plan.rounds[0], plan.rounds[1] + 1))
    shares = plan.growth ** np.arange(count) * rng.uniform(0.92, 1.08, count)
    amounts = np.maximum(1000, (shares / shares.sum() * one.victim.loss / 1000).astype(np.int64) * 1000)
    times = _times(scene, one, payer, count)
    to = payees[np.arange(count) % len(payees)]
    if plan.spread and plan.way == "message":
        times = _tasks(scene, one, count, wave.when)
        to[-2] = wave.account
    last = START + scene.country.days * DAY - _LAST_HOURS * HOUR
    kept = [row for row in zip(times.tolist(), to.tolist(), amounts.tolist(), strict=True) if row[0] < last]
    return [_transfer(scene, one, payer, *row) for row in kept]


def _times(scene: Scene, one: Reached, payer: Payer, count: int) -> Ints:
    """Draw when a victim pays: during the call, or from some minutes after it on."""
    plan, rng = one.victim.plan, scene.rng
    if plan.during_call:
        return np.sort(rng.integers(one.when + 6 * MINUTE, one.until - MINUTE, count))
    begin = payer.ready + int(rng.integers(6, 45)) * MINUTE
    rest = begin + 3 * MINUTE + np.sort(rng.integers(0, int(plan.hours * HOUR), count - 1))
    return np.concatenate([[begin], rest]).astype(np.int64)


def _tasks(scene: Scene, one: Reached, count: int, wave: int) -> Ints:
    """Draw when tasks are paid for: several small ones, then the wave, then the largest."""
    early = np.sort(scene.rng.integers(one.when + 10 * MINUTE, wave - 30 * MINUTE, count - 2))
    late = [wave + int(scene.rng.integers(0, 40 * MINUTE)), wave + int(scene.rng.integers(2 * HOUR, 4 * HOUR))]
    return np.concatenate([early, late]).astype(np.int64)


def _transfer(scene: Scene, one: Reached, payer: Payer, when: int, payee: int, amount: int) -> Payment:
    plan = one.victim.plan
    if plan.payee != "wallet":
        added = when - int(scene.rng.integers(40, 170)) * MINUTE // 60
        scene.write("payee_added", added, step="payment", src=payer.account, dst=payee, device=payer.device,
                    source=payer.source)  # fmt: skip
    columns: dict[str, Values] = {
        "source": payer.source, "src": payer.account, "dst": payee, "amount": amount, "device": payer.device,
        "address": payer.address, "channel": "app", "detail": plan.detail,
        "region": int(scene.country.people.region[one.victim.person]),
    }  # fmt: skip
    if plan.payee == "wallet" and scene.rng.random() < scene.country.parameters.gangs.third_party:
        passed = scene.pay_through(when, steps=("payment", "payment"), **columns)
        legs = (payer.source, int(passed.first[0])), (int(passed.source[0]), int(passed.second[0]))
        return Payment(when, payee, amount, legs, int(passed.when[0]))
    event = scene.pay(when, step="payment", **columns)
    return Payment(when, payee, amount, ((payer.source, int(event[0])),), when)


def _keep(scene: Scene, one: Reached, payer: Payer, payment: Payment, purse: Purse) -> None:
    """Write into the truth what a victim paid, leg by leg, and put it on the gang's account."""
    scheme = one.victim.scheme
    funds: tuple[int, ...] = ()
    for word, event in payment.legs:
        source = scene.country.names.spelled_word(word)
        scene.truth.flows.append(Flow(source, event, scene.name, payer.person, scheme, funds, payment.amount))
        funds = (event,)
    purse.put(payment.payee, Lot(payment.came, payment.legs[-1][1], payer.person, scheme, payment.amount))
