"""The clock of the log: strictly rising stamps, ticks as a function of them, and no leap into a wrong future."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.columns import INDEX, NULL
from stanch.model.compiled import kernel
from stanch.model.time import AS_OF_STEP, DAY, HOUR, format_duration, to_datetime

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: A tick is written at the first multiple of this at which something is due, before the event that passes it.
TICK: Final = HOUR
#: A row that would move the clock by more is set aside, unless its source may jump further.
MAX_JUMP: Final = 7 * DAY

#: Microseconds after a clearing that belong to the releases which it causes, one each.
ROOM: Final = 16_384

_FAR: Final = 2**62
_COLUMNS: Final = np.array(
    [INDEX[name] for name in ("happened_at", "known_at", "as_of", "late", "kind")], dtype=np.int64
)


@kernel
def _leaps(rows: Ints, jumps: Ints, peak: int, columns: Ints, out: Flags) -> int:
    """Mark rows known later than their jump allows; return the latest moment of knowing of the others."""
    for r in range(rows.shape[0]):
        known = rows[r, columns[1]]
        out[r] = known - peak > jumps[r]
        if not out[r]:
            peak = max(peak, known)
    return peak


@kernel
def _stamp(
    rows: Ints, span: tuple[int, int], clock: int, boundary: int, wait: int, payments: Ints, clearings: Ints,
    columns: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Stamp the rows of a span until one would reach ``boundary``; return how far, the clock, how many were late.

    What a payment in the span may start to wait for can end ``wait`` later: the boundary moves there. A clearing can
    make a wait end earlier, and causes many events of ours: the next hour is the boundary, and the clock makes room.
    """
    late = 0
    for r in range(span[0], span[1]):
        happened = rows[r, columns[0]]
        stamp = max(min(happened, rows[r, columns[1]]), clock + AS_OF_STEP)
        if stamp >= boundary:
            return r, clock, late
        rows[r, columns[2]] = stamp
        rows[r, columns[3]] = 1 if happened < clock else 0
        late += 1 if happened < clock else 0
        clock = stamp
        for payment in payments:
            if rows[r, columns[4]] == payment:
                boundary = min(boundary, (stamp + wait + TICK - 1) // TICK * TICK)
        for clearing in clearings:
            if rows[r, columns[4]] == clearing:
                boundary = min(boundary, (stamp + TICK - 1) // TICK * TICK)
                clock = stamp + ROOM
    return span[1], clock, late


class Clock:
    """The last stamp given, and the latest moment at which we learned of something; NULL before the first event."""

    def __init__(self, payments: Ints, wait: int, clearings: Ints) -> None:
        self.now = NULL
        self.peak = NULL
        self.late = 0  # rows stamped late since this clock was made
        self._jumps: dict[int, int] = {}
        self._usual = MAX_JUMP
        self._payments, self._wait, self._clearings = payments, wait, clearings

    def may_jump(self, source: int, micros: int) -> None:
        """Let the rows of a source (a word's code) move the clock by at most ``micros``."""
        self._jumps[source] = micros

    def trust(self) -> None:
        """Let any row move the clock: when something was learned is told by a clock of ours, not by its sender."""
        self._usual = _FAR

    def begin(self, rows: Ints) -> None:
        """Start with the first event ever, or go on."""
        if self.peak == NULL and len(rows):
            self.peak = int(rows[0, INDEX["known_at"]])
            self.now = int(rows[0, [INDEX["known_at"], INDEX["happened_at"]]].min()) - AS_OF_STEP

    def leaps(self, rows: Ints, before: Flags) -> Flags:
        """Return which rows, in order of arrival, would move the clock by more than their source may.

        ``before`` marks rows that were found to leap when they came first.

        What we learn now may have happened long ago: a register read in late moves the clock through its past.
        """
        self.begin(rows)
        jumps = np.full(len(rows), self._usual, dtype=np.int64)
        for source, micros in self._jumps.items():
            jumps[rows[:, INDEX["source"]] == source] = micros
        jumps[before] = -_FAR
        out = np.zeros(len(rows), dtype=np.bool_)
        self.peak = int(_leaps(rows, jumps, self.peak, _COLUMNS, out))
        return out

    def leap(self, row: Ints) -> str:
        """Return why a row is set aside."""
        allowed = self._jumps.get(int(row[INDEX["source"]]), self._usual)
        known = to_datetime(int(row[INDEX["known_at"]]))
        return (
            f"dated {known:%Y-%m-%d %H:%M}, more than {format_duration(allowed)} after all that was known; "
            "correct the date, or allow such a jump with max_jump in the mapping"
        )

    def stamp(self, rows: Ints, start: int, stop: int, due: int | None) -> int:
        """Stamp ``as_of`` and ``late`` of rows from ``start`` until the tick that is due; return where it stopped.

        ``due`` is the moment at which the next payment's wait ends: the tick follows at the full hour.
        """
        boundary = _FAR if due is None else max(tick_after(due), self.now + AS_OF_STEP)
        reached, now, late = _stamp(
            rows, (start, stop), self.now, boundary, self._wait, self._payments, self._clearings, _COLUMNS
        )
        self.now, self.late = int(now), self.late + int(late)
        return int(reached)

    def tick(self, due: int) -> int:
        """Move to the tick at which something due is done, the full hour after it, and return it."""
        self.now = max(tick_after(due), self.now + AS_OF_STEP)
        return self.now

    def advance(self, stamp: int) -> None:
        """Move to the stamp of an event that we wrote ourselves.

        The microseconds up to the next step belong to what the last event causes: they do not move the clock, or the
        stamps would depend on how events are cut into batches.
        """
        if stamp - self.now >= AS_OF_STEP:
            self.now = stamp

    def take_over(self, other: Clock) -> Clock:
        """Go on from where another clock stands."""
        self.now, self.peak, self.late = other.now, other.peak, other.late
        self._jumps, self._usual = other._jumps, other._usual
        return self

    def reach(self, tick: int) -> None:
        """Move to a tick that the log holds."""
        self.now = max(self.now, tick)

    def follow(self, rows: Ints) -> None:
        """Move to where the log stands after these rows, which it has stamped before."""
        if len(rows):
            clears = bool(np.isin(rows[-1, INDEX["kind"]], self._clearings))
            self.now = int(rows[-1, INDEX["as_of"]]) + (ROOM if clears else 0)
            known = int(rows[:, INDEX["known_at"]].max())
            self.peak = known if self.peak == NULL else max(self.peak, known)


def tick_after(moment: int) -> int:
    """Return the moment of the tick at which something due at a moment is done."""
    return (moment + TICK - 1) // TICK * TICK
