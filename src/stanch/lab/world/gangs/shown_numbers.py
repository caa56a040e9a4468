"""Numbers that are not what they seem: numbers of others shown from abroad, and warnings that are diverted."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.calls import write_call, write_calls_of
from stanch.lab.world.diary import NOTHING
from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.nuisance import card_of
from stanch.lab.world.scene import Scene
from stanch.model.time import MINUTE, SECOND


def borrow_numbers(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Call from abroad under the numbers of people who are at home and have just called somebody."""
    rng, country, p = scene.rng, scene.country, scene.country.parameters.telecom.gangs
    for owner in scene.unmarked(country.has.cards.code, p.borrowed).tolist():
        begin = scene.at(int(rng.choice(days.contact)), 10, 420)
        called = scene.some(country.has.cards.code, int(rng.integers(p.borrowed_calls[0], p.borrowed_calls[1] + 1)) + 1)
        home = np.asarray([begin - int(rng.integers(4, 25)) * MINUTE], dtype=np.int64)
        write_calls_of(country, scene.diary, rng, home, (np.asarray([owner]), called[:1]), np.asarray([45]))
        times = begin + np.cumsum(rng.integers(60, 240, len(called) - 1) * SECOND)
        shown = int(country.has.cards.code[owner])
        scene.call(shown, times, called[1:], rng.integers(0, 300, len(times)), channel="international",
                   device=NOTHING, place=NOTHING, region=NOTHING, source="operator_a",
                   attestation=rng.choice(country.names.words(["C", "none"]), len(times)))  # fmt: skip
        for card, moment in zip(called[1:].tolist(), times.tolist(), strict=True):
            scene.plant("telecom.own_number_from_abroad", card, [moment])


def divert_warnings(scene: Scene, reached: list[Reached]) -> None:
    """Tell some victims during the call to have theirs forwarded; the warning that comes then does not reach them."""
    rng, country, p = scene.rng, scene.country, scene.country.parameters.telecom.gangs
    told = [one for one in reached if one.until > one.when and not one.victim.plan.takeover]
    catchers = scene.new_cards("operator_c", p.forwarded)
    scene.role(catchers, "gang_card")
    for index, catcher in zip(scene.some(np.arange(len(told)), p.forwarded).tolist(), catchers.tolist(), strict=False):
        one = told[index]
        card, operator = card_of(scene, one.victim.person), country.has.card_of[one.victim.person]
        source = int(country.has.cards.source[operator])
        scene.write("forwarding_set", one.when + int(rng.integers(3, 9)) * MINUTE, step="contact", src=card,
                    dst=catcher, source=source)  # fmt: skip
        calls = one.until + np.cumsum(rng.integers(5, 40, int(rng.integers(1, 4))) * MINUTE)
        line = np.full(len(calls), rng.choice(country.firms.lines), dtype=np.int64)
        write_call(scene.diary, rng, calls, (line, np.full(len(calls), card)), rng.integers(0, 25, len(calls)),
                   source=source)  # fmt: skip
        scene.plant("telecom.forwarded_official_call", card, calls)
