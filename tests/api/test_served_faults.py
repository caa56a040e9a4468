"""The served line when what it stands on fails: what callers are told, what is kept, how it comes back by itself."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.moved_clock import MovedClock
from api.server import Server, as_sent, key_of, payment, serving
from api.test_durable import _check_ticks
from postgresql_server import own_server
from small_events import fan_in
from stanch.engine.decisions import read_decided
from stanch.store.place import ADDRESS_FILE, LOG_FILE
from stanch.store.records import Records

Answers = dict[str, bytes]
_HOUR = 3600

_PATIENCE = 60.0


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of a few kilobytes; the test is skipped where it may not be made."""
    folder.mkdir()
    made = subprocess.run(  # noqa: S603 fixed words
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "stanch-test", str(folder)],  # noqa: S607 of the system
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"a small file system may not be mounted here: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607 as above


def send(client: httpx.Client, name: str) -> httpx.Response:
    return client.post("/v1/events", json=payment(name))


def sent_until(client: httpx.Client, answers: Answers, wanted: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Send event after event until an answer is as wanted; keep the good ones. What was refused is sent again."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        name = f"p{len(answers)}"
        told = send(client, name)
        if told.status_code == 200:
            answers[name] = told.content
        if wanted(told):
            return told
        if told.status_code != 200:
            time.sleep(0.05)
    raise AssertionError(f"never told what was awaited; last: {told.status_code} {told.text}")


def is_good(told: httpx.Response) -> bool:
    return told.status_code == 200


def is_store_failed(told: httpx.Response) -> bool:
    assert told.status_code in (200, 503), told.text
    return told.status_code == 503 and told.json()["code"] == "store_failed"


def check_kept(client: httpx.Client, answers: Answers) -> None:
    """Ask again for everything that was answered: the same bytes come back."""
    assert answers
    for name, first in answers.items():
        assert send(client, name).content == first


def check_once(home: Path, answers: Answers) -> None:
    """Hold the log against what was answered: each event stands in it, and none twice."""
    with Records.read(home) as records:
        stored = [
            name
            for decided in read_decided(records)
            for name, source in zip(decided.ids(), decided.words("source"), strict=True)
            if source == "bank"
        ]
    assert len(stored) == len(set(stored))
    assert set(answers) <= set(stored)


def test_a_full_disk_is_told_and_the_line_comes_back_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 6_000) as disk:
        home, secret, answers = disk / "home", key_of(disk / "home"), Answers()
        with serving(home, clock="events") as server, server.client(secret) as client:
            sent_until(client, answers, is_good)
            ballast = disk / "ballast"
            with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as stream:
                while True:
                    stream.write(bytes(4096))
            refused = sent_until(client, answers, is_store_failed)
            assert int(refused.headers["retry-after"]) > 0
            assert client.get("/health").status_code == 200
            assert client.get("/v1/decisions/p0").status_code == 503, "what cannot be noted as read is not shown"
            ballast.unlink()
            sent_until(client, answers, is_good)
            assert client.get("/v1/decisions/p0").content == answers["p0"]
            check_kept(client, answers)
        assert any(line["event"] == "line_failed" for line in server.lines)
        check_once(home, answers)


def test_a_log_that_another_program_locks_is_told_and_goes_on_when_it_is_free(tmp_path: Path) -> None:
    home, secret, answers = tmp_path / "home", key_of(tmp_path / "home"), Answers()
    with serving(home, clock="events") as server, server.client(secret) as client:
        sent_until(client, answers, is_good)
        with closing(sqlite3.connect(home / LOG_FILE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            sent_until(client, answers, is_store_failed)
            assert client.get("/health").status_code == 200
        sent_until(client, answers, is_good)
        check_kept(client, answers)
    check_once(home, answers)


def test_a_database_server_that_stops_is_told_and_the_line_comes_back_with_it(tmp_path: Path) -> None:
    home, secret, answers = tmp_path / "home", key_of(tmp_path / "home"), Answers()
    with own_server() as database:
        (home / ADDRESS_FILE).write_text(database.address)
        (home / ADDRESS_FILE).chmod(0o600)
        with serving(home, clock="events") as server, server.client(secret) as client:
            sent_until(client, answers, is_good)
            for _ in range(2):
                database.stop()
                sent_until(client, answers, is_store_failed)
                assert client.get("/health").status_code == 200
                database.start()
                sent_until(client, answers, is_good)
            check_kept(client, answers)
            assert client.get("/v1/decisions/p0").content == answers["p0"]
        assert not (home / LOG_FILE).exists()
        check_once(home, answers)


def test_a_clock_that_is_set_back_neither_turns_the_log_back_nor_ends_or_renews_a_wait(tmp_path: Path) -> None:
    home, secret, clock = tmp_path / "home", key_of(tmp_path / "home"), MovedClock(tmp_path)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    rows = [as_sent(row) for row in fan_in()]
    first = datetime.fromisoformat(str(rows[0]["happened_at"]))
    for row in rows:  # as if the last of them happened just now
        row["happened_at"] = (began + (datetime.fromisoformat(str(row["happened_at"])) - first)).isoformat()
    with (
        serving(home, **clock.variables(os.environ.get("PYTHONPATH", ""))) as server,
        server.client(secret) as client,
    ):
        told = [client.post("/v1/events", json=row) for row in rows]
        waits = client.get("/v1/measures", params={"state": "active"}).json()["data"]
        clock.move(-_HOUR)
        back = [send(client, f"back-{n}") for n in range(20)]
        same = [client.post("/v1/events", json=row).content for row in rows]
        still = client.get("/v1/measures", params={"state": "active"}).json()["data"]
        clock.move(26 * _HOUR)
        released = _released(client, len(waits))
        later = send(client, "later")
    answers = [each.json() for each in (*told, *back, later)]
    assert {each.status_code for each in (*told, *back, later)} == {200}
    stamps = [each["as_of"] for each in answers]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == len(stamps)
    assert same == [each.content for each in told]
    assert still == waits != []
    assert {each["id"] for each in released} == {each["id"] for each in waits}
    _check_ticks(home)


def _released(client: httpx.Client, count: int) -> list[dict[str, Any]]:  # Any: the JSON of measures
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found: list[dict[str, Any]] = client.get("/v1/measures", params={"state": "released"}).json()["data"]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError("the waits never ended")


@contextmanager
def silent() -> Iterator[tuple[str, threading.Event]]:
    """A receiver that takes what comes and never answers; the event is set when something has come."""
    listening, came, talks = socket.create_server(("127.0.0.1", 0)), threading.Event(), list[socket.socket]()

    def take() -> None:
        while True:
            try:
                talk, _ = listening.accept()
            except OSError:
                return
            talks.append(talk)
            came.set()

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", came
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        for talk in talks:
            talk.close()


def test_a_receiver_that_hangs_holds_up_no_decision_and_its_message_waits(tmp_path: Path) -> None:
    home, secret, answers = tmp_path / "home", key_of(tmp_path / "home"), Answers()
    (tmp_path / "hook.secret").write_text("a secret of both sides")
    (tmp_path / "hook.secret").chmod(0o600)
    with silent() as (address, came):
        config = tmp_path / "send.yaml"
        config.write_text(
            "sender: {name: Centre}\nretry: {first: 1h, timeout: 1h}\n"
            f"topics: {{decision: {{webhook: '{address}', secret_file: hook.secret}}}}\n"
        )
        with serving(home, clock="events", send=config) as server, server.client(secret) as client:
            acted = [client.post("/v1/events", json=as_sent(row)).json()["action"] for row in fan_in()]
            assert came.wait(_PATIENCE), "nothing was sent to the receiver"
            for _ in range(50):
                sent_until(client, answers, is_good)
            _end(server)
    with Records.read(home) as records:
        waiting = [row for row in records.pending_outbox() if row.topic == "decision"]
    assert len(waiting) == sum(action != "allow" for action in acted) > 0
    check_once(home, answers)


def _end(server: Server) -> None:
    """End a server whose courier waits for a receiver that never answers."""
    server.end(kill=True)


def test_a_flood_of_one_key_lets_every_event_of_another_pass(tmp_path: Path) -> None:
    home = tmp_path / "home"
    flood, calm = key_of(home), key_of(home, "other")
    lines = b"\n".join(httpx.Request("POST", "/", json=payment(f"f{n}")).content for n in range(20_000))
    more = b"\n".join(httpx.Request("POST", "/", json=payment(f"g{n}")).content for n in range(20_000))
    done: list[float] = []
    statuses: list[int] = []
    with serving(home, clock="events", rate=100, burst=20_000) as server:

        def pour(body: bytes) -> None:
            with server.client(flood) as client:
                told = client.post("/v1/events/batch", content=body, headers={"content-type": "application/x-ndjson"})
                statuses.append(told.status_code)
                done.append(time.monotonic())

        pours = [threading.Thread(target=pour, args=(body,)) for body in (lines, more)]
        with server.client(calm) as client:
            client.post("/v1/events", json=payment("before", "other"))
            for thread in pours:
                thread.start()
            answered: list[float] = []
            while any(thread.is_alive() for thread in pours) or len(answered) < 20:
                told = client.post("/v1/events", json=payment(f"c{len(answered)}", "other"))
                assert told.status_code == 200, told.text
                answered.append(time.monotonic())
                time.sleep(0.05)
        for thread in pours:
            thread.join()
    assert sorted(statuses) == [200, 429], "the second batch is beyond the budget of its key"
    assert sum(moment < max(done) for moment in answered) >= 3, "others were answered while the flood was worked off"
