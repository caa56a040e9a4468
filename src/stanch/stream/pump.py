"""The pump: messages of a source through the line of a home, their offsets in the transaction of what they caused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import wait
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.intake.messages import Message, Partition
from stanch.intake.report import IntakeReport
from stanch.intake.take import CHUNK_ROWS, Intake
from stanch.model.schema import TAKEN_SCHEMA
from stanch.model.time import SECOND
from stanch.stream.client import Received
from stanch.stream.config import Stream
from stanch.stream.offsets import CLUSTER, Spot, as_progress
from stanch.stream.source import Source

#: Seconds until an idle pump looks at the clock again.
_PATIENCE: Final = 0.25
#: Seconds in which more may come together while the disk is idle: what is there already is there at once.
_AT_ONCE: Final = 0.002
#: A tick waits so long for events that happened before it and are still on their way.
_GRACE: Final = 2 * SECOND


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
    """Takes from a source and decides. One owner. ``now`` gives the wall clock in UTC microseconds."""

    def __init__(self, home: Home, source: Source, stream: Stream, now: Callable[[], int]) -> None:
        self._home = home
        self._source = source
        self._stream = stream
        self._now = now
        self._live = stream.config.clock == "wall"
        self._intake = Intake(home.intake, CHUNK_ROWS, IntakeReport())
        self._partitions: dict[Spot, Partition] = {}
        self._since_snapshot = 0
        self.counts = Counts()

    def start(self) -> None:
        """Note in the log where new partitions begin, before anything of them is read."""
        door, names = self._home.door, self._home.line.names
        if self._live:
            door.clock.trust()
        for source, jump in self._stream.jumps.items():
            door.clock.may_jump(names.words.code(source), jump)
        self._note_begun()

    def step(self) -> int:
        """Take what has come, decide on it, and let it be saved; return how many messages."""
        config, home = self._stream.config, self._home
        busy = home.saved is not None and not home.saved.done()
        gather = config.wait_ms / 1000
        messages = self._source.take(config.most, _PATIENCE, gather if busy else min(gather, _AT_ONCE))
        self._note_begun()
        if self._live:
            home.pass_time(self._now() - _GRACE)
        if messages:
            self._decide(messages)
        if home.saved is not None and home.saved.done():
            home.saved.result()  # a commit that failed ends this home
        return len(messages)

    def finish(self) -> None:
        """Wait until all is on the disk, and save the state."""
        self._home.finish()
        if self._since_snapshot:
            self._home.snapshot()
            self._since_snapshot = 0

    def _note_begun(self) -> None:
        begun, cluster = self._source.begun, self._source.cluster
        if not begun and cluster is None:
            return
        progress = as_progress(begun) | ({} if cluster is None else {CLUSTER: cluster})
        self._source.begun, self._source.cluster = {}, None
        self._home.decide(self._home.read(TAKEN_SCHEMA.empty_table()), progress=progress)
        if self._home.saved is not None:
            wait([self._home.saved])
            self._home.saved.result()

    def _decide(self, messages: Sequence[Received]) -> None:
        known_at = self._now() if self._live else None
        by_spot: dict[Spot, list[Message]] = {}
        for each in messages:
            by_spot.setdefault(each.spot, []).append(Message(each.offset, each.body))
        taken = self._intake.messages(
            _in_order([self._partition(spot).take(some, known_at) for spot, some in by_spot.items()])
        )
        offsets = {spot: some[-1].offset + 1 for spot, some in by_spot.items()}
        outcomes = self._home.decide(self._home.arrive(taken.table), progress=as_progress(offsets))
        self._count(len(messages), outcomes)
        if self._since_snapshot >= self._stream.config.snapshot_every:
            self._home.snapshot()
            self._since_snapshot = 0

    def _partition(self, spot: Spot) -> Partition:
        found = self._partitions.get(spot)
        if found is None:
            found = self._partitions[spot] = self._intake.partition(str(spot), self._stream.senders[spot.topic])
        return found

    def _count(self, messages: int, outcomes: Sequence[Outcome]) -> None:
        counts, report, door = self.counts, self._intake.report, self._home.door
        events = sum(len(outcome.arrivals) for outcome in outcomes)
        self._since_snapshot += events
        counts.messages += messages
        counts.events += events
        counts.found += sum(len(outcome.decisions) for outcome in outcomes)
        counts.refused = report.refused
        counts.left_out = sum(file.left_out for file in report.files)
        counts.repeats, counts.late = door.refusals.known, door.clock.late
        counts.aside = door.refusals.conflicts + door.refusals.leaps + door.refusals.too_old


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
