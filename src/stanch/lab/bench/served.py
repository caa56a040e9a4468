"""A server in a process of its own, for a while: ours, or one that answers at once and does nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psutil
import uvicorn

from stanch.api.requests import Receive, Scope, Send
from stanch.model.errors import StoreError

_PATIENCE: Final = 120.0
_LOOK: Final = 0.1


@contextmanager
def serving(home: Path, **settings: object) -> Iterator[tuple[int, psutil.Process]]:
    """Serve a home; yield the port and the process, once it decides."""
    environment = {f"STANCH_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-c", "from stanch.cli import main; main()", "serve", "--home", str(home), "--port", "0"]
    with _running(command, environment) as (server, told):
        for _ in range(int(_PATIENCE / _LOOK)):
            facts: dict[str, object] = {}
            for line in told.read_bytes().splitlines():
                facts |= msgspec.json.decode(line) if line.startswith(b"{") else {}
            if facts.get("event") == "ready":
                yield int(str(facts["port"])), psutil.Process(server.pid)
                return
            time.sleep(_LOOK)
    raise StoreError("the server did not start; start it with stanch serve to see why")


@contextmanager
def answering_at_once() -> Iterator[int]:
    """Serve an endpoint that takes a body and answers, with the same HTTP server; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        command = [sys.executable, "-m", "stanch.lab.bench.served", str(listening.fileno())]
        with _running(command, {}, (listening.fileno(),)):
            yield int(listening.getsockname()[1])


async def at_once(scope: Scope, receive: Receive, send: Send) -> None:
    """Read a body and answer, as an ASGI application: what the HTTP server and the sender cost together."""
    if scope["type"] != "http":
        raise ValueError(f"an application without a life of its own, asked for {scope['type']!r}")
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _ANSWER})


_ANSWER: Final = b'{"event_id": "T-1", "source": "bank", "kind": "transfer", "seq": 1, "action": "allow", "score": 0.0}'
_HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))]


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], keep: tuple[int, ...] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a server whose log goes to a file: nobody reads it while requests are sent."""
    with tempfile.NamedTemporaryFile(prefix="stanch-bench-", suffix=".log") as told:
        process = subprocess.Popen(  # noqa: S603 our own program
            command, stderr=told, env={**os.environ, **environment}, pass_fds=keep
        )
        try:
            yield process, Path(told.name)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=_PATIENCE)


if __name__ == "__main__":
    config = uvicorn.Config(at_once, log_config=None, access_log=False, server_header=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
