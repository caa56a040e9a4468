"""The clock of the log: strictly rising stamps, ticks as a function of them, and no leap into a wrong future."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.columns import INDEX, NULL
from stanch.model.compiled import kernel
from stanch.model.time import AS_OF_STEP, DAY, HOUR

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: A tick is written whenever the clock passes a multiple of this.
TICK: Final = HOUR
#: A row that would move the clock by more is set aside, unless its source may jump further.
MAX_JUMP: Final = DAY

_COLUMNS: Final = np.array([INDEX[name] for name in ("happened_at", "known_at", "as_of", "late")], dtype=np.int64)


@kernel
def _leaps(rows: Ints, jumps: Ints, peak: int, columns: Ints, out: Flags) -> int:
    """Mark rows that would move the latest moment by more than they may; return the latest moment."""
    for r in range(rows.shape[0]):
        moment = min(rows[r, columns[0]], rows[r, columns[1]])
        out[r] = moment - peak > jumps[r]
        if not out[r]:
            peak = max(peak, moment)
    return peak


@kernel
def _stamp(rows: Ints, start: int, stop: int, clock: int, boundary: int, columns: Ints) -> tuple[int, int]:
    """Stamp rows until ``stop`` or until one would reach ``boundary``; return how far it came and the clock."""
    for r in range(start, stop):
        happened = rows[r, columns[0]]
        moment = min(happened, rows[r, columns[1]])
        stamp = max(moment, clock + AS_OF_STEP)
        if stamp >= boundary:
            return r, clock
        rows[r, columns[2]] = stamp
        rows[r, columns[3]] = 1 if happened < clock else 0
        clock = stamp
    return stop, clock


class Clock:
    """The last stamp given and the latest moment let in; both NULL before the first event."""

    def __init__(self) -> None:
        self.now = NULL
        self.peak = NULL
        self._jumps: dict[int, int] = {}

    def may_jump(self, source: int, micros: int) -> None:
        """Let the rows of a source (a word's code) move the clock by at most ``micros``."""
        self._jumps[source] = micros

    def leaps(self, rows: Ints) -> Flags:
        """Return which rows, in order of arrival, would move the clock by more than their source may.

        The clock begins when this deployment learned of its first event: what happened before is late.
        """
        if self.now == NULL and len(rows):
            self.peak = int(rows[0, INDEX["known_at"]])
            self.now = self.peak - AS_OF_STEP
        jumps = np.full(len(rows), MAX_JUMP, dtype=np.int64)
        for source, micros in self._jumps.items():
            jumps[rows[:, INDEX["source"]] == source] = micros
        out = np.zeros(len(rows), dtype=np.bool_)
        self.peak = int(_leaps(rows, jumps, self.peak, _COLUMNS, out))
        return out

    def next_tick(self) -> int:
        """The moment of the next tick."""
        return (self.now // TICK + 1) * TICK

    def stamp(self, rows: Ints, start: int, stop: int) -> int:
        """Stamp ``as_of`` and ``late`` of rows from ``start`` until the next tick; return where it stopped."""
        reached, now = _stamp(rows, start, stop, self.now, self.next_tick(), _COLUMNS)
        self.now = int(now)
        return int(reached)

    def tick(self, row: Ints) -> int:
        """Return the last multiple of the tick that lies at or before the moment of ``row``, and move there."""
        moment = min(int(row[INDEX["happened_at"]]), int(row[INDEX["known_at"]]))
        self.now = max(self.next_tick(), moment // TICK * TICK)
        return self.now

    def advance(self, stamp: int) -> None:
        """Move to the stamp of an event that we wrote ourselves."""
        self.now = max(self.now, stamp)

    def follow(self, rows: Ints) -> None:
        """Move to where the log stands after these rows, which it has stamped before."""
        if len(rows):
            self.now = int(rows[-1, INDEX["as_of"]])
            first = int(rows[0, INDEX["as_of"]]) if self.peak == NULL else self.peak
            self.peak = max(first, int(np.minimum(rows[:, _COLUMNS[0]], rows[:, _COLUMNS[1]]).max()))
