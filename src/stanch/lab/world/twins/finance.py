"""Look-alikes in finance: much money in or out at once, for honest reasons."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, accounts_of, add_payee, redeem, some_people, source_of, transfer
from stanch.model.time import HOUR, MINUTE

_STEP = "payment"


def landlord(scene: Scene, day: int) -> None:
    """Play a landlord on rent day: a dozen tenants or more pay within the day, a handful within the hour."""
    owner, tenants = some_people(scene, 35, 70, 1), some_people(scene, 20, 60, int(scene.rng.integers(12, 21)))
    account = account_of(scene, owner)
    scene.role(account, "twin:landlord")
    rent = scene.rng.integers(15, 46, len(tenants)) * 10_000
    reminded = scene.rng.random(len(tenants)) < 0.4  # the reminder of nine o'clock works for some
    when = scene.at(day, 9, 30) + scene.rng.integers(0, np.where(reminded, HOUR, 11 * HOUR))
    transfer(scene, when, tenants, account, rent, "rent")


def trader(scene: Scene, day: int) -> None:
    """Play a market stall: a hundred small receipts in a morning, then the wholesaler is paid."""
    owner = some_people(scene, 25, 60, 1)
    account = account_of(scene, owner)
    scene.role(account, "twin:trader")
    buyers = some_people(scene, 18, 75, 90)
    when = scene.at(day, 8.5, 30) + np.sort(scene.rng.integers(0, 4 * HOUR, len(buyers)))
    amount = scene.rng.integers(8, 90, len(buyers)) * 100
    transfer(scene, when, buyers, account, amount, "purchase")
    stock = account_of(scene, some_people(scene, 25, 60, 1))
    transfer(scene, when[-1:] + 50 * MINUTE, owner, stock, amount.sum(keepdims=True) * 85 // 100, "stock")


def fund_raiser(scene: Scene, day: int) -> None:
    """Play neighbours who collect for a sick child: forty small gifts in an evening, and the hospital is paid."""
    parent = some_people(scene, 25, 45, 1)
    account = account_of(scene, parent)
    scene.role(account, "twin:fund_raiser")
    donors = some_people(scene, 18, 75, 45)
    when = scene.at(day, 18.5, 30) + np.sort(scene.rng.integers(0, 3 * HOUR, len(donors)))
    amount = scene.rng.integers(1, 21, len(donors)) * 1000
    transfer(scene, when, donors, account, amount, "donation")
    hospital = int(scene.country.firms.merchants.essential[4])
    transfer(scene, when[-1:] + HOUR, parent, hospital, amount.sum(keepdims=True), "hospital")


def payroll(scene: Scene, day: int) -> None:
    """Play a firm that is paid by a customer and pays its wages the same hour."""
    firms = scene.country.firms.companies
    row = 2 * int(scene.rng.integers(len(firms.code) // 2))  # every second firm is a registered business
    account, bank = int(firms.account[row]), int(firms.bank[row])
    scene.role(account, "twin:payroll")
    staff = some_people(scene, 20, 60, int(scene.rng.integers(15, 40)))
    wages = scene.rng.integers(35, 120, len(staff)) * 10_000
    begin = scene.at(day, 10, 200)
    customer = (row + 7) % len(firms.code)
    scene.pay(begin, step=_STEP, source=int(firms.bank[customer]), src=int(firms.account[customer]), dst=account,
              amount=int(wages.sum()), detail="invoice", channel="web")  # fmt: skip
    when = begin + 40 * MINUTE + np.sort(scene.rng.integers(0, 10 * MINUTE, len(staff)))
    scene.pay(when, step=_STEP, source=bank, src=account, dst=accounts_of(scene, staff), amount=wages, detail="wages",
              channel="batch")  # fmt: skip


def house_purchase(scene: Scene, day: int) -> None:
    """Play a family: parents help, and a flat is paid to a developer that is a registered business."""
    buyer, parents = some_people(scene, 26, 45, 1), some_people(scene, 50, 75, 2)
    account = account_of(scene, buyer)
    scene.role(account, "twin:house_purchase")
    begin = scene.at(day, 10, 60)
    helped = scene.rng.integers(8, 30, 2) * 1_000_000
    redeem(scene, begin - 2 * HOUR, parents, helped)
    transfer(scene, begin + np.asarray([0, 20 * MINUTE]), parents, account, helped, "family")
    developer = int(scene.country.firms.companies.account[0])
    add_payee(scene, begin + HOUR, buyer, developer)
    transfer(scene, np.asarray([begin + 90 * MINUTE]), buyer, developer, helped.sum(keepdims=True), "house")


def used_car(scene: Scene, day: int) -> None:
    """Play someone who pays a stranger for a used car: a new payee, below what is large."""
    buyer = some_people(scene, 22, 60, 1)
    seller = account_of(scene, some_people(scene, 22, 60, 1))
    scene.role(account_of(scene, buyer), "twin:used_car")
    when = scene.at(day, 15, 120)
    price = scene.rng.integers(120, 196, 1) * 10_000
    redeem(scene, when - 3 * HOUR, buyer, price)
    add_payee(scene, when - 5 * MINUTE, buyer, seller)
    transfer(scene, np.asarray([when]), buyer, seller, price, "car")


def shared_bill(scene: Scene, day: int) -> None:
    """Play friends who pay one of them back after dinner: up to seven within the hour."""
    host, friends = some_people(scene, 18, 45, 1), some_people(scene, 18, 45, int(scene.rng.integers(5, 8)))
    account = account_of(scene, host)
    scene.role(account, "twin:shared_bill")
    when = scene.at(day, 20.5, 30) + np.sort(scene.rng.integers(0, 50 * MINUTE, len(friends)))
    transfer(scene, when, friends, account, scene.rng.integers(60, 400, len(friends)) * 100, "dinner")


def shared_device(scene: Scene, day: int) -> None:
    """Play a family that does its banking on one tablet: three or four accounts."""
    family = some_people(scene, 20, 75, int(scene.rng.integers(3, 5)))
    tablet = int(scene.new_devices("phone", 1)[0])
    scene.role(tablet, "twin:shared_device")
    has = scene.country.has
    when = scene.at(day, 19, 60) + np.sort(scene.rng.integers(0, 3 * HOUR, len(family)))
    rows = has.account_of[family]
    scene.write("login", when, step="account_supply", src=has.accounts.code[rows], dst=tablet, channel="app",
                address=int(scene.country.people.address[family[0]]), source=has.accounts.source[rows])  # fmt: skip


def payday_cash(scene: Scene, day: int) -> None:
    """Play a worker: wages come, and two thirds are taken out in cash at once."""
    worker = some_people(scene, 40, 60, 1)
    account = account_of(scene, worker)
    scene.role(account, "twin:payday_cash")
    firms = scene.country.firms
    when, wage = scene.at(day, 11, 120), int(scene.rng.integers(90, 160)) * 10_000
    scene.pay(when, step=_STEP, source=int(firms.companies.bank[0]), src=int(firms.companies.account[0]), dst=account,
              amount=wage, detail="wages", channel="batch")  # fmt: skip
    scene.take_out("cash_out", when + HOUR, step="exit", src=account, dst=int(firms.branches["bank_a"][1]),
                   amount=wage * 65 // 100 // 10_000 * 10_000, channel="atm",
                   source=source_of(scene, worker))  # fmt: skip


def careful_payer(scene: Scene, day: int) -> None:
    """Play a tenant who sends a small sum first and then the deposit for a flat: thirty times as much."""
    payer, payee = some_people(scene, 20, 40, 1), account_of(scene, some_people(scene, 35, 70, 1))
    scene.role(account_of(scene, payer), "twin:careful_payer")
    when = scene.at(day, 14, 120)
    add_payee(scene, when - 2 * MINUTE, payer, payee)
    transfer(
        scene, when + np.asarray([0, 12 * MINUTE]), np.repeat(payer, 2), payee, np.asarray([10_000, 320_000]), "deposit"
    )


def saver(scene: Scene, day: int) -> None:
    """Play an investor who puts a fifth of the month's wages into crypto assets."""
    worker = some_people(scene, 22, 45, 1)
    account, firms = account_of(scene, worker), scene.country.firms
    scene.role(account, "twin:saver")
    when = scene.at(day, 12, 120)
    scene.pay(when, step=_STEP, source=int(firms.companies.bank[2]), src=int(firms.companies.account[2]), dst=account,
              amount=1_200_000, detail="wages", channel="batch")  # fmt: skip
    scene.take_out("crypto_out", when + HOUR, step="exit", src=account, dst=int(firms.exchanges[0]),
                   amount=240_000, channel="app", source=source_of(scene, worker))  # fmt: skip


def young_player(scene: Scene, day: int) -> None:
    """Play a child who buys small things in a game, as its parents allow; rarely more than its age may in a day."""
    people, has = scene.country.people, scene.country.has
    child = scene.some(np.flatnonzero((people.age >= 12) & (people.age < 18) & (has.wallet_of >= 0)), 1)
    wallet = has.wallet_of[child]
    scene.role(has.wallets.code[wallet], "twin:young_player")
    when = scene.at(day, 18, 60) + np.sort(scene.rng.integers(0, 2 * HOUR, 5))
    sums = scene.rng.integers(*((20, 65) if scene.crosses() else (6, 20)), 5) * 100
    scene.pay(
        when,
        step=_STEP,
        source=int(has.wallets.source[wallet[0]]),
        src=int(has.wallets.code[wallet[0]]),
        dst=int(scene.country.firms.merchants.code[3]),
        amount=sums,
        detail="game",
        channel="app",
    )


def grandparent(scene: Scene, day: int) -> None:
    """Play an old person who supports a grandchild with less than what is large."""
    elder, child = some_people(scene, 65, 88, 1), account_of(scene, some_people(scene, 18, 28, 1))
    scene.role(account_of(scene, elder), "twin:grandparent")
    when = scene.at(day, 9, 120)
    transfer(scene, np.asarray([when]), elder, child, scene.rng.integers(30, 90, 1) * 10_000, "family")


def night_worker(scene: Scene, day: int) -> None:
    """Play someone on night shift who orders, pays and sends money after midnight."""
    worker = some_people(scene, 22, 55, 1)
    scene.role(account_of(scene, worker), "twin:night_worker")
    shop = int(scene.country.firms.merchants.code[1])
    when = scene.at(day, 0.5, 20) + np.sort(scene.rng.integers(0, 4 * HOUR, 6))
    transfer(scene, when, np.repeat(worker, 6), shop, scene.rng.integers(12, 60, 6) * 100, "purchase")


def incubator(scene: Scene, day: int) -> None:
    """Play three start-ups that register at one incubator within a week."""
    country, rng = scene.country, scene.rng
    place = country.names.one("place", f"incubator-{scene.name}")
    firms = country.names.add("company", [f"I{scene.name}{i}" for i in range(3)])
    scene.role(firms, "twin:incubator")
    founders = country.people.code[some_people(scene, 25, 45, 3)]
    when = scene.at(day, 10, 30) + np.arange(3, dtype=np.int64) * int(rng.integers(1, 3)) * HOUR
    scene.write(
        "company_registered", when, step="account_supply", src=founders, dst=firms, place=place, source="registry"
    )


def old_account(scene: Scene, day: int) -> None:
    """Play a student who uses an account for the first time: with own money, or with what a parent sends for a room."""
    has, people = scene.country.has, scene.country.people
    idle = np.flatnonzero(has.unused)
    idle = idle[np.isin(has.accounts.person[idle], np.flatnonzero(people.age < 40))]
    row = idle[scene.unmarked(has.accounts.code[idle], 1)]
    if not len(row):
        return  # a small country may have nobody with such an account
    account = int(has.accounts.code[row[0]])
    scene.role(account, "twin:old_account")
    own = bool(scene.rng.random() < 0.5)
    giver = has.accounts.person[row] if own else some_people(scene, 45, 60, 1)
    when, total = scene.at(day, 11, 60), int(scene.rng.integers(60, 150)) * 10_000
    transfer(scene, np.asarray([when]), giver, account, np.asarray([total]), "savings" if own else "family")
    spent = np.asarray([total * 6 // 10, total * 3 // 10] if own else [total * 9 // 10])
    hours = 1 + np.arange(len(spent), dtype=np.int64)
    payees = accounts_of(scene, some_people(scene, 35, 70, len(spent)))
    scene.pay(when + hours * HOUR, step=_STEP, source=has.accounts.source[row[0]], src=account, dst=payees,
              amount=spent, detail="rent", channel="app")  # fmt: skip
