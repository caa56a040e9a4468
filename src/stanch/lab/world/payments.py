"""A day of money: purchases, payments between people, bills, wages, refunds."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import REGISTER_MINUTES, START, Ints, moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import NOTHING, Diary
from stanch.lab.world.parameters import MoneyParameters
from stanch.lab.world.settlement import Clearing, Columns, picked
from stanch.model.time import DAY, MINUTE, SECOND

#: Wallets are for small sums; larger ones go from the bank account. Minor units.
_WALLET_LIMIT: Final = 300_000
#: Share of purchases that are paid back a day later, and of payments to people for which a payee is added.
_RETURNED, _ADDED = 0.004, 0.3
#: Share of wallets that are loaded on a day.
_TOPPED_UP: Final = 0.04
_BILL: Final = 120.0


def write_payments(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of purchases, bills and payments between people."""
    p, rng = c.parameters.money, c.chance("payments", day)
    count = rng.poisson(p.payments * float(((c.has.account_of >= 0) & (c.people.age >= 12)).sum()))
    shops, bills, gifts = rng.multinomial(count, [1 - p.to_people - p.bills, p.bills, p.to_people])
    payer = _payers(c, rng, shops + bills)
    payee = np.concatenate(
        [_merchants(c, rng, c.people.region[payer[:shops]]), rng.choice(c.firms.merchants.essential, bills)]
    )
    amount = np.concatenate([_amounts(p, rng, p.purchase, shops), _amounts(p, rng, _BILL, bills)])
    _pay(c, diary, rng, day, (payer, payee, amount, np.repeat(c.names.words(["purchase", "bill"]), [shops, bills])))
    giver, taker = c.circle.pairs(rng, gifts)
    able = (c.has.account_of[giver] >= 0) & (c.has.account_of[taker] >= 0)
    giver, taker = giver[able], taker[able]
    gift = _amounts(p, rng, p.gift, len(giver))
    small = (c.has.wallet_of[taker] >= 0) & (gift < _WALLET_LIMIT) & (rng.random(len(taker)) < 0.75)
    paid = np.where(small, c.has.wallets.code[c.has.wallet_of[taker]], c.has.accounts.code[c.has.account_of[taker]])
    _pay(c, diary, rng, day, (giver, paid, gift, np.full(len(giver), c.names.word("gift"))))


def write_logins(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of logins to bank accounts and wallets, each on its owner's device."""
    rng = c.chance("logins", day)
    for things in (c.has.accounts, c.has.wallets):
        used = ~c.has.unused if things is c.has.accounts else np.ones(len(things), dtype=bool)
        rows = np.flatnonzero((rng.random(len(things)) < c.parameters.money.logins) & used)
        person = things.person[rows]
        diary.note("login", moments(rng, day, len(rows), "online"), src=things.code[rows], dst=c.has.device[person],
                   address=c.people.address[person], channel="app", source=things.source[rows])  # fmt: skip


def write_wages(c: Country, diary: Diary, day: int) -> None:
    """Write down the wages of one day: every employer has its day of the month."""
    rng, firms = c.chance("wages", day), c.firms.companies
    paying = (c.employer * 7 + 3) % 30 == day % 30
    workers = np.flatnonzero(c.people.works & paying & (c.has.account_of >= 0))
    firm = c.employer[workers]
    start = moments(rng, day, len(firms.code), "office")[firm]
    Clearing(c, diary, rng).pay(start + rng.integers(0, 15 * MINUTE, len(workers)), {
        "source": firms.bank[firm], "src": firms.account[firm], "amount": c.people.salary[workers],
        "dst": c.has.accounts.code[c.has.account_of[workers]], "detail": "wages", "channel": "batch",
    })  # fmt: skip


def write_top_ups(c: Country, diary: Diary, day: int) -> None:
    """Write down what people load from their bank account into their own wallet in a day."""
    rng, has = c.chance("top_ups", day), c.has
    rows = np.flatnonzero((has.account_of[has.wallets.person] >= 0) & (rng.random(len(has.wallets)) < _TOPPED_UP))
    person = has.wallets.person[rows]
    account = has.account_of[person]
    Clearing(c, diary, rng).pay(moments(rng, day, len(rows), "pay"), {
        "source": has.accounts.source[account], "src": has.accounts.code[account], "dst": has.wallets.code[rows],
        "amount": rng.integers(1, 11, len(rows)) * 10_000, "detail": "top_up", "channel": "app",
        "device": has.device[person], "address": c.people.address[person],
    })  # fmt: skip


def _payers(c: Country, rng: np.random.Generator, count: int) -> Ints:
    able = np.flatnonzero((c.has.account_of >= 0) & (c.people.age >= 12))
    often = np.where(c.people.age[able] < 60, 1.0, 0.45) * rng.lognormal(0.0, 0.5, len(able))
    rising = np.cumsum(often)
    payers: Ints = able[np.searchsorted(rising, rng.random(count) * rising[-1])]
    return payers


def _pay(c: Country, diary: Diary, rng: np.random.Generator, day: int, what: tuple[Ints, Ints, Ints, Ints]) -> None:
    """Write down payments: who (row of the person) pays whom (code) how much for what (word)."""
    payer, payee, amount, detail = what
    has = c.has
    when = moments(rng, day, len(payer), "pay")
    wallet = (has.wallet_of[payer] >= 0) & (amount < _WALLET_LIMIT) & (rng.random(len(payer)) < 0.7)
    src = np.where(wallet, has.wallets.code[has.wallet_of[payer]], has.accounts.code[has.account_of[payer]])
    source = np.where(wallet, has.wallets.source[has.wallet_of[payer]], has.accounts.source[has.account_of[payer]])
    channels = rng.choice(c.names.words(["app", "qr", "web"]), len(payer), p=[0.4, 0.5, 0.1])
    columns: Columns = {
        "source": source, "src": src, "dst": payee, "amount": amount, "detail": detail, "channel": channels,
        "device": has.device[payer], "address": c.people.address[payer], "region": c.people.region[payer],
    }  # fmt: skip
    purchase = detail == c.names.word("purchase")
    through = purchase & ~wallet & (rng.random(len(payer)) < c.parameters.money.third_party)
    back = purchase & ~through & (rng.random(len(payer)) < _RETURNED)
    clearing, refused = Clearing(c, diary, rng), np.where(back, 0.0, c.parameters.money.rejected)
    asked = np.full(len(payer), NOTHING, dtype=np.int64)
    asked[~through] = clearing.pay(when[~through], picked(columns, ~through), refused[~through])
    clearing.pay_through(when[through], picked(columns, through), refused[through])
    added = np.flatnonzero(~wallet & (detail == c.names.word("gift")) & (rng.random(len(payer)) < _ADDED))
    before = when[added] - rng.integers(20 * SECOND, 10 * MINUTE, len(added))
    # among the lines of the register it would make all that are still to come late, and their ages wrong
    diary.note("payee_added", np.maximum(before, START + REGISTER_MINUTES * MINUTE), src=src[added],
               dst=payee[added], device=has.device[payer[added]], source=source[added])  # fmt: skip
    clearing.note("returned", when[back] + rng.integers(DAY // 4, DAY, int(back.sum())), {
        "src": payee[back], "dst": src[back], "amount": amount[back], "ref": asked[back], "source": source[back],
    })  # fmt: skip


def _amounts(p: MoneyParameters, rng: np.random.Generator, median: float, count: int) -> Ints:
    yuan = median * rng.lognormal(0.0, p.spread, count)
    return np.maximum(1, np.where(rng.random(count) < 0.5, np.round(yuan) * 100, yuan * 100)).astype(np.int64)


def _merchants(c: Country, rng: np.random.Generator, region: Ints) -> Ints:
    """Draw a merchant near each payer; the busy ones more often, a quarter of purchases anywhere."""
    merchants = c.firms.merchants
    size = 1.0 / (np.arange(len(merchants.code)) + 20.0) ** 0.8
    chosen = rng.choice(merchants.code, len(region), p=size / size.sum())
    for name in np.unique(region):
        near = np.flatnonzero(merchants.region == name)
        here = np.flatnonzero((region == name) & (rng.random(len(region)) < 0.75))
        if len(near):
            chosen[here] = rng.choice(merchants.code[near], len(here), p=size[near] / size[near].sum())
    return chosen
