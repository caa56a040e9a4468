"""Portions: parts of messages in their order, counted by events, so that a group takes as many as it has room for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from stanch.intake.messages import Columns, Line, Part
from stanch.stream.offsets import Mark, Spot


class Portion(NamedTuple):
    """A part of a message, and the partition it came from."""

    spot: Spot
    part: Part

    @property
    def mark(self) -> Mark:
        """How far the partition was read once this is in the log."""
        part = self.part
        return Mark(part.offset + 1) if part.last else Mark(part.offset, part.reached)


class Portions:
    """Some portions; what holds no event counts as one, because its offset must be saved too."""

    def __init__(self, portions: Sequence[Portion]) -> None:
        self._portions = portions
        self._ends = list(accumulate(_events(portion.part) for portion in portions))
        self.count = self._ends[-1] if portions else 0

    def cut(self, start: int, stop: int) -> list[Portion]:
        """Return events ``start`` to ``stop``."""
        found: list[Portion] = []
        for place in range(bisect_right(self._ends, start), len(self._ends)):
            portion, end = self._portions[place], self._ends[place]
            spot, part = portion
            if isinstance(part, Line):
                found.append(portion)
            else:
                begun = end - _events(part)
                found.append(Portion(spot, part.cut(max(0, start - begun), min(end, stop) - begun)))
            if end >= stop:
                break
        return found


def _events(part: Part) -> int:
    return max(1, part.table.num_rows) if isinstance(part, Columns) else 1
