"""The register: what was known of people and firms before day 0, handed over in its first minutes, oldest first."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.belongings import UNUSED_AFTER, Belongings, Things
from stanch.lab.world.clock import REGISTER_MINUTES, START, Ints, past
from stanch.lab.world.diary import Diary, Rows
from stanch.lab.world.institutions import Institutions
from stanch.lab.world.population import People
from stanch.model.time import DAY, MINUTE, SECOND

#: Share of users seen on a day before day 0, and the longest that one who is in use was away, in days.
_SEEN_A_DAY, _LONGEST_AWAY = 0.25, 25


def write_register(
    diary: Diary, rng: np.random.Generator, people: People, has: Belongings, firms: Institutions, employer: Ints
) -> None:
    """Write down everything that happened before day 0, but for houses, authorities and machines."""
    _profiles(diary, rng, people, has)
    _jobs(diary, rng, people, firms, employer)
    _firms(diary, rng, people, firms)
    _cards(diary, rng, people, has, firms)
    _opened(diary, people, has, firms)
    _users(diary, people, has)
    _last_logins(diary, people, has)
    _bound(diary, has)
    _lists(diary, rng, firms)
    _unused(diary, has)


def known_in_order(rows: Rows) -> Rows:
    """Give the register's rows their ``known``: in the order in which they happened, within a few minutes.

    Handed over oldest first, a line whose clock follows the earlier of both times reads true ages from it.
    """
    order = np.lexsort((rows["event"], rows["happened"]))
    pace = max(20, min(1000, (REGISTER_MINUTES - 1) * MINUTE // max(1, len(order))))
    known = np.empty(len(order), dtype=np.int64)
    known[order] = START + np.arange(len(order), dtype=np.int64) * pace
    return rows | {"known": known}


def _profiles(diary: Diary, rng: np.random.Generator, people: People, has: Belongings) -> None:
    """Write down facts about people, known from the first card or account on; of children, last of all."""
    when = np.full(len(people), START - 30 * MINUTE, dtype=np.int64)
    for things in (has.cards, has.accounts):
        np.minimum.at(when, things.person, things.since)
    when -= rng.integers(SECOND, MINUTE, size=len(people))
    facts = (("birth_year", people.birth_year, np.ones(len(people), dtype=bool)),
             ("lives_alone", people.lives_alone.astype(np.int64), people.lives_alone),
             ("student", people.student.astype(np.int64), people.student))  # fmt: skip
    for detail, number, those in facts:
        diary.note("profile", when[those], src=people.code[those], detail=detail, number=number[those],
                    region=people.region[those], source="registry")  # fmt: skip


def _jobs(diary: Diary, rng: np.random.Generator, people: People, firms: Institutions, employer: Ints) -> None:
    workers = np.flatnonzero(people.works)
    diary.note("employed", past(rng, len(workers), 30, 1500), src=people.code[workers],
                dst=firms.companies.code[employer[workers]], source="registry")  # fmt: skip
    clerks = firms.clerks
    diary.note("employed", past(rng, len(clerks.code), 30, 1500), src=clerks.code, dst=clerks.institution,
                holder=people.code[clerks.person], source=clerks.source)  # fmt: skip


def employers(rng: np.random.Generator, people: People, firms: Institutions) -> Ints:
    """Draw for each person the row of the company that would employ it: a few are large."""
    size = 1.0 / (np.arange(len(firms.companies.code)) + 4.0)
    return rng.choice(len(size), size=len(people), p=size / size.sum()).astype(np.int64)


def _firms(diary: Diary, rng: np.random.Generator, people: People, firms: Institutions) -> None:
    made = firms.companies
    since = past(rng, len(made.code), 200, 2000)
    owner = people.code[made.owner]
    diary.note("company_registered", since, src=owner, dst=made.code, place=made.place, source="registry")
    diary.note("company_owner", since + SECOND, src=owner, dst=made.code, number=100, source="registry")
    branches = np.concatenate([branch[1:] for branch in firms.branches.values()])
    diary.note("account_opened", since + 90 * MINUTE, src=rng.choice(branches, len(since)), dst=made.account,
                holder=made.code, channel="counter", source=made.bank)  # fmt: skip
    diary.note("balance", START - rng.integers(MINUTE, 10 * MINUTE, len(since)), src=made.account,
                amount=rng.integers(50_000_000, 900_000_000, len(since)), currency="CNY", source=made.bank)  # fmt: skip


def _cards(diary: Diary, rng: np.random.Generator, people: People, has: Belongings, firms: Institutions) -> None:
    cards = has.cards
    shops = by_giver(rng, cards.giver, list(firms.shops.values()))
    diary.note("card_issued", cards.since, src=shops, dst=cards.code, holder=people.code[cards.holder],
                region=people.region[cards.holder], channel="counter", source=cards.source)  # fmt: skip
    diary.note("card_attached", cards.since + MINUTE, src=cards.code, dst=has.device[cards.person],
                place=people.cell[cards.person], source=cards.source)  # fmt: skip


def by_giver(rng: np.random.Generator, giver: Ints, outlets: list[Ints]) -> Ints:
    """Draw an outlet of each giver."""
    drawn = np.empty(len(giver), dtype=np.int64)
    for index, choices in enumerate(outlets):
        mine = np.flatnonzero(giver == index)
        drawn[mine] = rng.choice(choices, len(mine))
    return drawn


def _opened(diary: Diary, people: People, has: Belongings, firms: Institutions) -> None:
    rng = np.random.default_rng(len(people))
    branches = list(firms.branches.values())
    for things, outlets, channel in ((has.accounts, branches[:4], "counter"), (has.wallets, branches[4:], "app")):
        at = by_giver(rng, things.giver, [b[:1] if channel == "app" else b[1:] for b in outlets])
        diary.note("account_opened", things.since, src=at, dst=things.code, holder=people.code[things.holder],
                    channel=channel, source=things.source)  # fmt: skip
        months = rng.lognormal(0.3 if channel == "counter" else -1.3, 0.8, len(things))
        amount = 20_000 + (months * np.maximum(people.salary[things.person], 100_000)).astype(np.int64)
        told = START - rng.integers(MINUTE, 10 * MINUTE, len(things))
        diary.note("balance", told, src=things.code, amount=amount, currency="CNY", source=things.source)


def _users(diary: Diary, people: People, has: Belongings) -> None:
    known = np.flatnonzero(has.device[has.users.person] >= 0)
    users = Things(*(getattr(has.users, name)[known] for name in has.users.__slots__))
    diary.note("user_registered", users.since, src=has.device[users.person], dst=users.code,
                holder=people.code[users.holder], address=people.address[users.person],
                source=users.source)  # fmt: skip


def _last_logins(diary: Diary, people: People, has: Belongings) -> None:
    """Write down when users were last seen before day 0; so those who slept for months differ from the others."""
    rng = np.random.default_rng(len(has.users))
    rows = np.flatnonzero(has.device[has.users.person] >= 0)
    days = 1 + rng.geometric(_SEEN_A_DAY, len(rows))
    when = START - np.minimum(days, _LONGEST_AWAY) * DAY + rng.integers(0, DAY, len(rows))
    person = has.users.person[rows]
    diary.note("user_login", np.maximum(when, has.users.since[rows] + MINUTE), src=has.users.code[rows],
                dst=has.device[person], address=people.address[person], source=has.users.source[rows])  # fmt: skip


def _bound(diary: Diary, has: Belongings) -> None:
    for things in (has.accounts, has.wallets, has.users):
        card = has.card_of[things.person]
        those = np.flatnonzero(card >= 0)
        when = np.maximum(things.since[those], has.cards.since[card[those]]) + 5 * SECOND
        diary.note("bound", when, src=has.cards.code[card[those]], dst=things.code[those], source=things.source[those])


def _lists(diary: Diary, rng: np.random.Generator, firms: Institutions) -> None:
    merchants = firms.merchants
    for entities, detail in ((merchants.essential, "essential_payee"), (merchants.code, "known_business"),
                             (firms.companies.account[:: 2], "known_business")):  # fmt: skip
        diary.note("listed", past(rng, len(entities), 30, 900), dst=entities, detail=detail, source="registry")


def _unused(diary: Diary, has: Belongings) -> None:
    """Write down which accounts their banks list because nobody used them for half a year."""
    rows = np.flatnonzero(has.unused)
    diary.note("listed", has.accounts.since[rows] + UNUSED_AFTER * DAY, dst=has.accounts.code[rows],
                detail="unused_account", source=has.accounts.source[rows])  # fmt: skip
