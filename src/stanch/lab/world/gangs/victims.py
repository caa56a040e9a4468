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
    """One payment of a victim to an account of the gang (minor units).

    ``legs`` are the instructions that bring it there, each with the word of its source: two of them where a payment
    firm passes it on. The first is the victim's own; the last is sent at ``came``.
    """

    when: int
    payee: int
    amount: int
    legs: tuple[tuple[int, int], ...]
    came: int

    @property
    def event(self) -> int:
        """Return the number of the victim's own instruction."""
        return self.legs[0][1]
