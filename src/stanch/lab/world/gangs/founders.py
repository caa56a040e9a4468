"""Owners and openers of straw: many young companies of one owner, one person at every bank, sets tried on one phone."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.gangs.things import customers, open_account, rent, straw_people, they_pay
from stanch.lab.world.institutions import BANKS
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE

#: From these on a young company's day counts as planted, clear of the shipped thresholds (payers, minor units).
_PAYERS, _COLLECTED = 11, 5_500_000


def straw_owner(scene: Scene, day: int) -> None:
    """Found companies at many places by many hands, all owned by one person of straw; one of them collects stakes."""
    country, p = scene.country, scene.country.parameters.trades
    owner, *agents = straw_people(scene, 1 + p.companies[1], 22, 50).tolist()
    count = min(scene.often(p.companies), len(agents))
    firms = country.names.add("company", [f"O{scene.name}{i}" for i in range(count)])
    places = country.names.add("place", [f"lane-{scene.name}{i}" for i in range(count)])
    when = scene.spread(day, 9, 4, count)
    scene.write("company_registered", when, step="account_supply", src=country.people.code[agents[:count]], dst=firms,
                place=places, source="registry")  # fmt: skip
    owned = when + np.sort(scene.rng.integers(MINUTE, 20 * MINUTE, count))
    person = int(country.people.code[owner])
    scene.write("company_owner", owned, step="account_supply", src=person, dst=firms,
                number=scene.rng.integers(60, 101, count), source="registry")  # fmt: skip
    scene.role(firms, "shell")
    scene.role(person, "straw_owner")
    if count > 3:
        scene.plant("finance.owner_of_young_companies", person, np.sort(owned)[3:])
    _collect(scene, int(firms[-1]), int(when[-1]) + 3 * HOUR)


def _collect(scene: Scene, firm: int, begin: int) -> None:
    """Let members of a betting club pay their stakes to a company that is days old."""
    p = scene.country.parameters.trades
    account = open_account(scene, begin, firm)
    payers = customers(scene, scene.often(p.members))
    when = begin + HOUR + np.sort(scene.rng.integers(0, 9 * HOUR, len(payers)))
    amounts = scene.sums(p.stake, len(payers))
    they_pay(scene, when, payers, account.code, amounts, detail="membership")
    if len(payers) >= _PAYERS and int(amounts.sum()) >= _COLLECTED:
        scene.plant("finance.young_company_collects", account.code, when[-1:])


def across_banks(scene: Scene, day: int) -> None:
    """Send one person from bank to bank to open an account at each."""
    person = int(scene.country.people.code[straw_people(scene, 1)[0]])
    scene.role(person, "mule")
    begin = scene.at(day, 9, 60)
    for place, bank in enumerate(scene.rng.permutation(BANKS).tolist()):
        begin += int(scene.rng.integers(35, 150)) * MINUTE if place else 0
        open_account(scene, begin, person, bank)
    scene.plant("finance.accounts_across_banks", person, [begin])


def lent_account(scene: Scene, day: int) -> None:
    """Use one rented account on one device after the other."""
    account = rent(scene, int(straw_people(scene, 1)[0]))
    devices = scene.new_devices("phone", scene.often(scene.country.parameters.trades.lenders))
    scene.role(devices, "gang_device")
    until = min(2, scene.country.days - day) * DAY - 6 * HOUR
    when = scene.at(day, 9, 60) + np.sort(scene.rng.integers(0, until, len(devices)))
    scene.write("login", when, step="account_supply", src=account.code, dst=devices, channel="app",
                address=scene.new_addresses(len(devices)), source=account.source)  # fmt: skip
    if len(devices) > 4:
        scene.plant("finance.many_devices_one_account", account.code, when[4:])


def tried_sets(scene: Scene, day: int) -> None:
    """Try out sets that were bought, card, user and account of several people, on one telephone."""
    country, has = scene.country, scene.country.has
    people = straw_people(scene, scene.often(country.parameters.trades.sets))
    device = int(scene.new_devices("phone", 1)[0])
    scene.role(device, "gang_device")
    accounts = [rent(scene, person) for person in people.tolist()]
    cards, users = has.card_of[people], has.user_of[people]
    scene.role(has.cards.code[cards], "gang_card")
    scene.role(has.users.code[users], "gang_user")
    when = scene.at(day, 14, 60) + np.arange(len(people)) * int(scene.rng.integers(9, 30)) * MINUTE
    scene.write("card_attached", when, step="card_supply", src=has.cards.code[cards], dst=device,
                source=has.cards.source[cards])  # fmt: skip
    scene.write("user_login", when + 2 * MINUTE, step="account_supply", src=has.users.code[users], dst=device,
                source=has.users.source[users])  # fmt: skip
    scene.write("login", when + 5 * MINUTE, step="account_supply", dst=device, channel="app",
                src=np.asarray([account.code for account in accounts]),
                source=np.asarray([account.source for account in accounts]))  # fmt: skip
    scene.plant("finance.one_device_many_people", accounts[-1].code, [int(when[-1]) + 5 * MINUTE])
