"""Look-alikes around cards: who sells, activates, tries, shares and changes them for honest reasons."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.calls import write_calls_of
from stanch.lab.world.card_life import deciders
from stanch.lab.world.clock import START, Ints
from stanch.lab.world.institutions import PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE, SECOND

_SUPPLY: Final = "card_supply"
_ACCOUNTS: Final = "account_supply"
#: A settled card is at least so old (days).
_SETTLED: Final = 90


def crosses(scene: Scene) -> bool:
    """Draw whether a look-alike goes further than most, as some do."""
    return bool(scene.rng.random() < scene.country.parameters.telecom.crossing)


def settled_card(scene: Scene) -> int:
    """Return the row of a grown-up's card that is some months old and plays no other part."""
    has, people = scene.country.has, scene.country.people
    fit = (has.cards.since < START - _SETTLED * DAY) & (people.age[has.cards.person] >= 25)
    rows = np.flatnonzero(fit & (has.card_of[has.cards.person] == np.arange(len(has.cards))))
    return int(rows[scene.unmarked(has.cards.code[rows], 1)[0]])


def activating_counter(scene: Scene, day: int) -> None:
    """Play a shop that activates each customer's card at the counter: mixed ranges, or now and then a firm's series."""
    rng, country = scene.rng, scene.country
    shop = country.names.one("outlet", f"operator_b/counter-{scene.name}")
    scene.role(shop, "twin:activating_counter")
    if crosses(scene):
        cards = country.names.add("card", country.numbers.phone_range("operator_b", int(rng.integers(12, 16))))
    else:
        cards = scene.new_cards("operator_b", int(rng.integers(14, 24)))
    when = scene.at(day, 9.5, 40) + np.sort(rng.integers(0, 7 * HOUR, len(cards)))
    sell(scene, shop, cards, when, "operator_b")
    scene.write("card_activated", when + rng.integers(2, 9, len(cards)) * MINUTE, step=_SUPPLY, src=shop, dst=cards,
                source="operator_b")  # fmt: skip


def new_student(scene: Scene, day: int) -> None:
    """Play a student who signs up everywhere with a card of a range that several shops near the campus sell."""
    rng, country = scene.rng, scene.country
    cards = country.names.add("card", country.numbers.phone_range("operator_c", 14))
    shops = scene.some(country.firms.shops["operator_c"], 2 if crosses(scene) else int(rng.integers(4, 7)))
    scene.role(cards, "twin:new_student")
    when = scene.at(0, 8.5, 60) + np.sort(rng.integers(0, 5 * HOUR, len(cards)))
    at = shops[np.arange(len(cards)) % len(shops)]
    holders = country.people.code[scene.some(np.flatnonzero(country.people.age >= 17), len(cards))]
    scene.write("card_issued", when, step=_SUPPLY, src=at, dst=cards, holder=holders, channel="counter",
                source="operator_c")  # fmt: skip
    scene.write("card_activated", when + 4 * MINUTE, step=_SUPPLY, src=at, dst=cards, source="operator_c")
    _sign_up(scene, max(1, min(day, 5)), int(cards[0]), int(holders[0]))


def _sign_up(scene: Scene, day: int, card: int, holder: int) -> None:
    rng, country = scene.rng, scene.country
    codes, banks = scene.new_accounts(1)
    bank = country.names.spelled_word(int(banks[0]))
    begin, phone = scene.at(day, 10, 120), int(scene.new_devices("phone", 1)[0])
    scene.write("account_opened", begin, step=_ACCOUNTS, src=int(country.firms.branches[bank][1]), dst=codes,
                holder=holder, channel="counter", source=bank)  # fmt: skip
    scene.write("bound", begin + MINUTE, step=_ACCOUNTS, src=card, dst=codes, source=bank)
    users = country.names.add("user", [f"{PLATFORMS[i]}/{scene.name}n{i}" for i in range(3)])
    source = country.names.words(PLATFORMS)
    when = begin + np.cumsum(rng.integers(20, 90, 3) * MINUTE)
    scene.write("user_registered", when, step=_ACCOUNTS, src=phone, dst=users, holder=holder, source=source)
    scene.write("bound", when + MINUTE, step=_ACCOUNTS, src=card, dst=users, source=source)


def family_codes(scene: Scene, day: int) -> None:
    """Play a daughter whose card receives the codes of her parents' accounts, or of four and more relatives."""
    rng, has, people = scene.rng, scene.country.has, scene.country.people
    row = settled_card(scene)
    relatives = np.flatnonzero((people.age >= 55) & (has.account_of >= 0))
    accounts = has.account_of[scene.some(relatives, 5 if crosses(scene) else int(rng.integers(2, 4)))]
    card = int(has.cards.code[row])
    scene.role(card, "twin:family_codes")
    when = scene.at(day, 18, 90) + np.cumsum(rng.integers(5, 30, len(accounts)) * MINUTE)
    scene.write("bound", when, step=_ACCOUNTS, src=card, dst=has.accounts.code[accounts],
                source=has.accounts.source[accounts])  # fmt: skip


def phone_buyer(scene: Scene, day: int) -> None:
    """Play someone who tries the card in two or three telephones before buying one; some try them all."""
    has = scene.country.has
    row = settled_card(scene)
    scene.role(int(has.cards.code[row]), "twin:phone_buyer")
    tried = scene.new_devices("phone", 6 if crosses(scene) else int(scene.rng.integers(2, 4)))
    when = scene.at(day, 14, 90) + np.cumsum(scene.rng.integers(4, 20, len(tried)) * MINUTE)
    scene.write("card_attached", when, step=_SUPPLY, src=int(has.cards.code[row]), dst=tried,
                source=int(has.cards.source[row]))  # fmt: skip


def trial_phone(scene: Scene, day: int) -> None:
    """Play a repair shop that tries its customers' cards in one telephone, with a call or two each."""
    rng, has = scene.rng, scene.country.has
    phone = int(scene.new_devices("phone", 1)[0])
    scene.role(phone, "twin:trial_phone")
    rows = scene.some(np.arange(len(has.cards)), int(rng.integers(5, 8)))
    last = scene.country.days - 1
    days = np.minimum(np.arange(len(rows)) // 2 + max(0, min(day, last - 3)), last)
    calls = int(rng.integers(5, 8)) if crosses(scene) else 2
    for row, on in zip(rows.tolist(), days.tolist(), strict=True):
        begin, card = scene.at(on, 10, 400), int(has.cards.code[row])
        scene.write("card_attached", begin, step=_SUPPLY, src=card, dst=phone, source=int(has.cards.source[row]))
        own = np.full(calls, scene.country.firms.lines[0], dtype=np.int64)
        times = begin + np.cumsum(rng.integers(40, 200, calls) * SECOND)
        scene.call(card, times, own, rng.integers(5, 30, calls), device=phone)


def shop_clerk(scene: Scene, day: int) -> None:
    """Play a clerk who registers the own account on the shop's terminal; some help customers with theirs."""
    rng, country = scene.rng, scene.country
    terminal, platform = int(scene.new_devices("phone", 1)[0]), str(rng.choice(PLATFORMS))
    scene.role(terminal, "twin:shop_clerk")
    cards = scene.new_cards("operator_a", int(rng.integers(4, 10)))
    when = scene.at(day, 9.5, 40) + np.sort(rng.integers(0, 5 * HOUR, len(cards)))
    sell(scene, int(rng.choice(country.firms.shops["operator_a"][:2])), cards, when, "operator_a", device=terminal)
    made = 4 if crosses(scene) else int(rng.integers(1, 3))
    users = country.names.add("user", [f"{platform}/{scene.name}c{i}" for i in range(made)])
    scene.write("user_registered", when[3] + np.arange(1, made + 1, dtype=np.int64) * 7 * MINUTE, step=_ACCOUNTS,
                src=terminal, dst=users, source=platform)  # fmt: skip


def two_cards(scene: Scene, day: int) -> None:
    """Play someone with a private and a business card in one telephone who registers with both; or with a third."""
    rng, country = scene.rng, scene.country
    phone, platform = int(scene.new_devices("phone", 1)[0]), str(rng.choice(PLATFORMS))
    count = 4 if crosses(scene) else 2
    cards = scene.new_cards("operator_a", count)
    users = country.names.add("user", [f"{platform}/{scene.name}w{i}" for i in range(count)])
    scene.role(users, "twin:two_cards")
    holder = int(country.people.code[scene.some(np.flatnonzero(country.people.age >= 25), 1)[0]])
    when = scene.at(day, 10, 120) + np.cumsum(rng.integers(20, 60, count) * MINUTE)
    sell(scene, int(rng.choice(country.firms.shops["operator_a"])), cards, when - 10 * MINUTE, "operator_a",
         holder=holder)  # fmt: skip
    scene.write("card_attached", when, step=_SUPPLY, src=cards, dst=phone, source="operator_a")
    scene.write("user_registered", when + 5 * MINUTE, step=_ACCOUNTS, src=phone, dst=users, holder=holder,
                source=platform)  # fmt: skip
    scene.write("bound", when + 6 * MINUTE, step=_ACCOUNTS, src=cards, dst=users, source=platform)


def work_card(scene: Scene, day: int) -> None:
    """Play someone who takes a second card for work and tells customers, who call back; some customers do not."""
    rng, country, has = scene.rng, scene.country, scene.country.has
    holder = int(country.people.code[scene.some(np.flatnonzero(country.people.works), 1)[0]])
    cards = scene.new_cards("operator_c", 2)
    scene.role(cards, "twin:work_card")
    shop = int(scene.rng.choice(country.firms.shops["operator_c"]))
    issued = np.asarray([START - int(rng.integers(3, 20)) * DAY, scene.at(day, 8.5, 60)], dtype=np.int64)
    sell(scene, shop, cards, issued, "operator_c", holder=holder)
    known = scene.some(np.arange(len(has.cards)), int(rng.integers(23, 30)))
    silent = crosses(scene)
    again = known if silent else np.concatenate([known, known[: len(known) // 3]])
    times = int(issued[1]) + HOUR + np.cumsum(rng.integers(4, 15, len(again)) * MINUTE)
    scene.call(int(cards[1]), times, has.cards.code[again], rng.integers(20, 300, len(again)), source="operator_c")
    back = np.arange(2, len(known), len(known) if silent else 4)
    write_calls_of(country, scene.diary, rng, times[back] + rng.integers(5, 40, len(back)) * MINUTE,
                   (known[back], np.full(len(back), cards[1])), rng.integers(20, 200, len(back)))  # fmt: skip


def flagship_shop(scene: Scene, day: int) -> None:
    """Play a large shop of whose many cards some were restricted: few against what it sells, or not so few."""
    rng, country = scene.rng, scene.country
    shop = country.names.one("outlet", f"operator_a/flagship-{scene.name}")
    scene.role(shop, "twin:flagship_shop")
    cards = scene.new_cards("operator_a", int(rng.integers(80, 110)))
    sold = START - rng.integers(35 * DAY, 80 * DAY, len(cards))
    sell(scene, shop, cards, sold, "operator_a")
    count = int(rng.integers(12, 15)) if crosses(scene) else int(rng.integers(4, 8))
    when = START - rng.integers(2 * DAY, 30 * DAY, count)
    clerks = deciders(country, rng, "operator_a", count)
    for later, who in ((0, clerks), (1, np.full(count, shop, dtype=np.int64))):
        scene.write("card_restricted", when + later * MINUTE, step="report", src=who, dst=cards[:count],
                    source="operator_a")  # fmt: skip
    more = scene.new_cards("operator_a", 3)
    sell(scene, shop, more, scene.at(day, 9.5, 60) + np.arange(3, dtype=np.int64) * 2 * HOUR, "operator_a")


def sell(
    scene: Scene, shop: int, cards: Ints, when: Ints, operator: str, holder: int | None = None, **columns: int
) -> None:
    """Issue cards at a counter, each to another grown-up, or all to one holder (a code)."""
    people = scene.country.people
    adults = scene.some(np.flatnonzero((people.age >= 18) & (people.age < 70)), len(cards))
    holders = people.code[adults] if holder is None else np.full(len(cards), holder, dtype=np.int64)
    scene.write("card_issued", when, step=_SUPPLY, src=shop, dst=cards, holder=holders, channel="counter",
                source=operator, **columns)  # fmt: skip
