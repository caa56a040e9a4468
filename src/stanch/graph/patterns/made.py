"""Patterns made from legs: the span, the money and the order of the transfers they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Transfers


def made(transfers: Transfers, typology: str, roles: Mapping[str, Iterable[int]], legs: Iterable[int]) -> Pattern:
    """Return the pattern that some legs make; ``legs`` are places in ``transfers``."""
    ordered = sorted({int(leg) for leg in legs})
    return Pattern(
        typology,
        {role: tuple(sorted({int(a) for a in accounts})) for role, accounts in roles.items() if accounts},
        tuple(int(r) for r in transfers.row[ordered]),
        int(transfers.at[ordered[0]]),
        int(transfers.at[ordered[-1]]),
        int(transfers.amount[ordered].sum()),
    )


def by_ends(transfers: Transfers, typology: str, legs: Iterable[int], parts: tuple[str, str, str]) -> Pattern:
    """Return the pattern of some legs with its accounts by part: those that only pay, that do both, the others."""
    listed = sorted({int(leg) for leg in legs})
    payers = {int(a) for a in transfers.src[listed]}
    payees = {int(a) for a in transfers.dst[listed]}
    first, between, last = parts
    return made(transfers, typology, {first: payers - payees, between: payers & payees, last: payees - payers}, listed)
