"""Accounts that collect and carry out: a student's, a runner's, a wallet's. The money is no victim's."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.things import customers, rent, straw_people, they_pay
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: What banks report from, and how near to it a runner goes, in minor units.
_REPORTED: Final = 5_000_000
_BELOW: Final = (20_000, 400_000)
#: From these on behaviours count as planted, clear of the shipped thresholds.
_REGIONS, _STUDENT, _WALLET = 6, 11_000_000, 1_200_000


def student_account(scene: Scene, day: int) -> None:
    """Settle for an underground exchange through a student's account: paid from many provinces, crypto bought."""
    country, rng = scene.country, scene.rng
    p, people = country.parameters.trades, country.people
    students = straw_people(scene, 400, 18, 24)
    students = students[people.student[students]]
    if not len(students):
        return
    person = int(students[0])
    account = rent(scene, person)
    payers = _from_regions(scene, customers(scene, 300), scene.often(p.student_payers))
    when, amount = scene.spread(day, 10, 1.4, len(payers)), scene.sums(p.student_sum, len(payers))
    they_pay(scene, when, payers, account.code, amount, detail="transfer")
    if len(np.unique(people.region[payers[:-1]])) >= _REGIONS and int(amount[:-1].sum()) >= _STUDENT:
        scene.plant("finance.student_collects", account.code, when[-1:])
    out = int(when[-1]) + int(rng.integers(5, 14)) * MINUTE
    scene.take_out("crypto_out", out, step="exit", src=account.code, dst=int(rng.choice(country.firms.exchanges)),
                   amount=int(amount.sum()) * 95 // 100, source=account.source, channel="app",
                   device=int(country.has.device[person]))  # fmt: skip
    scene.plant("finance.crypto_out_after_inflow", account.code, [out])


def structured_cash(scene: Scene, day: int) -> None:
    """Sell crypto assets at an exchange; a runner takes the money out day by day, each time just below the limit."""
    country, rng = scene.country, scene.rng
    times = scene.often(country.parameters.trades.cash_times)
    person = int(straw_people(scene, 1)[0])
    account = rent(scene, person)
    amounts = (_REPORTED - rng.integers(*_BELOW, times)) // 10_000 * 10_000
    scene.pay(scene.at(day, 9, 30), step="layering", src=int(rng.choice(country.firms.exchanges)), dst=account.code,
              amount=int(amounts.sum()), source=int(rng.choice(country.houses.firm)), channel="web",
              detail="transfer")  # fmt: skip
    days = np.sort(rng.integers(day, min(day + 4, country.days), times))
    when = np.sort(np.asarray([scene.at(int(each), 13, 240) for each in days.tolist()], dtype=np.int64))
    branches = np.concatenate([branch[1:] for branch in country.firms.branches.values()])
    when = when + np.arange(times) * 7 * MINUTE  # no two at once
    scene.take_out("cash_out", when, step="exit", src=account.code, dst=rng.choice(branches, times), amount=amounts,
                   source=account.source, channel="counter")  # fmt: skip
    scene.plant("finance.structured_cash", account.code, when[2:])


def wallet_collects(scene: Scene, day: int) -> None:
    """Gather in a mule's wallet what buyers pay for numbers and records, and send it to accounts the same day."""
    p, rng = scene.country.parameters.trades, scene.rng
    person, *below = straw_people(scene, 3).tolist()
    wallet, accounts = rent(scene, person, wallet=True), [rent(scene, each) for each in below]
    payers = customers(scene, scene.often(p.wallet_payers))
    when, amount = scene.spread(day, 10, 7, len(payers)), scene.sums(p.wallet_sum, len(payers))
    they_pay(scene, when, payers, wallet.code, amount)
    total = int(amount.sum())
    parts = np.asarray([total * 45 // 100, total * 47 // 100])
    sent = int(when[-1]) + np.sort(rng.integers(20 * MINUTE, 2 * HOUR, 2))
    scene.pay(sent, step="layering", src=wallet.code, dst=np.asarray([each.code for each in accounts]), amount=parts,
              source=wallet.source, channel="app", device=int(scene.country.has.device[person]))  # fmt: skip
    if len(payers) > 5 and total >= _WALLET:
        scene.plant("finance.payment_firm_pass_through", wallet.code, sent[1:])


def _from_regions(scene: Scene, rows: Ints, count: int) -> Ints:
    """Pick people from as many regions as there are, one region after the other."""
    region = scene.country.people.region[rows]
    turn = np.zeros(len(rows), dtype=np.int64)
    for each in np.unique(region).tolist():
        turn[region == each] = np.arange(int((region == each).sum()))
    return rows[np.lexsort((region, turn))][:count]
