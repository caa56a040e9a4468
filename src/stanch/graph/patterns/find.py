"""Finding patterns: every shape over one history, the strict ones first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from stanch.graph.patterns.blocks import blocks
from stanch.graph.patterns.circles import circles
from stanch.graph.patterns.fans import fans
from stanch.graph.patterns.habit import part, passing_acquaintance
from stanch.graph.patterns.hubs import without_hubs
from stanch.graph.patterns.layers import layers
from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.pattern import Found, Pattern
from stanch.graph.patterns.peels import peel_chains
from stanch.graph.patterns.transfers import Ints, Transfers

DEFAULT: Final = Limits()


def find_patterns(transfers: Transfers, limits: Limits = DEFAULT) -> Found:
    """Return all patterns in a history of one currency, in order of time.

    Circles may run over old acquaintances; all other shapes rest on pairs that pay each other for a short time only.
    What a stricter shape explains is not told again as a fan. Hubs are left out.
    """
    transfers, hubs = without_hubs(transfers, limits.hub_share, limits.hub_least)
    new = passing_acquaintance(transfers, limits.acquaintance)
    found, cut = circles(transfers, limits)
    cuts = {"cycle": cut}
    layered, cuts["layers"], shares = layers(new, limits)
    chained, cuts["peel_chain"] = peel_chains(new, limits)
    paired, cuts["bipartite"] = blocks(_without(new, layered), limits)
    found += layered + chained + paired
    rest = _without(new, found)
    found += fans(rest, limits, inward=True) + fans(rest, limits, inward=False)
    ordered = sorted(found, key=lambda pattern: (pattern.start, pattern.end, pattern.transfers))
    return Found(tuple(ordered), {name: count for name, count in cuts.items() if count}, tuple(hubs.tolist()), shares)


def member_counts(found: Found, accounts: int) -> dict[str, Ints]:
    """Return, for each typology found, in how many of its patterns each account plays a part: features of accounts."""
    counts: dict[str, Ints] = {}
    for pattern in found.patterns:
        of = counts.setdefault(pattern.typology, np.zeros(accounts, np.int64))
        of[list(pattern.accounts)] += 1
    return counts


def _without(transfers: Transfers, explained: Sequence[Pattern]) -> Transfers:
    rows = [row for pattern in explained for row in pattern.transfers]
    return part(transfers, np.flatnonzero(~np.isin(transfers.row, np.array(rows, np.int64))))
