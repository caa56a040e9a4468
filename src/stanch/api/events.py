"""The hot path: one event or a batch in, what was decided out, once it is on the disk. Raw ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Final

import msgspec
import pyarrow as pa

from stanch.api.bodies import ARROW, NDJSON, Body, Row, read_event, read_lines, read_stream
from stanch.api.gate import Gate
from stanch.api.keys import Key
from stanch.api.line_thread import LineThread
from stanch.api.problems import TYPES, ApiError
from stanch.api.requests import Call, Receive, Send, read_body, respond, too_large
from stanch.api.settings import Settings
from stanch.api.submission import Reply, Submission

_JSON: Final = b"application/json"
_FULL: Final = "too much of this key waits already; try again in a second"
_LATE: Final = (
    "not decided by your deadline; it will be decided once, and the same event sent again gets the same answer"
)


class BatchError(msgspec.Struct, frozen=True):
    """Why one event of a batch was not decided; ``line`` counts from 1, for an Arrow stream by row."""

    line: int
    type: str
    code: str
    message: str
    param: str | None = None


class Events:
    """Takes events of callers to the line and brings them its answers."""

    def __init__(self, gate: Gate, line: LineThread, settings: Settings) -> None:
        self._gate = gate
        self._line = line
        self._settings = settings
        self._live = settings.clock == "wall"

    async def one(self, call: Call, receive: Receive, send: Send) -> int:
        """Decide on one event whose body is still on its way; return the status."""
        key = self._enter(call)
        row = read_event(await read_body(receive, call, self._settings.body_bytes), key, live=self._live)
        (reply,) = await self._decided(call, key, [row])
        if reply.status != 200:
            raise problem_of_reply(reply)
        await respond(send, call, 200, reply.body)
        return 200

    def whole(self, call: Call, body: Body, answer: Callable[[Reply | ApiError], None]) -> None:
        """Let one event be decided whose body is there; ``answer`` is called once, in the event loop.

        Raises ApiError where the event is not taken; ``answer`` is then not called.
        """
        key = self._enter(call)
        if len(body) > self._settings.body_bytes:
            raise too_large(self._settings.body_bytes)
        row = read_event(body, key, live=self._live)
        waits = _Waits(answer)
        waits.submission = submission = Submission(key.id, key.institution, (row,), waits.decided)
        if not self._line.waiting.put(submission):
            raise self._not_taken()
        if call.deadline is not None:
            waits.timer = self._timer(asyncio.get_running_loop(), call, waits.missed)

    def _enter(self, call: Call) -> Key:
        key = self._gate.enter(call, "decide", "report")
        if call.content_type != _JSON:
            raise ApiError(415, "content_type", "send application/json; many at once go to /v1/events/batch")
        self._gate.spend(key, 1)
        return key

    async def batch(self, call: Call, receive: Receive, send: Send) -> int:
        """Decide on many events, in their order; one line for each comes back."""
        key = self._gate.enter(call, "decide", "report")
        if call.content_type != ARROW and call.content_type not in NDJSON:
            raise ApiError(415, "content_type", f"send {NDJSON[0].decode()} or {ARROW.decode()}")
        body = await read_body(receive, call, self._settings.body_bytes)
        lines = await (self._stream(call, key, body) if call.content_type == ARROW else self._lines(call, key, body))
        await respond(send, call, 200, lines, content_type=NDJSON[0])
        return 200

    async def _lines(self, call: Call, key: Key, body: bytes) -> bytes:
        most = self._settings.batch_events
        numbers, rows, wrong = await asyncio.to_thread(read_lines, body, key, live=self._live, most=most)
        self._gate.spend(key, len(numbers) + len(wrong))
        replies = await self._decided(call, key, rows) if len(rows) else []
        told = {
            number: reply.body if reply.status == 200 else _line(number, problem_of_reply(reply))
            for number, reply in zip(numbers, replies, strict=True)
        }
        told |= {number: _line(number, problem) for number, problem in wrong.items()}
        return b"".join(told[number] + b"\n" for number in sorted(told))

    async def _stream(self, call: Call, key: Key, body: bytes) -> bytes:
        most = self._settings.batch_events
        table = await asyncio.to_thread(read_stream, body, key, live=self._live, most=most)
        self._gate.spend(key, table.num_rows)
        replies = await self._decided(call, key, table) if table.num_rows else []
        return b"".join(
            (reply.body if reply.status == 200 else _line(number, problem_of_reply(reply))) + b"\n"
            for number, reply in enumerate(replies, 1)
        )

    async def _decided(self, call: Call, key: Key, events: list[Row] | pa.Table) -> list[Reply]:
        """Return the replies to events. Raises ApiError where they cannot wait, or the deadline passes first."""
        loop = asyncio.get_running_loop()
        decided: asyncio.Future[bool] = loop.create_future()
        submission = Submission(key.id, key.institution, events, lambda: _settle(decided, in_time=True))
        if not self._line.waiting.put(submission):
            raise self._not_taken()
        timer = self._timer(loop, call, lambda: _settle(decided, in_time=False))
        in_time = await decided
        if timer is not None:
            timer.cancel()
        if not in_time:
            raise ApiError(504, "deadline_missed", _LATE)
        return [reply for reply in submission.replies if reply is not None]

    def _timer(
        self, loop: asyncio.AbstractEventLoop, call: Call, late: Callable[[], None]
    ) -> asyncio.TimerHandle | None:
        if call.deadline is None:
            return None
        return loop.call_later(max(0.0, call.deadline - (perf_counter() - call.began)), late)

    def _not_taken(self) -> ApiError:
        if self._line.home is None:
            return ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
        return ApiError(429, "queue_full", _FULL, retry_after=1)


class _Waits:
    """One event that waits for its reply, or for its caller's deadline, whichever comes first."""

    __slots__ = ("_answer", "_over", "submission", "timer")

    def __init__(self, answer: Callable[[Reply | ApiError], None]) -> None:
        self._answer = answer
        self._over = False
        self.submission: Submission | None = None
        self.timer: asyncio.TimerHandle | None = None

    def decided(self) -> None:
        """Hand on the reply."""
        if self.timer is not None:
            self.timer.cancel()
        reply = self.submission.replies[0] if self.submission is not None else None
        if reply is not None and not self._over:
            self._over = True
            self._answer(reply)

    def missed(self) -> None:
        """Tell that the deadline passed first."""
        if not self._over:
            self._over = True
            self._answer(ApiError(504, "deadline_missed", _LATE))


def _settle(decided: asyncio.Future[bool], *, in_time: bool) -> None:
    if not decided.done():
        decided.set_result(in_time)


def problem_of_reply(reply: Reply) -> ApiError:
    """Return the refusal that the line gave instead of an answer."""
    after = 5 if reply.status == 503 else None
    return ApiError(reply.status, reply.code, reply.message, param=reply.param, retry_after=after)


def _line(number: int, problem: ApiError) -> bytes:
    kind = TYPES.get(problem.status, "invalid_request")
    return msgspec.json.encode(BatchError(number, kind, problem.code, str(problem), problem.param))
