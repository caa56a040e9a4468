"""Held: what came of a partition and was not taken yet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from stanch.stream.client import Received

#: Messages and bytes of a partition that wait here at most, before the client stops fetching it.
MOST: Final = 16_384
_MOST_BYTES: Final = 64_000_000


@dataclass(slots=True)
class Held:
    """What is here of a partition and not taken yet; ``next`` is the offset that follows it, ``taken`` what we gave."""

    next: int
    taken: int
    messages: deque[Received] = field(default_factory=deque)
    size: int = 0
    at_end: bool = False
    paused: bool = False
    first_end: int | None = None  # what the broker would have given next when it first said so
    absent: bool = False  # it was waited for in vain, and is not waited for again until it gives something

    @property
    def full(self) -> bool:
        """Whether enough waits."""
        return len(self.messages) > MOST or self.size > _MOST_BYTES

    @property
    def low(self) -> bool:
        """Whether more may come again."""
        return len(self.messages) <= MOST // 4 and self.size <= _MOST_BYTES // 4

    def put(self, each: Received) -> None:
        """Let a message wait."""
        self.messages.append(each)
        self.next, self.size = each.offset + 1, self.size + len(each.body or b"")
        self.at_end = self.absent = False

    def take(self) -> Received:
        """Return the first message that waits."""
        each = self.messages.popleft()
        self.taken, self.size = each.offset + 1, self.size - len(each.body or b"")
        return each
