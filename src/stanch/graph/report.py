"""What a victim reported: the payment, and how much of it was fraud."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """One report of fraud. Entities and currency are codes, ``at`` UTC microseconds, ``amount`` minor units.

    ``entry`` is the ledger's entry of the reported payment; None where the ledger knows no such payment: then the
    whole amount stays alleged, and nothing is traced. It is ``backed`` when more than one person's word speaks for it.
    """

    id: int
    victim: int
    payee: int
    amount: int
    currency: int
    at: int
    entry: int | None
    backed: bool = False
