"""Streams that are killed again and again, while senders go on: nothing is lost, nothing doubled, offsets are exact."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest

from kafka_broker import Broker, broker
from stanch.exchange.orders import message_id
from stanch.model.errors import StoreError
from stanch.store.records import Records
from stanch.stream.offsets import Spot
from stream.streams import configured, decided, id_of, logged, offsets, payments, quarantined, streamed
from stream_nursery import Nursery

__all__ = ["broker"]

#: More of them: STANCH_KILLS=50 pytest tests/stream/test_kills.py
KILLS = int(os.environ.get("STANCH_KILLS", "10"))
_AT_ONCE = 13
_PATIENCE = 120.0


class Sent:
    """A sender that goes on in a thread, and what it sent: by partition, in order; garbage now and then."""

    def __init__(self, broker: Broker, topic: str, partitions: int) -> None:
        self._broker, self._topic = broker, topic
        self._stopping = Event()
        self._thread = Thread(target=self._run)
        self.bodies: dict[Spot, list[bytes]] = {Spot(topic, number): [] for number in range(partitions)}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def before(self, ends: dict[Spot, int]) -> list[bytes]:
        """Return what was sent before some offsets."""
        return [body for spot, bodies in self.bodies.items() for body in bodies[: ends.get(spot, 0)]]

    def _run(self) -> None:
        for turn in range(100_000):
            if self._stopping.is_set():
                return
            spot = Spot(self._topic, turn % len(self.bodies))
            some = payments(1, turn)
            if turn % 5 == 0:
                some.insert(3, b"garbage %d" % turn)
            self.bodies[spot] += some  # noted before it is sent: the log may be faster than this thread
            self._broker.send(self._topic, some, spot.partition)
            time.sleep(0.02)


@contextmanager
def sending(sent: Sent) -> Iterator[None]:
    sent.start()
    try:
        yield
    finally:
        sent.stop()


def _good(bodies: list[bytes]) -> list[str]:
    return [id_of(body) for body in bodies if not body.startswith(b"garbage")]


def _exact(home: Path, sent: Sent) -> None:
    """The log holds what was sent before its offsets: all of it, nothing more, nothing twice."""
    ends, ids = offsets(home), logged(home)
    expected = _good(sent.before(ends))
    assert Counter(ids) == Counter(expected)


def _wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it never was so"
        time.sleep(0.01)


def _position(home: Path) -> int:
    try:
        return sum(offsets(home).values())
    except StoreError:  # there is no log yet, or no table in it
        return 0


def _is_beyond(home: Path, before: int) -> bool:
    return _position(home) > before


@pytest.mark.parametrize(("partitions", "kills"), [(1, KILLS), (3, max(2, KILLS // 3))])
def test_a_stream_killed_at_random_moments_loses_nothing_and_doubles_nothing(
    broker: Broker, tmp_path: Path, partitions: int, kills: int
) -> None:
    topic, out = broker.make(partitions), broker.make()
    (tmp_path / "send.yaml").write_text(
        f'sender: {{name: centre}}\nkafka: {{brokers: "{broker.address}"}}\ntopics: {{decision: {{kafka: {out}}}}}\n'
    )
    home, config = tmp_path / "home", configured(tmp_path, broker, topic, more='send = "send.yaml"\nmost = 64')
    chance, moved = random.Random(partitions), 0  # noqa: S311 moments to strike, no secret
    sent = Sent(broker, topic, partitions)
    with Nursery(home, config) as nursery:
        with sending(sent):
            for kill in range(kills):
                before = _position(home)
                process = nursery.start()
                if kill % 4:
                    _wait_for(partial(_is_beyond, home, before))
                time.sleep(chance.uniform(0, 0.5))
                assert nursery.end(process) < 0
                if _position(home):
                    moved += _position(home) > before
                    _exact(home, sent)
        nursery.start("--until-end")
        assert nursery.wait() == 0
    assert moved >= kills // 2, "a kill that strikes no work proves nothing"
    bodies = [body for some in sent.bodies.values() for body in some]
    assert sum(offsets(home).values()) == len(bodies)
    assert Counter(logged(home)) == Counter(_good(bodies))
    refused = [str(row["verbatim"]).encode() for row in quarantined(home)]
    assert Counter(refused) == Counter(body for body in bodies if body.startswith(b"garbage"))
    _published(broker, out, home)
    if partitions == 1:
        plain = tmp_path / "plain"
        plain.mkdir()
        streamed(plain / "home", configured(plain, broker, topic))
        assert decided(home) == decided(plain / "home")


def _published(broker: Broker, out: str, home: Path) -> None:
    """Every decision in the log has left, under one id and with one content each."""
    with Records.read(home) as records:
        assert not [row for row in records.pending_outbox(10**6) if row.topic == "decision"]
        acted = sum(1 for one in decided(home) if one["action"] not in ("allow", "alert"))
    messages = broker.read(out, acted)
    by_id: dict[bytes, set[bytes]] = {}
    for message in messages:
        by_id.setdefault(dict(message.headers())["stanch-id"], set()).add(message.value())
    assert len(by_id) == acted
    assert all(len(bodies) == 1 for bodies in by_id.values()), "a repeat has the same bytes"
    for (body,) in by_id.values():
        assert msgspec.json.decode(body)["id"].startswith(message_id("")[:1])
