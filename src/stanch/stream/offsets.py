"""Offsets: how far each partition was read, as marks of progress that the log saves with the events themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

#: Marks of ours among others: ``kafka TOPIC PARTITION`` is the next offset, the first one the cluster they are of.
#: Where lines of the message at that offset are in the log already, ``+`` and the number of the last of them follow.
CLUSTER: Final = "kafka"
_OURS: Final = "kafka "


class Spot(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


class Mark(NamedTuple):
    """How far a partition was read: the next offset, and the last line of its message that was taken, 0 for none."""

    offset: int
    line: int = 0

    def __str__(self) -> str:
        return f"{self.offset}+{self.line}" if self.line else str(self.offset)


def as_progress(marks: Mapping[Spot, Mark]) -> dict[str, str]:
    """Return the marks of partitions as a log keeps them."""
    return {f"{_OURS}{spot.topic} {spot.partition}": str(mark) for spot, mark in marks.items()}


def from_progress(progress: Mapping[str, str]) -> dict[Spot, Mark]:
    """Return how far each partition was read, out of all marks of a log."""
    found: dict[Spot, Mark] = {}
    for key, value in progress.items():
        if key.startswith(_OURS):
            topic, partition = key.removeprefix(_OURS).rsplit(" ", 1)
            offset, _, line = value.partition("+")
            found[Spot(topic, int(partition))] = Mark(int(offset), int(line or 0))
    return found
