"""Small histories of transfers in days, for tests of patterns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stanch.graph.patterns.find import find_patterns
from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Transfers, transfers
from stanch.model.time import DAY

Leg = tuple[int, int, int, int]  # payer, payee, day, minor units
DAYS = Limits().in_unit(DAY)


def history(legs: Sequence[Leg]) -> Transfers:
    columns = np.array(legs, np.int64).reshape(-1, 4)
    return transfers(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])


def found(legs: Sequence[Leg], typology: str) -> list[Pattern]:
    return [p for p in find_patterns(history(legs), DAYS).patterns if p.typology == typology]


def quiet(count: int, first: int = 1_000, days: int = 100) -> list[Leg]:
    """Ordinary life: pairs that pay each other the same sum every month."""
    return [(first + 2 * k, first + 2 * k + 1, day, 5_000 + k) for k in range(count) for day in range(k % 30, days, 30)]
