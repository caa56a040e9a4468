"""What counts as drift: all numbers of the comparison, by name. Start values, chosen by us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Weeks are compared with the ``base_weeks`` before them, where at least ``min_weeks`` of these have anything.

    ``min_divergence`` is of Jensen and Shannon, in bits, between 0 and 1; ``min_points`` is of shares between 0 and 1.
    """

    base_weeks: int = 8
    min_weeks: int = 2
    min_accounts: int = 50  #: of a week whose ways are compared
    min_divergence: float = 0.005
    min_points: float = 0.03  #: by which the share of a way must differ to be named
    min_people: int = 5  #: who report a shape in the week
    min_reporting: int = 20  #: who report anything in the weeks before
    min_ratio: float = 2.0  #: of the share of a shape to that of the weeks before
    max_q: float = 0.01  #: share of false names that is put up with


START: Final = Limits()
