"""A PostgreSQL server for the tests: in a folder of its own, on a free port of this machine, gone at the end."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

#: Address of a server on which the tests may make databases of their own, instead of one that they start.
SERVER: Final = "STANCH_TEST_POSTGRESQL"

_DEBIAN: Final = Path("/usr/lib/postgresql")
_USER: Final = "postgres"
_SETTINGS: Final = ("listen_addresses=127.0.0.1", "unix_socket_directories=")
#: Where the data is thrown away and no power is lost nothing waits for the disk.
_CARELESS: Final = ("fsync=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A running server: its address, and the ways to stop and to start it."""

    address: str
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server and yield its address; skip the test where the programs or the driver are not installed."""
    with own_server() as server:
        yield server.address


@contextmanager
def own_server(*, durable: bool = False) -> Iterator[Postgresql]:
    """Start a server that its user may stop; ``durable``: it waits for the disk, as it must where data is kept."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed (extra postgres)")
    programs = _programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL server is installed, and {SERVER} names none")
    if os.getuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    folder = Path(tempfile.mkdtemp(prefix="stanch-postgresql-"))  # not below pytest's own, which only we may enter
    try:
        with _started(programs, folder, () if durable else _CARELESS) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(programs: Path, folder: Path, more: Sequence[str]) -> Iterator[Postgresql]:
    password, data, port = secrets.token_hex(16), folder / "data", _free_port()
    (folder / "password").write_text(password)
    if os.getuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, _USER)
    _run([programs / "initdb", "-D", data, "-U", "stanch", "-A", "scram-sha-256", "--pwfile", folder / "password",
          "-E", "UTF8", "--locale=C", "--no-sync"])  # fmt: skip
    settings = " ".join(f"-c {setting}" for setting in (*_SETTINGS, *more, f"port={port}"))
    control = programs / "pg_ctl"

    def start() -> None:
        _run([control, "start", "-w", "-D", data, "-l", folder / "log", "-o", settings])

    def stop() -> None:
        _run([control, "stop", "-w", "-D", data, "-m", "immediate"])

    start()
    try:
        yield Postgresql(f"postgresql+psycopg://stanch:{password}@127.0.0.1:{port}/postgres", stop, start)
    finally:
        if (data / "postmaster.pid").exists():
            stop()


def _programs() -> Path | None:
    """Return the folder of the newest server installed, None where there is none."""
    on_path = shutil.which("pg_ctl")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return next((path for path in found if (path / "initdb").exists() and (path / "pg_ctl").exists()), None)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _run(words: Sequence[object]) -> None:
    """Run a program of the server, as a user of its own where we are root: it refuses root."""
    before = ["runuser", "-u", _USER, "--"] if os.getuid() == 0 else []
    command = [*before, *map(str, words)]
    # no pipe: the server would inherit it, and it would never close
    with tempfile.TemporaryFile("w+") as told:
        ended = subprocess.run(command, stdout=told, stderr=told, cwd="/", check=False)  # noqa: S603 fixed programs
        told.seek(0)
        assert ended.returncode == 0, f"{command}: {told.read()}"
