"""Accept: what arrives gets its place in the log. Repeats are known again, leaps in time set aside, ticks put between."""

from __future__ import annotations

from collections.abc import Iterator
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

    def admit(self, arrived: Arrivals) -> Arrivals:
        """Return the events that are new and within their source's jump; the others are noted."""
        leaps = self.clock.leaps(arrived.rows)
        if leaps.any():
            self.refusals.leaps += arrived.carried["event_id"].filter(leaps).to_pylist()
            arrived = arrived.pick(np.flatnonzero(~leaps))
        seen = self.known.check_and_add(arrived.keys, arrived.bodies, np.zeros(len(arrived), dtype=np.int64))
        fresh = seen.seq == NEW
        if fresh.all():
            return arrived
        conflicts = ~fresh & seen.conflict
        self.refusals.conflicts += arrived.carried["event_id"].filter(conflicts).to_pylist()
        self.refusals.known += int((~fresh & ~seen.conflict).sum())
        return arrived.pick(np.flatnonzero(fresh))

    def batches(self, admitted: Arrivals, size: int) -> Iterator[Stamped]:
        """Yield stamped batches of at most ``size`` events; a tick stands alone before the event that passes it.

        The caller moves the clock past everything it writes itself before it asks for the next batch.
        """
        start = 0
        while start < len(admitted):
            stop = min(start + size, len(admitted))
            reached = self.clock.stamp(admitted.rows, start, stop)
            if reached > start:
                yield Stamped(admitted.pick(slice(start, reached)), None)
            if reached < stop:
                yield Stamped(admitted.pick(slice(reached, reached)), self.clock.tick(admitted.rows[reached]))
            start = reached

    def settle(self, batch: Arrivals, seqs: Ints) -> None:
        """Note at which places of the log the events of a batch stand."""
        self.known.renumber(batch.keys, seqs)


def moments(rows: Ints) -> Ints:
    """Return, per row, the earlier of when it happened and when it became known."""
    return np.minimum(rows[:, INDEX["happened_at"]], rows[:, INDEX["known_at"]])
