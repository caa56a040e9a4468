"""Stage four: callers work through lists, senders and posters cast nets, and some who are reached will pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.assets import Cards, Timetable, Users
from stanch.lab.world.gangs.offers import OFFERS, expect_offers
from stanch.lab.world.gangs.schemes import Victim
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE, SECOND

#: A victim is reached after so many others, and talked to for so long (seconds).
_FIRST_CALLS = 14
_TALK = (900, 2600)
#: So many of the cards sold for machines are used for calls.
_VOICES = 4
#: So many calls in an hour are clear of the shipped threshold for a fan-out, so many before a talk for its suspicion.
_DENSE, _BUSY = 42, 13
#: So many calls in a day, and such a share of different numbers, are clear of what a card that only calls out shows.
_ONE_WAY = (66, 0.85)
#: What posters write about.
_POSTED = ("scam_job", "scam_invest", "scam_loan", "scam_game", *OFFERS)
#: Share of its list that a card calls on the first of two days.
_FIRST_DAY = 0.65


@dataclass(frozen=True, slots=True)
class Campaign:
    """One caller's card on one or two days: when it calls whom, and for how long."""

    card: int
    times: Ints
    called: Ints
    seconds: Ints


@dataclass(frozen=True, slots=True)
class Reached:
    """A victim who was reached: when, and until when the talk lasts (the same moment if it was no call)."""

    victim: Victim
    when: int
    until: int
    busy: bool = False  #: by a card that had called many others within the hour


def reach(
    scene: Scene, cards: Cards, users: Users, days: Timetable, leaked: Ints, victims: list[Victim]
) -> list[Reached]:
    """Reach all victims of a gang, and very many others."""
    called = [victim for victim in victims if victim.plan.way == "call"]
    spoofed = [victim for victim in victims if victim.plan.way == "spoofed"]
    written = [victim for victim in victims if victim.plan.way == "message"]
    reached = _call(scene, cards, days, leaked, called)
    reached += _call_spoofed(scene, days, leaked, spoofed)
    reached += _write_to(scene, users, days, written)
    _call_from_machines(scene, cards, days, leaked)
    _probe(scene, cards, days)
    _blast(scene, cards, days)
    _post(scene, cards, users, days)
    return reached


def _call(scene: Scene, cards: Cards, days: Timetable, leaked: Ints, victims: list[Victim]) -> list[Reached]:
    together = int(scene.rng.choice(days.contact))
    shifts = [_shift(scene, days, together) for _ in cards.callers]
    campaigns = [
        _campaign(scene, card, shift, leaked) for card, shift in zip(cards.callers.tolist(), shifts, strict=True)
    ]
    reached: list[Reached] = []
    for index, victim in enumerate(victims):
        reached.append(_insert(scene, campaigns[index % len(campaigns)], victim, index // len(campaigns)))
    for index, campaign in enumerate(campaigns):
        _run(scene, cards, campaign, int(cards.phones[index % len(cards.phones)]))
    _expect_box(scene, campaigns)
    return reached


def _shift(scene: Scene, days: Timetable, together: int) -> list[int]:
    """Draw the days on which a card is used: the one on which the whole crew works, and perhaps another."""
    other = int(scene.rng.choice(days.contact))
    return sorted({together, other}) if scene.rng.random() < 0.4 else [together]


def _expect_box(scene: Scene, campaigns: list[Campaign]) -> None:
    """Say that the box shows when four cards or more have called out of it before the last one leaves it."""
    boxed = [campaign.times[: len(campaign.times) // 2] for campaign in campaigns]
    last = max(range(len(boxed)), key=lambda index: int(boxed[index][-1]))
    end = int(boxed[last][-1])
    busy = [times for times in boxed if ((times > end - 20 * HOUR) & (times < end - 10 * MINUTE)).sum() >= 12]
    if len(busy) > 4:
        scene.plant("telecom.sim_box", campaigns[last].card, boxed[last])


def _campaign(scene: Scene, card: int, working: list[int], leaked: Ints) -> Campaign:
    p, rng = scene.country.parameters.gangs, scene.rng
    contacts = max(70, round(p.contacts * float(rng.lognormal(0.0, 0.25))))
    numbers = _numbers(scene, leaked, contacts)
    again = rng.geometric(1 / p.calls_per_contact, contacts)
    called = rng.permutation(np.repeat(numbers, np.minimum(again, 4)))
    pace = int(rng.integers(*p.calls_an_hour))
    gaps = rng.exponential(HOUR / pace, len(called)).astype(np.int64)
    seconds = np.where(rng.random(len(called)) < 0.45, 0, rng.integers(4, 70, len(called)))
    pieces = np.split(np.arange(len(called)), [round(len(called) * _FIRST_DAY)] if len(working) > 1 else [])
    times = [
        scene.at(day, 9, 120) + np.cumsum(gaps[piece] + seconds[piece] * SECOND)
        for day, piece in zip(working, pieces, strict=True)
    ]
    return Campaign(card, np.concatenate(times), called, seconds)


def _insert(scene: Scene, campaign: Campaign, victim: Victim, turn: int) -> Reached:
    """Let a caller reach a victim somewhere in its list; what comes after on that day is put off by the talk."""
    first = _FIRST_CALLS + turn * 9
    slot = min(int(scene.rng.integers(first, first + 8)), len(campaign.times) - 1)
    talk = int(scene.rng.integers(*_TALK))
    campaign.called[slot] = scene.country.has.cards.code[scene.country.has.card_of[victim.person]]
    campaign.seconds[slot] = talk
    later = campaign.times[slot + 1 :]
    later[later < campaign.times[slot] + 12 * HOUR] += talk * SECOND
    when = int(campaign.times[slot])
    before = int((campaign.times[:slot] > when - 55 * MINUTE).sum())
    return Reached(victim, when, when + talk * SECOND, before >= _BUSY)


def _run(scene: Scene, cards: Cards, campaign: Campaign, phone: int) -> None:
    """Write down the calls of a campaign: the first half out of the box, the rest from a telephone."""
    half = len(campaign.times) // 2
    device = np.where(np.arange(len(campaign.times)) < half, cards.boxes[0], phone)
    scene.write("card_attached", int(campaign.times[half]) - 40 * SECOND, step="contact", src=campaign.card, dst=phone,
                source=cards.operator)  # fmt: skip
    scene.call(campaign.card, campaign.times, campaign.called, campaign.seconds, device=device,
               source=cards.operator)  # fmt: skip
    used = float(scene.country.parameters.gangs.megabytes * 1000 * scene.rng.lognormal(0.0, 0.4))
    scene.write("data_session", int(campaign.times[half]) + MINUTE, step="contact", src=campaign.card, number=int(used),
                detail="mobile", source=cards.operator)  # fmt: skip
    _expect_one_way(scene, campaign)
    if _in_one_hour(campaign.times) >= _DENSE:
        scene.plant("telecom.call_fan_out", campaign.card, campaign.times)


def _expect_one_way(scene: Scene, campaign: Campaign) -> None:
    """Say that a card only calls out where, at one of its calls, the day before is full of calls to new numbers."""
    for place in range(_ONE_WAY[0], len(campaign.times)):
        day = campaign.called[:place][campaign.times[:place] > campaign.times[place] - 23 * HOUR]
        if len(day) > _ONE_WAY[0] and len(np.unique(day)) > _ONE_WAY[1] * len(day):
            scene.plant("telecom.one_way_static", campaign.card, campaign.times[place : place + 1])
            return


def _in_one_hour(times: Ints) -> int:
    """Return how many moments lie in the densest hour; they are in order."""
    return int((np.searchsorted(times, times + HOUR) - np.arange(len(times))).max())


def _numbers(scene: Scene, leaked: Ints, count: int) -> Ints:
    """Return numbers to call: some of people whose records were leaked, others as they come."""
    has = scene.country.has
    known = has.card_of[scene.some(leaked, count // 3)]
    cards = np.union1d(known[known >= 0], scene.some(np.arange(len(has.cards)), count))
    numbers: Ints = has.cards.code[scene.rng.permutation(cards)[:count]]
    return numbers


def _call_spoofed(scene: Scene, days: Timetable, leaked: Ints, victims: list[Victim]) -> list[Reached]:
    """Call from abroad, showing a number of the capital."""
    country, rng = scene.country, scene.rng
    shown = country.names.one("card", f"+86108{rng.integers(10**6, 10**7)}")
    scene.role(shown, "gang_card")
    day = int(rng.choice(days.contact))
    others = _numbers(scene, leaked, 10)
    own = country.has.cards.code[country.has.card_of[np.asarray([v.person for v in victims], dtype=np.int64)]]
    called = np.concatenate([others[:4], own, others[4:]])
    seconds = np.concatenate(
        [rng.integers(0, 40, 4), rng.integers(*_TALK, len(own)), rng.integers(0, 40, len(others) - 4)]
    )
    times = scene.at(day, 10, 60) + np.cumsum(rng.integers(2, 9, len(called)) * MINUTE + seconds * SECOND)
    scene.call(shown, times, called, seconds, channel="international", source="operator_a",
               attestation=rng.choice(country.names.words(["C", "none"]), len(called)))  # fmt: skip
    scene.plant("telecom.spoofed_origin", shown, times)
    begin = zip(victims, times[4:].tolist(), seconds[4:].tolist(), strict=False)
    return [Reached(victim, when, when + talk * SECOND) for victim, when, talk in begin]


def _write_to(scene: Scene, users: Users, days: Timetable, victims: list[Victim]) -> list[Reached]:
    """Write messages as users: some to those who will pay, one user to very many at once."""
    country, rng = scene.country, scene.rng
    has = country.has
    reached = []
    day_of = {victim.scheme: int(rng.choice(days.contact)) for victim in victims}
    for victim in victims:
        when = scene.at(day_of[victim.scheme], 9.5, 150)
        reached.append(Reached(victim, when, when))
        friend = int(rng.integers(len(users.code)))
        user = has.user_of[victim.person]
        if user >= 0:
            times = when - np.sort(rng.integers(MINUTE, 50 * MINUTE, 3))[::-1]
            scene.write("message", times, step="contact", src=int(users.code[friend]), dst=int(has.users.code[user]),
                        source=int(users.source[friend]))  # fmt: skip
    sender = users.code[-1:]
    times = scene.at(days.contact[0], 12.5, 60) + np.sort(rng.integers(0, 50 * MINUTE, int(rng.integers(52, 75))))
    scene.write("message", times, step="contact", src=sender, dst=scene.some(has.users.code, len(times)),
                source=int(users.source[-1]))  # fmt: skip
    scene.role(int(sender[0]), "sender")
    scene.plant("internet.message_blast", int(sender[0]), times)
    return reached


def _call_from_machines(scene: Scene, cards: Cards, days: Timetable, leaked: Ints) -> None:
    """Call from cards that were sold for machines."""
    for card in cards.machine[:_VOICES].tolist():
        called = _numbers(scene, leaked, int(scene.rng.integers(9, 22)))
        times = scene.at(int(scene.rng.choice(days.contact)), 10, 240) + np.cumsum(
            scene.rng.integers(1, 6, len(called)) * MINUTE
        )
        seconds = scene.rng.integers(0, 90, len(called))
        scene.call(card, times, called, seconds, source="operator_a")
        scene.plant("telecom.iot_voice", card, times[1:])


def _probe(scene: Scene, cards: Cards, days: Timetable) -> None:
    """Ring once: to learn which numbers are alive, and to be called back."""
    has = scene.country.has
    count = int(scene.rng.integers(58, 90))
    times = scene.at(days.contact[-1], 13, 60) + np.sort(scene.rng.integers(0, 48 * MINUTE, count))
    seconds = np.where(scene.rng.random(count) < 0.9, 0, scene.rng.integers(1, 5, count))
    scene.call(cards.prober, times, scene.some(has.cards.code, count), seconds, source=cards.operator,
               device=int(cards.boxes[0]))  # fmt: skip
    scene.plant("telecom.short_calls", cards.prober, times)
    if count > _ONE_WAY[0] + 4:
        scene.plant("telecom.one_way_static", cards.prober, times[_ONE_WAY[0] :])


def _blast(scene: Scene, cards: Cards, days: Timetable) -> None:
    """Send text messages with a link from one personal card to very many."""
    country, rng = scene.country, scene.rng
    count = int(rng.integers(52, 80))
    links = [f"http://go{rng.integers(100, 1000)}.{scene.name}.example/a{rng.integers(10, 99)}" for _ in range(3)]
    topics = ("scam_loan", "scam_service", "scam_health")
    texts = [country.texts.make(rng, str(rng.choice(topics)), links[index % 3]) for index in range(count)]
    times = scene.at(days.contact[0], 10, 90) + np.sort(rng.integers(0, 45 * MINUTE, count))
    scene.write("sms", times, step="contact", src=cards.blaster, dst=scene.some(country.has.cards.code, count),
                text=np.asarray(texts), device=int(cards.boxes[0]), source=cards.operator)  # fmt: skip
    scene.plant("telecom.sms_blast", cards.blaster, times)


def _post(scene: Scene, cards: Cards, users: Users, days: Timetable) -> None:
    """Post one contact by many users: for the victims, and for those who trade in cards and records."""
    country, rng = scene.country, scene.rng
    phone = str(country.names.spelled(cards.prober)).removeprefix("card:+86")
    posters = users.code[:-1]
    for day in days.contact[:3]:
        topic = str(rng.choice(_POSTED))
        same = country.texts.make(rng, topic, phone)
        alike = rng.random(len(posters)) < 0.8
        texts = [same if plain else country.texts.make(rng, topic, phone) for plain in alike.tolist()]
        times = scene.at(day, 11, 60) + np.sort(rng.integers(0, 8 * HOUR, len(posters)))
        posts = scene.write("post", times, step="contact", src=posters, text=np.asarray(texts),
                            device=users.device[:-1], dst=rng.choice(country.firms.forums, len(posters)),
                            address=users.address[:-1],
                            source=users.source[:-1])  # fmt: skip
        scene.write("post_removed", times[-2:] + 5 * HOUR, step="report", src=posters[-2:], ref=posts[-2:],
                    dst=country.firms.forums[:2], source=users.source[-2:])  # fmt: skip
        expect_offers(scene, posters, times, topic)
        if len(posters) > 5:
            scene.plant("internet.same_contact", int(posters[-1]), times)
        if alike.sum() > 6:
            scene.plant("internet.same_text", int(posters[np.flatnonzero(alike)[-1]]), times)
    scene.role(posters, "poster")
