"""Look-ups of people's records in columns, and what is known of the people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LookUps:
    """n look-ups in any order, of p people.

    ``when`` are UTC microseconds; ``person``, ``employee`` and ``system`` are codes from 0 on. By person:
    ``contact`` is when the scam reached them at the latest (NULL for those who report none), ``group`` a code of what
    they share with the people they are compared with: region, age. Who reports is an alleged victim, nothing more.
    """

    when: Ints
    person: Ints
    employee: Ints
    system: Ints
    contact: Ints
    group: Ints

    def __len__(self) -> int:
        """Return how many look-ups there are."""
        return len(self.when)
