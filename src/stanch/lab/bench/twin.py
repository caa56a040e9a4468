"""The naive twin of the windows, peer of the compiled kernel: dictionaries and deques, one event after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from typing import Final

from stanch.model.time import DAY, HOUR, SECOND

#: Key, and what is counted distinct by it.
KEYS: Final = (("src", "dst"), ("dst", "src"), ("device", "src"), (("src", "dst"), "device"))
OVERS: Final = (1 * HOUR, 1 * DAY)

Event = dict[str, int]


class _Window:
    """Count, total and distinct of one key within one length of time."""

    def __init__(self, over: int) -> None:
        self._over = over
        self._kept: deque[tuple[int, int, int]] = deque()
        self._seen: dict[int, int] = {}
        self._total = 0

    def read(self, now: int) -> tuple[int, int, int]:
        while self._kept and self._kept[0][0] < now - self._over:
            _, amount, other = self._kept.popleft()
            self._total -= amount
            self._seen[other] -= 1
            if not self._seen[other]:
                del self._seen[other]
        return len(self._kept), self._total, len(self._seen)

    def add(self, now: int, amount: int, other: int) -> None:
        self._kept.append((now, amount, other))
        self._total += amount
        self._seen[other] = self._seen.get(other, 0) + 1


class Twin:
    """Computes 21 aggregates of each event over four keys: what the kernel computes, written as anybody would."""

    def __init__(self) -> None:
        self._windows: list[dict[Hashable, tuple[_Window, ...]]] = [{} for _ in KEYS]
        self._last: dict[int, int] = {}

    def observe(self, events: Sequence[Event]) -> list[tuple[int | None, ...]]:
        """Return the 21 aggregates of events in order; the event itself is never in its own."""
        return [self._one(event) for event in events]

    def _one(self, event: Event) -> tuple[int | None, ...]:
        now, found = event["as_of"], []
        for windows, (key, other) in zip(self._windows, KEYS, strict=True):
            name: Hashable = event[key] if isinstance(key, str) else tuple(event[role] for role in key)
            held = windows.get(name)
            if held is None:
                held = windows[name] = tuple(_Window(over) for over in OVERS)
            (short, total, _), (long, sums, distinct) = (window.read(now) for window in held)
            found += [short, total, long, sums, distinct]
            for window in held:
                window.add(now, event["amount"], event[other])
        last = self._last.get(event["src"])
        self._last[event["src"]] = now
        since = (now - last) // SECOND if last is not None and last >= now - DAY else None
        return (*found, since)
