"""What follows a payment: warnings that are not heeded, reports that come late, and what ought to have been noticed."""

from __future__ import annotations

from typing import Final

from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.reports import report
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: Sums from which on the behaviours count as planted, in minor units, clear of the shipped thresholds.
_LARGE: Final = 2_200_000
_NOTABLE: Final = 350_000
_GAMES: Final = 60_000
_ELDER: Final = 1_500_000

Paid = list[tuple[Reached, Payer, list[Payment]]]


def follow(scene: Scene, paid: Paid, leaked: set[int]) -> None:
    """Write down what follows the payments of all victims."""
    for one, payer, payments in paid:
        if payments:
            _expect(scene, one, payer, payments, was_leaked=one.victim.person in leaked)
            _warn(scene, one, payer, payments)
            report(scene, payer, payments, one.victim.plan.topic)
    _expect_wave(scene, paid)


def _expect(scene: Scene, one: Reached, payer: Payer, payments: list[Payment], *, was_leaked: bool) -> None:
    plan, account, first = one.victim.plan, payer.account, payments[0]
    times = [payment.when for payment in payments]
    if plan.payee == "wallet":
        if sum(payment.amount for payment in payments) >= _GAMES:
            scene.plant("finance.minor_spending", account, times)
        return
    if max(_new(payments)) >= _LARGE:
        scene.plant("finance.new_payee_large", account, times)
    if plan.during_call:
        scene.plant("finance.call_in_progress_payee", account, [one.when, one.until])
    if plan.spread and len(payments) >= 4 and payments[-1].when - payments[0].when < 20 * HOUR:
        scene.plant("finance.growing_payments", account, times[3:])
    if plan.ages[0] >= 65 and first.amount >= _ELDER:
        scene.plant("finance.elderly_first_large", account, times)
    alone = plan.alone and bool(scene.country.people.lives_alone[one.victim.person])
    if alone and len(payments) > 3 and sum(payment.amount for payment in payments) >= _ELDER:
        scene.plant("finance.lonely_elder_friend", account, times)
    if was_leaked and plan.way == "call" and first.amount >= _NOTABLE:
        scene.plant("finance.viewed_called_paid", account, times)
    if was_leaked and one.busy:
        scene.plant("data.viewed_then_called", _card(scene, one), [one.when])


def _new(payments: list[Payment]) -> list[int]:
    """Return the amounts of first payments to a payee."""
    return list({payment.payee: payment.amount for payment in reversed(payments)}.values())


def _card(scene: Scene, one: Reached) -> int:
    has = scene.country.has
    return int(has.cards.code[has.card_of[one.victim.person]])


def _warn(scene: Scene, one: Reached, payer: Payer, payments: list[Payment]) -> None:
    """Let the anti-fraud centre ring some victims between two payments; they pay again, to another payee."""
    if len(payments) < 2 or not one.victim.plan.spread or one.victim.plan.way != "call":
        return
    when = payments[-1].when - int(scene.rng.integers(30, 300)) * MINUTE
    if payments[0].when < when and payments[-1].payee not in {payment.payee for payment in payments[:-1]}:
        scene.write("warned", when, step="report", dst=payer.person, detail="call_96110", source="justice")
        scene.plant("finance.warned_then_pays", payer.account, [payments[-1].when])


def _expect_wave(scene: Scene, paid: Paid) -> None:
    """Say that accounts into which ten victims paid within the hour collect."""
    by_payee: dict[int, list[int]] = {}
    for _, _, payments in paid:
        for payment in payments:
            by_payee.setdefault(payment.payee, []).append(payment.when)
    for payee, times in by_payee.items():
        times.sort()
        dense = [times[i : i + 9] for i in range(len(times) - 8) if times[i + 8] - times[i] < 55 * MINUTE]
        if dense:
            scene.plant("finance.fan_in", payee, [dense[0][0], dense[-1][-1]])
