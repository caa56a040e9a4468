"""Soak: a served home under a steady load for a long time, and what its memory does.

``python -m stanch.lab.soak --minutes 30 --rate 250`` makes a world, sends its events one by one over a few connections,
each at its time, and writes a line a minute: resident memory, how much of it the line's state and the bounded caches
are, open files, threads, and how long the callers waited. What the line must remember grows while its windows fill, and
caches fill up to their bounds; the rest must not grow. The last lines are of a process that starts from the same home,
and the verdict. Exit code 1: not flat.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from itertools import islice
from math import ceil
from typing import Final

import msgspec
import psutil

from stanch.lab.bench import bed
from stanch.lab.bench.served import serving
from stanch.lab.bench.serving import Sent, each_of, home_of, later
from stanch.lab.flatness import Minute, verdict
from stanch.model.errors import InputError

_CONNECTIONS: Final = 8
_MINUTE: Final = 60.0
_MB: Final = 1 << 20
#: Seconds that an answer may take: a machine that stands still for minutes does not end a soak.
_PATIENCE: Final = 600
#: Events of a person and day that the world is sure to have; and the days it has to spare, the first one included.
_SURELY: Final = 8
_SPARE: Final = 2
#: What the server tells of its memory, by part, and what is read from it.
_TOLD: Final = {"stanch_state_bytes{": "state", "stanch_kept_bytes{": "kept"}


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
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
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


def soak(minutes: int, rate: float, snapshot_every: int = 100_000) -> Iterator[Minute]:
    """Send for some minutes at a rate (events a second), and yield how the server is after each.

    The last one is another process, started from what the first one left: it holds the same state and nothing else.
    Raises InputError where the world has too few events.
    """
    count = int(minutes * _MINUTE * rate)
    with bed.Bed(days_for(count)) as made:
        home, keys = home_of(made, "soak")
        events = later(made, count)
        if events.num_rows < count:
            raise InputError(f"the world has {events.num_rows:,} events, not {count:,}; let it have more days")
        settings = {"clock": "events", "open_metrics": "true"}
        with serving(home, snapshot_every=snapshot_every, **settings) as (port, process):
            load = _Load(port, keys, islice(each_of(events), count), rate)
            for thread in load.threads:
                thread.start()
            for minute in range(1, minutes + 1):
                time.sleep(_MINUTE)
                yield _seen(minute, port, process, load.minute())
            for thread in load.threads:
                thread.join()
        with serving(home, **settings) as (port, process):
            yield _seen(minutes + 1, port, process, (load.answered, load.refused, []))


def days_for(events: int) -> int:
    """Return how many days of the world have so many events after its first one, and some to spare."""
    return _SPARE + ceil(events / (bed.PEOPLE * _SURELY))


def _seen(minute: int, port: int, process: psutil.Process, did: tuple[int, int, list[float]]) -> Minute:
    answered, refused, times = did
    p50, p99 = (times[len(times) * share // 100] * 1e3 if times else 0.0 for share in (50, 99))
    told = _told(port)
    with process.oneshot():
        resident, files, threads = process.memory_info().rss / _MB, process.num_fds(), process.num_threads()
    return Minute(
        minute, answered, refused, round(resident, 1), told["state"], told["kept"],
        round(resident - told["state"] - told["kept"], 1), files, threads, round(p50, 2), round(p99, 2),
    )  # fmt: skip


def _told(port: int) -> dict[str, float]:
    """Return how many MB the server says that its state and its caches are."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read().decode()
    connection.close()
    found = dict.fromkeys(_TOLD.values(), 0.0)
    for line in page.splitlines():
        name = _TOLD.get(line[: line.find("{") + 1])
        if name is not None:
            found[name] += float(line.rsplit(" ", 1)[1]) / _MB
    return {name: round(value, 1) for name, value in found.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; a line of JSON a minute, then the verdict. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stanch.lab.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=float, default=250.0)
    parser.add_argument("--snapshot-every", type=int, default=100_000)
    wish = parser.parse_args(arguments)
    seen: list[Minute] = []
    for minute in soak(wish.minutes, wish.rate, wish.snapshot_every):
        seen.append(minute)
        _write(minute)
    found = verdict(seen[:-1])
    _write(found)
    return int(found.flat is False)


def _write(told: msgspec.Struct) -> None:
    sys.stdout.write(f"{msgspec.json.encode(told).decode()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
