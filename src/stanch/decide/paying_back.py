"""Paying back: to whom the money of a freeze goes, so that nobody gets back more than he misses.

An order names the reports that its money was traced to when it was drafted. Until it is paid out some of them may have
got theirs back elsewhere; what they do not miss any more goes to those whose money lies there now, then to the others
that the freeze names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stanch.decide.orders import Order
from stanch.decide.shares import capped, split


def paid_back(freeze: Order, missing: Mapping[int, int], there: Mapping[int, int]) -> dict[int, int]:
    """Return what each report gets of the money under a freeze, minor units; nothing to whom nothing is missing.

    ``missing``: what each report still misses; ``there``: what of each report lies on the account now, by the trace.
    """
    named = dict(zip(freeze.reports, split(freeze.held, freeze.shares), strict=True))
    return shared_out(freeze.held, missing, (named, there, dict.fromkeys(freeze.reports, freeze.held)))


def shared_out(total: int, missing: Mapping[int, int], claims: Sequence[Mapping[int, int]]) -> dict[int, int]:
    """Share a total by one claim after another, each in proportion; nobody gets more than he misses.

    ``claims`` are minor units by report; what all of them leave is given to nobody.
    """
    given: dict[int, int] = {}
    for wanted in claims:
        most = {report: min(amount, missing.get(report, 0) - given.get(report, 0)) for report, amount in wanted.items()}
        parts = capped(total - sum(given.values()), [max(each, 0) for each in most.values()])
        for report, part in zip(most, parts, strict=True):
            given[report] = given.get(report, 0) + part
    return {report: part for report, part in given.items() if part}
