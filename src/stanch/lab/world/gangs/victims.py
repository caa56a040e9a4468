"""Victims as payers: from which account they pay, and what they paid."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payer:
    """The account from which a victim's money is paid, on which device, and from when on (codes; UTC microseconds)."""

    person: int
    account: int
    source: int
    device: int
    address: int
    ready: int


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a victim to an account of the gang (minor units)."""

    when: int
    payee: int
    amount: int
    event: int
