"""Look-alikes who read and write: shops that are new, finders, and people who doubt a text and then add a payee."""

from __future__ import annotations

from stanch.lab.world.clock import Ints
from stanch.lab.world.institutions import PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, add_payee, some_people
from stanch.model.time import HOUR, MINUTE

_STEP, _SUPPLY = "contact", "account_supply"


def bedding_shop(scene: Scene, day: int) -> None:
    """Play a shop new to a platform that sells bedding as a set of four; rarely a collector of old telephone cards."""
    topic = "collector" if scene.crosses() else "bedding"
    _post_as_new(scene, day, "twin:bedding_shop", topic, 2)


def papers_finder(scene: Scene, day: int) -> None:
    """Play someone who posts what stands on papers that were found; rarely one who wants a reward for them."""
    topic = "found_reward" if scene.crosses() else "found"
    _post_as_new(scene, day, "twin:papers_finder", topic, 1)


def notice_asker(scene: Scene, day: int) -> None:
    """Play someone who asks about a courier's notice and adds a friend; rarely the text was a scam, seen through."""
    person, friend = _carded(scene), _carded(scene)
    scene.role(account_of(scene, person), "twin:notice_asker")
    when = scene.at(day, 9, 120)
    text = _doubted(scene, "courier", "scam_service")
    scene.write("text_submitted", when, step=_STEP, src=int(scene.country.people.code[person[0]]), text=text,
                source="justice")  # fmt: skip
    add_payee(scene, when + int(scene.rng.integers(20, 500)) * MINUTE, person, account_of(scene, friend))


def notice_tenant(scene: Scene, day: int) -> None:
    """Play someone who gets a bank's notice and adds a landlord with a new account; rarely the text was a scam."""
    country, has = scene.country, scene.country.has
    person, landlord = _carded(scene), some_people(scene, 35, 70, 1)
    scene.role(account_of(scene, person), "twin:notice_tenant")
    when, card = scene.at(day, 10, 300), has.card_of[person[0]]
    account, bank = scene.new_accounts(1)
    branch = int(country.firms.branches[country.names.spelled_word(int(bank[0]))][1])
    scene.write("account_opened", when - HOUR, step=_SUPPLY, src=branch, dst=account, channel="counter", source=bank,
                holder=country.people.code[landlord])  # fmt: skip
    scene.write("sms", when, step=_STEP, src=int(scene.rng.choice(country.firms.ports)), dst=int(has.cards.code[card]),
                text=_doubted(scene, "notice_contact", "scam_loan"), source=int(has.cards.source[card]))  # fmt: skip
    add_payee(scene, when + int(scene.rng.integers(10, 100)) * MINUTE, person, int(account[0]))


def _doubted(scene: Scene, honest: str, scam: str) -> int:
    page = f"http://my{scene.rng.integers(1000, 10_000)}.example/k"
    return scene.country.texts.make(scene.rng, scam if scene.crosses() else honest, page)


def _carded(scene: Scene) -> Ints:
    """Draw one person with an account and a card."""
    people = some_people(scene, 20, 65, 20)
    return people[scene.country.has.card_of[people] >= 0][:1]


def _post_as_new(scene: Scene, day: int, role: str, topic: str, count: int) -> None:
    """Let somebody sign up and post with the own number."""
    country, has = scene.country, scene.country.has
    person, platform = _carded(scene), str(scene.rng.choice(PLATFORMS))
    user = country.names.add("user", [f"{platform}/{scene.name}w"])
    scene.role(user, role)
    when = scene.at(day, 9, 90)
    scene.write("user_registered", when, step=_SUPPLY, src=has.device[person], dst=user, source=platform,
                holder=country.people.code[person])  # fmt: skip
    phone = country.names.spelled(int(has.cards.code[has.card_of[person[0]]])).removeprefix("card:+86")
    text = country.texts.make(scene.rng, topic, phone)
    scene.write("post", scene.spread(day, 12, 6, count), step=_STEP, src=user.repeat(count), text=text, source=platform,
                dst=scene.some(country.firms.forums, count), device=has.device[person].repeat(count))  # fmt: skip
