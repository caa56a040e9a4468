"""A day on the platforms: logins, messages, posts, pages."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints, moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.institutions import PLATFORMS

#: Share of posts that sell something, with a contact.
_SALES = 0.3
#: Share of pages opened that nobody has rated.
_UNRATED = 0.02


def write_online(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of what ordinary people do on platforms."""
    p, rng, users, has = c.parameters.online, c.chance("online", day), c.has.users, c.has
    rows = np.flatnonzero(rng.random(len(users)) < p.logins)
    person = users.person[rows]
    diary.note("user_login", moments(rng, day, len(rows), "online"), src=users.code[rows], dst=has.device[person],
               address=c.people.address[person], source=users.source[rows])  # fmt: skip
    one, other = c.circle.pairs(rng, rng.poisson(p.messages * len(users)))
    able = (has.user_of[one] >= 0) & (has.user_of[other] >= 0)
    one, other = has.user_of[one[able]], has.user_of[other[able]]
    diary.note("message", moments(rng, day, len(one), "online"), src=users.code[one], dst=users.code[other],
               source=users.source[one])  # fmt: skip
    visitors = np.flatnonzero((has.device >= 0) & (rng.random(len(c.people)) < p.visits))
    diary.note("page_visit", moments(rng, day, len(visitors), "online"), src=has.device[visitors],
               dst=rng.choice(c.firms.domains, len(visitors)), address=c.people.address[visitors],
               detail=_ratings(c, day, len(visitors)),
               source=rng.choice(c.names.words(PLATFORMS), len(visitors)))  # fmt: skip
    _posts(c, diary, rng, day)


def _ratings(c: Country, day: int, count: int) -> Ints:
    """Draw how pages that people open are rated: known but for a few."""
    rated = c.names.words(["known", "unrated"])
    return rated[(c.chance("ratings", day).random(count) < _UNRATED).astype(np.int64)]


def _posts(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    users, has = c.has.users, c.has
    rows = rng.choice(len(users), rng.poisson(c.parameters.online.posts * len(users)))
    person = users.person[rows]
    text = c.texts.draw(rng, "forum", len(rows))
    for index in np.flatnonzero(rng.random(len(rows)) < _SALES).tolist():
        phone = c.names.spelled(int(has.cards.code[has.card_of[person[index]]])).removeprefix("card:+86")
        contact = phone if rng.random() < 0.5 else f"微信wx_{int(person[index]):x}home"
        text[index] = c.texts.make(rng, "sale", contact)
    diary.note("post", moments(rng, day, len(rows), "online"), src=users.code[rows], text=text,
               dst=rng.choice(c.firms.forums, len(rows)), device=has.device[person],
               address=c.people.address[person], source=users.source[rows])  # fmt: skip
