"""The reader: messages of a source, taken apart into events, so many at a time."""

from __future__ import annotations

from stanch.intake.messages import Sent, unpacked
from stanch.stream.client import Received
from stanch.stream.config import Stream
from stanch.stream.offsets import CLUSTER, as_progress
from stanch.stream.portions import Portion, Portions
from stanch.stream.source import Source


class Reader:
    """Gives events of a source in order within their partition, none twice. One owner."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self._source = source
        self._stream = stream
        self._portions = Portions([])
        self._given = 0

    @property
    def pending(self) -> bool:
        """Whether events of messages that were taken are still to be given."""
        return self._given < self._portions.count

    def marks(self) -> dict[str, str]:
        """Return what the log must note before more is decided: where new partitions begin, and the cluster."""
        source = self._source
        marks = as_progress(source.begun) | ({} if source.cluster is None else {CLUSTER: source.cluster})
        source.begun, source.cluster = {}, None
        return marks

    def take(self, most: int, patience: float, gather: float) -> list[Portion]:
        """Return up to ``most`` events.

        Waits ``patience`` seconds for a first message, then ``gather`` seconds for others. Raises StoreError where the
        broker no longer has what comes next.
        """
        if not self.pending:
            received = self._source.take(most, patience, gather)
            self._portions, self._given = Portions([each for one in received for each in self._apart(one)]), 0
        start, self._given = self._given, min(self._given + most, self._portions.count)
        return self._portions.cut(start, self._given) if self._given > start else []

    def _apart(self, received: Received) -> list[Portion]:
        spot, halves, after = received.spot, self._source.halves, 0
        if halves and spot in halves:
            half = halves.pop(spot)
            after = half.line if half.offset == received.offset else 0
        sent = Sent(received.offset, received.body, received.content_type)
        return [Portion(spot, part) for part in unpacked(sent, self._stream.senders[spot.topic], after)]
