"""What gangs do on platforms beside their posters: accounts kept warm, bought back, lent; bots, links, hunters."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import START, Ints
from stanch.lab.world.gangs.offers import expect_offers
from stanch.lab.world.gangs.things import buy_card, make_users, phone_of, straw_people
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE, SECOND

#: A farm must have worked for so many days before it shows; so old its users are at least.
_WORKING, _AGED = 6, (15, 200)
#: So long nobody used the accounts that are bought back.
_ASLEEP: Final = (45, 400)
#: Before a user who writes to many reaches those who are warned first, so many others were reached.
_OTHERS: Final = 11
#: From this age on, and up to this one.
_OLD, _CHILD = 66, 15
_TRADES: Final = ("trade_cards", "trade_accounts", "trade_data", "scam_job", "scam_loan", "scam_game")


def ageing_farm(scene: Scene, day: int) -> None:
    """Keep accounts warm on one device, a few each day, until they are old enough to be sold."""
    rng, days = scene.rng, scene.country.days
    if days <= _WORKING:
        return
    device = int(scene.new_devices("phone", 1)[0])
    count = scene.often(scene.country.parameters.trades.aged_users)
    since = START - np.sort(rng.integers(_AGED[0] * DAY, _AGED[1] * DAY, count))
    users, platform = make_users(scene, "w", since, device)
    scene.role(device, "gang_device")
    last = []
    for each in range(days):
        who = users[(each * 4 + np.arange(4)) % count] if each < days - 1 else users
        when = scene.spread(each, 11, 8, len(who))
        scene.write("user_login", when, step="account_supply", src=who, dst=device, source=platform)
        last = when.tolist()
    scene.plant("internet.ageing_farm", int(users[-1]), [last[-1]])


def carried_contact(scene: Scene, day: int) -> None:
    """Carry one contact from forum to forum, with one or two users."""
    country = scene.country
    forums = scene.some(country.firms.forums, scene.often(country.parameters.trades.places))
    users, platform = make_users(scene, "c", _morning(scene, day, 2), scene.new_devices("phone", 2))
    topic = str(scene.rng.choice(_TRADES))
    text = _text(scene, topic)
    when = scene.spread(day, 11, 10, len(forums))
    src = users[np.arange(len(forums)) % 2]
    expect_offers(scene, src, when, topic)
    scene.write("post", when, step="contact", src=src, dst=forums, text=text, source=platform)
    if len(forums) > 10:
        scene.plant("internet.contact_across_places", int(src[-1]), [int(when[-1])])


def spread_link(scene: Scene, day: int) -> None:
    """Spread the link of a page that is new that day, in posts and by text message, until many open it."""
    country, rng, has = scene.country, scene.rng, scene.country.has
    p = country.parameters.trades
    domain = f"pay{rng.integers(100, 1000)}-{scene.name}.example"
    code = country.names.one("domain", domain)
    scene.role(code, "scam_domain")
    count = scene.often(p.spreaders)
    users, platform = make_users(scene, "l", _morning(scene, day, count), scene.new_devices("phone", count))
    posted = scene.spread(day, 10.5, 2, count)
    text = country.texts.make(rng, "scam_loan", f"http://{domain}/a{rng.integers(10, 99)}")
    scene.write("post", posted, step="contact", src=users, dst=rng.choice(country.firms.forums, count), text=text,
                source=platform)  # fmt: skip
    card = buy_card(scene, scene.at(day, 8.5, 20), int(straw_people(scene, 1)[0]))
    scene.write("sms", posted[-1] + np.sort(rng.integers(0, 40 * MINUTE, 20)), step="contact", src=card.code, text=text,
                dst=scene.some(has.cards.code, 20), source=card.source)  # fmt: skip
    visitors = scene.often(p.visitors)
    opened = int(posted[-1]) + np.sort(rng.integers(10 * MINUTE, 7 * HOUR, visitors))
    who = scene.some(np.flatnonzero(has.device >= 0), visitors)
    rated = rng.choice(country.names.words(["unrated", "flagged"]), visitors)
    scene.write("page_visit", opened, step="contact", src=has.device[who], dst=code, detail=rated, source=platform,
                address=country.people.address[who])  # fmt: skip
    if count > 2 and visitors > 11:
        scene.plant("internet.domain_spread", code, opened[11:])


def posting_bot(scene: Scene, day: int) -> None:
    """Let a program post one text after the other."""
    count = scene.often(scene.country.parameters.trades.bot_posts)
    users, platform = make_users(scene, "b", _morning(scene, day, 1), scene.new_devices("phone", 1))
    when = scene.at(day, 13, 120) + np.cumsum(scene.rng.integers(8, 22, count)) * SECOND
    forums = scene.rng.choice(scene.country.firms.forums, count)
    scene.write("post", when, step="contact", src=int(users[0]), dst=forums, text=_text(scene, "scam_game"),
                source=platform)  # fmt: skip
    if count > 12:
        scene.plant("internet.machine_pace", int(users[0]), when[12:])


def lent_user(scene: Scene, day: int) -> None:
    """Lend one platform account to a whole crew: a new device each hour."""
    devices = scene.new_devices("phone", scene.often(scene.country.parameters.trades.borrowers))
    has, person = scene.country.has, int(straw_people(scene, 1)[0])
    row = has.user_of[person]
    scene.role(int(has.users.code[row]), "gang_user")
    scene.role(devices, "gang_device")
    when = scene.spread(day, 9, 11, len(devices))
    scene.write("user_login", when, step="account_supply", src=int(has.users.code[row]), dst=devices,
                address=scene.new_addresses(len(devices)), source=int(has.users.source[row]))  # fmt: skip
    if len(devices) > 5:
        scene.plant("internet.shared_account", int(has.users.code[row]), when[5:])


def woken_users(scene: Scene, day: int) -> None:
    """Wake accounts that were bought of their owners, and have slept for months, to post one contact."""
    country, rng = scene.country, scene.rng
    count = scene.often(country.parameters.trades.woken_users)
    since = START - np.sort(rng.integers(_ASLEEP[0] * DAY, _ASLEEP[1] * DAY, count))
    owners = straw_people(scene, count)
    users, platform = make_users(scene, "a", since, country.has.device[owners], holder=country.people.code[owners])
    when = scene.spread(day, 12, 8, count)
    scene.write("post", when, step="contact", src=users, dst=rng.choice(country.firms.forums, count),
                text=_text(scene, "scam_job"), source=platform)  # fmt: skip
    for user, moment in zip(users[2:].tolist(), when[2:].tolist(), strict=True):
        scene.plant("internet.woken_account", user, [moment])


def hunter(scene: Scene, day: int) -> None:
    """Write as a new user to very many, and among them to children and to old people."""
    country, people, users = scene.country, scene.country.people, scene.country.has.users
    age = people.age[users.person]
    old, young = (scene.some(np.flatnonzero(those), 3) for those in (age >= _OLD, age <= _CHILD))
    count = max(_OTHERS + 1, scene.often(country.parameters.trades.hunted) - 6)
    others = scene.some(np.flatnonzero((age < _OLD) & (age > _CHILD + 3)), count)
    sender, platform = make_users(scene, "h", _morning(scene, day, 1), scene.new_devices("phone", 1))
    rows = np.concatenate([others, scene.rng.permutation(np.concatenate([old, young]))])
    when = scene.spread(day, 12, 8, len(rows))
    scene.write("message", when, step="contact", src=int(sender[0]), dst=users.code[rows], source=platform)
    late = dict(zip(rows.tolist(), when.tolist(), strict=True))
    for typology, reached in (("elder_messaged", old), ("minor_messaged", young)):
        for row in reached.tolist():
            scene.plant(f"internet.{typology}", int(users.code[row]), [late[row]])


def _morning(scene: Scene, day: int, count: int) -> Ints:
    """Draw when users are registered on a morning."""
    return scene.spread(day, 8.4, 1.2, count)


def _text(scene: Scene, topic: str) -> int:
    """Make a text with the number of a card that is bought for it."""
    card = int(scene.new_cards("operator_c", 1)[0])
    scene.role(card, "gang_card")
    return scene.country.texts.make(scene.rng, topic, phone_of(scene, card))
