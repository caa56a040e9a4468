"""What changes in a day of ordinary life: new cards, phones, accounts, users and firms, swapped sims, cash."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.belongings import Things
from stanch.lab.world.calls import talk_seconds, write_call
from stanch.lab.world.clock import Ints, moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.institutions import BANKS, OPERATORS, PLATFORMS
from stanch.lab.world.online import write_first_posts
from stanch.lab.world.register import by_giver
from stanch.lab.world.settlement import Clearing, Columns
from stanch.model.time import HOUR, MINUTE

#: Share of people to whom it happens on one day.
_SWAPPED, _NEW_PHONE, _FORWARDED, _CASH, _PAID_IN, _CRYPTO, _FOUNDED, _RECYCLED = (
    0.0006, 0.0012, 0.0005, 0.012, 0.004, 0.0004, 0.00012, 0.0001,
)  # fmt: skip
_CALLS_OF_A_NEW_CARD: Final = 9


def write_changes(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of changes."""
    rng = c.chance("changes", day)
    _new_cards(c, diary, rng, day)
    _new_accounts(c, diary, rng, day)
    _new_users(c, diary, rng, day)
    _new_phones(c, diary, rng, day)
    _forwarded(c, diary, rng, day)
    _cash(c, diary, rng, day)
    _firms(c, diary, rng, day)


def _some(c: Country, rng: np.random.Generator, share: float, youngest: int = 16) -> Ints:
    """Draw people with a card and an account to whom something happens today."""
    fit = np.flatnonzero((c.people.age >= youngest) & (c.has.account_of >= 0) & (c.has.card_of >= 0))
    return fit[rng.random(len(fit)) < share]


def _new_cards(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    """Write down second cards, each put into the same phone, and their first calls to those whom the holder knows."""
    people = _some(c, rng, c.parameters.work.new_cards)
    giver = rng.integers(0, len(OPERATORS), len(people))
    cards = np.asarray(
        [c.names.one("card", c.numbers.phones(OPERATORS[g], 1)[0]) for g in giver.tolist()], dtype=np.int64
    )
    when = moments(rng, day, len(people), "shop")
    source = c.names.words(OPERATORS)[giver]
    shops = by_giver(rng, giver, list(c.firms.shops.values()))
    diary.note("card_issued", when, src=shops, dst=cards,
                holder=c.people.code[people], region=c.people.region[people], source=source)  # fmt: skip
    diary.note("card_activated", when + 5 * MINUTE, src=shops, dst=cards, source=source)
    diary.note("card_attached", when + 20 * MINUTE, src=cards, dst=c.has.device[people], source=source)
    callers = np.repeat(np.arange(len(people)), _CALLS_OF_A_NEW_CARD)
    called = c.circle.pairs(rng, len(callers))[1]
    later = when[callers] + HOUR // 2 + rng.integers(0, 10 * HOUR, len(callers))
    ends = cards[callers], c.has.cards.code[c.has.card_of[called]]
    write_call(diary, rng, later, ends, talk_seconds(c.parameters.calls, rng, len(callers)),
               source=source[callers], device=c.has.device[people[callers]])  # fmt: skip
    gone = rng.choice(c.has.cards.code, rng.poisson(_RECYCLED * len(c.people)))
    freed = np.asarray([c.names.one("card", c.numbers.phones("operator_a", 1)[0]) for _ in gone], dtype=np.int64)
    diary.note("number_recycled", moments(rng, day, len(freed), "office"), dst=freed, source="operator_a")


def _new_accounts(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    people = _some(c, rng, c.parameters.work.new_accounts)
    giver = rng.integers(0, len(BANKS), len(people))
    codes = [c.names.one("account", c.numbers.accounts(BANKS[g], 1)[0]) for g in giver.tolist()]
    accounts, source = np.asarray(codes, dtype=np.int64), c.names.words(BANKS)[giver]
    when = moments(rng, day, len(people), "shop")
    branch = by_giver(rng, giver, [c.firms.branches[bank] for bank in BANKS])
    diary.note("account_opened", when, src=branch, dst=accounts,
                holder=c.people.code[people], channel="counter", source=source)  # fmt: skip
    diary.note("bound", when + MINUTE, src=c.has.cards.code[c.has.card_of[people]], dst=accounts, source=source)
    diary.note("login", when + 30 * MINUTE, src=accounts, dst=c.has.device[people], source=source, channel="app",
                address=c.people.address[people])  # fmt: skip


def _new_users(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    people = _some(c, rng, c.parameters.online.registrations, youngest=12)
    platform = rng.integers(0, len(PLATFORMS), len(people)).tolist()
    users = c.names.add("user", [f"{PLATFORMS[g]}/n{day:02d}x{i:04d}" for i, g in enumerate(platform)])
    source = c.names.words([PLATFORMS[g] for g in platform])
    when = moments(rng, day, len(people), "online")
    diary.note("user_registered", when, src=c.has.device[people], dst=users, holder=c.people.code[people],
                address=c.people.address[people], source=source)  # fmt: skip
    diary.note("bound", when + MINUTE, src=c.has.cards.code[c.has.card_of[people]], dst=users, source=source)
    write_first_posts(c, diary, day, (users, people, when, source))


def _new_phones(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    """Write down new phones with the old sim, lost sims put into the old phone, and some who lost both."""
    bought, swapped = _some(c, rng, _NEW_PHONE), _some(c, rng, _SWAPPED)
    both = swapped[rng.random(len(swapped)) < 0.15]
    cards: Things = c.has.cards
    lost = c.has.card_of[swapped]
    diary.note("sim_swapped", moments(rng, day, len(swapped), "shop"), dst=cards.code[lost], source=cards.source[lost],
                src=by_giver(rng, cards.giver[lost], list(c.firms.shops.values())))  # fmt: skip
    people = np.concatenate([bought, both])
    card, account = c.has.card_of[people], c.has.account_of[people]
    devices = c.names.add("device", c.numbers.devices("phone", len(people)))
    when = moments(rng, day, len(people), "shop")
    diary.note("card_attached", when, src=cards.code[card], dst=devices, source=cards.source[card])
    soon = when + rng.integers(MINUTE, 5 * HOUR, len(people))
    diary.note("login", soon, src=c.has.accounts.code[account], dst=devices,
                address=c.people.address[people], channel="app", source=c.has.accounts.source[account])  # fmt: skip


def _forwarded(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    one, other = c.circle.pairs(rng, rng.poisson(_FORWARDED * len(c.people)))
    card = c.has.card_of[one]
    diary.note("forwarding_set", moments(rng, day, len(one), "talk"), src=c.has.cards.code[card],
                dst=c.has.cards.code[c.has.card_of[other]], source=c.has.cards.source[card])  # fmt: skip


def _cash(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    branches = [branch[1:] for branch in c.firms.branches.values()]
    accounts, clearing = c.has.accounts, Clearing(c, diary, rng)
    for kind, share, median in (("cash_out", _CASH, 600), ("cash_in", _PAID_IN, 2500), ("crypto_out", _CRYPTO, 1500)):
        rows = c.has.account_of[_some(c, rng, share)]
        amount = np.maximum(1, np.round(median * rng.lognormal(0.0, 0.8, len(rows)) / 100)).astype(np.int64) * 10_000
        other = (
            rng.choice(c.firms.exchanges, len(rows))
            if kind == "crypto_out"
            else by_giver(rng, accounts.giver[rows], branches)
        )
        ends: Columns = (
            {"src": other, "dst": accounts.code[rows]}
            if kind == "cash_in"
            else {"src": accounts.code[rows], "dst": other}
        )
        write = clearing.note if kind == "cash_in" else clearing.take_out
        write(kind, moments(rng, day, len(rows), "shop"), ends | {
            "amount": amount, "source": accounts.source[rows], "channel": "app" if kind == "crypto_out" else "counter",
        })  # fmt: skip


def _firms(c: Country, diary: Diary, rng: np.random.Generator, day: int) -> None:
    """Write down new firms, each at its own place."""
    founders = c.people.code[_some(c, rng, _FOUNDED, youngest=25)]
    firms = c.names.add("company", [f"N{day:02d}x{i:03d}" for i in range(len(founders))])
    places = c.names.add("place", [f"new-street-{day:02d}x{i:03d}" for i in range(len(founders))])
    when = moments(rng, day, len(founders), "office")
    diary.note("company_registered", when, src=founders, dst=firms, place=places, source="registry")
    diary.note("company_owner", when + MINUTE, src=founders, dst=firms, number=100, source="registry")
