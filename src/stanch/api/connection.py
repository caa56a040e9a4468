"""One connection of HTTP/1.1: one of so many, with heads that come whole, soon and short, and answers that are read."""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stanch.api.problems import ApiError
from stanch.api.requests import SECURITY, new_call

#: Seconds in which the head of a request must have come, counted from when the connection waits for it.
HEAD_WITHIN: Final = 10.0
#: Bytes that may wait for the rest of a head, beside the piece that it began in.
LONGEST_HEAD: Final = 65_536
#: Seconds in which a caller must have read so much of an answer that the rest of it fits the buffers again.
READ_WITHIN: Final = 60.0


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, which would wait for a head without end and keep all of it, and every answer, too."""

    most = 1_000  # connections at once
    _unread: TimerHandle | None = None
    _alarm: TimerHandle | None = None
    _waiting = 0  # bytes of a head that is not whole yet
    _in_head = False
    _begun = False  # a first request came

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as the class above has it
        """Begin, and wait for the first head."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.write(_full())
            transport.close()
        else:
            self._set_alarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._end_alarm()
        self._end_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Write no more for now, and not for long: what is not read takes memory."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(READ_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        """Write on."""
        self._end_unread()
        super().resume_writing()

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

    def _end_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _set_alarm(self) -> None:
        if self._alarm is None:
            self._alarm = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


def _full() -> bytes:
    """Return the answer to one connection too many."""
    told = ApiError(503, "too_many_connections", "the server has as many connections as it takes; try again").body(
        new_call().id
    )
    lines = [b"%b: %b\r\n" % header for header in (*SECURITY, (b"content-type", b"application/json"))]
    head = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: %d\r\n%b\r\n"
    return head % (len(told), b"".join(lines)) + told
