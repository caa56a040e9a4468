"""A day of calls, text messages and data traffic of ordinary people."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.circle import MONTH
from stanch.lab.world.clock import Ints, moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary, Values
from stanch.lab.world.parameters import CallParameters
from stanch.model.time import MINUTE, SECOND

#: Share of calls whose number the operator vouches for in full.
_ATTESTED = 0.93
#: Share of cards that register in the network again on a day.
_MOVED = 0.06


def write_call(
    diary: Diary, rng: np.random.Generator, happened: Ints, ends: tuple[Ints, Ints], seconds: Ints, **columns: Values
) -> Ints:
    """Write down calls: the set-up at once, the record when the call is over and the operator has written it.

    ``ends`` are the cards that call and are called. Returns the numbers of the ``call_started`` events.
    """
    known = happened + rng.integers(0, 2 * SECOND, len(happened))
    about: dict[str, Values] = {"src": ends[0], "dst": ends[1]}
    started = diary.write("call_started", happened, known, {"channel": "voice", "attestation": "A"} | about | columns)
    kept = ("case", "step", "bad", "source", "device", "place")
    about |= {name: columns[name] for name in kept if name in columns} | {"duration": seconds, "ref": started}
    ended = happened + rng.integers(3, 25, len(happened)) * SECOND + seconds * SECOND
    diary.write("call_ended", ended, ended + rng.integers(5 * MINUTE, 15 * MINUTE, len(happened)), about)
    return started


def write_calls_of(
    c: Country, diary: Diary, rng: np.random.Generator, happened: Ints, ends: tuple[Ints, Ints], seconds: Ints
) -> Ints:
    """Write down ordinary calls of people's own cards (rows) to cards (codes); return the numbers of the set-ups."""
    cards, called = ends
    person = c.has.cards.person[cards]
    return write_call(
        diary, rng, happened, (c.has.cards.code[cards], called), seconds, source=c.has.cards.source[cards],
        device=c.has.device[person], place=c.people.cell[person], region=c.people.region[person],
    )  # fmt: skip


def talk_seconds(p: CallParameters, rng: np.random.Generator, count: int) -> Ints:
    """Draw how long calls last; 0 for those that nobody answers."""
    talked = 1 + rng.lognormal(np.log(p.seconds), 1.0, count).astype(np.int64)
    return np.where(rng.random(count) < p.unanswered, 0, np.minimum(talked, 7200))


def write_calls(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of calls: most within circles, some with strangers (couriers, shops, wrong numbers)."""
    p, rng, cards = c.parameters.calls, c.chance("calls", day), c.has.cards
    able = float(c.circle.activity.sum())
    a_day = p.contacts_a_month * p.calls_per_contact / MONTH / 2  # a call counts for both of its ends
    single = p.contacts_a_month * p.strangers / MONTH / 2
    known = c.circle.pairs(rng, rng.poisson((a_day - single) * able))
    count = rng.poisson(single * able)
    strangers = c.circle.anyone(rng, count), c.circle.anyone(rng, count)
    caller, called = (np.concatenate(ends) for ends in zip(known, strangers, strict=True))
    caller, called = caller[caller != called], called[caller != called]
    attested = np.where(rng.random(len(caller)) < _ATTESTED, c.names.word("A"), c.names.word("B"))
    card = c.has.card_of[caller]
    write_call(
        diary, rng, moments(rng, day, len(caller), "talk"), (cards.code[card], cards.code[c.has.card_of[called]]),
        talk_seconds(p, rng, len(caller)), source=cards.source[card], device=c.has.device[caller],
        place=c.people.cell[caller], region=c.people.region[caller], attestation=attested,
    )  # fmt: skip


def write_official_calls(c: Country, diary: Diary, day: int) -> None:
    """Write down the calls of service numbers: banks ask about payments, the anti-fraud centre warns."""
    rng, cards = c.chance("official calls", day), c.has.cards
    called = rng.choice(len(cards), rng.poisson(c.parameters.telecom.life.official_calls * len(c.people)))
    seconds = talk_seconds(c.parameters.calls, rng, len(called))
    ends = rng.choice(c.firms.lines, len(called)), cards.code[called]
    write_call(diary, rng, moments(rng, day, len(called), "office"), ends, seconds, source=cards.source[called])


def write_messages(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of text messages: between people, and notices of firms to people."""
    rng, cards = c.chance("sms", day), c.has.cards
    sender, receiver = c.circle.pairs(
        rng, rng.poisson(c.parameters.calls.sms_a_day * 0.5 * float(c.circle.activity.sum()))
    )
    card = c.has.card_of[sender]
    diary.note("sms", moments(rng, day, len(sender), "talk"), src=cards.code[card],
               dst=cards.code[c.has.card_of[receiver]], text=c.texts.draw(rng, "chat", len(sender)),
               device=c.has.device[sender], source=cards.source[card])  # fmt: skip
    told = rng.choice(len(cards), rng.poisson(c.parameters.calls.notices_a_day * len(cards)))
    port = rng.choice(c.firms.ports, len(told))
    diary.note("sms", moments(rng, day, len(told), "pay"), src=port, dst=cards.code[told],
               text=_notices(c, day, len(told)), source=cards.source[told])  # fmt: skip


def _notices(c: Country, day: int, count: int) -> Ints:
    """Draw what firms write in a day: notices, some of them with a number or a page, and adverts."""
    p, rng = c.parameters.words, c.chance("notices", day)
    texts, kind = c.texts.draw(rng, "notice", count), rng.random(count)
    for topic, those in (("advert", kind < p.adverts), ("notice_contact", kind > 1 - p.with_contact)):
        texts[those] = c.texts.draw(rng, topic, int(those.sum()))
    return texts


def write_traffic(c: Country, diary: Diary, day: int) -> None:
    """Write down data traffic, every other day for each person, and phones that register in the network again."""
    rng, cards, people = c.chance("traffic", day), c.has.cards, c.people
    users = np.flatnonzero(c.has.card_of >= 0)
    today = users[(users + day) % 2 == 0]
    level = np.where(people.age[today] < 60, 1.0, 0.25)
    kilobytes = 2 / MONTH * c.parameters.calls.megabytes_a_month * 1000 * level * rng.lognormal(0.0, 0.9, len(today))
    card = c.has.card_of[today]
    diary.note("data_session", moments(rng, day, len(today), "online"), src=cards.code[card],
               number=kilobytes.astype(np.int64), detail="mobile", place=people.cell[today],
               source=cards.source[card])  # fmt: skip
    moved = np.flatnonzero(rng.random(len(cards)) < _MOVED)
    person = cards.person[moved]
    diary.note("card_attached", moments(rng, day, len(moved), "talk"), src=cards.code[moved],
               dst=c.has.device[person], place=people.cell[person], source=cards.source[moved])  # fmt: skip
