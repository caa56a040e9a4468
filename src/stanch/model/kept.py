"""What is kept in memory to spare work, bounded by bytes: beyond them the oldest entries go."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import islice
from typing import Final, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

#: The share of the entries that is dropped at once: one by one would search the table's start for each.
_AT_ONCE: Final = 16


class Kept(dict[K, V]):
    """Entries in the order in which they came, and how many bytes they take, as ``weigh`` tells of each.

    Entries are set one by one (``kept[key] = value``) and dropped by ``trim`` alone.
    """

    def __init__(self, most: int, weigh: Callable[[K, V], int]) -> None:
        super().__init__()
        self.most = most
        self.nbytes = 0
        self._weigh = weigh

    def __setitem__(self, key: K, value: V) -> None:
        before = self.get(key)
        if before is not None:
            self.nbytes -= self._weigh(key, before)
        self.nbytes += self._weigh(key, value)
        super().__setitem__(key, value)

    def trim(self) -> None:
        """Drop the oldest entries until what is kept is within its bytes."""
        while self.nbytes > self.most:
            for key in list(islice(self, len(self) // _AT_ONCE + 1)):
                self.nbytes -= self._weigh(key, self.pop(key))
