"""Calls that few are meant to answer: rings, floods, and straw people's new cards that call strangers at once."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.calls import write_calls_of
from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import NOTHING
from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE, SECOND

#: From so many rings, calls and contacts on the behaviours are clear of the shipped thresholds.
_RUNG: Final = 64
_FLOODED: Final = 64
_CONTACTS: Final = 22


def ring_once(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Ring very many numbers so shortly that nobody can answer; some call back, and pay for it."""
    rng, has, p = scene.rng, scene.country.has, scene.country.parameters.telecom.gangs
    count = int(rng.integers(p.rings[0], p.rings[1] + 1))
    card, day = int(cards.idle[-3]), int(rng.choice(days.contact))
    rung = scene.some(np.arange(len(has.cards)), count)
    times = scene.at(day, 11, 180) + np.sort(rng.integers(0, 42 * MINUTE, count))
    scene.call(card, times, has.cards.code[rung], np.zeros(count, dtype=np.int64), source=cards.operator,
               device=int(cards.boxes[-1]))  # fmt: skip
    back = np.sort(rng.permutation(count // 2)[: int(rng.integers(p.called_back[0], p.called_back[1] + 1))])
    when = times[back] + rng.integers(40, 400, len(back)) * SECOND
    to = np.full(len(back), card, dtype=np.int64)
    write_calls_of(scene.country, scene.diary, rng, when, (rung[back], to), rng.integers(20, 200, len(back)))
    if len(back) > 3:
        scene.plant("telecom.ring_and_call_back", card, [int(times[_RUNG]), int(times[-1]) + 15 * MINUTE])


def flood(scene: Scene, reached: list[Reached]) -> None:
    """Flood the telephones of some who were called, so that no bank and no relative gets through to them."""
    p = scene.country.parameters.telecom.gangs
    talked = [one for one in reached if one.until > one.when]
    for index in scene.some(np.arange(len(talked)), p.floods).tolist():
        _flood_one(scene, talked[index])


def _flood_one(scene: Scene, one: Reached) -> None:
    rng, p = scene.rng, scene.country.parameters.telecom.gangs
    numbers = scene.new_cards("operator_c", int(rng.integers(p.flood_numbers[0], p.flood_numbers[1] + 1)))
    scene.role(numbers, "gang_card")
    count = int(rng.integers(p.flood_calls[0], p.flood_calls[1] + 1))
    times = one.until + int(rng.integers(4, 30)) * MINUTE + np.sort(rng.integers(0, 44 * MINUTE, count))
    target = np.full(count, card_of(scene, one.victim.person), dtype=np.int64)
    turn = np.concatenate([np.arange(len(numbers)), rng.integers(0, len(numbers), count - len(numbers))])
    for place, number in enumerate(numbers.tolist()):
        mine = times[turn == place]
        scene.call(number, mine, target[: len(mine)], rng.integers(0, 3, len(mine)), source="operator_c",
                   place=NOTHING, region=NOTHING)  # fmt: skip
    scene.plant("telecom.call_flood", int(target[0]), times[min(_FLOODED, count - 1) :])


def card_of(scene: Scene, person: int) -> int:
    """Return the main card of a person (row)."""
    has = scene.country.has
    return int(has.cards.code[has.card_of[person]])


def call_from_second_cards(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Call strangers with cards of straw people on the day after they were issued."""
    rng, p = scene.rng, scene.country.parameters.telecom.gangs
    phones = scene.new_devices("phone", p.second_cards)
    scene.role(phones, "gang_device")
    for card, phone in zip(cards.straw[: p.second_cards].tolist(), phones.tolist(), strict=True):
        called = _strangers(scene, int(rng.integers(p.second_contacts[0], p.second_contacts[1] + 1)))
        times = scene.at(days.contact[0], 9, 180) + np.cumsum(rng.integers(2, 9, len(called)) * MINUTE)
        scene.write("card_attached", int(times[0]) - 5 * MINUTE, step="contact", src=card, dst=phone,
                    source=cards.operator)  # fmt: skip
        seconds = np.where(rng.random(len(called)) < 0.4, 0, rng.integers(5, 120, len(called)))
        scene.call(card, times, called, seconds, device=phone, source=cards.operator)
        scene.plant("telecom.second_card_at_once", card, [int(times[_CONTACTS]), int(times[-1]) + HOUR])


def _strangers(scene: Scene, count: int) -> Ints:
    return scene.some(scene.country.has.cards.code, count)
