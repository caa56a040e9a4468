"""Look-alikes at home: many devices, one device for many, accounts at several banks."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.institutions import BANKS
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, some_people, source_of
from stanch.model.time import HOUR, MINUTE

_STEP = "account_supply"


def gadget_owner(scene: Scene, day: int) -> None:
    """Play someone who does the banking on telephone, tablet and computer; on a journey on borrowed ones too."""
    owner = some_people(scene, 20, 60, 1)
    scene.role(account_of(scene, owner), "twin:gadget_owner")
    more = scene.new_devices("phone", 5 if scene.crosses() else int(scene.rng.integers(1, 3)))
    devices = np.append(scene.country.has.device[owner[0]], more)
    when = scene.spread(day, 9, 12, len(devices))
    scene.write("login", when, step=_STEP, src=account_of(scene, owner), dst=devices, channel="app",
                address=int(scene.country.people.address[owner[0]]), source=source_of(scene, owner))  # fmt: skip


def couple_tablet(scene: Scene, day: int) -> None:
    """Play a couple that puts both cards into one tablet and uses users and accounts there; rarely parents as well."""
    people, device = _with_users(scene, 4 if scene.crosses() else 2), int(scene.new_devices("phone", 1)[0])
    has = scene.country.has
    scene.role(device, "twin:couple_tablet")
    when = scene.at(day, 18, 60) + np.arange(len(people), dtype=np.int64) * int(scene.rng.integers(8, 25)) * MINUTE
    cards, users, accounts = has.card_of[people], has.user_of[people], has.account_of[people]
    scene.write("card_attached", when, step=_STEP, src=has.cards.code[cards], dst=device,
                source=has.cards.source[cards])  # fmt: skip
    scene.write("user_login", when + 3 * MINUTE, step=_STEP, src=has.users.code[users], dst=device,
                source=has.users.source[users])  # fmt: skip
    scene.write("login", when + 6 * MINUTE, step=_STEP, src=has.accounts.code[accounts], dst=device, channel="app",
                source=has.accounts.source[accounts])  # fmt: skip


def house_mover(scene: Scene, day: int) -> None:
    """Play someone who moves house: an account for the wage, one for the mortgage; rarely one at every bank."""
    country = scene.country
    holder = int(country.people.code[some_people(scene, 24, 50, 1)[0]])
    scene.role(holder, "twin:house_mover")
    banks = scene.rng.permutation(BANKS).tolist()[: len(BANKS) if scene.crosses() else 2]
    when = scene.at(day, 9, 90)
    for bank in banks:
        code = country.names.one("account", country.numbers.accounts(bank, 1)[0])
        branch = int(scene.rng.choice(country.firms.branches[bank][1:]))
        scene.write("account_opened", when, step=_STEP, src=branch, dst=code, holder=holder, channel="counter",
                    source=bank)  # fmt: skip
        when += int(scene.rng.integers(45, 120)) * MINUTE


def family_computer(scene: Scene, day: int) -> None:
    """Play a large family that has shared one computer for years: six users, nine in a home of three generations."""
    users = _users_of(scene, _with_users(scene, 9 if scene.crosses() else 6))
    has = scene.country.has.users
    computer = int(scene.new_devices("phone", 1)[0])
    scene.role(has.code[users], "twin:family_computer")
    for each in range(scene.country.days):
        today = scene.some(users, 2)
        scene.write("user_login", scene.spread(each, 17, 5, len(today)), step=_STEP, src=has.code[today], dst=computer,
                    source=has.source[today])  # fmt: skip


def four_screens(scene: Scene, day: int) -> None:
    """Play someone with telephone, tablet, laptop and television; on a trade fair, with the stands of a whole hall."""
    user = int(_users_of(scene, _with_users(scene, 1))[0])
    has = scene.country.has.users
    scene.role(int(has.code[user]), "twin:four_screens")
    devices = scene.new_devices("phone", 7 if scene.crosses() else 4)
    scene.write("user_login", scene.spread(day, 9, 12, len(devices)), step=_STEP, src=int(has.code[user]), dst=devices,
                source=int(has.source[user]))  # fmt: skip


def company_opening(scene: Scene, day: int) -> None:
    """Play new staff who open wage accounts in one visit, each on the own telephone; rarely all on one tablet."""
    country, rng = scene.country, scene.rng
    together = scene.crosses()
    staff = some_people(scene, 20, 50, 8 if together else int(rng.integers(8, 12)))
    bank = str(rng.choice(BANKS))
    codes = country.names.add("account", country.numbers.accounts(bank, len(staff)))
    scene.role(codes, "twin:company_opening")
    device = scene.new_devices("phone", 1).repeat(len(staff)) if together else country.has.device[staff]
    scene.write("account_opened", scene.at(day, 10, 60) + np.sort(rng.integers(0, 2 * HOUR, len(staff))), step=_STEP,
                src=int(rng.choice(country.firms.branches[bank][1:])), dst=codes, channel="counter", source=bank,
                holder=country.people.code[staff], device=device)  # fmt: skip


def _with_users(scene: Scene, count: int) -> Ints:
    """Draw people with card, account and user; return their rows."""
    people, has = some_people(scene, 18, 75, 6 * count + 20), scene.country.has
    return people[(has.card_of[people] >= 0) & (has.user_of[people] >= 0)][:count]


def _users_of(scene: Scene, people: Ints) -> Ints:
    return scene.country.has.user_of[people]
