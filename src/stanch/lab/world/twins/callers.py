"""Look-alikes that call, are called, or have their calls forwarded: hotlines, shops, schools, travellers."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.calls import write_call, write_calls_of
from stanch.lab.world.clock import START
from stanch.lab.world.diary import NOTHING
from stanch.lab.world.scene import Scene
from stanch.lab.world.second_cards import second_cards
from stanch.lab.world.twins.card_holders import crosses, settled_card
from stanch.model.time import DAY, HOUR, MINUTE, SECOND


def clinic_hotline(scene: Scene, day: int) -> None:
    """Play the hotline of a clinic on the morning when appointments open; nearly all are on the list of hotlines."""
    rng, country = scene.rng, scene.country
    line = int(scene.new_cards("operator_a", 1)[0])
    scene.role(line, "twin:clinic_hotline")
    told = START + country.days * DAY - HOUR if crosses(scene) else START - 30 * DAY
    scene.write("listed", told, step="contact", dst=line, detail="call_centre", source="registry")
    count = int(rng.integers(66, 96))
    callers = rng.choice(scene.some(np.arange(len(country.has.cards)), 40), count)
    times = scene.at(day, 8, 5) + np.sort(rng.integers(0, 50 * MINUTE, count))
    ends = callers, np.full(count, line, dtype=np.int64)
    write_calls_of(country, scene.diary, rng, times, ends, rng.integers(0, 90, count))


def shop_phone(scene: Scene, day: int) -> None:
    """Play the telephone of a shop that calls its customers all day, and gets calls back; on some days hardly any."""
    rng, has = scene.rng, scene.country.has
    row = settled_card(scene)
    card = int(has.cards.code[row])
    scene.role(card, "twin:shop_phone")
    customers = scene.some(np.arange(len(has.cards)), int(rng.integers(64, 84)))
    times = scene.at(day, 9, 30) + np.sort(rng.integers(0, 9 * HOUR, len(customers)))
    scene.call(card, times, has.cards.code[customers], rng.integers(15, 200, len(customers)))
    back = np.arange(0, len(customers), 30 if crosses(scene) else 6)
    write_calls_of(scene.country, scene.diary, rng, times[back] + rng.integers(2, 40, len(back)) * MINUTE,
                   (customers[back], np.full(len(back), card)), rng.integers(15, 200, len(back)))  # fmt: skip


def school_round(scene: Scene, day: int) -> None:
    """Play a school that rings all parents within the hour; a good part answers, and some of the others call back."""
    rng, has = scene.rng, scene.country.has
    row = settled_card(scene)
    card = int(has.cards.code[row])
    scene.role(card, "twin:school_round")
    parents = scene.some(np.arange(len(has.cards)), int(rng.integers(62, 80)))
    times = scene.at(day, 15, 60) + np.sort(rng.integers(0, 48 * MINUTE, len(parents)))
    answered = rng.random(len(parents)) < (0.02 if crosses(scene) else 0.35)
    scene.call(card, times, has.cards.code[parents], np.where(answered, rng.integers(15, 60, len(parents)), 0))
    back = np.flatnonzero(~answered)[:36:5]
    write_calls_of(scene.country, scene.diary, rng, times[back] + rng.integers(60, 500, len(back)) * SECOND,
                   (parents[back], np.full(len(back), card)), rng.integers(20, 90, len(back)))  # fmt: skip


def landed_traveller(scene: Scene, day: int) -> None:
    """Play a traveller who calls home before the flight and, hours later, after landing; few networks do not attest."""
    rng, country, has = scene.rng, scene.country, scene.country.has
    row = int(second_cards(scene)[0])  # with which nobody else calls at home in the meantime
    card, family = int(has.cards.code[row]), int(scene.some(has.cards.code, 1)[0])
    scene.role(card, "twin:landed_traveller")
    before = scene.at(day, 8.5, 60)
    ends = np.asarray([row]), np.asarray([family])
    write_calls_of(country, scene.diary, rng, np.asarray([before]), ends, np.asarray([90]))
    times = before + int(rng.integers(3, 7)) * HOUR + np.cumsum(rng.integers(2, 50, 3) * MINUTE)
    scene.call(card, times, np.full(3, family), rng.integers(30, 400, 3), channel="international", place=NOTHING,
               region=NOTHING, attestation="B" if crosses(scene) else "A")  # fmt: skip


def office_forwarder(scene: Scene, day: int) -> None:
    """Play someone who has forwarded the private number to the office for weeks, and whom the bank calls."""
    rng, country, has = scene.rng, scene.country, scene.country.has
    row = settled_card(scene)
    card, source = int(has.cards.code[row]), int(has.cards.source[row])
    office = int(scene.some(has.cards.code, 1)[0])
    scene.role(card, "twin:office_forwarder")
    called = scene.at(day, 11, 240)
    since = called - int(rng.integers(1, 6)) * HOUR if crosses(scene) else START - int(rng.integers(10, 90)) * DAY
    scene.write("forwarding_set", since, step="contact", src=card, dst=office, source=source)
    ends = np.asarray([rng.choice(country.firms.lines)]), np.asarray([card])
    write_call(scene.diary, rng, np.asarray([called]), ends, np.asarray([80]), source=source)
