"""Drawing: events of messages are made ready for the line, with how far was read once they are in the log.

That needs nothing of the line, so that it may be done in another thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.intake.messages import Part
from stanch.intake.partition import Partition
from stanch.intake.report import IntakeReport
from stanch.intake.take import CHUNK_ROWS, Intake, IntakeContext
from stanch.stream.config import Stream
from stanch.stream.offsets import Mark, Spot
from stanch.stream.portions import Portion


@dataclass(frozen=True, slots=True)
class Drawn:
    """Events in ``TAKEN_SCHEMA``, what is to be saved with them, and what was counted on the way."""

    table: pa.Table
    marks: dict[Spot, Mark]
    messages: int
    refused: int
    left_out: int


class Drawer:
    """Makes events ready. One owner; what it refuses is in quarantine, on the disk, and the vault has the identities.

    ``now`` gives the wall clock in UTC microseconds, and says when we learned of an event; without it events say so.
    """

    def __init__(self, context: IntakeContext, stream: Stream, now: Callable[[], int] | None) -> None:
        self._intake = Intake(context, CHUNK_ROWS, IntakeReport())
        self._stream = stream
        self._now = now
        self._partitions: dict[Spot, Partition] = {}

    def draw(self, portions: Sequence[Portion]) -> Drawn:
        """Return the events of some portions."""
        known_at = None if self._now is None else self._now()
        by_spot: dict[Spot, list[Part]] = {}
        for spot, part in portions:
            by_spot.setdefault(spot, []).append(part)
        refused, left_out = self._told()
        tables = [self._partition(spot).take(parts, known_at) for spot, parts in by_spot.items()]
        taken = self._intake.messages(_in_order(tables)).table
        marks = {spot: Portion(spot, parts[-1]).mark for spot, parts in by_spot.items()}
        messages, now = sum(portion.part.last for portion in portions), self._told()
        return Drawn(taken, marks, messages, now[0] - refused, now[1] - left_out)

    def _partition(self, spot: Spot) -> Partition:
        found = self._partitions.get(spot)
        if found is None:
            found = self._partitions[spot] = self._intake.partition(str(spot), self._stream.senders[spot.topic])
        return found

    def _told(self) -> tuple[int, int]:
        report = self._intake.report
        return report.refused, sum(file.left_out for file in report.files)


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
