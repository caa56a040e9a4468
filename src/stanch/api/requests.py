"""Requests: what a caller's headers and body say, checked before anything is decided."""

from __future__ import annotations

import re
from asyncio import timeout
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any, Final

from stanch.api.problems import ApiError

Scope = MutableMapping[str, Any]  # Any: as ASGI defines it
Message = MutableMapping[str, Any]  # Any: as above
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

#: Seconds in which a body must have come.
READ_WITHIN: Final = 30.0

_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_DEADLINE: Final = re.compile(rb"[0-9]{1,7}")
_PREFIX: Final = token_hex(4)
_numbers: Final = count(1)

#: On every answer: nothing is kept by caches, guessed by browsers or shown in frames.
SECURITY: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
)


@dataclass(slots=True)
class Call:
    """One request as far as its headers tell."""

    id: str
    authorization: bytes = b""
    content_type: bytes = b""
    length: int | None = None
    deadline: float | None = None  # seconds after ``began``
    began: float = field(default_factory=perf_counter)
    purpose: bytes = b""
    key: str = ""  # its id, once the gate knows it


def new_call() -> Call:
    """Return a call of which nothing is known yet but its id."""
    return Call(f"{_PREFIX}{next(_numbers):08x}")


def read_call(scope: Scope) -> Call:
    """Return what the headers say. Raises ApiError 400 for a deadline or a length that is no number."""
    call = new_call()
    for name, value in scope["headers"]:
        if name == b"authorization":
            call.authorization = value
        elif name == b"content-type":
            call.content_type = value.partition(b";")[0].strip().lower()
        elif name == b"content-length":
            call.length = int(value) if value.isdigit() else None
        elif name == b"x-request-id" and _ID.fullmatch(value):
            call.id = value.decode()
        elif name == b"stanch-purpose":
            call.purpose = value
        elif name == b"stanch-deadline-ms":
            if not _DEADLINE.fullmatch(value) or not int(value):
                raise ApiError(400, "bad_deadline", "expected whole milliseconds from 1 on", param="Stanch-Deadline-Ms")
            call.deadline = int(value) / 1000
    return call


def peer_of(scope: Scope) -> str:
    """Return the address that a request came from: the caller's, or that of the proxy in front."""
    client = scope.get("client")
    return "" if client is None else str(client[0])


async def read_body(receive: Receive, call: Call, most: int) -> bytes:
    """Return the body. Raises ApiError 413 as soon as it is known to be too long, 408 where it comes too slowly."""
    if call.length is not None and call.length > most:
        raise too_large(most)
    try:
        async with timeout(READ_WITHIN):
            return await _read(receive, most)
    except TimeoutError:
        raise ApiError(408, "slow_body", f"the body was not there within {READ_WITHIN} s; send it again") from None


async def _read(receive: Receive, most: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > most:
            raise too_large(most)
        return body
    parts, length = [message.get("body", b"")], len(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiError(400, "cut_off", "the body ended early; send it again, whole")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > most:
            raise too_large(most)
    return b"".join(parts)


def too_large(most: int) -> ApiError:
    """Return the refusal of a body that is too long."""
    return ApiError(413, "too_large", f"a body of more than {most} bytes; send smaller ones")


async def respond(
    send: Send, call: Call, status: int, body: bytes, *more: Header, content_type: bytes = b"application/json"
) -> None:
    """Send a whole answer."""
    headers = [
        *SECURITY, *more, (b"content-type", content_type), (b"x-request-id", call.id.encode()),
        (b"content-length", b"%d" % len(body)),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def with_problem(problem: ApiError) -> list[Header]:
    """Return the headers that go with a refusal."""
    more = [] if problem.retry_after is None else [(b"retry-after", b"%d" % problem.retry_after)]
    if problem.status == 401:
        more.append((b"www-authenticate", b"Bearer"))
    return more


async def refuse(send: Send, call: Call, problem: ApiError) -> None:
    """Send a refusal."""
    await respond(send, call, problem.status, problem.body(call.id), *with_problem(problem))
