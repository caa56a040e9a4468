"""People who pay in the scenes of look-alikes: drawn by age, each with the account they pay from."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.scene import Scene


def some_people(scene: Scene, youngest: int, oldest: int, count: int) -> Ints:
    """Draw people of an age who have an account and play no other part; return their rows."""
    people = scene.country.people
    fit = np.flatnonzero((people.age >= youngest) & (people.age < oldest) & (scene.country.has.account_of >= 0))
    return fit[scene.unmarked(accounts_of(scene, fit), count)]


def accounts_of(scene: Scene, people: Ints) -> Ints:
    """Return the main accounts of people."""
    return scene.country.has.accounts.code[scene.country.has.account_of[people]]


def account_of(scene: Scene, person: Ints) -> int:
    """Return the main account of one person."""
    return int(accounts_of(scene, person)[0])


def source_of(scene: Scene, person: Ints) -> int:
    """Return the bank of one person."""
    return int(scene.country.has.accounts.source[scene.country.has.account_of[person]][0])


def transfer(scene: Scene, when: Ints, payers: Ints, payee: int, amount: Ints, detail: str) -> None:
    """Let people pay from their main accounts."""
    has = scene.country.has
    rows = has.account_of[payers]
    scene.pay(when, step="payment", source=has.accounts.source[rows], src=has.accounts.code[rows], dst=payee,
              amount=amount, detail=detail, channel="qr" if detail == "purchase" else "app", device=has.device[payers],
              address=scene.country.people.address[payers], region=scene.country.people.region[payers])  # fmt: skip


def redeem(scene: Scene, when: int, people: Ints, amount: Ints) -> None:
    """Let people take out a deposit, so that there is something to pay with."""
    accounts = scene.country.has.accounts
    rows = scene.country.has.account_of[people]
    scene.pay_in(np.full(len(people), when), step="payment", src=int(scene.country.firms.branches["bank_a"][1]),
                dst=accounts.code[rows], amount=amount, detail="deposit_redeemed",
                source=accounts.source[rows])  # fmt: skip


def add_payee(scene: Scene, when: int, payer: Ints, payee: int) -> None:
    """Let one person add a payee."""
    scene.write("payee_added", when, step="payment", src=account_of(scene, payer), dst=payee,
                source=source_of(scene, payer), device=int(scene.country.has.device[payer[0]]))  # fmt: skip
