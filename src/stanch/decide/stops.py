"""The rows of a batch at which the funds must look: acts, movements of followed money, and questions about it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.plan import KIND_NUMBER
from stanch.graph.marking import Watched, first_tainted
from stanch.graph.taint import Taint
from stanch.model.columns import INDEX

Ints = npt.NDArray[np.int64]
Digests = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

#: Kinds of events on which reports, orders and clearings rest.
ACTS: Final = (
    "fraud_reported", "report_withdrawn", "cleared", "order_approved", "order_declined", "freeze_answered",
    "objection", "listed", "unlisted",
)  # fmt: skip
#: Kinds of events that can begin a wait; whatever they begin ends two hours later or after that.
BEGIN_A_WAIT: Final = ("fraud_reported", "settled", "returned", "order_approved", "order_declined", "freeze_answered")
#: Kinds of events that take away what orders and delays rest on.
CLEARINGS: Final = ("report_withdrawn", "cleared")

#: Kinds of events that move money between accounts.
MOVES: Final = ("settled", "returned")

_C: Final = INDEX
_IS_ACT: Final = np.array([name in ACTS for name in KIND_NUMBER], dtype=np.bool_)
_IS_MOVE: Final = np.array([name in MOVES for name in KIND_NUMBER], dtype=np.bool_)


@dataclass(slots=True)
class Batch:
    """Resolved rows of the line with the numbers of their kinds, and what is carried beside them."""

    rows: Ints
    kinds: Ints
    refs: Digests  #: (n,) digests of ``ref``
    string: Callable[[str, int], str | None]  #: column and row -> the string carried there


def asking_kinds(kinds: Iterable[int]) -> Flags:
    """Return flags by the number of a kind."""
    asking = np.zeros(len(KIND_NUMBER), dtype=np.bool_)
    asking[list(kinds)] = True
    return asking


class Stops:
    """The rows of a batch at which the funds must look: acts, and movements and questions about tainted accounts.

    ``asking`` flags the kinds of events on which a question rests.
    """

    def __init__(self, batch: Batch, asking: Flags) -> None:
        self.reads = asking[batch.kinds]
        always = _IS_ACT[batch.kinds]
        self._acts = [*np.flatnonzero(always).tolist(), len(batch.rows)]
        rows = np.flatnonzero((self.reads | _IS_MOVE[batch.kinds]) & ~always)
        payers = np.ascontiguousarray(batch.rows[rows, _C["src"]])
        self._watched = Watched(rows, payers, batch.refs.view(np.int64)[rows], self.reads[rows])

    def next(self, start: int, taint: Taint, unpaid: Mapping[int, int]) -> int:
        """Return the first row from ``start`` on, or the number of rows."""
        act = self._acts[bisect_left(self._acts, start)]
        waited = np.fromiter(unpaid, np.int64, len(unpaid))
        return int(first_tainted((start, act), self._watched, taint.marks, waited))
