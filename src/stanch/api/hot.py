"""The shortest way of one event through HTTP: a whole request is answered by a callback, without a task of its own.

uvicorn parses, keeps connections and queues pipelined requests, as for every path. Only ``POST /v1/events`` whose body
came with its headers is taken here; one that is still on its way, or waits behind another, goes the usual way through
the ASGI application, and gets the same answer.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from stanch.api.app import Served
from stanch.api.connection import Connection
from stanch.api.events import Events, problem_of_reply
from stanch.api.logs import Log
from stanch.api.problems import ApiError, problem_of
from stanch.api.requests import SECURITY, Call, Header, Scope, new_call, peer_of, read_call, with_problem
from stanch.api.submission import Reply
from stanch.model.errors import StanchError

PATH: Final = "/v1/events"
ROUTE: Final = "events"

_ALWAYS: Final = b"".join(b"%b: %b\r\n" % header for header in (*SECURITY, (b"content-type", b"application/json")))
_FIRST: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n%b" % (status.value, status.phrase.encode(), _ALWAYS) for status in HTTPStatus
}


class HotPath:
    """What the connections share: the events' endpoint, what is counted, and the log."""

    def __init__(self, events: Events, served: Served, log: Log, connections: int) -> None:
        self._events = events
        self._served = served
        self._log = log
        self._connections = connections

    def protocol(self) -> type[HttpToolsProtocol]:
        """Return the protocol of a connection, of so many at once, for uvicorn."""
        return type("HotProtocol", (HotProtocol,), {"hot": self, "most": self._connections})

    def begin(self, cycle: RequestResponseCycle, protocol: HotProtocol) -> None:
        """Take the event of a whole request; its answer is written when it is saved."""
        self._served.busy += 1
        call = new_call()
        try:
            call = read_call(cast("Scope", cycle.scope))
            self._events.whole(call, cycle.body, partial(self._end, cycle, protocol, call))
        except StanchError as error:
            self._end(cycle, protocol, call, problem_of(error))
        except Exception as error:  # noqa: BLE001 the outermost loop: the caller is told, the log says what
            self._log.error("request_failed", request_id=call.id, route=ROUTE, error=type(error).__name__)
            self._end(cycle, protocol, call, problem_of(StanchError("internal")))

    def _end(self, cycle: RequestResponseCycle, protocol: HotProtocol, call: Call, reply: Reply | ApiError) -> None:
        problem = reply if isinstance(reply, ApiError) else None if reply.status == 200 else problem_of_reply(reply)
        status = 200 if problem is None else problem.status
        self._served.busy -= 1
        self._served.count(ROUTE, status)
        self._served.seconds[ROUTE].observe(perf_counter() - call.began)
        if problem is None and isinstance(reply, Reply):
            protocol.answer(cycle, call, 200, reply.body, [])
        elif problem is not None:
            self._log.refusal(status, problem.code, call.id, call.key, peer_of(cast("Scope", cycle.scope)))
            protocol.answer(cycle, call, status, problem.body(call.id), with_problem(problem))


class HotProtocol(Connection):
    """One connection."""

    hot: HotPath

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 as uvicorn makes it
        super().__init__(*args, **kwargs)
        self._ours: RequestResponseCycle | None = None  # a request for us whose body is not whole yet

    def data_received(self, data: bytes) -> None:
        """Take bytes; what is not whole after them goes the usual way."""
        super().data_received(data)
        if self._ours is not None:
            cycle, self._ours = self._ours, None
            if not cycle.disconnected:
                super()._start_asgi_task(cycle, self.app)

    def on_message_complete(self) -> None:
        """Answer a request that is whole now."""
        super().on_message_complete()
        if self._ours is not None and not self._ours.more_body:
            cycle, self._ours = self._ours, None
            self.hot.begin(cycle, self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 as uvicorn types it
        scope = cycle.scope
        ours = scope["path"] == PATH and scope["method"] == "POST" and cycle.more_body
        if ours and app is self.app and not cycle.waiting_for_100_continue:
            self._ours = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def answer(self, cycle: RequestResponseCycle, call: Call, status: int, body: bytes, more: list[Header]) -> None:
        """Write a whole answer, and leave the connection as uvicorn does after one."""
        if cycle.disconnected or cycle.response_started:
            return
        headers = [*self.server_state.default_headers, *more]
        if not cycle.keep_alive:
            headers.append((b"connection", b"close"))
        self.transport.write(
            b"%b%bx-request-id: %b\r\ncontent-length: %d\r\n\r\n%b"
            % (_FIRST[status], b"".join([b"%b: %b\r\n" % each for each in headers]), call.id.encode(), len(body), body)
        )
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
