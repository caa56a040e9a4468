"""Offsets: how far each partition was read, as marks of progress that the log saves with the events themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

#: Marks of ours among others: ``kafka TOPIC PARTITION`` is the next offset, the first one the cluster they are of.
CLUSTER: Final = "kafka"
_OURS: Final = "kafka "


class Spot(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


def as_progress(offsets: Mapping[Spot, int]) -> dict[str, str]:
    """Return the marks that say which offset of each partition is next."""
    return {f"{_OURS}{spot.topic} {spot.partition}": str(offset) for spot, offset in offsets.items()}


def from_progress(progress: Mapping[str, str]) -> dict[Spot, int]:
    """Return which offset of each partition is next, out of all marks of a log."""
    found: dict[Spot, int] = {}
    for key, value in progress.items():
        if key.startswith(_OURS):
            topic, partition = key.removeprefix(_OURS).rsplit(" ", 1)
            found[Spot(topic, int(partition))] = int(value)
    return found
