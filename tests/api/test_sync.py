"""No answer runs ahead of the disk: counted by what the operating system and the database server are asked for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, create_engine, text

from api.server import Server, key_of, payment, serving
from postgresql_server import own_server
from stanch.store.place import ADDRESS_FILE, LOG_FILE

_EVENTS = 30
_PATIENCE = 60.0
#: A call to bring a file to the disk: finished at once, begun in one line, or ended in a later one of its thread.
_SYNC = re.compile(r"^(\d+) +f(?:data)?sync\(\d+<([^>]*)>(\) += 0)?")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0")
_ANSWER = re.compile(r'^\d+ +\w+\(.*"HTTP/1\.1 200 ')


@contextmanager
def watched(server: Server, out: Path) -> Iterator[None]:
    """Note the calls of a server and of its children to the system, in their order; skip where that is not allowed."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: what the system is asked for cannot be counted")
    process = psutil.Process(server.process.pid)
    ids = [str(each.pid) for each in (process, *process.children(recursive=True))]
    words = [
        "strace",
        "-f",
        "-y",
        "-s",
        "20",
        "-e",
        "trace=fsync,fdatasync,write,writev,sendto,sendmsg",
        "-o",
        str(out),
    ]
    tracer = subprocess.Popen(  # noqa: S603 fixed words
        [*words, *(word for id_ in ids for word in ("-p", id_))], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    said = [tracer.stderr.readline() for _ in ids]
    if not all("attached" in line for line in said):
        tracer.kill()
        tracer.communicate()
        pytest.skip(f"other processes may not be watched here: {said}")
    try:
        yield
    finally:
        tracer.terminate()
        tracer.communicate(timeout=_PATIENCE)


def test_between_two_answers_the_log_is_brought_to_the_disk(tmp_path: Path) -> None:
    home, secret, out = tmp_path / "home", key_of(tmp_path / "home"), tmp_path / "calls"
    with serving(home, clock="events") as server, server.client(secret) as client:
        client.post("/v1/events", json=payment("first"))
        with watched(server, out):
            for n in range(_EVENTS):
                assert client.post("/v1/events", json=payment(f"e{n}")).status_code == 200
    syncs, answers, early = counted(out.read_text("utf-8", "replace"))
    assert answers == _EVENTS
    assert early == 0, "an answer left though nothing had been brought to the disk since the one before"
    assert syncs >= _EVENTS


def counted(calls: str) -> tuple[int, int, int]:
    """Return how often the log was brought to the disk, the answers, and how many of them came without that."""
    syncs = answers = early = 0
    fresh, begun = False, set[str]()
    for line in calls.splitlines():
        asked, resumed = _SYNC.match(line), _RESUMED.match(line)
        if asked and LOG_FILE in asked[2] and not asked[3]:
            begun.add(asked[1])
        if (asked and LOG_FILE in asked[2] and asked[3]) or (resumed and resumed[1] in begun):
            begun.discard(resumed[1] if resumed else "")
            syncs, fresh = syncs + 1, True
        if _ANSWER.match(line):
            answers, early, fresh = answers + 1, early + (not fresh), False
    return syncs, answers, early


def test_the_count_sees_an_answer_that_runs_ahead() -> None:
    good = f'7 fdatasync(3</h/{LOG_FILE}-wal>) = 0\n8 write(9<socket:[1]>, "HTTP/1.1 200 OK"..., 20) = 20\n'
    slow = f'7 fdatasync(3</h/{LOG_FILE}-wal> <unfinished ...>\n8 write(9<socket:[1]>, "HTTP/1.1 200 OK"..., 20) = 20\n'
    assert counted(good) == (1, 1, 0)
    assert counted(slow + "7 <... fdatasync resumed>) = 0\n") == (1, 1, 1)
    assert counted(good.replace(LOG_FILE, "other.db")) == (0, 1, 1)


def test_a_database_server_syncs_at_least_once_for_each_answer(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    with own_server(durable=True) as database:
        file = os.open(home / ADDRESS_FILE, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(file, database.address.encode())
        os.close(file)
        engine = create_engine(database.address)
        with serving(home, clock="events") as server, server.client(secret) as client:
            client.post("/v1/events", json=payment("first"))
            before = wal_syncs(engine)
            for n in range(_EVENTS):
                assert client.post("/v1/events", json=payment(f"e{n}")).status_code == 200
            until = time.monotonic() + _PATIENCE  # the server adds its counts up now and then
            while wal_syncs(engine) - before < _EVENTS and time.monotonic() < until:
                time.sleep(0.2)
            assert wal_syncs(engine) - before >= _EVENTS
        engine.dispose()


def wal_syncs(engine: Engine) -> int:
    """Return how often the server has brought its write-ahead log to the disk."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT wal_sync FROM pg_stat_wal")).scalar_one())
