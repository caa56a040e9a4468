"""Bindings of IoT cards asked for over CAMARA: events like all others, entered by the line before the answer leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from secrets import token_hex

import msgspec

from stanch.api.bodies import Row, read_event
from stanch.api.keys import Key
from stanch.api.line_thread import LineThread
from stanch.api.problems import ApiError
from stanch.api.submission import Submission
from stanch.model.time import to_datetime


class Bindings:
    """Enters the events of a binding under the institution of the key; ``live``: we say when we learned of them."""

    def __init__(self, line: LineThread, *, live: bool) -> None:
        self._line = line
        self._live = live

    async def enter(self, key: Key, told: Sequence[Row], now: int) -> None:
        """Return once the events are on the disk. Raises ApiError where they could not be taken."""
        base = {"source": key.institution, "happened_at": to_datetime(now)}
        events = [{**row, **base, "event_id": f"camara-{token_hex(12)}"} for row in told]
        rows = [read_event(msgspec.json.encode(each), key, live=self._live) for each in events]
        decided: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        submission = Submission(key.id, key.institution, rows, lambda: _settle(decided))
        if not self._line.waiting.put(submission):
            raise ApiError(503, "queue_full", "too much of this key waits already; try again", retry_after=1)
        await decided
        for reply in submission.replies:
            if reply is not None and reply.status != 200:
                raise ApiError(reply.status, reply.code, reply.message, retry_after=5 if reply.status == 503 else None)


def _settle(decided: asyncio.Future[None]) -> None:
    if not decided.done():  # the caller may have gone
        decided.set_result(None)
