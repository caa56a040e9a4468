"""What counts as a pattern: windows, least sizes and work budgets."""

from __future__ import annotations

from dataclasses import dataclass

from stanch.model.time import DAY


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a search. Windows are in the clock of the transfers; the defaults are microseconds."""

    fan_window: int = 21 * DAY
    pass_window: int = 35 * DAY  #: from the first leg in to the last leg out of one passing account
    cycle_window: int = 21 * DAY
    block_window: int = 10 * DAY
    acquaintance: int = 14 * DAY  #: pairs that pay each other for longer are ordinary
    fan_accounts: int = 5  #: fewest partners of a fan
    fan_surprise: float = 8.0  #: how unusual a fan must be for its account: log likelihood against its own rate
    cycle_shortest: int = 3
    cycle_longest: int = 10
    block_accounts: int = 2  #: fewest accounts on each side of a bipartite block
    kept_most: float = 0.5  #: a passing account keeps at most this share
    legs: int = 10  #: most legs on each side of one passing account
    pairs: int = 100  #: later legs with which one leg is paired at most
    splits: int = 40  #: later legs among which the two that split up a sum are sought
    peels: int = 3  #: fewest stops of a peel chain
    rest_least: float = 0.7  #: at least this share goes on at a stop of a peel chain
    split_slack: float = 0.01  #: at most this share may be missing of what goes on and what is peeled off
    hub_share: float = 0.1  #: more partners than this share of all accounts, and more than the next, are no person
    hub_least: int = 300
    budget: int = 2_000  #: legs looked at for one transfer or account at most

    def in_unit(self, unit: int) -> Limits:
        """Return the same limits for a clock that counts ``unit`` microseconds at a time."""
        names = ("fan_window", "pass_window", "cycle_window", "block_window", "acquaintance")
        return Limits(**{name: getattr(self, name) // unit for name in names})


def longest(limits: Limits) -> int:
    """Return the longest time that a pattern takes."""
    return max(limits.fan_window, limits.pass_window, limits.cycle_window, limits.block_window)
