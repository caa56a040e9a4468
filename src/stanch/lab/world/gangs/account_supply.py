"""Stage three: platform accounts are farmed, bank accounts opened in bulk or rented, shell companies founded."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.assets import Accounts, Users
from stanch.lab.world.institutions import PAYMENT_FIRMS, PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE


def farm_users(scene: Scene, day: int) -> Users:
    """Register platform accounts: some on one device, most on many devices behind one network."""
    country, rng = scene.country, scene.rng
    count = country.parameters.gangs.users
    platform = str(rng.choice(PLATFORMS))
    users = country.names.add("user", [f"{platform}/{scene.name}{i:03d}" for i in range(count)])
    half = max(5, count // 3)
    single = np.repeat(scene.new_devices("phone", 1), half)
    several = scene.new_devices("phone", count - half)
    device = np.concatenate([single, several])
    address = country.names.add("address", country.numbers.neighbours(count))
    slow = scene.at(day, 10, 60) + np.sort(rng.integers(0, 8 * HOUR, half))
    quick = scene.at(day, 14, 60) + np.sort(rng.integers(0, 35 * MINUTE, count - half))
    scene.write("user_registered", np.concatenate([slow, quick]), step="account_supply", src=device, dst=users,
                address=address, source=platform)  # fmt: skip
    scene.role(users, "gang_user")
    scene.role(device, "gang_device")
    if half > 4:
        scene.plant("internet.bulk_registration", int(users[half - 1]), slow)
    if count - half > 8:
        scene.plant("internet.subnet_registration", int(users[-1]), quick)
    farm = int(single[0])
    logins = scene.at(day, 20, 20) + np.sort(rng.integers(0, 3 * HOUR, count))
    scene.write("user_login", logins, step="account_supply", src=users, dst=farm, address=address, source=platform)
    if count > 5:
        scene.plant("internet.login_farm", int(users[-1]), logins)
    return Users(users, np.full(count, country.names.word(platform)), np.full(count, farm), address)


def gather_accounts(scene: Scene, day: int, straws: Ints) -> tuple[Accounts, Accounts, Accounts]:
    """Gather the accounts of three levels: people's, opened in bulk or rented; companies'; and wallets."""
    p = scene.country.parameters.gangs
    room = scene.new_devices("phone", 3)  # the room from which the money is moved
    scene.role(room, "gang_device")
    opened = _open_in_bulk(scene, day, straws, int(room[0]), min(p.accounts[0], 9))
    first = _joined(opened, _rent(scene, p.accounts[0] - len(opened), int(room[0])))
    companies = _shells(scene, day, p.companies, int(room[1]))
    second = _joined(companies, _rent(scene, p.accounts[1] - len(companies), int(room[1])))
    third = _joined(
        _wallets(scene, day, p.accounts[2] // 2, int(room[2])),
        _rent(scene, p.accounts[2] - p.accounts[2] // 2, int(room[2])),
    )
    _enter(scene, day, first, second, third)
    return first, second, third


def _open_in_bulk(scene: Scene, day: int, straws: Ints, device: int, count: int) -> Accounts:
    """Open accounts through one bank's app on one device, in the names of straw people and of others."""
    country, rng = scene.country, scene.rng
    bank = str(rng.choice(["bank_a", "bank_b", "bank_c", "bank_d"]))
    codes = country.names.add("account", country.numbers.accounts(bank, count))
    others = scene.some(np.flatnonzero((country.people.age >= 18) & (country.people.age < 60)), count)
    holders = country.people.code[np.concatenate([straws, others])[:count]]
    when = scene.at(day, 16, 40) + np.sort(rng.integers(0, 5 * HOUR, count))
    address = np.repeat(scene.new_addresses(1), count)
    scene.write("account_opened", when, step="account_supply", src=int(country.firms.branches[bank][0]), dst=codes,
                holder=holders, device=device, address=address, channel="app", source=bank)  # fmt: skip
    platform = str(rng.choice(PLATFORMS))
    profiles = country.names.add("user", [f"{platform}/{scene.name}p{i}" for i in range(len(straws))])
    scene.write("user_registered", when[: len(straws)] - 2 * HOUR, step="account_supply", dst=profiles,
                src=scene.new_devices("phone", len(straws)), holder=country.people.code[straws],
                source=platform)  # fmt: skip
    for person, moment in zip(straws.tolist(), when.tolist(), strict=False):
        scene.plant("internet.born_together", int(country.people.code[person]), [moment])
    if count > 6:
        scene.plant("finance.account_opening_burst", int(codes[-1]), when)
    scene.role(codes, "gang_account")
    scene.role(profiles, "gang_user")
    return _accounts(codes, np.full(count, country.names.word(bank)), device, address, 1)


def _rent(scene: Scene, count: int, device: int) -> Accounts:
    """Rent accounts from their owners, often young and without work: half of them accounts that nobody used yet."""
    country = scene.country
    owners, has = country.people, country.has
    fit = np.flatnonzero((owners.age >= 18) & (owners.age < 35) & ~owners.works & (has.account_of >= 0))
    idle = np.flatnonzero(has.unused)
    asleep = scene.some(idle[np.isin(has.accounts.person[idle], fit)], (max(0, count) + 1) // 2)
    awake = np.setdiff1d(fit, has.accounts.person[asleep])
    rows = np.concatenate([asleep, has.account_of[scene.some(awake, max(0, count) - len(asleep))]])
    people = has.accounts.person[rows]
    scene.role(has.accounts.code[rows], "gang_account")
    scene.role(owners.code[people], "mule")
    return _accounts(has.accounts.code[rows], has.accounts.source[rows], device, owners.address[people], 0)


def _shells(scene: Scene, day: int, count: int, device: int) -> Accounts:
    """Found companies by one agent at one place on one day, and their accounts."""
    country, rng = scene.country, scene.rng
    agent = int(scene.some(np.flatnonzero(country.people.works), 1)[0])
    place = country.names.one("place", f"suite-{scene.name}")
    companies = country.names.add("company", [f"S{scene.name}{i}" for i in range(count)])
    when = scene.at(day, 9, 30) + np.sort(rng.integers(0, 3 * HOUR, count))
    scene.write("company_registered", when, step="account_supply", src=int(country.people.code[agent]), dst=companies,
                place=place, source="registry")  # fmt: skip
    codes, banks = scene.new_accounts(count)
    branch = [
        int(rng.choice(country.firms.branches[bank][1:])) for bank in map(country.names.spelled_word, banks.tolist())
    ]
    opened = when + rng.integers(2 * HOUR, 4 * HOUR, count)
    scene.write("account_opened", opened, step="account_supply", holder=companies, dst=codes,
                src=np.asarray(branch, dtype=np.int64), channel="counter", source=banks)  # fmt: skip
    scene.role(companies, "shell")
    scene.role(codes, "gang_account")
    scene.role(int(country.people.code[agent]), "account_merchant")
    if count > 4:
        scene.plant("finance.shell_companies", int(companies[-1]), when)
        scene.plant("finance.companies_one_agent", int(country.people.code[agent]), when)
    return _accounts(codes, banks, device, scene.new_addresses(count), 1)


def _wallets(scene: Scene, day: int, count: int, device: int) -> Accounts:
    country, rng = scene.country, scene.rng
    firm = str(rng.choice(PAYMENT_FIRMS))
    codes = country.names.add("wallet", [f"{firm}-{scene.name}{i:02d}" for i in range(count)])
    holders = scene.some(np.flatnonzero(country.people.age >= 18), count)
    when = scene.at(day, 11, 60) + np.sort(rng.integers(0, 6 * HOUR, count))
    scene.write("account_opened", when, step="account_supply", src=int(country.firms.branches[firm][0]), dst=codes,
                holder=country.people.code[holders], channel="app", source=firm)  # fmt: skip
    scene.role(codes, "gang_account")
    return _accounts(codes, np.full(count, country.names.word(firm)), device, scene.new_addresses(count), 1)


def _enter(scene: Scene, day: int, *levels: Accounts) -> None:
    """Try all accounts of the room in the evening: many accounts on one device."""
    for level in levels:
        when = scene.at(day, 22, 20) + np.sort(scene.rng.integers(0, HOUR, len(level)))
        scene.write("login", when, step="account_supply", src=level.code, dst=level.device, address=level.address,
                    channel="app", source=level.source)  # fmt: skip
        if len(level) > 4:
            scene.plant("finance.many_accounts_one_device", int(level.code[-1]), when)


def _accounts(code: Ints, source: Ints, device: int, address: Ints, fresh: int) -> Accounts:
    same = np.full(len(code), device, dtype=np.int64)
    return Accounts(code, source, same, address, np.full(len(code), fresh, dtype=np.int64))


def _joined(one: Accounts, other: Accounts) -> Accounts:
    return Accounts(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Accounts.__slots__))
