"""Look-alikes in telecom: people and firms who call, write and buy cards much, for honest reasons."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import START, Ints
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE

#: Calling, writing, posting: the step of the chain that they resemble.
_STEP = "contact"
_SUPPLY = "card_supply"


def call_centre(scene: Scene, day: int) -> None:
    """Play a registered call centre: six seats that call sixty to a hundred customers a day, each once or twice."""
    cards = scene.new_cards("operator_a", 6)
    scene.role(cards, "twin:call_centre")
    shop = int(scene.country.firms.shops["operator_a"][0])
    since = START - 20 * DAY + np.arange(6, dtype=np.int64) * 5 * MINUTE
    scene.write(
        "card_issued",
        since,
        step=_SUPPLY,
        src=shop,
        dst=cards,
        holder=_adults(scene, 6),
        channel="counter",
        source="operator_a",
    )
    scene.write("listed", since + DAY, step=_SUPPLY, dst=cards, detail="call_centre", source="registry")
    for seat in cards.tolist():
        _call_many(scene, seat, scene.at(day, 9, 40), int(scene.rng.integers(60, 100)), 40)


def rider(scene: Scene, day: int) -> None:
    """Play a courier at noon: twenty doors an hour, some called twice, from a card that may be new."""
    card = _card(scene)
    if scene.rng.random() < 0.5:
        card = _new_card(scene, day)
    scene.role(card, "twin:rider")
    for hour in (11, 17.5):
        _call_many(scene, card, scene.at(day, hour, 30), int(scene.rng.integers(26, 38)), 27)


def school_notice(scene: Scene, day: int) -> None:
    """Play a teacher who rings thirty parents, of whom most do not answer."""
    card = _card(scene)
    scene.role(card, "twin:school_notice")
    called = scene.some(scene.country.has.cards.code, int(scene.rng.integers(24, 34)))
    times = scene.at(day, 17, 60) + np.sort(scene.rng.integers(0, 55 * MINUTE, len(called)))
    seconds = np.where(scene.rng.random(len(called)) < 0.8, 0, 30)
    scene.call(card, times, called, seconds)


def family_plan(scene: Scene, day: int) -> None:
    """Play a parent who takes out four cards at once: for two children and two grandparents."""
    holder = int(_adults(scene, 1)[0])
    cards = scene.new_cards("operator_b", 4)
    scene.role(cards, "twin:family_plan")
    when = scene.at(day, 10, 120) + np.arange(4, dtype=np.int64) * 6 * MINUTE
    _issue(scene, when, cards, np.full(4, holder), "operator_b")


def campus_shop(scene: Scene, day: int) -> None:
    """Play a shop on a campus in the first week: thirty students an hour, numbers from all ranges."""
    people = scene.country.people
    students = scene.some(np.flatnonzero(people.student), int(scene.rng.integers(22, 40)))
    cards = scene.new_cards("operator_c", len(students))
    scene.role(cards, "twin:campus_shop")
    when = scene.at(day, 9, 60) + np.sort(scene.rng.integers(0, HOUR, len(students)))
    _issue(scene, when, cards, people.code[students], "operator_c")


def company_fleet(scene: Scene, day: int) -> None:
    """Play a firm that buys ten consecutive numbers, each in the name of one of its staff."""
    country = scene.country
    cards = country.names.add("card", country.numbers.phone_range("operator_a", int(scene.rng.integers(9, 12))))
    scene.role(cards, "twin:company_fleet")
    when = scene.at(day, 14, 60) + np.arange(len(cards), dtype=np.int64) * 2 * MINUTE
    _issue(scene, when, cards, _adults(scene, len(cards)), "operator_a")


def repair_shop(scene: Scene, day: int) -> None:
    """Play a repair shop that tries its customers' cards in one telephone of its own: three or four a day."""
    cards = scene.some(scene.country.has.cards.code, int(scene.rng.integers(3, 5)))
    device = int(scene.new_devices("phone", 1)[0])
    scene.role(device, "twin:repair_shop")
    when = scene.at(day, 10, 60) + np.sort(scene.rng.integers(0, 7 * HOUR, len(cards)))
    scene.write("card_attached", when, step=_SUPPLY, src=cards, dst=device, source="operator_a")


def lift_alarm(scene: Scene, day: int) -> None:
    """Play a lift: someone is stuck, and the card in it makes its one call."""
    machines = scene.country.machines
    card = int(machines.card[int(scene.rng.integers(len(machines.card)))])
    scene.role(card, "twin:lift_alarm")
    duty = scene.some(scene.country.has.cards.code, 1)
    scene.call(card, np.asarray([scene.at(day, 12, 300)]), duty, np.asarray([120]), source="operator_b")


def meter_firm(scene: Scene, day: int) -> None:
    """Play a registered firm that buys fourteen cards for its meters in one go."""
    country = scene.country
    firm = int(scene.rng.choice(country.firms.companies.code))
    cards = country.names.add("iot_card", country.numbers.machine_numbers(14))
    scene.role(cards, "twin:meter_firm")
    scene.write("listed", START - 40 * DAY, step=_SUPPLY, dst=firm, detail="known_business", source="registry")
    when = scene.at(day, 10, 60) + np.arange(14, dtype=np.int64) * MINUTE
    scene.write("iot_sold", when, step=_SUPPLY, src=int(country.firms.resellers[0]), dst=cards, holder=firm,
                detail="meter", source="operator_b")  # fmt: skip
    modules = scene.new_devices("module", 14)
    scene.write("card_attached", when + 5 * HOUR, step=_SUPPLY, src=cards, dst=modules, source="operator_b")


def wedding(scene: Scene, day: int) -> None:
    """Play a couple that sends invitations with its own number to some thirty guests."""
    has = scene.country.has
    card = _card(scene)
    scene.role(card, "twin:wedding")
    guests = scene.some(has.cards.code, int(scene.rng.integers(24, 37)))
    phone = scene.country.names.spelled(card).removeprefix("card:+86")
    text = [scene.country.texts.make(scene.rng, "invitation", phone) for _ in guests]
    when = scene.at(day, 19, 60) + np.sort(scene.rng.integers(0, 50 * MINUTE, len(guests)))
    scene.write("sms", when, step=_STEP, src=card, dst=guests, text=np.asarray(text), **scene.seen_of(card))


def roamer(scene: Scene, day: int) -> None:
    """Play a traveller who calls home: from abroad, under the own number, fully attested."""
    card = _card(scene)
    scene.role(card, "twin:roamer")
    home = scene.rng.choice(scene.some(scene.country.has.cards.code, 3), int(scene.rng.integers(4, 9)))
    when = scene.at(day, 18, 60) + np.sort(scene.rng.integers(0, 5 * HOUR, len(home)))
    scene.call(card, when, home, scene.rng.integers(30, 900, len(home)), channel="international")


def _call_many(scene: Scene, card: int, begin: int, count: int, an_hour: int) -> None:
    called = scene.rng.permutation(
        np.repeat(scene.some(scene.country.has.cards.code, count), scene.rng.integers(1, 3, count))
    )
    times = begin + np.cumsum(scene.rng.exponential(HOUR / an_hour, len(called))).astype(np.int64)
    seconds = np.where(scene.rng.random(len(called)) < 0.2, 0, scene.rng.integers(10, 120, len(called)))
    scene.call(card, times, called, seconds, **({"source": "operator_a"} | scene.seen_of(card)))


def _card(scene: Scene) -> int:
    codes = scene.country.has.cards.code
    return int(codes[scene.unmarked(codes, 1)[0]])


def _new_card(scene: Scene, day: int) -> int:
    card = scene.new_cards("operator_a", 1)
    _issue(scene, np.asarray([scene.at(day, 8.2, 20)]), card, _adults(scene, 1), "operator_a")
    return int(card[0])


def _issue(scene: Scene, when: Ints, cards: Ints, holders: Ints, operator: str) -> None:
    shop = int(scene.rng.choice(scene.country.firms.shops[operator]))
    scene.write(
        "card_issued", when, step=_SUPPLY, src=shop, dst=cards, holder=holders, channel="counter", source=operator
    )


def _adults(scene: Scene, count: int) -> Ints:
    people = scene.country.people
    return people.code[scene.some(np.flatnonzero((people.age >= 25) & (people.age < 60)), count)]
