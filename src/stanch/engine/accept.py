"""Accept: what arrives gets its place in the log. Repeats are known again, leaps set aside, ticks put between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.engine.arrivals import Arrivals
from stanch.engine.aside import Aside
from stanch.engine.clock import Clock
from stanch.model.columns import INDEX, NULL
from stanch.model.time import DAY
from stanch.store.idempotency import NEW, Known

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CONFLICT: Final = "another event is known under this id of this source; send a correction under an id of its own"
_TOO_OLD: Final = "learned of more than 90 days before the latest event: a repeat could not be told from a new event"


#: Ids of events learned of longer ago are forgotten, so that such an event cannot be told from its repeat.
REMEMBERED: Final = 90 * DAY


@dataclass(slots=True)
class Refusals:
    """How many were not decided on: repeats (answered already), other bodies under a known id, wrong dates, too old."""

    known: int = 0
    conflicts: int = 0
    leaps: int = 0
    too_old: int = 0


@dataclass(frozen=True, slots=True)
class Stamped:
    """A batch with stamps, or the tick that comes before the next one (``tick`` is then its moment)."""

    batch: Arrivals
    tick: int | None


class Door:
    """Lets events in, one commit's worth at a time. Owns the known ids and the clock."""

    def __init__(self, known: Known, clock: Clock) -> None:
        self.known = known
        self.clock = clock
        self.refusals = Refusals()
        self.aside: Aside | None = None
        #: How far the log reached, and the latest moment of learning then, at each snapshot: what may be forgotten.
        self.marks: list[tuple[int, int]] = []

    def admit(self, arrived: Arrivals, first_seq: int) -> Arrivals:
        """Return the events that are new and within their source's jump; the others are noted.

        ``first_seq`` is the next free place in the log: it is remembered of an event as the first place where it can
        stand.
        """
        if len(arrived) == 0:
            return arrived
        oldest = self.clock.peak - REMEMBERED
        arrived = self._without_leaps(arrived)
        seen = self.known.check_and_add(arrived.keys, arrived.bodies, np.full(len(arrived), first_seq, dtype=np.int64))
        fresh = seen.seq == NEW
        old = fresh & (arrived.rows[:, INDEX["known_at"]] < max(oldest, NULL))
        if fresh.all() and not old.any():
            return arrived
        conflicts = ~fresh & seen.conflict
        self.refusals.known += int((~fresh & ~conflicts).sum())
        self.refusals.conflicts += self._keep(arrived, conflicts, lambda _: _CONFLICT)
        self.refusals.too_old += self._keep(arrived, old, lambda _: _TOO_OLD)
        return arrived.pick(np.flatnonzero(fresh & ~old))

    def _without_leaps(self, arrived: Arrivals) -> Arrivals:
        """Return the events whose date is within their source's jump."""
        before = np.zeros(len(arrived), dtype=np.bool_) if self.aside is None else self.aside.again(arrived)
        leaps = self.clock.leaps(arrived.rows, before)
        if not leaps.any():
            return arrived
        self.refusals.leaps += self._keep(arrived, leaps, self.clock.leap)
        return arrived.pick(np.flatnonzero(~leaps))

    def _keep(self, arrived: Arrivals, which: Flags, reason: Callable[[Ints], str]) -> int:
        if self.aside is not None and which.any():
            self.aside.keep(arrived.pick(np.flatnonzero(which)), reason)
        return int(which.sum())

    def batches(self, admitted: Arrivals, size: int, due: Callable[[], int | None]) -> Iterator[Stamped]:
        """Yield stamped batches of at most ``size`` events; a tick stands alone before the event that passes it.

        ``due`` tells when the next wait ends. The caller moves the clock past everything it writes itself before it
        asks for the next batch.
        """
        start = 0
        while start < len(admitted):
            stop, ends = min(start + size, len(admitted)), due()
            reached = self.clock.stamp(admitted.rows, start, stop, ends)
            if reached > start:
                yield Stamped(admitted.pick(slice(start, reached)), None)
            elif ends is not None:
                yield Stamped(admitted.pick(slice(start, start)), self.clock.tick(ends))
            start = reached
