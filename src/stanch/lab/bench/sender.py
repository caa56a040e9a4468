"""A sender of our own, for machines without wrk: whole requests from a file, over connections that wait for answers.

``python -m stanch.lab.bench.sender PORT CONNECTIONS SECONDS FILE`` prints what was measured, in the words of
``sender.lua``.
"""

from __future__ import annotations

import select
import socket
import sys
from pathlib import Path
from time import perf_counter

import msgspec

from stanch.lab.bench.load import Measurement

_LENGTH = b"content-length: "
_OK = b"HTTP/1.1 200"


def read_requests(path: Path) -> list[bytes]:
    """Return the requests of a file: each stands after a line with its length."""
    body, found, at = path.read_bytes(), [], 0
    while at < len(body):
        end = body.index(b"\n", at)
        length = int(body[at:end])
        found.append(body[end + 1 : end + 1 + length])
        at = end + 1 + length
    return found


class Sender:
    """Connections that each send the next request when the answer to the last one is whole."""

    def __init__(self, port: int, connections: int, requests: list[bytes]) -> None:
        self._requests = requests
        self._next = 0
        self._poll = select.epoll() if hasattr(select, "epoll") else None
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
        self._by_number = {each.fileno(): each for each in self._sockets}
        self._sent_at: dict[int, float] = {}
        self._heads: dict[int, bytes] = {}
        self._left: dict[int, int] = {}  # bytes of an answer that are still to come
        self.times: list[float] = []
        self.refused = 0

    def run(self, seconds: float) -> float:
        """Send for some seconds; return how long it took until the last answer."""
        began = perf_counter()
        for number, each in self._by_number.items():
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._send(number)
        while self._sent_at:
            going_on = perf_counter() - began < seconds
            for number in self._ready():
                self._receive(number, going_on=going_on)
        return perf_counter() - began

    def close(self) -> None:
        """Close the connections."""
        for each in self._sockets:
            each.close()

    def _ready(self) -> list[int]:
        waiting = list(self._sent_at)
        if self._poll is None:
            return select.select(waiting, [], [])[0]
        return [number for number, _ in self._poll.poll()]

    def _send(self, number: int) -> None:
        request = self._requests[self._next % len(self._requests)]
        self._next += 1
        if self._poll is not None and number not in self._heads:
            self._poll.register(number, select.EPOLLIN)
        self._heads[number] = b""
        self._sent_at[number] = perf_counter()
        self._by_number[number].sendall(request)

    def _receive(self, number: int, *, going_on: bool) -> None:
        received = self._by_number[number].recv(1 << 20)
        if not received:
            raise ConnectionError("the server closed a connection while an answer was awaited")
        if number in self._left:
            self._left[number] -= len(received)
        else:
            self._read_head(number, received)
        if self._left.get(number, 1) > 0:
            return
        del self._left[number]
        self.times.append(perf_counter() - self._sent_at.pop(number))
        if going_on:
            self._send(number)

    def _read_head(self, number: int, received: bytes) -> None:
        """Note how much of an answer is still to come, once its head is whole."""
        head = self._heads[number] = self._heads[number] + received
        end = head.find(b"\r\n\r\n") + 4
        if end > 4:
            begins = head.lower().index(_LENGTH, 0, end) + len(_LENGTH)
            self._left[number] = int(head[begins : head.index(b"\r", begins)]) - (len(head) - end)
            self.refused += not head.startswith(_OK)


def main(arguments: list[str]) -> None:
    """Send, and print what was measured."""
    port, connections, seconds, path = arguments
    sender = Sender(int(port), int(connections), read_requests(Path(path)))
    took = sender.run(float(seconds))
    sender.close()
    times = sorted(sender.times)
    measured = Measurement(
        len(times), took, times[len(times) // 2], times[len(times) * 99 // 100], sender.refused, failed=0
    )
    sys.stdout.write(f"measured {msgspec.json.encode(measured).decode()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
