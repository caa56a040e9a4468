"""Served: a server in a process of its own, and callers that send events to it, many at once, until it is gone."""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from time import perf_counter
from typing import Final

import msgspec

_COMMAND: Final = (sys.executable, "-c", "from stanch.cli import main; main()", "serve", "--port", "0")
_PATIENCE: Final = 300.0  # seconds until a start counts as failed
_NAP: Final = 0.01
_ONE, _MANY = "/v1/events", "/v1/events/batch"
_TYPES: Final = {_ONE: "application/json", _MANY: "application/x-ndjson"}
#: Statuses after which the same events are sent again.
_AGAIN: Final = (429, 503, 504)
#: Requests that are known to be answered and are sent again by each caller at its start.
_REPEATS: Final = 3

Name = tuple[str, str]  # source and event_id


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes in one request: events of one source, each with its id and its JSON."""

    source: str
    ids: tuple[str, ...]
    bodies: tuple[bytes, ...]


@dataclass(slots=True)
class Told:
    """What callers were told, and what was not as it must be. Written by many threads under ``lock``."""

    answers: dict[Name, bytes] = field(default_factory=dict)
    done: list[Parcel] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of requests with one event
    refused: list[str] = field(default_factory=list)
    repeats: int = 0
    changed: int = 0  # repeats that were told something else
    cut: int = 0  # requests that a kill left without an answer
    lock: Lock = field(default_factory=Lock)


class Served:
    """A server process of a home. Its log goes to a file beside the home."""

    def __init__(self, home: Path, settings: Mapping[str, object]) -> None:
        environment = {f"STANCH_{name.upper()}": str(value) for name, value in settings.items()}
        self._log = home.parent / "server.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 our own program
                [*_COMMAND, "--home", str(home)], stderr=log, env={**os.environ, **environment}
            )

    def port(self) -> int:
        """Return its port once it decides on events. Raises RuntimeError where it never does."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            told = {line["event"]: line for line in self._lines()}
            if "ready" in told:
                return int(str(told["serving"]["port"]))
            time.sleep(_NAP)
        self.kill()
        raise RuntimeError(f"the server did not start: {self._log.read_text('utf-8')[-2000:]}")

    def kill(self) -> None:
        """End it at once, as a power cut does: SIGKILL."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Let it finish what it took. Raises RuntimeError where it ends with an error."""
        self.process.terminate()
        if self.process.wait(_PATIENCE) != 0:
            raise RuntimeError(f"the server ended with an error: {self._log.read_text('utf-8')[-2000:]}")

    def _lines(self) -> Iterator[dict[str, object]]:
        for line in self._log.read_bytes().split(b"\n"):
            with suppress(msgspec.DecodeError):
                yield msgspec.json.decode(line, type=dict[str, object])


@contextmanager
def callers(port: int, waiting: Sequence[Parcel], secrets: Mapping[str, str], count: int, told: Told) -> Iterator[None]:
    """Send parcels from many callers, those of one source in their order as far as may be, until none is left."""
    line = iter(waiting)
    threads = [Thread(target=_call, args=(port, line, secrets, told)) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def _call(port: int, waiting: Iterator[Parcel], secrets: Mapping[str, str], told: Told) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        for known in _some(told):
            _repeat(told, known, _sent(connection, known, secrets))
        while (parcel := _next(waiting, told)) is not None:
            begun = perf_counter()
            replies = _sent(connection, parcel, secrets)
            _note(told, parcel, replies, perf_counter() - begun)
    except (OSError, http.client.HTTPException):
        with told.lock:
            told.cut += 1
    finally:
        connection.close()


def _next(waiting: Iterator[Parcel], told: Told) -> Parcel | None:
    with told.lock:
        return next(waiting, None)


def _some(told: Told) -> list[Parcel]:
    with told.lock:
        return random.sample(told.done, min(_REPEATS, len(told.done)))


def _sent(connection: http.client.HTTPConnection, parcel: Parcel, secrets: Mapping[str, str]) -> list[bytes]:
    """Return the answer to each event of a parcel, sent again while there is no room; a refusal begins with ``!``."""
    path = _ONE if len(parcel.bodies) == 1 else _MANY
    headers = {"authorization": f"Bearer {secrets[parcel.source]}", "content-type": _TYPES[path]}
    while True:
        connection.request("POST", path, b"\n".join(parcel.bodies), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in _AGAIN:
            break
        time.sleep(_NAP)
    if answer.status != http.client.OK:
        return [b"!" + body] * len(parcel.bodies)
    return body.split(b"\n")[: len(parcel.bodies)]


def _note(told: Told, parcel: Parcel, replies: Sequence[bytes], seconds: float) -> None:
    with told.lock:
        for id_, reply in zip(parcel.ids, replies, strict=True):
            if reply.startswith((b"!", b'{"line"')):
                told.refused.append(reply.decode())
            else:
                told.answers[parcel.source, id_] = reply
        told.done.append(parcel)
        if len(parcel.ids) == 1:
            told.seconds.append(seconds)


def _repeat(told: Told, parcel: Parcel, replies: Sequence[bytes]) -> None:
    with told.lock:
        for id_, reply in zip(parcel.ids, replies, strict=True):
            first = told.answers.get((parcel.source, id_))
            if first is not None:
                told.repeats += 1
                told.changed += reply != first
