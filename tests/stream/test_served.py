"""One process that serves HTTP and reads topics: one log, each event once, and neither of them stops the other."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import msgspec
import pytest

from api.server import Server, as_sent, bearer, key_of, payment, serving
from api.test_durable import Disk
from api.test_watching import samples
from kafka_broker import Broker, as_message, broker, free_port, running
from small_events import fan_in
from stanch.api.app import App
from stanch.api.logs import Log
from stanch.api.serve import make_app
from stanch.api.settings import Settings, read_settings
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.model.errors import ConfigError, StoreError
from stanch.store.records import Records
from stanch.stream.offsets import Spot
from stream.streams import configured, decided, id_of, logged, offsets, payments, quarantined

__all__ = ["broker"]

KILLS = max(2, int(os.environ.get("STANCH_KILLS", "10")) // 4)
_PATIENCE = 120.0
NDJSON = "application/x-ndjson"


def secret_of(home: Path) -> str:
    return key_of(home, scopes="decide read administer operate")


def health(client: httpx.Client) -> dict[str, Any]:  # Any: JSON
    told = client.get("/health")
    assert told.status_code == 200
    found: dict[str, Any] = told.json()["stream"]
    return found


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it never was so"
        time.sleep(0.05)


def metric(client: httpx.Client, name: str) -> float:
    return samples(client.get("/metrics").text).get(name, 0.0)


def taken(client: httpx.Client, count: int) -> bool:
    return metric(client, "stanch_stream_messages_total") >= count


def test_what_comes_over_http_and_over_a_topic_is_one_log(broker: Broker, tmp_path: Path) -> None:
    topic, out, home = broker.make(), broker.make(), tmp_path / "home"
    secret, rows = secret_of(home), fan_in()
    (tmp_path / "send.yaml").write_text(
        f'sender: {{name: centre}}\nkafka: {{brokers: "{broker.address}"}}\ntopics: {{decision: {{kafka: {out}}}}}\n'
    )
    config = configured(tmp_path, broker, topic, more='send = "send.yaml"')
    with serving(home, clock="events", stream=config) as server, server.client(secret) as client:
        server.told("streaming", partitions=1)
        for count, row in enumerate(rows[:-1], 1):  # in turns: what is found rests on both
            if count % 2:
                broker.send(topic, [as_message(as_sent(row))])
                wait_for(lambda count=count: taken(client, (count + 1) // 2))  # type: ignore[misc]  # its own count
            else:
                assert client.post("/v1/events", json=as_sent(row)).status_code == 200
        found = client.post("/v1/events", json=as_sent(rows[-1])).json()
        assert found["action"] == "delay", "the payers that came over the topic count"
        broker.send(topic, [b"garbage", as_message(as_sent(rows[1]))])
        assert client.post("/v1/events", content=b"garbage", headers={"content-type": "application/json"}).is_error
        wait_for(lambda: taken(client, 8))
        page = samples(client.get("/metrics").text)
        assert [page[f'stanch_stream_not_decided_total{{why="{why}"}}'] for why in ("refused", "repeats")] == [1, 1]
        assert page["stanch_events_total"] == len(rows)
        assert page["stanch_stream_heard_seconds"] < _PATIENCE
        assert health(client)["status"] == "reading"
        wait_for(
            lambda: metric(client, f'stanch_stream_lag{{topic="{topic}",partition="0"}}') == health(client)["lag"] == 0
        )
        acted = sum(1 for one in decided(home) if one["action"] not in ("allow", "alert"))
        left = [msgspec.json.decode(message.value())["content"]["event_id"] for message in broker.read(out, acted)]
        assert rows[-1]["event_id"] in left
        assert server.end() == 0
    assert logged(home) == [str(row["event_id"]) for row in rows]
    assert offsets(home) == {Spot(topic, 0): 8}
    assert [row["verbatim"] for row in quarantined(home)] == ["garbage"], "who calls over HTTP is told instead"
    assert list((home / "snapshots").glob("snapshot-*")), "the next start is fast"


def test_a_flood_from_a_topic_does_not_keep_callers_out(broker: Broker, tmp_path: Path) -> None:
    topic, home, many = broker.make(), tmp_path / "home", 30_000
    secret = secret_of(home)
    broker.send(topic, [as_message(payment(f"m{n}", after=n / 100)) for n in range(many)])
    with serving(home, clock="events", stream=configured(tmp_path, broker, topic)) as server:
        with server.client(secret) as client:
            wait_for(lambda: taken(client, 1))
            for number in range(20):
                assert client.post("/v1/events", json=payment(f"h{number}")).status_code == 200
            assert health(client)["lag"] > 0, "they were answered while the topic was being read"
            wait_for(lambda: metric(client, "stanch_stream_messages_total") > 3_000)
        assert server.end() == 0
    stored = logged(home)
    mark = offsets(home)[Spot(topic, 0)]
    assert [name for name in stored if name.startswith("m")] == [f"m{n}" for n in range(mark)]
    assert mark > 3_000
    assert [name for name in stored if name.startswith("h")] == [f"h{n}" for n in range(20)]
    assert stored.index("h19") < len(stored) - 1


def test_a_broker_that_is_away_stops_no_caller_and_comes_back_by_itself(tmp_path: Path) -> None:
    port, home = free_port(), tmp_path / "home"
    secret, sent = secret_of(home), payments(3)
    config = tmp_path / "stream.toml"
    config.write_text(
        f'brokers = "127.0.0.1:{port}"\n[properties]\n"socket.timeout.ms" = 1500\n'
        '[topics.payments]\nsources = ["bank"]\n'
    )
    with serving(home, clock="events", stream=config) as server, server.client(secret) as client:

        def calls(name: str) -> None:
            assert client.post("/v1/events", json=payment(name)).status_code == 200

        wait_for(lambda: health(client)["status"] == "away")
        calls("before the broker was there")
        with running(port) as late:
            late.make(name="others")
            wait_for(lambda: health(client)["status"] == "failed")  # there is a broker, and no such topic
            calls("while the topic was missing")
            late.make(name="payments")
            late.send("payments", sent[:13])
            wait_for(lambda: taken(client, 13))
            assert health(client)["status"] == "reading"
            late.process.send_signal(signal.SIGSTOP)
            wait_for(lambda: health(client)["status"] == "away")
            assert metric(client, "stanch_stream_away") == 1
            calls("while the broker stood still")
            late.process.send_signal(signal.SIGCONT)
            late.send("payments", sent[13:])
            wait_for(lambda: taken(client, 39))
            assert health(client)["status"] == "reading"
        calls("after the broker had gone")
        assert server.end() == 0
    assert [name for name in logged(home) if " " not in name] == [id_of(body) for body in sent]
    assert sum(" " in name for name in logged(home)) == 4
    assert offsets(home) == {Spot("payments", 0): 39}


class Load:
    """Senders that go on: one over a topic, of single events, batches and garbage, and one over HTTP."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker, self._topic = broker, topic
        self._stopping = Event()
        self._thread = Thread(target=self._send)
        self.messages: list[list[bytes]] = []  # the lines of each message
        self.answered: dict[str, int] = {}
        self.sent = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join()

    def _send(self) -> None:
        for turn in range(100_000):
            if self._stopping.is_set():
                return
            lines = payments(1, turn)
            if turn % 5 == 0:
                lines.insert(3, b"garbage %d" % turn)
            batch = turn % 2 == 0
            self.messages += [lines] if batch else [[line] for line in lines]  # noted first: the log may be faster
            if batch:
                self._broker.send(self._topic, [b"\n".join(lines)], said=NDJSON)
            else:
                self._broker.send(self._topic, lines)
            time.sleep(0.02)

    def call(self, server: Server, secret: str) -> None:
        """Send events over HTTP until the server is gone; what got no answer is sent again by the next one."""
        with server.client(secret) as client, suppress(httpx.TransportError):
            while not self._stopping.is_set():
                name = f"h{self.sent}"
                told = client.post("/v1/events", json=payment(name, after=self.sent))
                assert told.status_code == 200, told.text
                self.answered[name] = told.json()["seq"]
                self.sent += 1

    def taken(self, home: Path) -> tuple[list[bytes], list[bytes]]:
        """Return the good and the bad lines that the log says it has."""
        (mark,) = marks(home)
        lines = [line for message in self.messages[: mark[0]] for line in message]
        lines += self.messages[mark[0]][: mark[1]] if mark[1] else []
        return [line for line in lines if line.startswith(b"{")], [line for line in lines if not line.startswith(b"{")]


def marks(home: Path) -> list[tuple[int, int]]:
    with Records.read(home) as records:
        found = [value.partition("+") for key, value in records.progress().items() if key.startswith("kafka ")]
    return [(int(offset), int(line or 0)) for offset, _, line in found]


def position(home: Path) -> int:
    try:
        return sum(offset for offset, _ in marks(home))
    except StoreError:  # there is no log yet
        return 0


def both_moved(home: Path, load: Load, before: int, called: int) -> bool:
    return position(home) > before and load.sent > called


def exact(home: Path, load: Load) -> None:
    """The log holds what was sent before its offsets, and what was answered: all of it, and nothing twice."""
    stored = Counter(logged(home))
    over_topic = Counter({name: count for name, count in stored.items() if not name.startswith("h")})
    assert over_topic == Counter(id_of(line) for line in load.taken(home)[0])
    assert load.answered.keys() <= stored.keys()
    assert max(stored.values()) == 1


def test_a_server_killed_under_both_loads_loses_nothing_and_doubles_nothing(broker: Broker, tmp_path: Path) -> None:
    topic, home = broker.make(), tmp_path / "home"
    secret, load, chance = secret_of(home), Load(broker, topic), random.Random(3)  # noqa: S311 moments to strike
    config = configured(tmp_path, broker, topic)
    moved = 0
    with load.going_on(), ThreadPoolExecutor(1) as pool:
        for _ in range(KILLS):
            before, called = position(home), load.sent
            server = Server(home, clock="events", stream=config)
            calls = pool.submit(load.call, server, secret)
            try:
                wait_for(partial(both_moved, home, load, before, called))
                time.sleep(chance.uniform(0, 0.7))
            finally:
                assert server.end(kill=True) == -signal.SIGKILL
            calls.result()
            moved += both_moved(home, load, before, called)
            exact(home, load)
    assert moved == KILLS
    with serving(home, clock="events", stream=config) as server, server.client(secret) as client:
        wait_for(lambda: position(home) == len(load.messages) and health(client)["lag"] == 0)
        assert server.end() == 0
    exact(home, load)
    assert marks(home) == [(len(load.messages), 0)]
    good, bad = load.taken(home)
    assert Counter(str(row["verbatim"]).encode() for row in quarantined(home)) == Counter(bad)
    assert {one["event_id"] for one in decided(home)} == {id_of(line) for line in good} | {
        name for name in logged(home) if name.startswith("h")
    }


def test_a_home_that_fails_is_opened_again_and_its_stream_goes_on(broker: Broker, tmp_path: Path) -> None:
    topic, home = broker.make(), tmp_path / "home"
    disks: list[Disk] = []

    def opened() -> Home:
        found = open_home(home)
        disks.append(Disk(found.records))
        return found

    config = configured(tmp_path, broker, topic)
    secret = secret_of(home)
    app: App = make_app(Settings(home=str(home), clock="events", stream=str(config)), Log("error"), opened)

    async def run() -> None:
        said: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        told: asyncio.Queue[Any] = asyncio.Queue()  # Any: messages of ASGI
        life = asyncio.create_task(app({"type": "lifespan"}, said.get, told.put))
        await said.put({"type": "lifespan.startup"})
        await told.get()
        broker.send(topic, payments(2))
        await _until(lambda: position(home) == 26)
        disks[0].broken = StoreError("the disk failed; check it")
        broker.send(topic, payments(1, 2))
        await _until(lambda: len(disks) == 2 and position(home) == 39)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=bearer(secret)) as client:
            assert (await client.post("/v1/events", json=payment("after"))).status_code == 200
        await said.put({"type": "lifespan.shutdown"})
        await life

    asyncio.run(run())
    assert logged(home) == [*(id_of(body) for body in payments(3)), "after"]


async def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it never was so"
        await asyncio.sleep(0.02)


def test_what_is_wrong_with_a_stream_is_told_with_all_else_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "stream.toml").write_text(
        'brokers = "localhost:9092"\nsend = "own.yaml"\n[topics.a]\nsources = ["b"]\n'
    )
    for name in ("own.yaml", "server.yaml"):
        ways = 'sender: {name: centre}\nkafka: {brokers: "localhost:9092"}\ntopics: {decision: {kafka: out}}\n'
        (tmp_path / name).write_text(ways)
    stream = {"home": "x", "stream": str(tmp_path / "stream.toml")}
    with pytest.raises(ConfigError, match=r"home: not set.*stream: .*nowhere.toml does not exist"):
        read_settings(None, {"STANCH_STREAM": str(tmp_path / "nowhere.toml")}, {})
    with pytest.raises(ConfigError, match=r"port: .*stream: .*colour"):
        (tmp_path / "wrong.toml").write_text('colour = "red"')
        read_settings(None, {"STANCH_PORT": "99999999"}, {"home": "x", "stream": str(tmp_path / "wrong.toml")})
    with pytest.raises(ConfigError, match="one home has one outbox"):
        read_settings(None, {}, stream | {"send": str(tmp_path / "server.yaml")})
    assert read_settings(None, {}, stream | {"send": str(tmp_path / "own.yaml")}).stream == stream["stream"]


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stream.toml").write_text('brokers = "localhost:9092"\n[topics.a]\nsources = ["b"]\n')
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(ConfigError, match=r"pip install 'stanch\[kafka\]'"):
        read_settings(None, {}, {"home": "x", "stream": str(tmp_path / "stream.toml")})
