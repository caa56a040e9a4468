"""A server in a process of its own, on a free port of this machine, and events to send to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from small_events import MORNING, Row
from stanch.api.keys import FILE, ApiKeys, Key, Wish
from stanch.model.time import SECOND, to_datetime

JSON = {"content-type": "application/json"}
_COMMAND = [sys.executable, "-c", "from stanch.cli import main; main()", "serve"]
_PATIENCE = 120.0


def key_of(home: Path, institution: str = "bank", scopes: str = "decide read") -> str:
    """Make a key; return its secret."""
    return secret_of(home, Wish(institution, tuple(scopes.split())))[1]


def persons_key(home: Path, person: str, institution: str = "bank") -> str:
    """Make a key that a person operates with; return its secret."""
    return secret_of(home, Wish(institution, ("operate",), person=person))[1]


def secret_of(home: Path, wish: Wish, at: int | None = None) -> tuple[Key, str]:
    """Make a key as wished for, as if at a moment; return it with its secret."""
    home.mkdir(parents=True, exist_ok=True)
    keys = ApiKeys(home / FILE)
    try:
        return keys.create(wish, time.time_ns() // 1000 if at is None else at)
    finally:
        keys.close()


def bearer(secret: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"authorization": f"Bearer {secret}"}


class Server:
    """A running server; ``lines`` are its log. Settings in capitals are variables of its environment."""

    def __init__(self, home: Path, **settings: object) -> None:
        environment = {n if n.isupper() else f"STANCH_{n.upper()}": str(value) for n, value in settings.items()}
        self.lines: list[Mapping[str, Any]] = []  # Any: facts of a log line
        self.process = subprocess.Popen(  # noqa: S603 our own program
            [*_COMMAND, "--home", str(home), "--port", "0"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        port = self.told("serving")["port"]
        self.told("ready")
        self.url = f"http://127.0.0.1:{port}"

    def client(self, secret: str = "", timeout: float = 60.0) -> httpx.Client:
        """Return a client, with a key if one is given."""
        return httpx.Client(base_url=self.url, headers=bearer(secret) if secret else {}, timeout=timeout)

    def end(self, *, kill: bool = False) -> int:
        """Stop the server, or kill it; return its exit code."""
        self.process.kill() if kill else self.process.terminate()
        code = self.process.wait(_PATIENCE)
        self._reader.join()
        return code

    def _read(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        for line in stream:
            self.lines.append(json.loads(line) if line.startswith("{") else {"event": line.strip()})
        stream.close()

    def told(self, event: str, **facts: object) -> Mapping[str, Any]:  # Any: as above
        """Return the first line of the log about an event with these facts, once it is there."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and (self.process.poll() is None or self._reader.is_alive()):
            found = [line for line in self.lines if line["event"] == event and facts.items() <= line.items()]
            if found:
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"the server never told {event!r}: {self.lines[-5:]}")


@contextmanager
def serving(home: Path, **settings: object) -> Iterator[Server]:
    """Run a server for a while."""
    server = Server(home, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()


def as_sent(row: Row) -> dict[str, object]:
    """Return a row as a sender writes it over HTTP: times as words, and no word on when we learned of it."""
    sent = {name: value for name, value in row.items() if name != "known_at"}
    moment = row["happened_at"]
    assert isinstance(moment, int)
    return {**sent, "happened_at": to_datetime(moment).isoformat()}


def payment(name: str, source: str = "bank", amount: int = 100, after: float = 0) -> dict[str, object]:
    """Return one payment that nothing is found on."""
    return {
        "kind": "transfer", "event_id": name, "source": source, "amount": amount, "currency": "CNY",
        "happened_at": to_datetime(MORNING + int(after * SECOND)).isoformat(),
        "src": f"account:{source}/payer-{name}", "dst": f"account:{source}/payee",
    }  # fmt: skip
