"""Soak: a served home under a steady load for a long time, and what its memory does.

``python -m stanch.lab.soak --minutes 30 --rate 250`` makes a world, sends its events one by one over a few connections,
each at its time, and writes a line a minute: resident memory, open files, threads, and how long the callers waited.
What the line must remember grows while its windows fill: the last line, of a process that starts from the same home,
tells how much memory that is.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from itertools import islice
from typing import Final

import msgspec
import psutil

from stanch.lab.bench.bed import Bed
from stanch.lab.bench.served import serving
from stanch.lab.bench.serving import Sent, each_of, home_of, later

_CONNECTIONS: Final = 8
_MINUTE: Final = 60.0
_MB: Final = 1 << 20


class Minute(msgspec.Struct, frozen=True):
    """How a server was at the end of a minute. Memory in MB; times of its answers in milliseconds."""

    minute: int
    answered: int
    refused: int
    resident: float
    files: int
    threads: int
    p50: float
    p99: float


class _Load:
    """Events sent at a steady rate: the next one is sent by whichever connection is free, not before its time."""

    def __init__(self, port: int, keys: dict[str, str], sent: Iterator[Sent], rate: float) -> None:
        self._port, self._keys, self._rate = port, keys, rate
        self._sent = enumerate(sent)
        self._next = threading.Lock()
        self._began = time.monotonic()
        self.answered = self.refused = 0
        self.times: list[float] = []
        self.threads = [threading.Thread(target=self._run) for _ in range(_CONNECTIONS)]

    def _run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        while (due := self._take()) is not None:
            number, (source, body) = due
            time.sleep(max(self._began + number / self._rate - time.monotonic(), 0))
            headers = {"Authorization": f"Bearer {self._keys[source]}", "Content-Type": "application/json"}
            started = time.perf_counter()
            connection.request("POST", "/v1/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            with self._next:
                self.times.append(time.perf_counter() - started)
                self.answered += 1
                self.refused += answer.status != 200
        connection.close()

    def _take(self) -> tuple[int, Sent] | None:
        with self._next:
            return next(self._sent, None)

    def minute(self) -> tuple[int, int, list[float]]:
        """Return how many were answered and refused in all, and the times since the last call, the shortest first."""
        with self._next:
            times, self.times = sorted(self.times), []
            return self.answered, self.refused, times


def soak(minutes: int, rate: float) -> Iterator[Minute]:
    """Send for some minutes at a rate (events a second), and yield how the server is after each.

    The last one is another process, started from what the first one left: it holds the same state and nothing else.
    """
    with Bed() as bed:
        home, keys = home_of(bed, "soak")
        count = int(minutes * _MINUTE * rate)
        events = islice(each_of(later(bed, count)), count)
        with serving(home, clock="events", snapshot_every=100_000) as (port, process):
            load = _Load(port, keys, events, rate)
            for thread in load.threads:
                thread.start()
            for minute in range(1, minutes + 1):
                time.sleep(_MINUTE)
                yield _seen(minute, process, *load.minute())
            for thread in load.threads:
                thread.join()
        with serving(home, clock="events") as (_, process):
            yield _seen(minutes + 1, process, load.answered, load.refused, ())


def _seen(minute: int, process: psutil.Process, answered: int, refused: int, times: Sequence[float]) -> Minute:
    p50, p99 = (times[len(times) * share // 100] * 1e3 if times else 0.0 for share in (50, 99))
    with process.oneshot():
        resident, files, threads = process.memory_info().rss / _MB, process.num_fds(), process.num_threads()
    return Minute(minute, answered, refused, round(resident, 1), files, threads, round(p50, 2), round(p99, 2))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line; a line of JSON a minute."""
    parser = argparse.ArgumentParser(prog="python -m stanch.lab.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=float, default=250.0)
    wish = parser.parse_args(arguments)
    for minute in soak(wish.minutes, wish.rate):
        sys.stdout.write(f"{msgspec.json.encode(minute).decode()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
