"""Accept: what arrives gets its place in the log. Repeats are known again, leaps set aside, ticks put between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.engine.arrivals import Arrivals
from stanch.engine.aside import Aside
from stanch.engine.ceiling import OVER, Ceiling
from stanch.engine.clock import Clock
from stanch.model.columns import INDEX, NULL
from stanch.model.time import DAY
from stanch.store.idempotency import NEW, Known

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CONFLICT: Final = "another event is known under this id of this source; send a correction under an id of its own"
TOO_OLD: Final = "learned of more than 90 days before the latest event: a repeat could not be told from a new event"


#: Ids of events learned of longer ago are forgotten, so that such an event cannot be told from its repeat.
REMEMBERED: Final = 90 * DAY


@dataclass(slots=True)
class Refusals:
    """How many were not decided on.

    Repeats (answered already), other bodies under a known id, wrong dates, too old, and numbers with which totals could
    not be exact.
    """

    known: int = 0
    conflicts: int = 0
    leaps: int = 0
    too_old: int = 0
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What the door says to each of n events: new ones have ``seq`` NEW, known ones the first place they can stand at.

    A known one with another body is a ``conflict``. A ``leap``, an ``old`` one or one ``beyond`` the ceiling is not let
    in.
    """

    arrived: Arrivals
    seq: Ints
    conflict: Flags
    leap: Flags
    old: Flags
    beyond: Flags

    @property
    def fresh(self) -> Flags:
        """Which events are let in."""
        fresh: Flags = (self.seq == NEW) & ~self.leap & ~self.old & ~self.beyond
        return fresh

    def let_in(self) -> Arrivals:
        """Return the events that are let in."""
        fresh = self.fresh
        return self.arrived if fresh.all() else self.arrived.pick(np.flatnonzero(fresh))


@dataclass(frozen=True, slots=True)
class Stamped:
    """A batch with stamps, or the tick that comes before the next one (``tick`` is then its moment)."""

    batch: Arrivals
    tick: int | None


class Door:
    """Lets events in, one commit's worth at a time. Owns the known ids, the clock and the ceiling."""

    def __init__(self, known: Known, clock: Clock, ceiling: Ceiling) -> None:
        self.known = known
        self.clock = clock
        self.ceiling = ceiling
        self.refusals = Refusals()
        self.aside: Aside | None = None
        #: How far the log reached, and the latest moment of learning then, at each snapshot: what may be forgotten.
        self.marks: list[tuple[int, int]] = []

    def admit(self, arrived: Arrivals, first_seq: int) -> Arrivals:
        """Return the events that are new and within their source's jump; the others are noted, and kept aside."""
        if len(arrived) == 0:
            return arrived
        judged = self.judge(arrived, first_seq)
        known = judged.seq != NEW
        self.refusals.known += int((known & ~judged.conflict).sum())
        self.refusals.leaps += self._keep(arrived, judged.leap, self.clock.leap)
        self.refusals.conflicts += self._keep(arrived, judged.conflict, lambda _: CONFLICT)
        self.refusals.too_old += self._keep(arrived, judged.old, lambda _: TOO_OLD)
        self.refusals.beyond += self._keep(arrived, judged.beyond, lambda _: OVER)
        return judged.let_in()

    def judge(self, arrived: Arrivals, first_seq: int) -> Judged:
        """Say to each event whether it is let in; those that are, are known from now on.

        ``first_seq`` is the next free place in the log: it is remembered of an event as the first place where it can
        stand.
        """
        oldest = max(self.clock.peak - REMEMBERED, NULL)
        before = np.zeros(len(arrived), dtype=np.bool_) if self.aside is None else self.aside.again(arrived)
        leap = self.clock.leaps(arrived.rows, before)
        beyond = self._beyond(arrived, ~leap & (arrived.rows[:, INDEX["known_at"]] >= oldest))
        seq, conflict = self._seen(arrived, first_seq, leap | beyond)
        old = (seq == NEW) & ~leap & ~beyond & (arrived.rows[:, INDEX["known_at"]] < oldest)
        return Judged(arrived, seq, conflict, leap, old, beyond)

    def _beyond(self, arrived: Arrivals, let_in: Flags) -> Flags:
        """Return which events would break the ceiling. A repeat adds nothing: it has its answer already."""
        beyond, counted = np.zeros(len(arrived), dtype=np.bool_), self.ceiling.counted(arrived.rows)
        if len(counted):
            new = let_in[counted] & (self.known.find(arrived.keys[counted]) == NEW)
            beyond[counted] = self.ceiling.over(arrived.rows[counted], new, self.clock.now)
        return beyond

    def _seen(self, arrived: Arrivals, first_seq: int, leap: Flags) -> tuple[Ints, Flags]:
        """Return where in the log each event stands (NEW: nowhere), and whether with another body.

        Those marked by ``leap`` are not let in, and stand nowhere.
        """
        if not leap.any():
            seen = self.known.check_and_add(arrived.keys, arrived.bodies, np.full(len(leap), first_seq, dtype=np.int64))
            return seen.seq, seen.conflict & (seen.seq != NEW)
        seq, conflict = np.full(len(leap), NEW, dtype=np.int64), np.zeros(len(leap), dtype=np.bool_)
        within = np.flatnonzero(~leap)
        seq[within], conflict[within] = self._seen(arrived.pick(within), first_seq, leap[within])
        return seq, conflict

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
