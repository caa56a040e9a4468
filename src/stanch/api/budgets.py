"""Budgets: how many events a second each key may send, as a bucket of tokens that fills up again."""

from __future__ import annotations

import math
from collections.abc import Callable

from stanch.api.keys import Key
from stanch.api.problems import ApiError


class Budgets:
    """Token buckets by key. A batch may go into debt once; then its key waits until it is paid back.

    ``clock`` gives seconds that never go back.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, and when they were counted

    def spend(self, key: Key, count: int) -> None:
        """Take tokens of a key. Raises ApiError 429 that says when there will be one again."""
        rate, burst = key.rate or self._rate, key.burst or self._burst
        now = self._clock()
        tokens, since = self._buckets.get(key.id, (float(burst), now))
        tokens = min(float(burst), tokens + (now - since) * rate)
        if tokens < 1:
            self._buckets[key.id] = (tokens, now)
            wait = math.ceil((1 - tokens) / rate)
            raise ApiError(
                429, "over_budget", f"this key may send {rate:g} events a second; wait {wait} s", retry_after=wait
            )
        self._buckets[key.id] = (tokens - count, now)
