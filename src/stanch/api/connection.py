"""One connection of HTTP/1.1: its head must come whole, soon and short, or the connection ends."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Seconds in which the head of a request must have come, counted from when the connection waits for it.
HEAD_WITHIN: Final = 10.0
#: Bytes that may wait for the rest of a head, beside the piece that it began in.
LONGEST_HEAD: Final = 65_536


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, which would wait for a head without end and keep all of it."""

    _alarm: TimerHandle | None = None
    _waiting = 0  # bytes of a head that is not whole yet
    _in_head = False
    _begun = False  # a first request came

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as the class above has it
        """Begin, and wait for the first head."""
        super().connection_made(transport)
        self._set_alarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._end_alarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece. A head that grows too long ends the connection."""
        self._waiting = self._waiting + len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._waiting > LONGEST_HEAD:
            self.transport.close()
        elif self._in_head or not self._begun or self.cycle.response_complete:
            self._set_alarm()

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End a head."""
        self._in_head = False
        self._waiting, self._begun = 0, True
        self._end_alarm()
        super().on_headers_complete()

    def _set_alarm(self) -> None:
        if self._alarm is None:
            self._alarm = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
