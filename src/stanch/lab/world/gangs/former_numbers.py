"""Former numbers: a gang takes over a number that was given up, and with it what is still bound to it."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.gangs.assets import Accounts, Timetable
from stanch.lab.world.gangs.money import Lot, Purse
from stanch.lab.world.gangs.reports import report
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.scene import Scene
from stanch.lab.world.second_cards import bind_to_second, second_cards
from stanch.lab.world.truth import Flow
from stanch.model.time import HOUR, MINUTE

#: What the truth calls this way of taking money.
SCHEME: Final = "former_number"
_LEAST: Final = 50_000


def take_former_numbers(scene: Scene, days: Timetable, level: Accounts, purse: Purse) -> None:
    """Get numbers that were given free, and enter with them what their former holders left bound to them."""
    rng, has, p = scene.rng, scene.country.has, scene.country.parameters.telecom.gangs
    for row in second_cards(scene)[: p.recycled].tolist():
        account, user = bind_to_second(scene, row)
        _change_hands(scene, days.supply, row)
        payer = _enter(scene, days.contact[0], row, account, user)
        amount = max(_LEAST, int(p.recycled_loss * 100 * float(rng.lognormal(0.0, 0.4))) // 100 * 100)
        _empty(scene, payer, int(rng.choice(level.code[1:])), amount, purse)
        scene.role(int(scene.country.people.code[has.cards.person[row]]), "victim")


def _change_hands(scene: Scene, day: int, row: int) -> None:
    """Give the number free, and issue it to the gang some hours later."""
    country, cards = scene.country, scene.country.has.cards
    number, source = int(cards.code[row]), int(cards.source[row])
    free = scene.at(day, 9, 60)
    scene.diary.note("number_recycled", free, dst=number, source=source)
    shop = int(scene.rng.choice(country.firms.shops[country.names.spelled_word(source)]))
    straw = scene.some(np.flatnonzero(country.people.age >= 18), 1)
    scene.write("card_issued", free + int(scene.rng.integers(4, 9)) * HOUR, step="card_supply", src=shop, dst=number,
                holder=country.people.code[straw], channel="counter", source=source)  # fmt: skip
    scene.role(number, "gang_card")
    scene.plant("telecom.recycled_still_bound", number, [free])


def _enter(scene: Scene, day: int, row: int, account: int, user: int) -> Payer:
    """Enter the platform account and then the bank account with codes that come to the number."""
    rng, country, has = scene.rng, scene.country, scene.country.has
    person = int(has.cards.person[row])
    begin = scene.at(day, 10, 240)
    known, home = int(has.device[person]), int(country.people.address[person])
    code, source = int(has.accounts.code[account]), int(has.accounts.source[account])
    profile, platform = int(has.users.code[user]), int(has.users.source[user])
    # what the honest holder does on the known telephone is what makes the other one strange
    for kind, who, house in (("login", code, source), ("user_login", profile, platform)):
        scene.diary.note(kind, begin - int(rng.integers(8, 15)) * HOUR, src=who, dst=known, address=home, source=house)
    phone, address = int(scene.new_devices("phone", 1)[0]), int(scene.new_addresses(1)[0])
    scene.role(phone, "gang_device")
    scene.write("card_attached", begin - HOUR, step="account_supply", src=int(has.cards.code[row]), dst=phone,
                source=int(has.cards.source[row]))  # fmt: skip
    scene.write("user_login", begin, step="payment", src=profile, dst=phone, address=address, source=platform)
    entered = begin + int(rng.integers(5, 50)) * MINUTE
    scene.write("login", entered, step="payment", src=code, dst=phone, address=address, channel="app", source=source)
    scene.plant("finance.recycled_number_login", code, [entered])
    return Payer(int(country.people.code[person]), code, source, phone, address, entered)


def _empty(scene: Scene, payer: Payer, payee: int, amount: int, purse: Purse) -> None:
    """Add a payee and pay to it; keep in the truth whose money that was, and let the holder report it."""
    rng = scene.rng
    added = payer.ready + int(rng.integers(3, 20)) * MINUTE
    scene.write("payee_added", added, step="payment", src=payer.account, dst=payee, device=payer.device,
                source=payer.source)  # fmt: skip
    scene.plant("finance.recycled_number_platform_payee", payer.account, [added])
    when = added + int(rng.integers(2, 15)) * MINUTE
    event = int(scene.pay(when, step="payment", src=payer.account, dst=payee, amount=amount, device=payer.device,
                          address=payer.address, channel="app", source=payer.source)[0])  # fmt: skip
    source = scene.country.names.spelled_word(payer.source)
    scene.truth.flows.append(Flow(source, event, scene.name, payer.person, SCHEME, (), amount))
    purse.put(payee, Lot(when, event, payer.person, SCHEME, amount))
    report(scene, payer, [Payment(when, payee, amount, ((payer.source, event),), when)])
