"""Look-alikes around numbers: given up, kept in use by their former holders, written to by couriers."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import START
from stanch.lab.world.scene import Scene
from stanch.lab.world.second_cards import bind_to_second, second_cards
from stanch.lab.world.twins.card_holders import crosses
from stanch.model.time import DAY, HOUR, MINUTE

_STEP: Final = "payment"
#: Share of new telephones that are used before they are at home.
_ON_THE_WAY: Final = 0.5


def given_up_number(scene: Scene, day: int) -> None:
    """Play someone who gives up a second number that served only for calls, or to which one account is bound still."""
    has = scene.country.has
    row = int(second_cards(scene)[0])
    scene.role(int(has.cards.code[row]), "twin:given_up_number")
    if crosses(scene):
        bind_to_second(scene, row)
    scene.write("number_recycled", scene.at(day, 10, 200), step=_STEP, dst=int(has.cards.code[row]),
                source=int(has.cards.source[row]))  # fmt: skip


def former_holder(scene: Scene, day: int) -> None:
    """Play someone who gave up a number weeks ago, still uses bank and platform as before, and adds the landlord.

    Now and then the telephone is a new one, used at home first or on the way there.
    """
    rng, country, has = scene.rng, scene.country, scene.country.has
    row = int(second_cards(scene)[0])
    person = int(has.cards.person[row])
    account, user = bind_to_second(scene, row)
    code, source = int(has.accounts.code[account]), int(has.accounts.source[account])
    scene.role(code, "twin:former_holder")
    scene.write("number_recycled", START - int(rng.integers(5, 20)) * DAY, step=_STEP, dst=int(has.cards.code[row]),
                source=int(has.cards.source[row]))  # fmt: skip
    known, home = int(has.device[person]), int(country.people.address[person])
    now, where = _telephone(scene, known, home)
    begin = scene.at(day, 19, 90)
    for when, phone, address in ((START - 2 * DAY, known, home), (begin, now, where)):
        scene.write("user_login", when, step=_STEP, src=int(has.users.code[user]), dst=phone, address=address,
                    source=int(has.users.source[user]))  # fmt: skip
        scene.write("login", when + 20 * MINUTE, step=_STEP, src=code, dst=phone, address=address, channel="app",
                    source=source)  # fmt: skip
    landlord = has.accounts.code[scene.some(np.arange(len(has.accounts)), 1)]
    scene.write("payee_added", begin + HOUR, step=_STEP, src=code, dst=landlord, device=now, source=source)


def courier_link(scene: Scene, day: int) -> None:
    """Play someone who gets a courier's link and looks at the account, on the telephone as always or on a new one."""
    rng, country, has = scene.rng, scene.country, scene.country.has
    row = int(scene.unmarked(has.accounts.code, 1)[0])
    person = int(has.accounts.person[row])
    code, source = int(has.accounts.code[row]), int(has.accounts.source[row])
    scene.role(code, "twin:courier_link")
    known, home = int(has.device[person]), int(country.people.address[person])
    now, where = _telephone(scene, known, home)
    sent = scene.at(day, 12, 300)
    text = country.texts.make(rng, "courier", f"http://parcel{rng.integers(10, 99)}.courier.example/p")
    card = has.card_of[person]
    scene.write("sms", sent, step=_STEP, src=int(rng.choice(country.firms.ports)), dst=int(has.cards.code[card]),
                text=text, source=int(has.cards.source[card]))  # fmt: skip
    for when, phone, address in ((START - DAY, known, home), (sent + int(rng.integers(5, 50)) * MINUTE, now, where)):
        scene.write("login", when, step=_STEP, src=code, dst=phone, channel="app", source=source, address=address)


def _telephone(scene: Scene, known: int, home: int) -> tuple[int, int]:
    """Return the telephone that somebody uses and the address from which: as always, or a new one, also on the way."""
    if not crosses(scene):
        return known, home
    away = int(scene.new_addresses(1)[0]) if scene.rng.random() < _ON_THE_WAY else home
    return int(scene.new_devices("phone", 1)[0]), away
