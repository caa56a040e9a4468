"""Connections that mean harm: slow heads, long heads, two lengths for one body."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextlib import closing, suppress

import pytest
import uvicorn
from uvicorn.server import ServerState

from api.conftest import House
from stanch.api import connection, requests
from stanch.api.connection import LONGEST_HEAD, Connection
from stanch.api.problems import ApiError
from stanch.api.requests import Call, Message, Receive, Scope, Send, read_body, respond

_HEAD = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def said_ok(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, Call("r"), 200, b"{}")


async def talk(pieces: Iterable[bytes], pause: float) -> bytes:
    """Send pieces to a server of its own, slowly; return all that it said until it ended the connection."""
    config = uvicorn.Config(said_ok, log_config=None, lifespan="off", http=Connection, ws="none")
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        saying = asyncio.create_task(say(writer, pieces, pause))
        said = await asyncio.wait_for(all_of(reader), 20)
        saying.cancel()
        writer.close()
    return said


async def all_of(reader: asyncio.StreamReader) -> bytes:
    said = b""
    with suppress(ConnectionResetError):  # it ended while we were still talking
        while piece := await reader.read(65_536):
            said += piece
    return said


async def say(writer: asyncio.StreamWriter, pieces: Iterable[bytes], pause: float) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


@pytest.mark.parametrize(
    ("pieces", "answers"),
    [
        ([], 0),
        ([b"G", b"E", b"T", b" /", *[b"a"] * 1000], 0),
        ([b"GET / HTTP/1.1\r\n"] + [b"x: y\r\n"] * 1000, 0),
        ([_HEAD, *[b"\r\n"] * 1000], 1),
        ([_HEAD, b"GET / HT", *[b""] * 1000], 1),
    ],
    ids=["silence", "a slow address", "slow headers", "empty lines after an answer", "half a second request"],
)
def test_a_head_that_does_not_come_in_time_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], answers: int
) -> None:
    monkeypatch.setattr(connection, "HEAD_WITHIN", 0.3)
    assert asyncio.run(talk(pieces, 0.02)).count(b"200 OK") == answers


def test_a_connection_in_time_is_served_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_WITHIN", 0.5)
    halves = [half for _ in range(10) for half in (_HEAD[:9], _HEAD[9:])]
    assert asyncio.run(talk([*halves, b"GET"], 0.1)).count(b"200 OK") == 10


@pytest.mark.parametrize("begin", [b"GET /", b"GET / HTTP/1.1\r\nx: ", b"GET / HTTP/1.1\r\n"])
def test_a_head_without_end_is_not_kept(begin: bytes) -> None:
    more = b"a: b\r\n" * 1000 if begin.endswith(b"\r\n") else b"a" * 6000
    sent = 0

    def pieces() -> Iterable[bytes]:
        nonlocal sent
        yield begin
        for _ in range(1000):
            sent += len(more)
            yield more

    assert b"200" not in asyncio.run(talk(pieces(), 0.001))
    assert sent < 20 * LONGEST_HEAD


@pytest.mark.parametrize(
    "lines",
    [
        ("content-length: 4", "transfer-encoding: chunked"),
        ("content-length: 4", "content-length: 40"),
        ("transfer-encoding: chunked", "transfer-encoding: identity"),
        ("transfer-encoding: xchunked",),
        ("content-length : 4",),
        ("content-length: +4",),
        ("content-length: 4_0",),
        ("x: a\nsmuggled: 1",),
        ("x: a\0b",),
        ("content-length: 99999999999999999999999",),
    ],
)
def test_a_request_with_two_ends_is_refused_and_no_second_one_is_seen_in_it(
    house: House, lines: tuple[str, ...]
) -> None:
    port = int(house.server.url.rsplit(":", 1)[1])
    head = "\r\n".join(("POST /v1/events HTTP/1.1", "host: x", "content-type: application/json", *lines))
    body = "0\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as caller:
        caller.sendall(f"{head}\r\n\r\n{body}".encode())
        said = b""
        while piece := caller.recv(65_536):
            said += piece
    assert said.startswith(b"HTTP/1.1 400")
    assert said.count(b"HTTP/1.1") == 1


def test_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "READ_WITHIN", 0.1)

    async def drop_by_drop() -> Message:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(ApiError) as slow:
        asyncio.run(read_body(drop_by_drop, Call("r"), 1000))
    assert slow.value.status == 408


def test_one_connection_too_many_is_told_so_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "most", 2)

    async def crowd() -> tuple[list[bytes], bytes]:
        config = uvicorn.Config(said_ok, log_config=None, lifespan="off", http=Connection, ws="none")
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        async with await loop.create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            callers = [await asyncio.open_connection(*address) for _ in range(2)]
            answers = [await asked(*caller) for caller in callers]
            callers.append(await asyncio.open_connection(*address))
            refused = await asyncio.wait_for(all_of(callers[2][0]), 20)
            answers += [await asked(*caller) for caller in callers[:2]]
            callers[0][1].close()
            while len(state.connections) > 1:
                await asyncio.sleep(0.01)
            callers.append(await asyncio.open_connection(*address))
            answers.append(await asked(*callers[3]))
            for _, writer in callers:
                writer.close()
                with suppress(ConnectionError):
                    await writer.wait_closed()
            return answers, refused

    answers, refused = asyncio.run(crowd())
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert refused.startswith(b"HTTP/1.1 503")
    assert b'"code":"too_many_connections"' in refused


def test_a_caller_who_does_not_read_keeps_no_answer_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "READ_WITHIN", 0.3)

    async def said_much(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, Call("r"), 200, bytes(64_000_000))

    async def unread() -> int:
        config = uvicorn.Config(said_much, log_config=None, lifespan="off", http=Connection, ws="none")
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        async with await loop.create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0) as server:
            with closing(socket.create_connection(server.sockets[0].getsockname(), timeout=20)) as caller:
                caller.sendall(_HEAD)
                while not state.connections:
                    await asyncio.sleep(0.01)
                for _ in range(1000):
                    await asyncio.sleep(0.01)
                    if not state.connections:
                        break
        return len(state.connections)

    assert asyncio.run(unread()) == 0


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send a request; return the head of its answer."""
    writer.write(_HEAD)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    await reader.readexactly(2)
    return head
