"""Look-alikes who post, write and invite under their own names."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import Values
from stanch.lab.world.institutions import PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, some_people, transfer
from stanch.model.time import DAY, HOUR, MINUTE, SECOND

_STEP, _SUPPLY = "contact", "account_supply"


def bike_seller(scene: Scene, day: int) -> None:
    """Play someone who offers a motorbike under the own name: five people call, one pays; rarely parts for several."""
    seller, callers = _user_people(scene, 20, 60, 1), _user_people(scene, 20, 60, 5)
    has, account = scene.country.has, account_of(scene, seller)
    scene.role(account, "twin:bike_seller")
    when = scene.at(day, 9, 60)
    posters = seller if not scene.crosses() else np.concatenate([seller, callers[:2]])  # friends pass it on
    _post(scene, posters, when + np.arange(len(posters)) * 20 * MINUTE, _sale(scene, seller))
    called = when + 2 * HOUR + np.sort(scene.rng.integers(0, 3 * HOUR, len(callers)))
    card = has.cards.code[has.card_of[seller]]
    for caller, moment in zip(callers.tolist(), called.tolist(), strict=True):
        scene.call(int(has.cards.code[has.card_of[caller]]), np.asarray([moment]), card, scene.rng.integers(40, 300, 1))
    buyers = callers[: len(posters) + 1] if len(posters) > 1 else callers[:1]
    transfer(scene, called[-1] + HOUR + np.arange(len(buyers)) * 30 * MINUTE, buyers, account,
             scene.rng.integers(11, 40, len(buyers)) * 10_000, "goods")  # fmt: skip


def misplaced_ad(scene: Scene, day: int) -> None:
    """Play a seller whose two ads stood in the wrong place, who sells to one person; rarely all the furniture."""
    seller = _user_people(scene, 20, 60, 1)
    scene.role(account_of(scene, seller), "twin:misplaced_ad")
    when, text = scene.at(day, 9, 60), _sale(scene, seller)
    _removed(scene, seller, when, 2, text)
    buyers = some_people(scene, 20, 60, 5 if scene.crosses() else 1)
    transfer(scene, when + 6 * HOUR + np.arange(len(buyers)) * HOUR, buyers, account_of(scene, seller),
             scene.rng.integers(6, 20, len(buyers)) * 10_000, "goods")  # fmt: skip


def reposter(scene: Scene, day: int) -> None:
    """Play a seller whose ad was taken down for a missing price and who posts it again; rarely a friend does."""
    seller, friend = _user_people(scene, 20, 60, 1), _user_people(scene, 20, 60, 1)
    has = scene.country.has
    again = friend if scene.crosses() else seller
    scene.role(has.users.code[has.user_of[again]], "twin:reposter")
    when, text = scene.at(day, 9, 120), _sale(scene, seller)
    _removed(scene, seller, when, 1, text)
    _post(scene, again, np.asarray([when + 4 * HOUR]), text)


def returner(scene: Scene, day: int) -> None:
    """Play someone who comes back after months and offers the own bicycle; rarely two friends had posted it before."""
    country, rng = scene.country, scene.rng
    owner, friends = _user_people(scene, 18, 60, 1), _user_people(scene, 18, 60, 2)
    platform = str(rng.choice(PLATFORMS))
    user = country.names.add("user", [f"{platform}/{scene.name}r"])
    scene.role(user, "twin:returner")
    since = scene.at(0, 12, 60) - int(rng.integers(50, 300)) * DAY
    scene.write("user_registered", since, step=_SUPPLY, src=country.has.device[owner], dst=user, source=platform,
                holder=country.people.code[owner])  # fmt: skip
    text, when = _sale(scene, owner), scene.at(day, 15, 120)
    if scene.crosses():
        _post(scene, friends, np.asarray([when - 5 * HOUR, when - 4 * HOUR]), text)
    scene.write("post", when, step=_STEP, src=user, dst=int(rng.choice(country.firms.forums)), text=text,
                source=platform, device=country.has.device[owner])  # fmt: skip


def town_shop(scene: Scene, day: int) -> None:
    """Play a shop that posts its number in six groups of its town; rarely wherever there is a group."""
    owner = _user_people(scene, 25, 65, 1)
    has, firms = scene.country.has, scene.country.firms
    scene.role(has.users.code[has.user_of[owner]], "twin:town_shop")
    count = 13 if scene.crosses() else int(scene.rng.integers(4, 8))
    text = scene.country.texts.make(scene.rng, "shop_ad", _number(scene, owner))
    _post(scene, owner.repeat(count), scene.spread(day, 10, 8, count), text, scene.some(firms.forums, count))


def story_author(scene: Scene, day: int) -> None:
    """Play someone who answers every comment below the own story, one a minute; rarely with one word each."""
    author = _user_people(scene, 18, 50, 1)
    has = scene.country.has
    scene.role(has.users.code[has.user_of[author]], "twin:story_author")
    pace = (20, 40) if scene.crosses() else (60, 110)
    when = scene.at(day, 20, 60) + np.cumsum(scene.rng.integers(*pace, 22)) * SECOND
    texts = scene.country.texts.draw(scene.rng, "forum", 22)
    _post(scene, author.repeat(22), when, texts, scene.country.firms.forums[:1].repeat(22))


def village_feast(scene: Scene, day: int) -> None:
    """Play the page of a village feast, new that day: two neighbours pass the link on; rarely half the village."""
    country, has = scene.country, scene.country.has
    neighbours = _user_people(scene, 18, 70, 5 if scene.crosses() else 2)
    page = f"feast-{scene.name}.example"
    code = country.names.one("domain", page)
    scene.role(code, "twin:village_feast")
    when = scene.at(day, 10, 60)
    text = country.texts.make(scene.rng, "invitation", f"http://{page}")
    _post(scene, neighbours, when + np.arange(len(neighbours)) * 15 * MINUTE, text)
    guests = scene.some(np.flatnonzero(has.device >= 0), int(scene.rng.integers(18, 35)))
    opened = when + 2 * HOUR + np.sort(scene.rng.integers(0, 9 * HOUR, len(guests)))
    scene.write("page_visit", opened, step=_STEP, src=has.device[guests], dst=code, detail="unrated",
                address=country.people.address[guests], source=str(scene.rng.choice(PLATFORMS)))  # fmt: skip


def new_grandmother(scene: Scene, day: int) -> None:
    """Play a grandmother new to a platform who writes to six friends of her age; rarely to all of the dancing group."""
    _write_as_new(scene, day, "twin:new_grandmother", (66, 90), 12 if scene.crosses() else 6)


def new_trainer(scene: Scene, day: int) -> None:
    """Play a trainer new to a platform who writes to the six players of a team; rarely to the whole club."""
    _write_as_new(scene, day, "twin:new_trainer", (12, 16), 12 if scene.crosses() else 6)


def _write_as_new(scene: Scene, day: int, role: str, ages: tuple[int, int], count: int) -> None:
    country, users = scene.country, scene.country.has.users
    person = some_people(scene, 25, 80, 1)
    platform = str(scene.rng.choice(PLATFORMS))
    sender = country.names.add("user", [f"{platform}/{scene.name}n"])
    when = scene.at(day, 9, 60)
    scene.write("user_registered", when, step=_SUPPLY, src=country.has.device[person], dst=sender, source=platform,
                holder=country.people.code[person])  # fmt: skip
    age = country.people.age[users.person]
    friends = scene.some(np.flatnonzero((age >= ages[0]) & (age < ages[1])), count)
    scene.role(users.code[friends], role)
    scene.write("message", when + HOUR + np.sort(scene.rng.integers(0, 8 * HOUR, len(friends))), step=_STEP, src=sender,
                dst=users.code[friends], source=platform)  # fmt: skip


def _user_people(scene: Scene, youngest: int, oldest: int, count: int) -> Ints:
    """Draw people with card, telephone, account and user; return their rows."""
    people, has = some_people(scene, youngest, oldest, 5 * count + 20), scene.country.has
    return people[(has.card_of[people] >= 0) & (has.user_of[people] >= 0)][:count]


def _number(scene: Scene, person: Ints) -> str:
    has = scene.country.has
    return scene.country.names.spelled(int(has.cards.code[has.card_of[person[0]]])).removeprefix("card:+86")


def _sale(scene: Scene, seller: Ints) -> int:
    return scene.country.texts.make(scene.rng, "sale", _number(scene, seller))


def _post(scene: Scene, people: Ints, when: Ints, text: Values, forums: Ints | None = None) -> Ints:
    """Let people post from their own users; return the posts."""
    has, rows = scene.country.has, scene.country.has.user_of[people]
    places = scene.rng.choice(scene.country.firms.forums, len(people)) if forums is None else forums
    return scene.write("post", when, step=_STEP, src=has.users.code[rows], dst=places, text=text,
                       device=has.device[people], source=has.users.source[rows])  # fmt: skip


def _removed(scene: Scene, seller: Ints, when: int, count: int, text: int) -> None:
    """Let a seller post some ads that are taken down two hours later."""
    has, rows = scene.country.has, scene.country.has.user_of[seller].repeat(count)
    times = when + np.arange(count) * 10 * MINUTE
    places = scene.some(scene.country.firms.forums, count)
    posts = _post(scene, seller.repeat(count), times, text, places)
    scene.write("post_removed", times + 2 * HOUR, step=_STEP, src=has.users.code[rows], ref=posts, text=text,
                dst=places, source=has.users.source[rows])  # fmt: skip
