"""Look-alikes on platforms: many accounts on one network or device, one text by many, for honest reasons."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.institutions import PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import some_people, transfer
from stanch.model.time import HOUR, MINUTE

_SUPPLY, _STEP = "account_supply", "contact"


def dorm_wifi(scene: Scene, day: int) -> None:
    """Play freshmen behind one address: some register on a platform, some open an account, each on the own phone."""
    country = scene.country
    people = country.people
    fit = np.flatnonzero(people.student & (people.age >= 16) & (country.has.account_of >= 0))
    students = scene.some(fit, int(scene.rng.integers(5, 8)))
    address = int(scene.new_addresses(1)[0])
    platform = str(scene.rng.choice(PLATFORMS))
    users = country.names.add("user", [f"{platform}/{scene.name}d{i}" for i in range(len(students))])
    scene.role(users, "twin:dorm_wifi")
    when = scene.at(day, 19, 60) + np.sort(scene.rng.integers(0, 50 * MINUTE, len(students)))
    scene.write("user_registered", when, step=_SUPPLY, src=country.has.device[students], dst=users, address=address,
                holder=people.code[students], source=platform)  # fmt: skip
    count = min(5, len(students))
    accounts = country.names.add("account", country.numbers.accounts("bank_b", count))
    scene.write("account_opened", when[:count] + HOUR, step=_SUPPLY, src=int(country.firms.branches["bank_b"][0]),
                dst=accounts, holder=people.code[students[:count]], device=country.has.device[students[:count]],
                address=address, channel="app", source="bank_b")  # fmt: skip


def shop_staff(scene: Scene, day: int) -> None:
    """Play three or four employees of a shop who post its telephone number."""
    _post_alike(scene, day, "twin:shop_staff", "shop_ad", int(scene.rng.integers(3, 5)), same=False)


def group_buy(scene: Scene, day: int) -> None:
    """Play four neighbours who copy the text of a group order for fruit."""
    _post_alike(scene, day, "twin:group_buy", "group_buy", 4, same=True)


def family_tablet(scene: Scene, day: int) -> None:
    """Play a family of five that uses one tablet."""
    users = _users(scene, int(scene.rng.integers(4, 6)))
    tablet = int(scene.new_devices("phone", 1)[0])
    scene.role(tablet, "twin:family_tablet")
    when = scene.at(day, 18, 60) + np.sort(scene.rng.integers(0, 4 * HOUR, len(users)))
    has = scene.country.has.users
    scene.write("user_login", when, step=_SUPPLY, src=has.code[users], dst=tablet, source=has.source[users])


def organiser(scene: Scene, day: int) -> None:
    """Play someone who organises an outing and writes to thirty friends, from an account that is years old."""
    users = scene.country.has.users
    sender = int(_users(scene, 1)[0])
    scene.role(int(users.code[sender]), "twin:organiser")
    friends = users.code[_users(scene, int(scene.rng.integers(26, 38)))]
    when = scene.at(day, 20, 40) + np.sort(scene.rng.integers(0, 50 * MINUTE, len(friends)))
    scene.write("message", when, step=_STEP, src=int(users.code[sender]), dst=friends, source=int(users.source[sender]))


def second_accounts(scene: Scene, day: int) -> None:
    """Play a fan of games who registers three accounts on one phone."""
    country = scene.country
    person = int(scene.some(np.flatnonzero((country.people.age >= 18) & (country.has.device >= 0)), 1)[0])
    users = country.names.add("user", [f"platform_a/{scene.name}s{i}" for i in range(3)])
    scene.role(users, "twin:second_accounts")
    when = scene.at(day, 15, 120) + np.arange(3, dtype=np.int64) * 25 * MINUTE
    scene.write("user_registered", when, step=_SUPPLY, src=int(country.has.device[person]), dst=users,
                holder=int(country.people.code[person]), source="platform_a")  # fmt: skip


def newcomer(scene: Scene, day: int) -> None:
    """Play someone who moves to a city: a new card and a new account on one day, on no platform yet."""
    country, rng = scene.country, scene.rng
    person = int(scene.some(np.flatnonzero(country.people.works), 1)[0])
    holder = int(country.people.code[person])
    card, (account, bank) = scene.new_cards("operator_a", 1), scene.new_accounts(1)
    scene.role(holder, "twin:newcomer")
    when = scene.at(day, 10, 120)
    scene.write("card_issued", when, step=_SUPPLY, src=int(rng.choice(country.firms.shops["operator_a"])), dst=card,
                holder=holder, channel="counter", source="operator_a")  # fmt: skip
    branch = int(rng.choice(country.firms.branches[country.names.spelled_word(int(bank[0]))]))
    scene.write("account_opened", when + 2 * HOUR, step=_SUPPLY, src=branch, dst=account, holder=holder,
                channel="counter", source=bank)  # fmt: skip
    scene.write("bound", when + 2 * HOUR + MINUTE, step=_SUPPLY, src=card, dst=account, source=bank)


def new_in_town(scene: Scene, day: int) -> None:
    """Play someone who starts in a new town: new card and account, the first wage and a gift; rarely gifts of many."""
    country, rng = scene.country, scene.rng
    person = int(scene.some(np.flatnonzero(country.people.works), 1)[0])
    holder = int(country.people.code[person])
    card, (account, bank) = scene.new_cards("operator_b", 1), scene.new_accounts(1)
    scene.role(account, "twin:new_in_town")
    when = scene.at(day, 9, 60)
    scene.write("card_issued", when, step=_SUPPLY, src=int(rng.choice(country.firms.shops["operator_b"])), dst=card,
                holder=holder, channel="counter", source="operator_b")  # fmt: skip
    branch = int(country.firms.branches[country.names.spelled_word(int(bank[0]))][1])
    scene.write("account_opened", when + HOUR, step=_SUPPLY, src=branch, dst=account, holder=holder, channel="counter",
                source=bank)  # fmt: skip
    scene.write("bound", when + HOUR + MINUTE, step=_SUPPLY, src=card, dst=account, source=bank)
    friends = some_people(scene, 25, 70, 6 if scene.crosses() else 2)
    transfer(scene, when + 3 * HOUR + np.sort(rng.integers(0, 8 * HOUR, len(friends))), friends, int(account[0]),
             rng.integers(10, 30, len(friends)) * 10_000, "gift")  # fmt: skip


def _users(scene: Scene, count: int) -> Ints:
    return scene.some(np.arange(len(scene.country.has.users)), count)


def _post_alike(scene: Scene, day: int, role: str, topic: str, count: int, *, same: bool) -> None:
    """Let some users post texts with one contact, in one wording or in several."""
    country, has = scene.country, scene.country.has
    users = _users(scene, count)
    scene.role(has.users.code[users], role)
    phone = country.names.spelled(int(scene.some(has.cards.code, 1)[0])).removeprefix("card:+86")
    text = country.texts.make(scene.rng, topic, phone)
    texts = [text if same else country.texts.make(scene.rng, topic, phone) for _ in users]
    when = scene.at(day, 12, 60) + np.sort(scene.rng.integers(0, 7 * HOUR, count))
    person = has.users.person[users]
    scene.write("post", when, step=_STEP, src=has.users.code[users], dst=int(scene.rng.choice(country.firms.forums)),
                text=np.asarray(texts), device=has.device[person], source=has.users.source[users])  # fmt: skip
