"""The threads of the server beside its event loop: the line, what is sent, what is read from a broker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from stanch.api.feed import Feed
from stanch.api.line_thread import LineThread
from stanch.api.sending import Sending


@dataclass(frozen=True, slots=True)
class Threads:
    """All of them, begun together and ended in an order in which nothing that was taken is left."""

    line: LineThread
    sending: Sending | None = None
    feed: Feed | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; replies are handed out in this event loop."""
        self.line.start(loop)
        if self.sending is not None:
            self.sending.start()

    def stop(self) -> None:
        """Read and send no more, finish what was taken, and end."""
        if self.feed is not None:
            self.feed.stop()
        if self.sending is not None:
            self.sending.stop()
        self.line.stop()
        if self.feed is not None:
            self.feed.join()
