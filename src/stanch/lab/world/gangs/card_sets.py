"""Cards as keys to accounts: sets opened with one card, codes received for others, telephones that cards pass."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.gangs.assets import Accounts, Cards, Timetable
from stanch.lab.world.institutions import PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: From so many accounts of different people on it is clear that one card serves strangers.
_STRANGERS: Final = 5
#: So many cards after the first ones pass through the code telephone; the sets use the first.
_CODES_FROM: Final = 4


def open_sets(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Open an account at a bank and several at platforms with each of some cards, to be sold as a set."""
    p = scene.country.parameters.telecom.gangs
    phones = scene.new_devices("phone", p.sets)
    scene.role(phones, "gang_device")
    for index, (card, phone) in enumerate(zip(cards.idle[: p.sets].tolist(), phones.tolist(), strict=True)):
        _open_set(scene, days.contact[0], card, phone, _holder(cards, index))


def _holder(cards: Cards, index: int) -> int:
    return int(cards.holders[len(cards.bulk) - len(cards.idle) + index])


def _open_set(scene: Scene, day: int, card: int, phone: int, holder: int) -> None:
    rng, country = scene.rng, scene.country
    low, high = country.parameters.telecom.gangs.set_users
    codes, banks = scene.new_accounts(1)
    bank = country.names.spelled_word(int(banks[0]))
    begin = scene.at(day, 10, 240)
    scene.write("account_opened", begin, step="account_supply", src=int(country.firms.branches[bank][0]), dst=codes,
                holder=holder, device=phone, channel="app", source=bank)  # fmt: skip
    scene.write("bound", begin + MINUTE, step="account_supply", src=card, dst=codes, source=bank)
    count = int(rng.integers(low, high + 1))
    platform = rng.choice(np.asarray(PLATFORMS), count)
    users = country.names.add("user", [f"{platform[i]}/{scene.name}s{card}n{i}" for i in range(count)])
    when = begin + np.cumsum(rng.integers(8, 50, count) * MINUTE)
    source = country.names.words(platform.tolist())
    scene.write("user_registered", when, step="account_supply", src=phone, dst=users, holder=holder, source=source)
    scene.write("bound", when + 2 * MINUTE, step="account_supply", src=card, dst=users, source=source)
    scene.role(codes, "gang_account")
    scene.role(users, "gang_user")
    scene.plant("telecom.batch_card_opens_accounts", card, when[2:] + 2 * MINUTE)


def keep_codes(scene: Scene, days: Timetable, cards: Cards, level: Accounts) -> None:
    """Bind accounts that other people opened for the gang to one card, which receives their codes."""
    low, high = scene.country.parameters.telecom.gangs.kept
    fresh = np.flatnonzero(level.fresh == 1)[: int(scene.rng.integers(low, high + 1))]
    keeper = int(cards.idle[-1])
    when = scene.at(days.supply, 22.2, 30) + np.sort(scene.rng.integers(0, HOUR, len(fresh)))
    scene.write("bound", when, step="account_supply", src=keeper, dst=level.code[fresh], source=level.source[fresh])
    if len(fresh) >= _STRANGERS:
        scene.plant("telecom.card_bound_by_strangers", keeper, when[_STRANGERS - 1 :])


def receive_codes(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Put one card after the other into a telephone and register an account with each."""
    rng, country = scene.rng, scene.country
    low, high = country.parameters.telecom.gangs.code_cards
    through = cards.idle[_CODES_FROM : _CODES_FROM + int(rng.integers(low, high + 1))]
    phone, platform = int(scene.new_devices("phone", 1)[0]), str(rng.choice(PLATFORMS))
    scene.role(phone, "gang_device")
    users = country.names.add("user", [f"{platform}/{scene.name}r{i}" for i in range(len(through))])
    scene.role(users, "gang_user")
    when = scene.at(days.contact[0], 9, 90) + np.cumsum(rng.integers(8, 25, len(through)) * MINUTE)
    scene.write("card_attached", when, step="account_supply", src=through, dst=phone, source=cards.operator)
    made = when + rng.integers(2, 6, len(through)) * MINUTE
    scene.write("user_registered", made, step="account_supply", src=phone, dst=users, source=platform)
    scene.write("bound", made + MINUTE, step="account_supply", src=through, dst=users, source=platform)
    for user, moment in zip(users[3:].tolist(), made[3:].tolist(), strict=True):
        scene.plant("internet.code_receiving", user, [moment])
