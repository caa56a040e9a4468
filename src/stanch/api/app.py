"""The application: the hot path first, everything else on Starlette, every answer with its id and headers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter

from stanch.api.events import Events
from stanch.api.logs import Log
from stanch.api.metrics import Histogram
from stanch.api.problems import ApiError, problem_of
from stanch.api.requests import SECURITY, Call, Message, Receive, Scope, Send, new_call, peer_of, read_call, refuse
from stanch.api.threads import Threads
from stanch.model.errors import StanchError

Endpoint = Callable[[Call, Receive, Send], Awaitable[int]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class Served:
    """What was served: requests by route and status, and how long the hot ones took."""

    requests: dict[tuple[str, int], int] = field(default_factory=dict)
    seconds: dict[str, Histogram] = field(default_factory=lambda: {"events": Histogram(), "batch": Histogram()})
    busy: int = 0

    def count(self, route: str, status: int) -> None:
        """Count one request."""
        self.requests[route, status] = self.requests.get((route, status), 0) + 1


class App:
    """The ASGI application. ``rest`` serves what is not hot."""

    def __init__(self, events: Events, threads: Threads, rest: Asgi, served: Served, log: Log) -> None:
        self._threads = threads
        self._rest = rest
        self.events, self.served = events, served
        self._log = log
        self._hot: dict[str, tuple[str, Endpoint]] = {
            "/v1/events": ("events", events.one),
            "/v1/events/batch": ("batch", events.batch),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            hot = self._hot.get(scope["path"])
            self.served.busy += 1
            try:
                await (self._cold(scope, receive, send) if hot is None else self._serve(scope, receive, send, *hot))
            finally:
                self.served.busy -= 1
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._threads.start(asyncio.get_running_loop())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._threads.stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send, route: str, endpoint: Endpoint) -> None:
        call, status = new_call(), 500
        try:
            call = read_call(scope)
            if scope["method"] != "POST":
                raise ApiError(405, "method", "this path takes POST only")
            status = await endpoint(call, receive, send)
        except StanchError as error:
            problem = problem_of(error)
            status = problem.status
            self._log.refusal(status, problem.code, call.id, call.key, peer_of(scope))
            await refuse(send, call, problem)
        except Exception as error:  # noqa: BLE001 the outermost loop: the caller is told, the log says what
            self._log.error("request_failed", request_id=call.id, route=route, error=type(error).__name__)
            await refuse(send, call, problem_of(StanchError("internal")))
        finally:
            self.served.count(route, status)
            self.served.seconds[route].observe(perf_counter() - call.began)

    async def _cold(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = read_call(scope)
        except ApiError as problem:
            await refuse(send, new_call(), problem)
            return
        scope["stanch.call"] = call
        status = 500

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *SECURITY, (b"x-request-id", call.id.encode())]
            await send(message)

        try:
            await self._rest(scope, receive, dressed)
        except Exception:  # noqa: BLE001 told and logged already; raised again for servers that print the whole stack
            status = 500
        finally:
            self.served.count("other", status)
