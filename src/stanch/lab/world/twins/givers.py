"""Look-alikes who pay, collect and draw cash for honest reasons, as few people do."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, add_payee, redeem, some_people, source_of, transfer
from stanch.model.time import HOUR, MINUTE

_STEP = "payment"


def student_abroad(scene: Scene, day: int) -> None:
    """Play a student for whom relatives in three provinces pay a year abroad; rarely the whole clan in six."""
    people = scene.country.people
    students = some_people(scene, 18, 24, 200)
    student = students[people.student[students]][:1]
    if not len(student):
        return
    scene.role(account_of(scene, student), "twin:student_abroad")
    relatives = some_people(scene, 35, 75, 60)
    regions = scene.rng.permutation(np.unique(people.region[relatives]))[: 7 if scene.crosses() else 3]
    givers = np.asarray([relatives[people.region[relatives] == region][0] for region in regions.tolist()])
    when, sums = scene.spread(day, 10, 8, len(givers)), scene.rng.integers(17, 40, len(givers)) * 100_000
    redeem(scene, int(when[0]) - HOUR, givers, sums)
    transfer(scene, when, givers, account_of(scene, student), sums, "family")


def cash_trader(scene: Scene, day: int) -> None:
    """Play a trader who needs much cash and draws 80,000 openly; rarely what the machine gives in three turns."""
    trader = some_people(scene, 30, 65, 1)
    scene.role(account_of(scene, trader), "twin:cash_trader")
    amounts = np.asarray([4_900_000] * 3 if scene.crosses() else [8_000_000])
    when = scene.at(day, 10, 60) + np.arange(len(amounts)) * HOUR
    scene.take_out("cash_out", when, step="exit", src=account_of(scene, trader), amount=amounts, channel="counter",
                   dst=int(scene.country.firms.branches["bank_b"][1]), source=source_of(scene, trader))  # fmt: skip


def wallet_host(scene: Scene, day: int) -> None:
    """Play a host whom four friends pay back into the wallet; rarely seven for a journey that is paid from it."""
    hosts, has = some_people(scene, 20, 50, 40), scene.country.has
    host = hosts[has.wallet_of[hosts] >= 0][:1]
    wallet = has.wallet_of[host]
    code, source = int(has.wallets.code[wallet[0]]), int(has.wallets.source[wallet[0]])
    scene.role(code, "twin:wallet_host")
    journey = scene.crosses()
    friends = some_people(scene, 20, 50, 7 if journey else 4)
    when = scene.spread(day, 12, 5, len(friends))
    shares = scene.rng.integers(*((16, 30) if journey else (1, 4)), len(friends)) * 10_000
    transfer(scene, when, friends, code, shares, "dinner")
    payee = account_of(scene, some_people(scene, 30, 60, 1))
    scene.pay(int(when[-1]) + HOUR, step=_STEP, src=code, dst=payee, amount=int(shares.sum()) * 9 // 10, source=source,
              channel="app", detail="journey")  # fmt: skip


def flatmates(scene: Scene, day: int) -> None:
    """Play flatmates who settle bills both ways with sums alike; rarely the deposit of a new flat follows."""
    one, other = some_people(scene, 20, 35, 1), some_people(scene, 20, 35, 1)
    scene.role(account_of(scene, one), "twin:flatmates")
    when = scene.at(day, 9, 60) + np.arange(4) * 2 * HOUR
    bills = scene.rng.integers(40, 90, 4) * 1000
    if scene.crosses():
        bills[3] = 600_000
    for turn, (payer, payee) in enumerate(((one, other), (other, one), (one, other), (one, other))):
        transfer(scene, when[turn : turn + 1], payer, account_of(scene, payee), bills[turn : turn + 1], "bill")


def plumber(scene: Scene, day: int) -> None:
    """Play someone who called the plumber and pays after the work; rarely the plumber rang first."""
    payer, payee = _with_card(scene, 25, 75), _with_card(scene, 25, 60)
    has = scene.country.has
    scene.role(account_of(scene, payer), "twin:plumber")
    when, cards = scene.at(day, 10, 240), [has.cards.code[has.card_of[each]] for each in (payer, payee)]
    first, second = cards if not scene.crosses() else cards[::-1]
    scene.call(int(first[0]), np.asarray([when]), second, np.asarray([90]))
    if first is cards[0]:
        scene.call(int(second[0]), np.asarray([when + 40 * MINUTE]), first, np.asarray([30]))
    add_payee(scene, when + 85 * MINUTE, payer, account_of(scene, payee))
    transfer(scene, np.asarray([when + 90 * MINUTE]), payer, account_of(scene, payee),
             scene.rng.integers(22, 60, 1) * 10_000, "repair")  # fmt: skip


def news_reader(scene: Scene, day: int) -> None:
    """Play someone who reads the news, is called by the decorator and pays; rarely an unrated page."""
    payer, payee = _with_card(scene, 25, 65), _with_card(scene, 25, 60)
    country, has = scene.country, scene.country.has
    scene.role(account_of(scene, payer), "twin:news_reader")
    when = scene.at(day, 10, 300)
    page, rated = int(scene.rng.choice(country.firms.domains)), "unrated" if scene.crosses() else "known"
    scene.write("page_visit", when, step="contact", src=has.device[payer], dst=page, detail=rated, source="platform_a")
    scene.call(int(has.cards.code[has.card_of[payee[0]]]), np.asarray([when + 20 * MINUTE]),
               has.cards.code[has.card_of[payer]], np.asarray([120]))  # fmt: skip
    transfer(scene, np.asarray([when + 4 * HOUR]), payer, account_of(scene, payee),
             scene.rng.integers(22, 50, 1) * 10_000, "decorator")  # fmt: skip


def old_friend(scene: Scene, day: int) -> None:
    """Play someone whose friend of many years has just signed up and written; rarely with a new account."""
    payer, friend = _with_user(scene), _with_user(scene)
    country, has = scene.country, scene.country.has
    scene.role(account_of(scene, payer), "twin:old_friend")
    when = scene.at(day, 9, 120)
    new = country.names.add("user", [f"platform_b/{scene.name}f"])
    holder = country.people.code[friend]
    scene.write("user_registered", when, step="account_supply", src=has.device[friend], dst=new, holder=holder,
                source="platform_b")  # fmt: skip
    user = has.users.code[has.user_of[payer]]
    scene.write(
        "message", when + HOUR + np.arange(5) * 7 * MINUTE, step="contact", src=new, dst=user, source="platform_b"
    )
    payee = account_of(scene, friend)
    if scene.crosses():
        account, bank = scene.new_accounts(1)
        branch = int(country.firms.branches[country.names.spelled_word(int(bank[0]))][1])
        scene.write("account_opened", when + 2 * MINUTE, step="account_supply", src=branch, dst=account, holder=holder,
                    source=bank, channel="app")  # fmt: skip
        payee = int(account[0])
    add_payee(scene, when + 4 * HOUR, payer, payee)
    transfer(
        scene, np.asarray([when + 4 * HOUR + 5 * MINUTE]), payer, payee, scene.rng.integers(2, 9, 1) * 10_000, "gift"
    )


def warned_payer(scene: Scene, day: int) -> None:
    """Play someone who is warned in a campaign and then pays the electricity bill; rarely a new tutor as well."""
    payer = some_people(scene, 30, 75, 1)
    scene.role(account_of(scene, payer), "twin:warned_payer")
    when = scene.at(day, 10, 120)
    scene.write("warned", when, step="report", dst=int(scene.country.people.code[payer[0]]), detail="call_96110",
                source="justice")  # fmt: skip
    bill = int(scene.rng.choice(scene.country.firms.merchants.essential))
    transfer(scene, np.asarray([when + 2 * HOUR]), payer, bill, scene.rng.integers(11, 30, 1) * 10_000, "bill")
    if scene.crosses():
        tutor = account_of(scene, some_people(scene, 22, 60, 1))
        transfer(scene, np.asarray([when + 3 * HOUR]), payer, tutor, scene.rng.integers(11, 20, 1) * 10_000, "lessons")


def mother_and_son(scene: Scene, day: int) -> None:
    """Play a mother who lives alone and sends her son two sums; rarely four, when he rebuilds his house."""
    mothers = some_people(scene, 66, 88, 80)
    mother = np.concatenate([mothers[scene.country.people.lives_alone[mothers]], mothers])[:1]
    scene.role(account_of(scene, mother), "twin:mother_and_son")
    son = account_of(scene, some_people(scene, 30, 55, 1))
    count = 4 if scene.crosses() else 2
    when = scene.at(day, 10, 120) + np.arange(count) * HOUR
    transfer(scene, when, np.repeat(mother, count), son, scene.rng.integers(30, 60, count) * 10_000, "family")


def _with_card(scene: Scene, youngest: int, oldest: int) -> Ints:
    """Draw one person with a card and an account."""
    people = some_people(scene, youngest, oldest, 20)
    return people[scene.country.has.card_of[people] >= 0][:1]


def _with_user(scene: Scene) -> Ints:
    """Draw one person with an account and a user."""
    people = some_people(scene, 20, 60, 30)
    return people[scene.country.has.user_of[people] >= 0][:1]
