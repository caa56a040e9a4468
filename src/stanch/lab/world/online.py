"""A day on the platforms: logins, messages, posts, pages."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints, moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.institutions import PLATFORMS
from stanch.model.time import HOUR, MINUTE

#: Share of posts that offer something, with a contact, and what that is.
_OFFERS = 0.3
_HONEST = ("sale", "sale", "shop_ad")
#: New users: their codes, their people (rows), when they signed up and the words of their platforms.
SignedUp = tuple[Ints, Ints, Ints, Ints]
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
    for index in np.flatnonzero(rng.random(len(rows)) < _OFFERS).tolist():
        text[index] = _offer(c, rng, int(person[index]))
    diary.note("post", moments(rng, day, len(rows), "online"), src=users.code[rows], text=text,
               dst=rng.choice(c.firms.forums, len(rows)), device=has.device[person],
               address=c.people.address[person], source=users.source[rows])  # fmt: skip


def write_first_posts(c: Country, diary: Diary, day: int, new: SignedUp) -> None:
    """Let some users who signed up today offer something in the hours after that."""
    users, people, when, source = new
    rng = c.chance("first posts", day)
    those = np.flatnonzero(rng.random(len(users)) < c.parameters.words.newcomers)
    text = np.asarray([_offer(c, rng, person) for person in people[those].tolist()], dtype=np.int64)
    later = when[those] + rng.integers(5 * MINUTE, 8 * HOUR, len(those))
    diary.note("post", later, src=users[those], text=text, dst=rng.choice(c.firms.forums, len(those)),
               device=c.has.device[people[those]], source=source[those])  # fmt: skip


def _offer(c: Country, rng: np.random.Generator, person: int) -> int:
    """Make what a person offers or looks for, with the own number or messenger name."""
    phone = c.names.spelled(int(c.has.cards.code[c.has.card_of[person]])).removeprefix("card:+86")
    contact = phone if rng.random() < 0.5 else f"微信wx_{person:x}home"
    return c.texts.make(rng, str(rng.choice(_HONEST)), contact)
