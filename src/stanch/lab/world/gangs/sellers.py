"""A seller of cards and accounts: advertised by many, rung up, paid by several, taken down, and still paid."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import Values
from stanch.lab.world.gangs.offers import expect_offers
from stanch.lab.world.gangs.things import Thing, buy_card, customers, make_users, open_for_card, phone_of, they_pay
from stanch.lab.world.gangs.things import straw_people as some_straw
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: So many posts of the seller's own, of which all but the first are taken down.
_OWN_POSTS: Final = 4
_TOPIC: Final = "trade_cards"


def account_seller(scene: Scene, day: int) -> None:
    """Sell sets of cards and accounts: a new card with a new account behind it, a number in posts, buyers who ring."""
    country, p = scene.country, scene.country.parameters.trades
    person = int(some_straw(scene, 1)[0])
    holder = int(country.people.code[person])
    scene.role(holder, "account_merchant")
    begin = scene.at(day, 8.6, 20)
    card = buy_card(scene, begin, person)
    account = open_for_card(scene, begin + 90 * MINUTE, holder, card.code)
    posters, platform = make_users(scene, "s", begin + np.sort(scene.rng.integers(0, HOUR, scene.often(p.advertisers))),
                                   scene.new_devices("phone", 1))  # fmt: skip
    own, own_platform = make_users(scene, "o", np.asarray([begin]), int(country.has.device[person]), holder=holder)
    text = country.texts.make(scene.rng, _TOPIC, phone_of(scene, card.code))
    about: dict[str, Values] = {"text": text}
    forums = country.firms.forums
    advertised = begin + 2 * HOUR + scene.rng.integers(0, HOUR, len(posters))
    scene.write("post", advertised, step="contact", src=posters, dst=scene.rng.choice(forums, len(posters)),
                source=platform, **about)  # fmt: skip
    mine, places = begin + 2 * HOUR + np.sort(scene.rng.integers(0, HOUR, _OWN_POSTS)), scene.some(forums, _OWN_POSTS)
    expect_offers(scene, posters, advertised, _TOPIC)
    expect_offers(scene, own.repeat(_OWN_POSTS), mine, _TOPIC)
    posts = scene.write("post", mine, step="contact", src=int(own[0]), dst=places, source=own_platform, **about)
    scene.write("post_removed", mine[1:] + HOUR, step="report", src=int(own[0]), dst=places[1:], ref=posts[1:],
                source=own_platform, **about)  # fmt: skip
    _sell(scene, begin + 5 * HOUR, card, account)


def _sell(scene: Scene, begin: int, card: Thing, account: Thing) -> None:
    """Let buyers ring the number, and pay; the later ones after all that should have been noticed."""
    p, rng, has = scene.country.parameters.trades, scene.rng, scene.country.has
    buyers = customers(scene, scene.often(p.buyers))
    called = begin + np.cumsum(rng.integers(8, 30, len(buyers))) * MINUTE
    cards = has.card_of[buyers]
    for caller, when in zip(has.cards.code[cards].tolist(), called.tolist(), strict=True):
        scene.call(caller, _one(when), _one(card.code), rng.integers(40, 200, 1))
    paid = int(called[-1]) + 20 * MINUTE + np.sort(rng.integers(0, 4 * HOUR, len(buyers)))
    amounts = scene.sums(p.price, len(buyers))
    they_pay(scene, paid, buyers, account.code, amounts)
    last = paid[3:]
    if len(last):
        for typology in ("advertised_number_collects", "taken_down_then_collects", "young_card_collects"):
            scene.plant(f"finance.{typology}", account.code, last)


def _one(value: int) -> Ints:
    return np.asarray([value], dtype=np.int64)
