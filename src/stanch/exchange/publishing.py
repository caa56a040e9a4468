"""Publishing: messages to a broker, many under way at once, each with its id; what became of each is told.

The producer is idempotent and waits for all replicas, so that within one life of it nothing is repeated and the order
of a key is kept. Over a crash a message may come twice, under the same id and with the same bytes.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from stanch.exchange.broker import Broker, Property, library, properties_of
from stanch.exchange.deliveries import Delivery
from stanch.exchange.parcels import Parcel
from stanch.model.errors import InputError, StoreError

if TYPE_CHECKING:  # an extra: most installations have no broker
    from confluent_kafka import KafkaError, Message, Producer

#: The header that carries a message's id: who receives it drops one that it has taken before.
ID_HEADER: Final = "stanch-id"
TOPIC_HEADER: Final = "stanch-topic"
#: Seconds beyond a message's own time until it is given up as neither taken nor refused.
_GRACE: Final = 5.0
_LONGEST: Final = 10_000_000  #: bytes of a message; a broker may take less, and says so


class Flight(msgspec.Struct):
    """A message on its way; afterwards either its receipt, or why it failed."""

    ready: Parcel
    before: Delivery
    receipt: str | None = None
    failed: str = ""


class Publisher:
    """The owner of the client; it is made with the first message."""

    def __init__(self, broker: Broker, timeout: float) -> None:
        self._broker = broker
        self._timeout = timeout
        self._producer: Producer | None = None
        self._spoilt = False  # the library's client can do nothing more, and is made anew

    def send(self, flight: Flight, topic: str, id_: str, body: bytes) -> None:
        """Begin to send a message; after ``wait`` its flight knows how it ended. InputError: it is too large."""
        kafka, producer = library(), self._opened()
        headers: list[tuple[str, str | bytes | None]] = [(ID_HEADER, id_), (TOPIC_HEADER, flight.ready.row.topic)]
        for patience in (self._timeout, None):
            try:
                producer.produce(
                    topic, body, flight.ready.key or None, headers=headers, on_delivery=partial(self._landed, flight)
                )
            except BufferError:
                if patience is not None:
                    producer.flush(patience)
            except kafka.KafkaException as error:
                if error.args[0].code() == kafka.KafkaError.MSG_SIZE_TOO_LARGE:
                    raise InputError(f"{len(body)} bytes, more than a message to a broker can have") from None
                self._landed(flight, error.args[0], None)
                return
            else:
                return
        flight.failed = "too much is under way to the broker; check it and the network"

    def wait(self, timeout: float) -> None:
        """Wait until all that was begun has ended; what has not by then is dropped by the client."""
        if self._producer is None:
            return
        ends = time.monotonic() + timeout + _GRACE
        while self._producer.flush(max(0.0, ends - time.monotonic())) and time.monotonic() < ends:
            pass
        self._producer.purge()
        self._producer.flush(_GRACE)
        if self._spoilt:
            self._producer, self._spoilt = None, False

    def _landed(self, flight: Flight, error: KafkaError | None, message: Message | None) -> None:
        if error is None and message is not None:
            flight.receipt = f"{message.topic()} {message.partition()} {message.offset()}"
        elif error is not None:
            self._spoilt |= error.fatal() or error.name() == "_FATAL"
            flight.failed = f"the broker has not taken it ({error.name()}); check it and the network"

    def _opened(self) -> Producer:
        if self._producer is None:
            wait: dict[str, Property] = {
                "delivery.timeout.ms": int(self._timeout * 1000),
                "linger.ms": 0,
                "message.max.bytes": _LONGEST,
            }
            ours: dict[str, Property] = {**wait, "enable.idempotence": True, "acks": "all"}
            try:
                self._producer = library().Producer(properties_of(self._broker, ours))
            except library().KafkaException as error:
                raise StoreError(f"the broker's client cannot start: {error.args[0].str()}") from None
        return self._producer


class Publishing:
    """The messages of a round that are under way."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._flights: list[Flight] = []
        #: What must not be overtaken: the lanes of the messages under way.
        self.lanes: set[str] = set()

    def depart(self, ready: Parcel, before: Delivery, topic: str, id_: str, body: bytes) -> None:
        """Let a message go."""
        flight = Flight(ready, before)
        self._publisher.send(flight, topic, id_, body)
        self._flights.append(flight)
        self.lanes.add(ready.lane)

    def land(self, timeout: float) -> list[Flight]:
        """Return everything that was under way, once it has ended."""
        flights, self._flights = self._flights, []
        self.lanes.clear()
        if flights:
            self._publisher.wait(timeout)
        for flight in flights:
            if flight.receipt is None and not flight.failed:
                flight.failed = "no answer of the broker; check it and the network"
        return flights
