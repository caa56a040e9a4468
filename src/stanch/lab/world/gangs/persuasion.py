"""What helps victims to pay: a friend who writes, a page that looks like a bank's, a call from the payee's own card.

Whom a victim pays, when and how much stays as the scheme has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import Values
from stanch.lab.world.gangs.aftermath import Paid
from stanch.lab.world.gangs.assets import Accounts
from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.things import Thing, buy_card, make_users
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.institutions import BANKS, PLATFORMS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: Sums from which on payments count as planted, clear of the shipped thresholds, in minor units.
_NOTABLE: Final = 220_000
#: A friend writes so often before a payee is added.
_LINES: Final = 5
#: Who pays later than this after the talk is not rung up again.
_SOON: Final = 90 * MINUTE


def persuade(scene: Scene, paid: Paid, level: Accounts, straws: Ints, day: int) -> None:
    """Help some victims to pay. The first accounts of a level are in the names of the straw people."""
    friends, platform = _friends(scene, straws, day)
    named = dict(zip(level.code.tolist(), friends.tolist(), strict=False))
    cards = _Cards(scene, int(straws[0]), day)
    for one, payer, payments in paid:
        if not payments or scene.rng.random() >= scene.country.parameters.trades.persuaded:
            continue
        if one.victim.plan.way == "message":
            _befriend(scene, one, payer, payments, named, platform)
        elif not one.victim.plan.takeover:
            _show_page(scene, one, payer, payments)
            _ring(scene, one, payer, payments[0], cards)


@dataclass(slots=True)
class _Cards:
    """The cards that are bound to the gang's accounts: rented with them, or bought in the name of a straw person."""

    scene: Scene
    straw: int
    day: int
    bought: dict[int, Thing] = field(default_factory=dict)

    def behind(self, account: int) -> Thing | None:
        """Return the card behind an account, None if its owner has none."""
        has = self.scene.country.has
        rented = np.flatnonzero(has.accounts.code == account)
        if len(rented):
            card = int(has.card_of[has.accounts.person[rented[0]]])
            return Thing(int(has.cards.code[card]), int(has.cards.source[card])) if card >= 0 else None
        if account not in self.bought:
            when = self.scene.at(self.day, 23, 20)
            self.bought[account] = buy_card(self.scene, when, self.straw)
            self.scene.write("bound", when + MINUTE, step="account_supply", src=self.bought[account].code, dst=account,
                             source=str(self.scene.rng.choice(BANKS)))  # fmt: skip
        return self.bought[account]


def _friends(scene: Scene, straws: Ints, day: int) -> tuple[Ints, str]:
    """Register the users who write in the names of the straw people."""
    people = scene.country.people
    return make_users(scene, "f", scene.spread(day, 17, 1, len(straws)), scene.new_devices("phone", 1),
                      holder=people.code[straws])  # fmt: skip


def _befriend(
    scene: Scene, one: Reached, payer: Payer, payments: list[Payment], named: dict[int, int], platform: str
) -> None:
    """Write to a victim in the name in which the payee's account is, for some hours before the first payment to it."""
    has = scene.country.has
    row = has.user_of[one.victim.person]
    first = next((payment for payment in payments if payment.payee in named), None)
    if row < 0 or first is None or one.victim.plan.payee == "wallet":
        return
    when = first.when - 10 * MINUTE - np.sort(scene.rng.integers(0, 4 * HOUR, _LINES))[::-1]
    scene.write("message", when, step="contact", src=named[first.payee], dst=int(has.users.code[row]), source=platform)
    scene.plant("finance.message_then_payee", payer.account, [first.when])


def _show_page(scene: Scene, one: Reached, payer: Payer, payments: list[Payment]) -> None:
    """Have a victim who was called open a page of the gang shortly before paying."""
    country, rng = scene.country, scene.rng
    when = payments[0].when - int(rng.integers(3, 25)) * MINUTE
    page = country.names.one("domain", f"e{rng.integers(100, 1000)}-{scene.name}-{one.victim.person:x}.example")
    scene.role(page, "scam_domain")
    about: dict[str, Values] = {"src": payer.device, "dst": page, "address": payer.address}
    scene.write("page_visit", when, step="contact", detail=str(rng.choice(["unrated", "flagged"])),
                source=str(rng.choice(PLATFORMS)), **about)  # fmt: skip
    large = [each.when for each in payments if each.amount >= _NOTABLE and each.when - one.when < 22 * HOUR]
    if payments[0].amount >= _NOTABLE and large:
        scene.plant("finance.page_call_paid", payer.account, large[:1])


def _ring(scene: Scene, one: Reached, payer: Payer, first: Payment, cards: _Cards) -> None:
    """Ring a victim, for the first time from this number, from the card that is bound to the payee's account."""
    has = scene.country.has
    room = first.when - 3 * MINUTE - (one.until + MINUTE)
    called = has.card_of[one.victim.person]
    if called < 0 or not 0 < room <= _SOON or (card := cards.behind(first.payee)) is None:
        return
    scene.role(card.code, "gang_card")
    when = one.until + MINUTE + int(scene.rng.integers(0, room))
    scene.call(card.code, np.asarray([when]), has.cards.code[called : called + 1], scene.rng.integers(40, 150, 1),
               source=card.source)  # fmt: skip
    if first.amount >= _NOTABLE:
        scene.plant("finance.caller_paid", payer.account, [first.when])
