"""Look-alikes in trade: stalls, first weeks, founders, returned shoes, a treasurer."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, accounts_of, some_people, source_of, transfer
from stanch.model.time import HOUR, MINUTE

_STEP, _SUPPLY = "payment", "account_supply"


def night_stall(scene: Scene, day: int) -> None:
    """Play a stall that sells noodles at night, new in town; on a feast a crew of workers orders for all its sites."""
    shop = scene.country.names.one("merchant", f"N{scene.name}")
    scene.role(shop, "twin:night_stall")
    feast = scene.crosses()
    buyers = some_people(scene, 18, 60, int(scene.rng.integers(12, 26)))
    when = scene.spread(day, 0.5, 2.6, len(buyers))
    amount = scene.rng.integers(*((600, 1500) if feast else (12, 60)), len(buyers)) * 100
    transfer(scene, when, buyers, shop, amount, "purchase")


def shoe_buyer(scene: Scene, day: int) -> None:
    """Play someone who orders shoes in three sizes and sends two back; who sends all back orders a fourth pair."""
    has, rng = scene.country.has, scene.rng
    buyer = some_people(scene, 18, 50, 1)
    shop = int(rng.choice(scene.country.firms.merchants.code[20:]))
    scene.role(shop, "twin:shoe_buyer")
    sizes, back = (4, 3) if scene.crosses() else (3, 2)
    when = scene.at(day, 9, 120) + np.cumsum(rng.integers(4, 50, sizes)) * MINUTE
    when[3:] += 5 * HOUR  # after the others went back
    price = rng.integers(300, 2200) * 100
    account, bank = account_of(scene, buyer), source_of(scene, buyer)
    asked = scene.pay(when, step=_STEP, src=account, dst=shop, amount=int(price), source=bank, channel="app",
                      detail="purchase", device=int(has.device[buyer[0]]))  # fmt: skip
    scene.give_back(when[:back] + 3 * HOUR, step=_STEP, src=shop, dst=account, amount=int(price), ref=asked[:back],
                    source=bank)  # fmt: skip


def restaurant_opening(scene: Scene, day: int) -> None:
    """Play a restaurant in its first week, a company some days old: many guests, small bills; once a wedding party."""
    country, rng = scene.country, scene.rng
    founder = some_people(scene, 25, 55, 1)
    firm = country.names.one("company", f"R{scene.name}")
    account, bank = (int(each[0]) for each in scene.new_accounts(1))
    scene.role(account, "twin:restaurant_opening")
    begin = scene.at(day, 8.5, 20)
    person = int(country.people.code[founder[0]])
    scene.write("company_registered", begin, step=_SUPPLY, src=person, dst=firm, source="registry",
                place=country.names.one("place", f"market-{scene.name}"))  # fmt: skip
    scene.write("company_owner", begin + MINUTE, step=_SUPPLY, src=person, dst=firm, number=100, source="registry")
    branch = int(rng.choice(country.firms.branches[country.names.spelled_word(bank)][1:]))
    scene.write("account_opened", begin + 2 * HOUR, step=_SUPPLY, src=branch, dst=account, holder=firm,
                channel="counter", source=bank)  # fmt: skip
    guests = some_people(scene, 18, 70, int(rng.integers(15, 30)))
    bills = rng.integers(*((2500, 5000) if scene.crosses() else (60, 400)), len(guests)) * 100
    transfer(scene, begin + 4 * HOUR + np.sort(rng.integers(0, 9 * HOUR, len(guests))), guests, account, bills, "meal")


def founder(scene: Scene, day: int) -> None:
    """Play a founder who sets up a holding and two shops in a month; rarely a third one."""
    country = scene.country
    person = int(country.people.code[some_people(scene, 30, 60, 1)[0]])
    scene.role(person, "twin:founder")
    firms = country.names.add("company", [f"H{scene.name}{i}" for i in range(4 if scene.crosses() else 3)])
    when = scene.at(day, 9, 60) + np.arange(len(firms), dtype=np.int64) * int(scene.rng.integers(50, 110)) * MINUTE
    places = country.names.add("place", [f"arcade-{scene.name}{i}" for i in range(len(firms))])
    scene.write("company_registered", when, step=_SUPPLY, src=person, dst=firms, place=places, source="registry")
    scene.write("company_owner", when + MINUTE, step=_SUPPLY, src=person, dst=firms, number=100, source="registry")


def treasurer(scene: Scene, day: int) -> None:
    """Play the treasurer of a club: members pay in for a journey, and some are paid back when it is cheaper."""
    host, members = some_people(scene, 30, 70, 1), some_people(scene, 18, 75, int(scene.rng.integers(6, 12)))
    account = account_of(scene, host)
    scene.role(account, "twin:treasurer")
    when = scene.spread(day, 10, 9, len(members))
    share = int(scene.rng.integers(3, 15)) * 10_000
    transfer(scene, when, members, account, np.full(len(members), share), "club")
    back = accounts_of(scene, members[:3])
    scene.pay(int(when[-1]) + HOUR + np.arange(3, dtype=np.int64) * MINUTE, step=_STEP, src=account, dst=back,
              amount=share // 4, source=source_of(scene, host), channel="app", detail="club")  # fmt: skip
