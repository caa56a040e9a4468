"""A submission: the events of one request, and the replies to them as they become durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pyarrow as pa

from stanch.intake.chunks import rows_table


class Reply(msgspec.Struct, frozen=True, gc=False):
    """The answer to one event, or its refusal: HTTP status, code of a refusal, and the JSON or the message."""

    status: int
    body: bytes
    code: str = ""
    message: str = ""
    param: str | None = None


class Submission:
    """Events that one key sent in one request. ``rows`` are rows of ``CLEAR_SCHEMA``, or a table of it.

    ``done`` is called once in the event loop, when every event has its reply; what was decided is then on the disk.
    """

    #: Whether somebody waits for the replies.
    awaited = True
    #: Whether all of it belongs into one group.
    whole = False

    __slots__ = ("_left", "count", "done", "owner", "replies", "rows", "source", "table")

    def __init__(
        self, owner: str, source: str, rows: Sequence[dict[str, object]] | pa.Table, done: Callable[[], None]
    ) -> None:
        self.owner = owner
        self.source = source
        self.table = rows if isinstance(rows, pa.Table) else None
        self.rows: Sequence[dict[str, object]] = () if isinstance(rows, pa.Table) else rows
        self.count = rows.num_rows if isinstance(rows, pa.Table) else len(rows)
        self.done = done
        self.replies: list[Reply | None] = [None] * self.count
        self._left = self.count

    def clear(self, start: int, stop: int) -> pa.Table:
        """Return some of the events in ``CLEAR_SCHEMA``."""
        return rows_table(self.rows[start:stop]) if self.table is None else self.table.slice(start, stop - start)

    def reply(self, start: int, replies: Sequence[Reply]) -> None:
        """Note the replies to the events from ``start`` on; the last ones end the submission. In the event loop."""
        self.replies[start : start + len(replies)] = replies
        self._left -= len(replies)
        if self._left == 0:
            self.done()
