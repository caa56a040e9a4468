"""Banks, operators, platforms, shops, firms and the clerks who open records of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import BINS, FIRM_BINS, PREFIXES, Numbers
from stanch.lab.world.parameters import Parameters
from stanch.lab.world.population import People

BANKS: Final = tuple(BINS)
OPERATORS: Final = tuple(PREFIXES)
PAYMENT_FIRMS: Final = tuple(FIRM_BINS)
PLATFORMS: Final = ("platform_a", "platform_b", "platform_c")
#: Where clerks work, and what the records they open are called.
DESKS: Final[dict[str, str]] = {
    "operator_a": "customer", "operator_b": "customer", "bank_a": "account", "bank_b": "account",
    "hospital_a": "patient", "courier_a": "parcel",
}  # fmt: skip
#: The fewest clerks at a kind of desk.
_DESK_CLERKS: Final = 4
#: Payees that every restriction spares.
ESSENTIAL: Final = ("tax", "hospital", "utility", "school", "pension_fund")


@dataclass(frozen=True, slots=True)
class Companies:
    """One row per company that employs people."""

    code: Ints
    owner: Ints  #: row of the person
    place: Ints
    account: Ints
    bank: Ints  #: word of the bank
    address: Ints


@dataclass(frozen=True, slots=True)
class Merchants:
    """One row per merchant, the busiest first; the essential payees are apart."""

    code: Ints
    region: Ints
    essential: Ints


@dataclass(frozen=True, slots=True)
class Clerks:
    """One row per clerk who may open records."""

    code: Ints
    person: Ints  #: row of the person
    desk: Ints  #: index into ``DESKS``
    source: Ints
    institution: Ints


@dataclass(frozen=True, slots=True)
class Institutions:
    """Everything in the country that is not a person or a person's belonging."""

    houses: dict[str, int]  #: bank, payment firm or desk -> its institution
    companies: Companies
    merchants: Merchants
    clerks: Clerks
    shops: dict[str, Ints]  #: operator -> outlets that issue cards
    branches: dict[str, Ints]  #: bank or payment firm -> outlets; the first is its app
    exchanges: Ints  #: merchants that sell crypto assets
    forums: Ints
    domains: Ints
    resellers: Ints
    ports: Ints  #: numbers from which firms send notices
    lines: Ints  #: service numbers that call people: of the banks, then of the anti-fraud centre


def make_institutions(
    p: Parameters, names: Names, numbers: Numbers, rng: np.random.Generator, people: People
) -> Institutions:
    """Found the institutions that a population of this size needs."""
    count = len(people)
    houses = dict.fromkeys((*DESKS, *BANKS, *PAYMENT_FIRMS))
    institution = dict(zip(houses, names.add("institution", list(houses)).tolist(), strict=True))
    return Institutions(
        houses=institution,
        companies=_companies(p, names, numbers, rng, people),
        merchants=_merchants(p, names, rng, count),
        clerks=_clerks(p, names, rng, people, institution),
        shops={o: names.add("outlet", [f"{o}/shop-{i:03d}" for i in range(6 + count // 2000)]) for o in OPERATORS},
        branches={b: _branches(names, b, 4 + count // 4000) for b in (*BANKS, *PAYMENT_FIRMS)},
        exchanges=names.add("merchant", [f"exchange-{i}" for i in range(4)]),
        forums=names.add("place", [f"{x}/forum-{i}" for x in PLATFORMS for i in range(8)]),
        domains=names.add("domain", [f"site-{i}.example" for i in range(60)]),
        lines=names.add("card", [*(f"95990{i:03d}" for i in range(len(BANKS))), "96110"]),
        ports=names.add("card", [f"10690{i:07d}" for i in range(12)]),
        resellers=names.add("outlet", [f"reseller-{i:02d}" for i in range(3 + count // 20_000)]),
    )


def _branches(names: Names, firm: str, count: int) -> Ints:
    return names.add("outlet", [f"{firm}/app", *(f"{firm}/branch-{i:03d}" for i in range(count))])


def _companies(p: Parameters, names: Names, numbers: Numbers, rng: np.random.Generator, people: People) -> Companies:
    count = max(8, round(len(people) / p.people.staff))
    bank = rng.integers(0, len(BANKS), size=count)
    account = np.empty(count, dtype=np.int64)
    for index, name in enumerate(BANKS):
        mine = np.flatnonzero(bank == index)
        account[mine] = names.add("account", numbers.accounts(name, len(mine)))
    adults = np.flatnonzero((people.age >= 28) & (people.age < 65))
    return Companies(
        code=names.add("company", [f"C{i:06d}" for i in range(count)]),
        owner=rng.choice(adults, size=count),
        place=names.add("place", [f"street-{i:05d}" for i in range(count)]),
        account=account,
        bank=names.words(BANKS)[bank],
        address=names.add("address", numbers.addresses(count)),
    )


def _merchants(p: Parameters, names: Names, rng: np.random.Generator, people: int) -> Merchants:
    count = max(60, people // 40)
    weights = np.asarray(list(p.people.regions.values()))
    region = rng.choice(names.words(list(p.people.regions)), size=count, p=weights / weights.sum())
    return Merchants(
        code=names.add("merchant", [f"M{i:06d}" for i in range(count)]),
        region=region,
        essential=names.add("merchant", [f"{sort}-{i}" for sort in ESSENTIAL for i in range(4)]),
    )


def _clerks(
    p: Parameters, names: Names, rng: np.random.Generator, people: People, institution: dict[str, int]
) -> Clerks:
    fit = np.flatnonzero(people.works)
    count = min(len(fit), max(_DESK_CLERKS * len(DESKS), round(len(people) * p.work.clerks)))
    desk = np.arange(count, dtype=np.int64) % len(DESKS)
    desks = list(DESKS)
    return Clerks(
        code=names.add("employee", [f"{desks[d]}/E{i:05d}" for i, d in enumerate(desk.tolist())]),
        person=rng.choice(fit, size=count, replace=False),
        desk=desk,
        source=names.words(desks)[desk],
        institution=np.asarray([institution[name] for name in desks], dtype=np.int64)[desk],
    )
