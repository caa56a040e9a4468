"""Accept: what arrives gets its place in the log. Repeats are known again, leaps in time set aside, ticks put between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stanch.engine.arrivals import Arrivals
from stanch.engine.clock import Clock
from stanch.model.columns import INDEX
from stanch.store.idempotency import NEW, Known

Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Refusals:
    """What was not decided on: repeats (answered already), other bodies under a known id, leaps of the clock."""

    known: int = 0
    conflicts: list[str] = field(default_factory=list)
    leaps: list[str] = field(default_factory=list)


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

    def admit(self, arrived: Arrivals, first_seq: int) -> Arrivals:
        """Return the events that are new and within their source's jump; the others are noted.

        ``first_seq`` is the next free place in the log: what is remembered of an event is the first place where it
        can stand, which what our own decisions cause may still push back.
        """
        leaps = self.clock.leaps(arrived.rows)
        if leaps.any():
            self.refusals.leaps += arrived.carried["event_id"].filter(leaps).to_pylist()
            arrived = arrived.pick(np.flatnonzero(~leaps))
        seen = self.known.check_and_add(arrived.keys, arrived.bodies, np.arange(first_seq, first_seq + len(arrived)))
        fresh = seen.seq == NEW
        if fresh.all():
            return arrived
        conflicts = ~fresh & seen.conflict
        self.refusals.conflicts += arrived.carried["event_id"].filter(conflicts).to_pylist()
        self.refusals.known += int((~fresh & ~seen.conflict).sum())
        return arrived.pick(np.flatnonzero(fresh))

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

