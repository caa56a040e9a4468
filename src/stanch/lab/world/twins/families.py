"""Look-alikes who are helped on the telephone, settle a journey, or forward their calls."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, add_payee, some_people, source_of, transfer
from stanch.model.time import DAY, HOUR, MINUTE


def helped_father(scene: Scene, day: int) -> None:
    """Play a father whose daughter talks him through adding the landlord, known for years; rarely a new one."""
    father, daughter = _with_card(scene, 45, 80), _with_card(scene, 20, 45)
    has, country = scene.country.has, scene.country
    scene.role(account_of(scene, father), "twin:helped_father")
    when, landlord = scene.at(day, 10, 240), some_people(scene, 35, 70, 1)
    payee = account_of(scene, landlord)
    if scene.crosses():
        code, bank = scene.new_accounts(1)
        payee = int(code[0])
        branch = int(country.firms.branches[country.names.spelled_word(int(bank[0]))][1])
        scene.write("account_opened", when - 10 * MINUTE, step="account_supply", src=branch, dst=code, source=bank,
                    holder=country.people.code[landlord], channel="counter")  # fmt: skip
    scene.call(int(has.cards.code[has.card_of[daughter[0]]]), np.asarray([when]), has.cards.code[has.card_of[father]],
               np.asarray([900]))  # fmt: skip
    add_payee(scene, when + 6 * MINUTE, father, payee)
    transfer(scene, np.asarray([when + 9 * MINUTE]), father, payee, scene.rng.integers(8, 19, 1) * 10_000, "rent")


def journey_friend(scene: Scene, day: int) -> None:
    """Play someone who pays four friends back after a journey, with sums alike; rarely each sum is larger."""
    payer, friends = some_people(scene, 20, 50, 1), some_people(scene, 20, 50, 4)
    scene.role(account_of(scene, payer), "twin:journey_friend")
    share = int(scene.rng.integers(5, 12)) * 10_000
    factors = (100, 150, 220, 330) if scene.crosses() else (100, 95, 105, 98)
    when = scene.at(day, 18, 120)
    for place, friend in enumerate(friends.tolist()):
        payee, moment = account_of(scene, np.asarray([friend])), when + place * 12 * MINUTE
        add_payee(scene, moment - 2 * MINUTE, payer, payee)
        transfer(scene, np.asarray([moment]), payer, payee, np.asarray([share * factors[place] // 100]), "journey")


def holiday_forwarder(scene: Scene, day: int) -> None:
    """Play someone on holiday who forwards calls to the office and banks on the usual telephone; rarely a new one."""
    owner, office = _with_card(scene, 25, 60), _with_card(scene, 25, 60)
    has = scene.country.has
    scene.role(account_of(scene, owner), "twin:holiday_forwarder")
    day = max(day, 1)  # so that there is a day before
    own = int(has.device[owner[0]])
    device = int(scene.new_devices("phone", 1)[0]) if scene.crosses() else own
    when, card = scene.at(day, 9, 120), has.card_of[owner]
    scene.write("forwarding_set", when, step="contact", src=has.cards.code[card], source=has.cards.source[card],
                dst=has.cards.code[has.card_of[office]])  # fmt: skip
    for moment, used in ((when - DAY + HOUR, own), (when + 3 * HOUR, device)):
        scene.write("login", moment, step="account_supply", src=account_of(scene, owner), dst=used, channel="app",
                    address=int(scene.country.people.address[owner[0]]), source=source_of(scene, owner))  # fmt: skip


def _with_card(scene: Scene, youngest: int, oldest: int) -> Ints:
    """Draw one person with a card, a telephone and an account."""
    people, has = some_people(scene, youngest, oldest, 20), scene.country.has
    return people[(has.card_of[people] >= 0) & (has.device[people] >= 0)][:1]
