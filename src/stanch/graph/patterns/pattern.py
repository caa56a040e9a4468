"""A pattern that was found: which accounts play which part, and the transfers it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Every shape that is looked for, with what it is.
TYPOLOGIES: Final[dict[str, str]] = {
    "fan_in": "many pay one, more than it is used to",
    "fan_out": "one pays many, more than it is used to",
    "gather_scatter": "money comes together in an account and is passed on to several",
    "scatter_gather": "money is spread over several accounts and comes together again",
    "cycle": "money runs in a circle, each leg later than the one before",
    "bipartite": "the same few accounts pay the same few others",
    "stack": "money is passed on through accounts, layer after layer",
    "peel_chain": "a sum is passed on again and again, a small part split off at each stop",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. ``roles`` maps a part to its accounts; ``transfers`` are rows as given, in order of time."""

    typology: str
    roles: dict[str, tuple[int, ...]]
    transfers: tuple[int, ...]
    start: int
    end: int
    amount: int  #: minor units moved, every leg counted

    @property
    def accounts(self) -> tuple[int, ...]:
        """All accounts of the pattern, each once, in order of their numbers."""
        return tuple(sorted({account for accounts in self.roles.values() for account in accounts}))


@dataclass(frozen=True, slots=True)
class Found:
    """All patterns found, and how often the work budget cut a search short, by typology: then some may be missing."""

    patterns: tuple[Pattern, ...]
    cut: dict[str, int]
    hubs: tuple[int, ...]  #: accounts with too many partners to be anybody's own; left out
    shares: tuple[float, ...]  #: shares of its receipts that a passing account commonly sends on here
