"""Things that gangs get hold of one by one: accounts, cards and platform users in the names of straw people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import Values
from stanch.lab.world.institutions import BANKS, OPERATORS, PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.model.time import MINUTE


@dataclass(frozen=True, slots=True)
class Thing:
    """An account or a card: its code and the word of its institution."""

    code: int
    source: int


def straw_people(scene: Scene, count: int, youngest: int = 18, oldest: int = 30) -> Ints:
    """Draw people with card, telephone, account, wallet and user who play no other part; return their rows."""
    people, has = scene.country.people, scene.country.has
    fit = (people.age >= youngest) & (people.age < oldest) & (has.card_of >= 0) & (has.account_of >= 0)
    rows = np.flatnonzero(fit & (has.wallet_of >= 0) & (has.user_of >= 0) & (has.device >= 0))
    return rows[scene.unmarked(has.accounts.code[has.account_of[rows]], count)]


def rent(scene: Scene, person: int, *, wallet: bool = False) -> Thing:
    """Rent the main account or wallet of a person, who becomes a mule."""
    has = scene.country.has
    things, row = (has.wallets, has.wallet_of[person]) if wallet else (has.accounts, has.account_of[person])
    scene.role(int(things.code[row]), "gang_account")
    scene.role(int(scene.country.people.code[person]), "mule")
    return Thing(int(things.code[row]), int(things.source[row]))


def open_account(scene: Scene, when: int, holder: int, bank: str = "", **columns: Values) -> Thing:
    """Open an account at a counter of a bank in the name of a person or company (code)."""
    country = scene.country
    bank = bank or str(scene.rng.choice(BANKS))
    code = country.names.one("account", country.numbers.accounts(bank, 1)[0])
    branch = int(scene.rng.choice(country.firms.branches[bank][1:]))
    about: dict[str, Values] = {"src": branch, "channel": "counter"}
    about |= columns
    scene.write("account_opened", when, step="account_supply", dst=code, holder=holder, source=bank, **about)
    scene.role(code, "gang_account")
    return Thing(code, country.names.word(bank))


def open_for_card(scene: Scene, when: int, holder: int, card: int) -> Thing:
    """Open an account in whose name a card is bound to it."""
    account = open_account(scene, when, holder)
    scene.write("bound", when + MINUTE, step="account_supply", src=card, dst=account.code, source=account.source)
    return account


def buy_card(scene: Scene, when: int, person: int) -> Thing:
    """Get a card at a shop in the name of a person (row)."""
    country, operator = scene.country, str(scene.rng.choice(OPERATORS))
    card = int(scene.new_cards(operator, 1)[0])
    scene.write("card_issued", when, step="card_supply", src=int(scene.rng.choice(country.firms.shops[operator])),
                dst=card, holder=int(country.people.code[person]), channel="counter", source=operator,
                region=int(country.people.region[person]))  # fmt: skip
    scene.role(card, "gang_card")
    return Thing(card, country.names.word(operator))


def make_users(scene: Scene, tag: str, when: Ints, device: Ints | int, **columns: Values) -> tuple[Ints, str]:
    """Register users of one platform on devices; return them and the platform."""
    platform = str(scene.rng.choice(PLATFORMS))
    users = scene.country.names.add("user", [f"{platform}/{scene.name}{tag}{i:02d}" for i in range(len(when))])
    scene.write("user_registered", when, step="account_supply", src=device, dst=users, source=platform, **columns)
    scene.role(users, "gang_user")
    return users, platform


def phone_of(scene: Scene, card: int) -> str:
    """Return the number of a card as people write it in posts."""
    return scene.country.names.spelled(card).removeprefix("card:").removeprefix("+86")


def customers(scene: Scene, count: int) -> Ints:
    """Draw grown-up people who pay a gang for what it sells; return their rows."""
    return straw_people(scene, count, 20, 60)


def they_pay(scene: Scene, when: Ints, payers: Ints, payee: int, amount: Ints, **columns: Values) -> Ints:
    """Let customers pay from their main accounts, each seen where the payer lives; return the instructions."""
    has, people = scene.country.has, scene.country.people
    rows = has.account_of[payers]
    about: dict[str, Values] = {"channel": "app", "detail": "goods"}
    return scene.pay(when, step="payment", src=has.accounts.code[rows], source=has.accounts.source[rows], dst=payee,
                     amount=amount, device=has.device[payers], address=people.address[payers],
                     region=people.region[payers], **(about | columns))  # fmt: skip
