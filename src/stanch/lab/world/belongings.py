"""What people have: cards, devices, bank accounts, wallets, platform accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stanch.lab.world.clock import START, Bools, Ints, past
from stanch.lab.world.institutions import BANKS, OPERATORS, PAYMENT_FIRMS, PLATFORMS
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import Numbers
from stanch.lab.world.population import People
from stanch.model.time import DAY

#: Nobody younger has a phone of their own.
CARD_AGE = 10
#: Days after which a bank lists an account that nobody used, and how old those are at least on day 0.
UNUSED_AFTER, _UNUSED_SINCE = 183, 200
#: Share of second accounts, old enough, that nobody ever used. Start value, chosen by us.
_UNUSED = 0.4
#: Share of each operator, bank, payment firm and platform among the people.
_SHARES = {"operator": (0.5, 0.3, 0.2), "bank": (0.4, 0.3, 0.2, 0.1), "pay": (0.6, 0.4), "platform": (0.5, 0.3, 0.2)}


@dataclass(frozen=True, slots=True)
class Things:
    """One row per card, account, wallet or user: its code, whose it is, who gave it, since when."""

    code: Ints
    person: Ints  #: row of the person who uses it
    holder: Ints  #: row of the person in whose name it is
    giver: Ints  #: index into the operators, banks, payment firms or platforms
    source: Ints  #: word of that institution
    since: Ints  #: UTC microseconds

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, slots=True)
class Belongings:
    """All belongings, and for each person the main one of each sort (-1: has none)."""

    cards: Things
    accounts: Things
    wallets: Things
    users: Things
    device: Ints  #: by person: the device used, -1 for those without
    card_of: Ints
    account_of: Ints
    wallet_of: Ints
    user_of: Ints
    unused: Bools  #: by account: nobody ever used it, and its bank says so


def make_belongings(
    names: Names, numbers: Numbers, rng: np.random.Generator, people: People, oldest_days: int
) -> Belongings:
    """Give people their belongings, all acquired before day 0."""
    cards = _cards(names, numbers, rng, people, oldest_days)
    accounts = _accounts(names, numbers, rng, people, oldest_days)
    wallets = _wallets(names, rng, people, oldest_days)
    users = _users(names, rng, people, oldest_days)
    device = np.full(len(people), -1, dtype=np.int64)
    owners = np.unique(cards.person)
    device[owners] = names.add("device", numbers.devices("phone", len(owners)))
    return Belongings(
        cards, accounts, wallets, users, device,
        card_of=main_of(cards, len(people)), account_of=main_of(accounts, len(people)),
        wallet_of=main_of(wallets, len(people)), user_of=main_of(users, len(people)),
        unused=_never_used(rng, accounts, len(people)),
    )  # fmt: skip


def _never_used(rng: np.random.Generator, accounts: Things, people: int) -> Bools:
    """Draw which accounts nobody ever used: only second ones, opened long ago."""
    second = main_of(accounts, people)[accounts.person] != np.arange(len(accounts))
    unused: Bools = second & (accounts.since <= START - _UNUSED_SINCE * DAY) & (rng.random(len(accounts)) < _UNUSED)
    return unused


def main_of(things: Things, people: int) -> Ints:
    """Return for each person the row of the first thing of a sort, -1 for none."""
    main = np.full(people, -1, dtype=np.int64)
    main[things.person[::-1]] = np.arange(len(things))[::-1]
    return main


def acquired(rng: np.random.Generator, people: People, rows: Ints, from_age: int, oldest_days: int) -> Ints:
    """Draw when people got something: after they were old enough, before day 0."""
    drawn = past(rng, len(rows), 20, oldest_days)
    entitled = START - np.maximum(people.age[rows] - from_age, 0) * 365 * DAY - 20 * DAY
    later: Ints = np.maximum(drawn, np.minimum(entitled, START - 20 * DAY))
    return later


def _cards(names: Names, numbers: Numbers, rng: np.random.Generator, people: People, oldest: int) -> Things:
    having = np.flatnonzero(people.age >= CARD_AGE)
    second = having[(people.age[having] >= 18) & (rng.random(len(having)) < 0.1)]
    person = np.concatenate([having, second])
    giver = _given(rng, "operator", len(person))
    code = np.empty(len(person), dtype=np.int64)
    for index, operator in enumerate(OPERATORS):
        mine = np.flatnonzero(giver == index)
        code[mine] = names.add("card", numbers.phones(operator, len(mine)))
    since = acquired(rng, people, person, CARD_AGE, oldest)
    return Things(code, person, family_holders(people, person), giver, names.words(OPERATORS)[giver], since)


def family_holders(people: People, rows: Ints) -> Ints:
    """Return in whose name cards are: a child's is in the name of the eldest working member of the home."""
    eldest = np.full(int(people.household.max()) + 1, -1, dtype=np.int64)
    workers = np.flatnonzero((people.age >= 18) & (people.age < 60))
    eldest[people.household[workers]] = workers
    parent = eldest[people.household[rows]]
    return np.where((people.age[rows] < 16) & (parent >= 0), parent, rows)


def _accounts(names: Names, numbers: Numbers, rng: np.random.Generator, people: People, oldest: int) -> Things:
    having = np.flatnonzero(people.age >= 16)
    more = having[(people.age[having] >= 18) & (rng.random(len(having)) < 0.25)]
    person = np.concatenate([having, more])
    giver = _given(rng, "bank", len(person))
    code = np.empty(len(person), dtype=np.int64)
    for index, bank in enumerate(BANKS):
        mine = np.flatnonzero(giver == index)
        code[mine] = names.add("account", numbers.accounts(bank, len(mine)))
    return Things(code, person, person, giver, names.words(BANKS)[giver], acquired(rng, people, person, 16, oldest))


def _wallets(names: Names, rng: np.random.Generator, people: People, oldest: int) -> Things:
    chance = np.where(people.age < 60, 0.92, 0.5)
    person = np.flatnonzero((people.age >= 12) & (rng.random(len(people)) < chance))
    giver = _given(rng, "pay", len(person))
    code = names.add("wallet", [f"{PAYMENT_FIRMS[g]}-{i:07d}" for i, g in enumerate(giver.tolist())])
    since = acquired(rng, people, person, 12, oldest)
    return Things(code, person, person, giver, names.words(PAYMENT_FIRMS)[giver], since)


def _users(names: Names, rng: np.random.Generator, people: People, oldest: int) -> Things:
    able = np.flatnonzero(people.age >= 12)
    chance = np.where(people.age[able] < 60, 0.85, 0.4)
    person = np.concatenate([able[rng.random(len(able)) < chance], able[rng.random(len(able)) < chance * 0.45]])
    giver = _given(rng, "platform", len(person))
    code = names.add("user", [f"{PLATFORMS[g]}/u{i:07d}" for i, g in enumerate(giver.tolist())])
    since = acquired(rng, people, person, 12, oldest)
    return Things(code, person, person, giver, names.words(PLATFORMS)[giver], since)


def _given(rng: np.random.Generator, sort: str, count: int) -> Ints:
    shares = _SHARES[sort]
    return rng.choice(len(shares), size=count, p=shares).astype(np.int64)
