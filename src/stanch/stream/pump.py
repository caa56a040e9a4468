"""The pump: events of messages through the line of a home, their offsets in the transaction of what they caused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.engine.vault_beside import VaultBeside
from stanch.intake.messages import Part
from stanch.intake.partition import Partition
from stanch.intake.report import IntakeReport
from stanch.intake.take import CHUNK_ROWS, Intake
from stanch.model.schema import TAKEN_SCHEMA
from stanch.model.time import SECOND
from stanch.stream.config import Stream
from stanch.stream.offsets import Spot, as_progress
from stanch.stream.portions import Portion

#: A tick waits so long for events that happened before it and are still on their way.
GRACE: Final = 2 * SECOND


class Counts(msgspec.Struct):
    """What a stream did since it was started."""

    messages: int = 0
    events: int = 0
    found: int = 0
    refused: int = 0
    left_out: int = 0
    repeats: int = 0
    aside: int = 0
    late: int = 0


class Pump:
    """Decides on what a reader gives. One owner: who owns the home.

    ``now`` gives the wall clock in UTC microseconds, and says when we learned of an event; without it events say so.
    """

    def __init__(self, home: Home, stream: Stream, now: Callable[[], int] | None) -> None:
        self._home = home
        self._stream = stream
        self._now = now
        context = replace(home.intake, vault=VaultBeside(home))
        self._intake = Intake(context, CHUNK_ROWS, IntakeReport())
        self._partitions: dict[Spot, Partition] = {}
        self.counts = Counts()

    def start(self) -> None:
        """Tell the clock how it may be moved by those who send."""
        door, names = self._home.door, self._home.line.names
        if self._now is not None:
            door.clock.trust()
        for source, jump in self._stream.jumps.items():
            door.clock.may_jump(names.words.code(source), jump)

    def note(self, marks: Mapping[str, str]) -> None:
        """Note marks in the log; they are on the disk when this returns."""
        if marks:
            self._home.decide(self._home.read(TAKEN_SCHEMA.empty_table()), progress=marks)
            if self._home.saved is not None:
                wait([self._home.saved])
                self._home.saved.result()

    def decide(self, portions: Sequence[Portion]) -> Sequence[Outcome]:
        """Decide on events, and let them be saved with how far was read; return what went into the log."""
        known_at = None if self._now is None else self._now()
        by_spot: dict[Spot, list[Part]] = {}
        for spot, part in portions:
            by_spot.setdefault(spot, []).append(part)
        tables = [self._partition(spot).take(parts, known_at) for spot, parts in by_spot.items()]
        taken = self._intake.messages(_in_order(tables))
        marks = {spot: Portion(spot, parts[-1]).mark for spot, parts in by_spot.items()}
        before = self._at_door()
        outcomes = self._home.decide(self._home.arrive(taken.table), progress=as_progress(marks))
        self._count(portions, outcomes, before)
        return outcomes

    def _partition(self, spot: Spot) -> Partition:
        found = self._partitions.get(spot)
        if found is None:
            found = self._partitions[spot] = self._intake.partition(str(spot), self._stream.senders[spot.topic])
        return found

    def _at_door(self) -> tuple[int, int, int]:
        """Return what the door has counted so far: repeats, events set aside, late ones. Others come through it too."""
        door = self._home.door
        aside = door.refusals.conflicts + door.refusals.leaps + door.refusals.too_old + door.refusals.beyond
        return door.refusals.known, aside, door.clock.late

    def _count(self, portions: Sequence[Portion], outcomes: Sequence[Outcome], before: tuple[int, int, int]) -> None:
        counts, report = self.counts, self._intake.report
        counts.messages += sum(portion.part.last for portion in portions)
        counts.events += sum(len(outcome.arrivals) for outcome in outcomes)
        counts.found += sum(len(outcome.decisions) for outcome in outcomes)
        counts.refused = report.refused
        counts.left_out = sum(file.left_out for file in report.files)
        repeats, aside, late = (now - then for now, then in zip(self._at_door(), before, strict=True))
        counts.repeats, counts.aside, counts.late = counts.repeats + repeats, counts.aside + aside, counts.late + late


def _in_order(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Return the events of several partitions by when we learned of them; each partition keeps its own order."""
    filled = [table for table in tables if table.num_rows]
    if len(filled) < 2:
        return filled
    keys = [np.maximum.accumulate(_known_at(table)) for table in filled]
    order = np.argsort(np.concatenate(keys), kind="stable")
    return [pa.concat_tables(filled).take(pa.array(order))]


def _known_at(table: pa.Table) -> npt.NDArray[np.int64]:
    known: npt.NDArray[np.int64] = table["known_at"].cast(pa.int64()).to_numpy()
    return known
