"""Offers: new users post that they buy, sell or rent out cards, accounts and data, or show samples of these."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.things import make_users, phone_of
from stanch.lab.world.scene import Scene

#: What is traded in; the topics of its texts.
OFFERS: Final = ("trade_cards", "trade_sim", "trade_accounts", "trade_data", "trade_launder")
_LETTERS: Final = "bcdfghjkmnpqrstvwxz"
#: A user of the trade posts at least and at most so often.
_POSTS: Final = (1, 3)


def open_offers(scene: Scene, day: int) -> None:
    """Offer to trade: each user in words of its own, with a contact of its own, in one place or a few."""
    count = scene.often(scene.country.parameters.words.offers)
    signed = scene.spread(day, 8.4, 1.2, count)
    users, platform = make_users(scene, "t", signed, scene.new_devices("phone", count))
    for user in users.tolist():
        topic = str(scene.rng.choice(OFFERS))
        text = scene.country.texts.make(scene.rng, topic, contact_of(scene))
        when = scene.spread(day, 11, 10, scene.often(_POSTS))
        scene.write("post", when, step="contact", src=user, dst=scene.rng.choice(scene.country.firms.forums, len(when)),
                    text=text, source=platform)  # fmt: skip
        expect_offers(scene, np.full(len(when), user), when, topic)


def sample_seller(scene: Scene, day: int) -> None:
    """Offer people's data and show some of it, other pieces in every post."""
    count = scene.often(scene.country.parameters.words.samples)
    user, platform = make_users(scene, "d", scene.spread(day, 8.4, 1.2, 1), scene.new_devices("phone", 1))
    contact, when = contact_of(scene), scene.spread(day, 11, 10, count)
    texts = [scene.country.texts.make(scene.rng, "data_sample", contact) for _ in range(count)]
    scene.write("post", when, step="contact", src=int(user[0]), text=np.asarray(texts), source=platform,
                dst=scene.some(scene.country.firms.forums, count))  # fmt: skip
    scene.plant("internet.data_post", int(user[0]), when)
    scene.plant("internet.trade_post", int(user[0]), when)


def expect_offers(scene: Scene, users: Ints, when: Ints, topic: str) -> None:
    """Say that new users' posts show a trade, if their topic is one; users and moments go row by row."""
    if topic in OFFERS:
        for user in np.unique(users).tolist():
            scene.plant("internet.trade_post", user, when[users == user])


def contact_of(scene: Scene) -> str:
    """Make a contact of a gang: the number of a card that is bought for it, a messenger name, or a page."""
    rng = scene.rng
    name = "".join(_LETTERS[place] for place in rng.integers(0, len(_LETTERS), 4).tolist()) + str(rng.integers(10, 999))
    way = int(rng.integers(0, 4))
    if way:
        return ("", f"微信{name}", f"飞机@{name}", f"http://{name}.example/{rng.integers(10, 99)}")[way]
    card = int(scene.new_cards("operator_c", 1)[0])
    scene.role(card, "gang_card")
    return phone_of(scene, card)
