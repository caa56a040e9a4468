"""Stage two: a dealer issues cards in the names of others, straw people sell theirs, machines' cards are misused."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.assets import Cards
from stanch.lab.world.institutions import OPERATORS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: Cards that one box holds.
_SLOTS = 16


def supply_cards(scene: Scene, day: int, straws: Ints) -> Cards:
    """Buy the cards of a gang on one day, and put them into boxes that evening."""
    p = scene.country.parameters.gangs
    operator = OPERATORS[int(scene.rng.integers(len(OPERATORS)))]
    dealer, bulk, holders = _dealer_cards(scene, day, operator, p.cards, p.cards_an_hour)
    straw_cards = np.concatenate([_straw_cards(scene, day, person) for person in straws.tolist()])
    machine, sold_to = _machine_cards(scene, day, p.machine_cards)
    boxes = scene.new_devices("box", 1 + (len(bulk) + len(straw_cards)) // _SLOTS)
    phones = scene.new_devices("phone", p.callers * max(1, p.devices_a_card - 1))
    scene.role(np.concatenate([boxes, phones]), "gang_device")
    scene.role(sold_to, "shell")
    _into_boxes(scene, day, np.concatenate([bulk, straw_cards]), boxes, operator)
    callers = bulk[: p.callers]
    scene.role(callers, "caller")
    scene.role(bulk[p.callers], "prober")
    scene.role(bulk[p.callers + 1], "sender")
    scene.role(np.concatenate([bulk, straw_cards, machine]), "gang_card")
    return Cards(callers, int(bulk[p.callers]), int(bulk[p.callers + 1]), machine, boxes, phones, operator, dealer,
                 bulk, holders, straw_cards)  # fmt: skip


def _dealer_cards(scene: Scene, day: int, operator: str, count: int, an_hour: int) -> tuple[int, Ints, Ints]:
    """Buy cards of one range from a dealer; return the dealer, the cards in random order, and their holders."""
    country, rng = scene.country, scene.rng
    dealer = int(rng.choice(country.firms.shops[operator][2:]))
    cards = country.names.add("card", country.numbers.phone_range(operator, count))
    when = scene.at(day, 9.5, 90) + np.cumsum(rng.exponential(HOUR / an_hour, count)).astype(np.int64)
    holders = scene.some(np.flatnonzero(country.people.age >= 18), count)
    scene.write("card_issued", when, step="card_supply", src=dealer, dst=cards, holder=country.people.code[holders],
                channel="counter", source=operator, region=country.people.region[holders])  # fmt: skip
    scene.role(dealer, "dealer")
    scene.plant("telecom.outlet_burst", dealer, when)
    mixed = rng.permutation(count)
    return dealer, cards[mixed], country.people.code[holders[mixed]]


def _straw_cards(scene: Scene, day: int, person: int) -> Ints:
    """Let one person take out cards at several shops within a day, for money."""
    country, rng = scene.country, scene.rng
    count = int(
        rng.integers(scene.country.parameters.gangs.cards_a_straw[0], country.parameters.gangs.cards_a_straw[1] + 1)
    )
    operator = OPERATORS[int(rng.integers(len(OPERATORS)))]
    cards = scene.new_cards(operator, count)
    when = scene.at(day, 9, 60) + np.sort(rng.integers(0, 6 * HOUR, count))
    scene.write("card_issued", when, step="card_supply", src=rng.choice(country.firms.shops[operator], count),
                dst=cards, holder=country.people.code[person], channel="counter", source=operator,
                region=int(country.people.region[person]))  # fmt: skip
    scene.role(int(country.people.code[person]), "mule")
    scene.plant("telecom.many_cards_one_person", int(country.people.code[person]), when)
    return cards


def _machine_cards(scene: Scene, day: int, count: int) -> tuple[Ints, int]:
    """Buy cards for machines that do not exist, through a shell company; they end up in telephones."""
    country, rng = scene.country, scene.rng
    company = country.names.one("company", f"X{scene.name}")
    cards = country.names.add("iot_card", country.numbers.machine_numbers(count))
    modules, phones = scene.new_devices("module", count), scene.new_devices("phone", count)
    sold = scene.at(day, 8.3, 30) + np.arange(count, dtype=np.int64) * 40 * MINUTE // max(1, count)
    scene.write("iot_sold", sold, step="card_supply", src=int(rng.choice(country.firms.resellers)), dst=cards,
                holder=company, detail="tracker", source="operator_a")  # fmt: skip
    scene.write("card_attached", sold + HOUR, step="card_supply", src=cards, dst=modules, source="operator_a")
    moved = sold + 7 * HOUR + rng.integers(0, HOUR, count)
    scene.write("card_attached", moved, step="card_supply", src=cards, dst=phones, source="operator_a")
    online = moved + HOUR + rng.integers(0, HOUR, count)
    scene.write("data_session", online, step="card_supply", src=cards, number=rng.integers(120_000, 400_000, count),
                detail="general", source="operator_a")  # fmt: skip
    if count > 10:
        scene.plant("telecom.iot_bulk_buyer", company, sold)
    for index, card in enumerate(cards.tolist()):
        scene.plant("telecom.iot_device_change", card, [int(moved[index])])
        scene.plant("telecom.iot_general_data", card, [int(online[index])])
    scene.role(phones, "gang_device")
    return cards, company


def _into_boxes(scene: Scene, day: int, cards: Ints, boxes: Ints, operator: str) -> None:
    slot = np.arange(len(cards), dtype=np.int64) // _SLOTS
    when = scene.at(day, 18, 30) + np.sort(scene.rng.integers(0, 3 * HOUR, len(cards)))
    scene.write("card_attached", when, step="card_supply", src=cards, dst=boxes[slot], source=operator)
    for index in range(len(boxes)):
        held = np.flatnonzero(slot == index)
        if len(held) > 6:
            scene.plant("telecom.card_pool_device", int(cards[held[-1]]), when[held])
