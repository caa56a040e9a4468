"""What was answered is on the disk: under kills, under a disk that fails, and before every answer."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from api.server import Server, as_sent, bearer, key_of, payment, serving
from engine.test_follow import played
from small_events import fan_in
from stanch.api.app import App
from stanch.api.logs import Log
from stanch.api.serve import make_app
from stanch.api.settings import Settings
from stanch.engine.answers import Answer, answers_of
from stanch.engine.backtest import rerun
from stanch.engine.decisions import read_decided
from stanch.engine.home import Home
from stanch.engine.names import Names
from stanch.engine.opening import open_home
from stanch.engine.rules import read_rules
from stanch.model.columns import INDEX
from stanch.model.errors import StoreError
from stanch.store.records import Records
from stanch.store.rows import Commit

Answers = dict[str, dict[str, Any]]  # Any: the JSON of an answer

_KILLS = 3
_SENDERS = 6


def test_kills_under_load_lose_nothing_that_was_answered_and_double_nothing(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    chance = random.Random(5)  # noqa: S311 moments to strike, no secret
    answered: Answers = {}
    sent: list[dict[str, object]] = [
        *(as_sent(row) for n in range(30) for row in fan_in(3600 * n, payee=f"mule-{n}")),
        *(payment(f"p{n}", after=n) for n in range(600)),
    ]
    chance.shuffle(sent)
    for kill in range(_KILLS + 1):
        server = Server(home, clock="events")
        waiting = [row for row in sent if row["event_id"] not in answered]
        last = kill == _KILLS
        with ThreadPoolExecutor(_SENDERS) as pool:
            done = [pool.submit(_send, server, secret, part, answered) for part in _parts(waiting)]
            if not last:
                _wait_for(partial(_more_than, answered, len(answered) + chance.randrange(20, 120)))
                server.end(kill=True)
            for each in done:
                each.result()
        if last:
            assert server.end() == 0
    assert len(answered) == len(sent)
    _check_log(home, answered)


def _send(server: Server, secret: str, rows: Sequence[dict[str, object]], answered: Answers) -> None:
    with server.client(secret) as client, suppress(httpx.TransportError):
        for row in rows:
            told = client.post("/v1/events", json=row)
            assert told.status_code == 200, told.text
            answered[str(row["event_id"])] = told.json()


def _parts(rows: Sequence[dict[str, object]]) -> list[Sequence[dict[str, object]]]:
    return [rows[n::_SENDERS] for n in range(_SENDERS)]


def _more_than(answered: Answers, count: int) -> bool:
    return len(answered) > count


def _wait_for(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < until, "the load came to nothing"
        time.sleep(0.002)


def _check_log(home: Path, answered: Answers) -> None:
    """Hold the answers against the log, and the log against a replay of it."""
    with Records.read(home) as records:
        stored: list[tuple[str, int]] = [
            (name, decided.block.first_seq + row)
            for decided in read_decided(records)
            for row, (name, source) in enumerate(zip(decided.ids(), decided.words("source"), strict=True))
            if source == "bank"
        ]
        rules = read_rules(records.policies()[-1].body)
        again: dict[str, Answer] = {}
        names = Names()
        for block in records.blocks():
            names.load(block.block.new_entities, list(block.block.new_symbols))
        for outcome in rerun(records, rules):
            again |= {each.event_id: each for each in answers_of(outcome, names, rules.catalogue)}
    assert len(stored) == len({name for name, _ in stored}), "an event stands in the log twice"
    assert {name: seq for name, seq in stored if name in answered} == {n: told["seq"] for n, told in answered.items()}
    assert {name: msgspec.json.decode(msgspec.json.encode(again[name])) for name in answered} == answered
    assert sum(told["action"] != "allow" for told in answered.values()) >= 10


class Disk:
    """Stands before the log: saves when it may, and counts what is on the disk."""

    def __init__(self, records: Records) -> None:
        self._save = records.commit_all
        self.open = threading.Event()
        self.open.set()
        self.broken: Exception | None = None
        self.saved = 0  # events that are on the disk
        records.commit_all = self.commit_all  # type: ignore[method-assign]  # the injected disk

    def commit_all(self, commits: Sequence[Commit]) -> None:
        self.open.wait()
        if self.broken is not None:
            raise self.broken
        self._save(commits)
        self.saved = commits[-1].last_seq + 1


class Running:
    """An application in this process, with the disk under it injected."""

    def __init__(self, home: Path) -> None:
        self.disks: list[Disk] = []
        self._home = home
        self.app: App = make_app(Settings(home=str(home), clock="events"), Log("error"), self._opened)

    def _opened(self) -> Home:
        home = open_home(self._home)
        self.disks.append(Disk(home.records))
        return home

    async def __aenter__(self) -> httpx.AsyncClient:
        self._said: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self._life = asyncio.create_task(self.app({"type": "lifespan"}, self._said.get, self._told.put))
        await self._said.put({"type": "lifespan.startup"})
        await self._told.get()
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://test", timeout=60,
            headers=bearer(key_of(self._home)),
        )  # fmt: skip
        await self.ready(1)
        return self.client

    async def ready(self, times: int) -> None:
        while len(self.disks) < times or (await self.client.get("/ready")).status_code != 200:
            await asyncio.sleep(0.01)

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        await self._said.put({"type": "lifespan.shutdown"})
        await self._life


def test_no_answer_leaves_before_its_commit_is_on_the_disk(tmp_path: Path) -> None:
    async def run() -> None:
        running = Running(tmp_path)
        async with running as client:
            (disk,) = running.disks
            early: list[tuple[int, int]] = []

            async def send(number: int) -> None:
                told = await client.post("/v1/events", json=payment(f"e{number}"))
                assert told.status_code == 200
                early.append((told.json()["seq"], disk.saved))

            for turn in range(5):
                disk.open.clear()
                sends = [asyncio.create_task(send(20 * turn + n)) for n in range(20)]
                await asyncio.sleep(0.3)
                assert len(early) == 20 * turn, "answered while the disk stood still"
                disk.open.set()
                await asyncio.gather(*sends)
            assert all(seq < saved for seq, saved in early)
            assert len(early) == 100

    asyncio.run(run())


@pytest.mark.parametrize(("error", "status"), [(StoreError("the disk failed; check it"), 503), (OSError("odd"), 500)])
def test_a_disk_that_fails_is_told_and_what_was_not_saved_is_decided_anew(
    tmp_path: Path, error: Exception, status: int
) -> None:
    async def run() -> None:
        running = Running(tmp_path)
        async with running as client:
            kept = await client.post("/v1/events", json=payment("kept"))
            running.disks[0].broken = error
            lost = await asyncio.gather(*(client.post("/v1/events", json=payment(f"lost-{n}")) for n in range(8)))
            assert {told.status_code for told in lost} <= {status, 503}, "503: sent while the home was being opened"
            assert all(told.status_code != 503 or int(told.headers["retry-after"]) > 0 for told in lost)
            await running.ready(2)
            again = [await client.post("/v1/events", json=payment(f"lost-{n}")) for n in range(8)]
            assert [told.status_code for told in again] == [200] * 8
            assert (await client.post("/v1/events", json=payment("kept"))).content == kept.content

    asyncio.run(run())
    with Records.read(tmp_path) as records:
        names = [name for decided in read_decided(records) for name in decided.ids()]
    assert len([name for name in names if name.startswith("lost-")]) == 8


def test_a_stop_finishes_what_was_taken(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    with serving(home, clock="events") as server, ThreadPoolExecutor(8) as pool:
        with server.client(secret) as client:
            client.post("/v1/events", json=payment("first"))
        answered: Answers = {}
        done = pool.map(
            lambda part: _send(server, secret, part, answered), _parts([payment(f"s{n}") for n in range(900)])
        )
        _wait_for(lambda: len(answered) > 50)
        assert server.end() == 0
        list(done)
    with Records.read(home) as records:
        stored = {name for decided in read_decided(records) for name in decided.ids()}
    assert set(answered) <= stored
    assert list((home / "snapshots").glob("snapshot-*")), "the next start is fast"


def test_after_a_restart_a_repeat_gets_the_answer_from_the_log(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    rows = [as_sent(row) for row in fan_in()]
    with serving(home, clock="events") as server, server.client(secret) as client:
        first = [client.post("/v1/events", json=row).content for row in rows]
        server.end(kill=True)
    with serving(home, clock="events") as server, server.client(secret) as client:
        assert [client.post("/v1/events", json=row).content for row in rows] == first
        changed = client.post("/v1/events", json=rows[0] | {"amount": 1})
        assert changed.status_code == 409


def test_a_server_that_is_killed_often_makes_snapshots_all_the_same(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    for turn in ("first", "second"):
        with serving(home, clock="events", snapshot_every=8) as server, server.client(secret) as client:
            for number in range(6):
                client.post("/v1/events", json=payment(f"{turn}-{number}"))
            if turn == "second":
                _wait_for(lambda: bool(list((home / "snapshots").glob("snapshot-*/manifest.json"))))
            server.end(kill=True)


def test_time_passes_by_the_wall_clock_and_a_wait_ends_though_nothing_comes(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    with serving(home) as server, server.client(secret) as client:  # these events are long past
        for row in fan_in():
            client.post("/v1/events", json=as_sent(row))
        _wait_for(lambda: bool(client.get("/v1/measures", params={"state": "released"}).json()["data"]))
        assert client.get("/v1/measures", params={"state": "active"}).json()["data"] == []
    _check_ticks(home)


def test_a_home_that_nothing_came_to_for_months_takes_the_next_event(tmp_path: Path) -> None:
    home = played(tmp_path, fan_in())
    secret = key_of(home)
    with serving(home) as server, server.client(secret) as client:
        now = datetime.now(UTC).isoformat()
        told = client.post("/v1/events", json=payment("at last") | {"happened_at": now})
    assert (told.status_code, told.json()["action"]) == (200, "allow")


def _check_ticks(home: Path) -> None:
    with Records.read(home) as records:
        said = {d.block.first_seq + row: each for d in read_decided(records) for row, each in d.decisions.items()}
        rules = read_rules(records.policies()[-1].body)
        again = {
            int(outcome.arrivals.rows[row, INDEX["seq"]]): decision.action
            for outcome in rerun(records, rules)
            for row, decision in outcome.decisions.items()
        }
    assert {seq: decision.action for seq, decision in said.items()} == again


def test_a_time_that_only_the_server_may_say_is_refused(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    with serving(home) as server, server.client(secret) as client:
        row = payment("early") | {"known_at": "2030-01-01T00:00:00Z"}
        assert client.post("/v1/events", json=row).json()["param"] == "known_at"
        future = client.post("/v1/events", json=payment("future") | {"happened_at": "2100-01-01T00:00:00Z"})
        present = client.post("/v1/events", json=payment("present"))
    assert future.status_code == 200
    assert future.json()["as_of"] < "2100", "a date in the future moves no clock"
    assert present.json()["as_of"] < "2100"
