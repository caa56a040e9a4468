"""Look-ups of people's records in columns, and what is known of the people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: The kind of a lead to one employee in one system.
EMPLOYEE = "employee"
#: The kind of a lead to a whole system.
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Points:
    """What look-ups went through, of one kind (system, channel, device ...): a code for each, NULL where unsaid."""

    kind: str
    code: Ints


@dataclass(frozen=True, slots=True)
class LookUps:
    """n look-ups in any order, of p people.

    ``when`` are UTC microseconds; ``person``, ``employee`` and ``system`` are codes from 0 on. By person:
    ``contact`` is when the scam reached them at the latest (NULL for those who report none), ``group`` a code of what
    they share with the people they are compared with: region, age. Who reports is an alleged victim, nothing more.
    ``through`` are further points, beside the system, that many employees share: ``(n,)`` codes each.
    """

    when: Ints
    person: Ints
    employee: Ints
    system: Ints
    contact: Ints
    group: Ints
    through: tuple[Points, ...] = ()

    def __len__(self) -> int:
        """Return how many look-ups there are."""
        return len(self.when)

    def part(self, rows: Ints) -> LookUps:
        """Return some of the look-ups."""
        through = tuple(Points(points.kind, points.code[rows]) for points in self.through)
        columns = (self.when[rows], self.person[rows], self.employee[rows], self.system[rows])
        return LookUps(*columns, self.contact, self.group, through)

    def shared(self) -> tuple[Points, ...]:
        """Return all points that many employees may share, the systems first."""
        return (Points(SYSTEM, self.system), *self.through)
