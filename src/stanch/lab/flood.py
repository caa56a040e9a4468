"""Flood: one institution sends as much as its connection gives, another an event now and then; how long that one waits.

``python -m stanch.lab.flood --seconds 20`` serves a new home, measures the calm caller alone and then beside the flood,
and prints both beside what the disk needs for one fsync.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Final

import msgspec

from stanch.api.keys import FILE, ApiKeys, Wish
from stanch.lab.served import Served
from stanch.lab.served_crash import disk_sync, percentiles
from stanch.model.time import SECOND, to_datetime

_ONE, _MANY = "/v1/events", "/v1/events/batch"
_BATCH: Final = 1_000
_FLOODERS: Final = 2
_EVERY: Final = 0.02  # seconds between two events of the calm caller
_WARM: Final = 50
#: Beyond these a key is told to wait: events a second, and at once.
_RATE, _BURST = 2_000.0, 20_000


class FloodReport(msgspec.Struct, frozen=True):
    """How long the calm caller waited for an answer, in milliseconds; ``refused`` counts what it was refused."""

    alone_p50: float
    alone_p99: float
    beside_p50: float
    beside_p99: float
    disk_sync: float
    calm_events: int
    refused: int
    flood_taken: int
    flood_told_to_wait: int


class _Flood:
    """Callers of one key who send batch after batch, each new, and do not wait when they are told to."""

    def __init__(self, port: int, secret: str) -> None:
        self.taken = self.told_to_wait = 0
        self._over = Event()
        self._threads = [Thread(target=self._pour, args=(port, secret, n)) for n in range(_FLOODERS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the requests that are under way."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _pour(self, port: int, secret: str, number: int) -> None:
        caller, batch = _Caller(port, secret), 0
        while not self._over.is_set():
            body = b"\n".join(_payment("loud", f"{number}-{batch}-{n}") for n in range(_BATCH))
            status = caller.send(_MANY, "application/x-ndjson", body)
            self.taken += _BATCH * (status == http.client.OK)
            self.told_to_wait += status == http.client.TOO_MANY_REQUESTS
            batch += 1
        caller.close()


class _Caller:
    """One connection with one key."""

    def __init__(self, port: int, secret: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._key = f"Bearer {secret}"

    def send(self, path: str, content: str, body: bytes) -> int:
        """Send a body; return the status of its answer, which was read to its end."""
        self._connection.request("POST", path, body, {"authorization": self._key, "content-type": content})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def flood(folder: Path, seconds: float) -> FloodReport:
    """Measure in a new home in a folder, some seconds alone and as many beside the flood."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    keys, now = ApiKeys(home / FILE), time.time_ns() // 1000
    calm, loud = (keys.create(Wish(name, ("decide",)), now)[1] for name in ("calm", "loud"))
    keys.close()
    sync = disk_sync(home)
    server = Served(home, {"rate": _RATE, "burst": _BURST})
    port = server.port()
    caller, poured = _Caller(port, calm), _Flood(port, loud)
    _served(caller, "warm", _WARM * _EVERY)
    alone, refused_alone = _served(caller, "alone", seconds)
    poured.start()
    beside, refused = _served(caller, "beside", seconds)
    poured.stop()
    caller.close()
    server.end()
    return FloodReport(
        *percentiles(alone), *percentiles(beside), sync, len(alone) + len(beside), refused + refused_alone,
        poured.taken, poured.told_to_wait,
    )  # fmt: skip


def _served(caller: _Caller, name: str, seconds: float) -> tuple[list[float], int]:
    """Send an event now and then for some seconds; return how long each answer took, and how many were refused."""
    times: list[float] = []
    refused, over = 0, time.monotonic() + seconds
    while time.monotonic() < over:
        body = _payment("calm", f"{name}-{len(times)}")
        begun = perf_counter()
        refused += caller.send(_ONE, "application/json", body) != http.client.OK
        times.append(perf_counter() - begun)
        time.sleep(_EVERY)
    return times, refused


def _payment(source: str, name: str) -> bytes:
    now = to_datetime(time.time_ns() // 1000 // SECOND * SECOND).isoformat()
    return msgspec.json.encode({
        "kind": "transfer", "event_id": name, "source": source, "happened_at": now, "amount": 100, "currency": "CNY",
        "src": f"account:{source}/{hash(name) % 5_000}", "dst": f"account:{source}/shop-{hash(name) % 50}",
    })  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 only if the calm caller was refused nothing."""
    parser = argparse.ArgumentParser(prog="stanch.lab.flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        report = flood(Path(name), asked.seconds)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    return 1 if report.refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
