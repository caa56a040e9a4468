"""The source: the messages of some topics, from stored offsets on, in the order of the broker's time where it waits.

A broker that cannot be reached is waited for. Partitions that are added later are read from their start.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from heapq import heapify, heappop, heapreplace
from threading import Event
from typing import Final

from stanch.model.errors import ConfigError, StoreError
from stanch.stream.client import Away, Client, Received
from stanch.stream.config import StreamConfig
from stanch.stream.held import MOST, Held
from stanch.stream.offsets import CLUSTER, Mark, Spot, from_progress
from stanch.stream.told import Told

#: Seconds between two attempts to reach a broker, growing to the last one.
_AGAIN: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_PATIENCE: Final = 5.0
#: Seconds after which the broker is asked what else it has.
_LOOK_EVERY: Final = 30.0
_LOOK_AWAY: Final = 2.0
#: Seconds in which the same trouble is told once.
_TELL_AGAIN: Final = 30.0
#: Seconds that a partition which has more is waited for, so that the others do not run ahead of it.
_ALIGN: Final = 0.25


class Source:
    """Gives messages in order within their partition, none twice. One owner."""

    def __init__(self, config: StreamConfig, log: Told, *, accept_gap: bool = False) -> None:
        self._config = config
        self._log = log
        self._accept = accept_gap
        self._client = Client(config.broker, self._trouble)
        self._spots: dict[Spot, Held] = {}
        self._ends: dict[Spot, int] = {}  # where each partition ended when we came, until the broker says more
        self._looked = 0.0
        self._troubles: dict[str, float] = {}
        self._started = False
        self.away = False
        #: When the broker last answered (``time.monotonic``), None before it did.
        self.heard: float | None = None
        #: What the log must note before anything is read: where each new partition begins, and the cluster.
        self.begun: dict[Spot, Mark] = {}
        self.cluster: str | None = None
        #: Messages of which the log has some lines already.
        self.halves: dict[Spot, Mark] = {}

    def close(self) -> None:
        """End every connection."""
        self._client.close()

    def start(self, progress: Mapping[str, str], stopping: Event) -> None:
        """Reach the broker, waiting for it, and begin where the log ends.

        Raises ConfigError for a topic that does not exist, or another cluster than the log was read from; StoreError
        where the broker no longer has what comes next. With ``accept_gap`` both are told and gone on from.
        """
        for failures in range(2**62):
            try:
                self._begin(progress)
            except Away:
                self._client.receive(1, 0)  # so that we hear why
                wait = _AGAIN[min(failures, len(_AGAIN) - 1)]
                self._log.warning("broker_away", brokers=self._config.brokers, again_in=wait)
                self.away = True
                if stopping.wait(wait):
                    return
            else:
                self.away, self._started, self._looked = False, True, time.monotonic()
                return

    def take(self, most: int, patience: float, gather: float) -> list[Received]:
        """Return up to ``most`` messages, in order within each partition.

        Waits ``patience`` seconds for a first one, then ``gather`` seconds for others. Raises StoreError where the
        broker no longer has what comes next.
        """
        if time.monotonic() - self._looked > (_LOOK_AWAY if self.away else _LOOK_EVERY):
            self._look_again()
        held = sum(len(waiting.messages) for waiting in self._spots.values())
        if not held:
            self._receive(1, patience)
        self._receive(most, gather if held < most else 0)
        self._align()
        taken = self._merged(most)
        if not taken:
            self._check_ends()
        return taken

    def done(self) -> bool:
        """Return whether everything was taken that the broker had when it first answered."""
        self._check_ends()
        for spot, waiting in self._spots.items():
            if waiting.first_end is None:
                waiting.first_end = self._client.seen_end(spot)
            reached = waiting.first_end is not None and waiting.taken >= waiting.first_end
            if not reached and (waiting.messages or not waiting.at_end):
                return False
        return self._started

    def lags(self) -> dict[Spot, int]:
        """Return how many messages of each partition the broker has that were not taken yet, as it said last."""
        lags = {}
        for spot, waiting in self._spots.items():
            end = self._client.seen_end(spot)
            lags[spot] = max(0, (max(waiting.next, self._ends[spot]) if end is None else end) - waiting.taken)
        return lags

    def _begin(self, progress: Mapping[str, str]) -> None:
        cluster, found = self._client.look(self._config.topics, _PATIENCE)
        missing = sorted(self._config.topics.keys() - found.keys())
        if missing:
            raise ConfigError(f"no topic {missing[0]!r} at {self._config.brokers}; make it, or correct its name")
        stored, known = from_progress(progress), progress.get(CLUSTER)
        if None not in (cluster, known) and cluster != known:
            if not self._accept:
                raise ConfigError(
                    f"the log was read from the cluster {known!r}, and this is {cluster!r}: its offsets say nothing "
                    "here; correct brokers, or go on with --accept-gap from the start of its topics"
                )
            self._log.error("other_cluster", before=known, now=cluster)
            stored = {}
        self.cluster = cluster
        self.halves = {spot: mark for spot, mark in stored.items() if mark.line}
        self._add([spot for spots in found.values() for spot in spots], stored, self._config.start)
        self.heard = time.monotonic()

    def _add(self, spots: list[Spot], stored: Mapping[Spot, Mark], start: str) -> None:
        offsets: dict[Spot, int] = {}
        for spot in spots:
            low, high = self._client.bounds(spot, _PATIENCE)
            self._ends[spot] = high
            mark = stored.get(spot)
            if mark is None:
                mark = self.begun[spot] = Mark(low if start == "earliest" else high)
            elif mark.offset < low:  # where it lies beyond the end the broker says so when it is asked for it
                mark = self.begun[spot] = Mark(self._gap(spot, mark.offset, low))
            offsets[spot] = mark.offset
        self._client.assign(offsets)
        self._spots |= {spot: Held(at, at) for spot, at in offsets.items()}

    def _gap(self, spot: Spot, at: int, low: int) -> int:
        if not self._accept:
            raise StoreError(
                f"{spot}: {at} comes next and the broker does not have it: it forgot it, or was begun anew; restore "
                f"the topic, or go on from its earliest, {low}, with --accept-gap: what lies between is then lost here"
            )
        self._log.error("gap", partition=str(spot), next=at, earliest=low)
        return low

    def _begin_anew(self, spot: Spot) -> None:
        """Go on from the earliest of a partition that no longer has what comes next."""
        try:
            low, self._ends[spot] = self._client.bounds(spot, _PATIENCE)
        except Away:
            return  # it is asked again
        at = self._gap(spot, self._spots[spot].taken, low)
        self._client.leave(spot)
        self._client.assign({spot: at})
        self._spots[spot], self.begun[spot] = Held(at, at), Mark(at)

    def _look_again(self) -> None:
        """Ask the broker what else it has: whether it is back, was begun anew, or has more partitions."""
        self._looked = time.monotonic()
        try:
            _, found = self._client.look(self._config.topics, _LOOK_AWAY)
            self.heard = time.monotonic()
            self._back()
            new = [spot for spots in found.values() for spot in spots if spot not in self._spots]
            if new:
                self._log.info("new_partitions", count=len(new))
                self._add(new, {}, "earliest")
        except Away:
            self._gone("no answer")

    def _check_ends(self) -> None:
        """Find partitions that end before what was read of them: some brokers say so only in what they answer."""
        ends = {spot: self._client.seen_end(spot) for spot in self._spots}
        for spot, end in ends.items():
            if end is not None and end < self._spots[spot].next:
                self._begin_anew(spot)

    def _receive(self, most: int, patience: float) -> None:
        got = self._client.receive(most, patience)
        if got:
            self.heard = time.monotonic()
        for each in got:
            waiting = self._spots.get(each.spot)
            if waiting is None:
                continue
            if each.what == "end":
                waiting.at_end = True
            elif each.what == "gone":
                self._begin_anew(each.spot)
            elif each.offset >= waiting.next:
                waiting.put(each)
            self._back()
        self._hold()

    def _hold(self) -> None:
        """Let the client fetch no more of partitions of which enough waits here, and again of those that ran low."""
        full = [spot for spot, waiting in self._spots.items() if not waiting.paused and waiting.full]
        low = [spot for spot, waiting in self._spots.items() if waiting.paused and waiting.low]
        for spots, paused, tell in ((full, True, self._client.pause), (low, False, self._client.resume)):
            if spots:
                tell(spots)
            for spot in spots:
                self._spots[spot].paused = paused

    def _align(self) -> None:
        """Wait a little for partitions that have more and gave nothing yet, where others would run ahead of them."""
        until = time.monotonic() + _ALIGN
        while len(self._spots) > 1 and (behind := self._behind()):
            left = until - time.monotonic()
            if left <= 0:
                for waiting in behind:
                    waiting.absent = True
                return
            self._receive(MOST, min(left, 0.02))

    def _behind(self) -> list[Held]:
        if not any(waiting.messages for waiting in self._spots.values()):
            return []
        return [waiting for spot, waiting in self._spots.items() if self._has_more(spot, waiting)]

    def _merged(self, most: int) -> list[Received]:
        """Return up to so many messages: the earliest by the broker's time, in order within each partition."""
        taken: list[Received] = []
        heads = [(waiting.messages[0].at, spot) for spot, waiting in self._spots.items() if waiting.messages]
        heapify(heads)
        while heads and len(taken) < most:
            _, spot = heads[0]
            waiting = self._spots[spot]
            taken.append(waiting.take())
            if waiting.messages:
                heapreplace(heads, (waiting.messages[0].at, spot))
                continue
            heappop(heads)
            if heads and self._has_more(spot, waiting):
                break  # the others must not run ahead of what it has still to give
        return taken

    def _has_more(self, spot: Spot, waiting: Held) -> bool:
        """Whether a partition of which nothing waits here is worth waiting for."""
        if waiting.messages or waiting.at_end or waiting.absent:
            return False
        return (self._client.seen_end(spot) or 0) > waiting.next

    def _trouble(self, name: str, gone: bool) -> None:
        if gone:
            self._gone(name)
        elif time.monotonic() - self._troubles.get(name, -_TELL_AGAIN) >= _TELL_AGAIN:
            self._troubles[name] = time.monotonic()
            self._log.warning("broker_trouble", reason=name)

    def _gone(self, why: str) -> None:
        if not self.away and self._started:
            self.away = True
            self._log.warning("broker_away", brokers=self._config.brokers, reason=why)

    def _back(self) -> None:
        if self.away and self._started:
            self.away = False
            self._log.info("broker_back", brokers=self._config.brokers)
