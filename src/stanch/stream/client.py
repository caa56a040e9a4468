"""The client of a source: what the broker has of some topics, and its messages from given offsets on.

Partitions are assigned, never shared out by a group: offsets live in the log, and the broker keeps none for us.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from stanch.exchange.broker import Broker, Property, library, properties_of
from stanch.model.errors import StoreError
from stanch.stream.offsets import Spot

if TYPE_CHECKING:  # an extra: most installations have no broker
    from confluent_kafka import KafkaError

#: The library asks for a name though no group is ever joined.
_GROUP: Final = "stanch"
_CONTENT_TYPE: Final = "content-type"
#: Unless the configuration says otherwise: kilobytes of a partition that are read ahead, and milliseconds that a broker
#: may hold an answer back while there is nothing. Some hold it so long even when something has come meanwhile.
_USUAL: Final[dict[str, Property]] = {"queued.max.messages.kbytes": 16_384, "fetch.wait.max.ms": 25}


class Received(NamedTuple):
    """What came of a partition: a message (``at`` is the broker's time, UTC milliseconds), its end, or that it is gone.

    ``content_type`` is what its header says of the body, empty where there is none. ``gone`` says that the broker does
    not have what was asked for next.
    """

    spot: Spot
    offset: int = -1
    at: int = 0
    body: bytes | None = None
    what: Literal["message", "end", "gone"] = "message"
    content_type: str = ""


class Away(Exception):  # noqa: N818 a state, and never told to anybody
    """The broker cannot be asked now."""


class Client:
    """The owner of the library's consumer. ``told`` hears of trouble: its name, and whether all brokers are gone.

    Raises ConfigError without the extra, StoreError where the library cannot start.
    """

    def __init__(self, broker: Broker, told: Callable[[str, bool], None]) -> None:
        self._kafka = library()
        self._told = told
        ours: dict[str, Property] = {
            "group.id": _GROUP, "enable.auto.commit": False, "enable.auto.offset.store": False,
            "auto.offset.reset": "error", "enable.partition.eof": True, "allow.auto.create.topics": False,
        }  # fmt: skip
        broker = msgspec.structs.replace(broker, properties={**_USUAL, **broker.properties})
        try:
            self._consumer = self._kafka.Consumer({**properties_of(broker, ours), "error_cb": self._trouble})
        except self._kafka.KafkaException as error:
            raise StoreError(f"the broker's client cannot start: {error.args[0].str()}") from None

    def close(self) -> None:
        """End every connection."""
        self._consumer.close()

    def look(self, topics: Collection[str], patience: float) -> tuple[str | None, dict[str, list[Spot]]]:
        """Return the cluster's id and the partitions of those of the topics that exist. Raises Away."""
        try:  # all topics are asked for: to ask for one by name makes it on some brokers
            found = self._consumer.list_topics(timeout=patience)
        except self._kafka.KafkaException:
            raise Away from None
        spots = {
            name: [Spot(name, number) for number in sorted(found.topics[name].partitions)]
            for name in topics
            if name in found.topics and found.topics[name].error is None
        }
        return found.cluster_id, spots

    def bounds(self, spot: Spot, patience: float) -> tuple[int, int]:
        """Return the earliest offset that the broker has of a partition, and the next one it will give. Raises Away."""
        try:
            found = self._consumer.get_watermark_offsets(self._kafka.TopicPartition(*spot), timeout=patience)
        except self._kafka.KafkaException:
            raise Away from None
        if found is None:
            raise Away
        low, high = found
        return low, high

    def seen_end(self, spot: Spot) -> int | None:
        """Return the next offset the broker will give, as it said last; None before it did."""
        found = self._consumer.get_watermark_offsets(self._kafka.TopicPartition(*spot), cached=True)
        return None if found is None or found[1] < 0 else int(found[1])

    def assign(self, offsets: Mapping[Spot, int]) -> None:
        """Read these partitions too, from these offsets on."""
        self._consumer.incremental_assign([self._kafka.TopicPartition(*spot, at) for spot, at in offsets.items()])

    def leave(self, spot: Spot) -> None:
        """Read a partition no more."""
        self._consumer.incremental_unassign([self._kafka.TopicPartition(*spot)])

    def pause(self, spots: Collection[Spot]) -> None:
        """Fetch nothing more of some partitions."""
        self._consumer.pause([self._kafka.TopicPartition(*spot) for spot in spots])

    def resume(self, spots: Collection[Spot]) -> None:
        """Fetch again."""
        self._consumer.resume([self._kafka.TopicPartition(*spot) for spot in spots])

    def receive(self, most: int, patience: float) -> list[Received]:
        """Return up to so many messages; less once so many seconds have passed."""
        got: list[Received] = []
        for message in self._consumer.consume(most, patience):
            error = message.error()
            spot = Spot(message.topic() or "", -1 if message.partition() is None else int(message.partition()))
            if error is None:
                at, headers = int(message.timestamp()[1]), message.headers()
                said = _content_type(headers) if headers else ""
                got.append(Received(spot, int(message.offset()), at, message.value(), content_type=said))
            elif error.code() == self._kafka.KafkaError._PARTITION_EOF:
                got.append(Received(spot, what="end"))
            elif error.code() == self._kafka.KafkaError._AUTO_OFFSET_RESET:
                got.append(Received(spot, what="gone"))
            else:
                self._told(error.name(), False)
        return got

    def _trouble(self, error: KafkaError) -> None:
        self._told(error.name(), error.code() == self._kafka.KafkaError._ALL_BROKERS_DOWN)


def _content_type(headers: Sequence[tuple[str, bytes | str | None]]) -> str:
    """Return what a message's headers say that it is, without parameters; the last one counts."""
    for name, value in reversed(headers):
        if name.lower() == _CONTENT_TYPE and value is not None:
            said = value if isinstance(value, str) else value.decode("latin-1")
            return said.partition(";")[0].strip().lower()
    return ""
