"""What goes wrong between two houses: crashes, full disks, receivers that lie or fall silent, all of them real."""

from __future__ import annotations

import os
import random
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from certificates import certificate
from exchange.test_courier import courier, pending
from exchange_house import NOW, House, Receiver
from stanch.exchange.deliveries import FILE, Deliveries
from stanch.exchange.ways import post
from stanch.model.errors import StoreError
from stanch.model.time import SECOND
from stanch.store.rows import OutboxRow

Config = Callable[..., Path]

SEND = "import sys; from stanch.cli import main; main(sys.argv[1:])"
LATER = 10**17  # long after these tests run


def sending(house: House, config: Path, *, most_bytes: int | None = None) -> subprocess.Popen[bytes]:
    """Start ``stanch send --once`` as a process of its own, which may write files of so many bytes."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    words = ["send", "--home", str(house.home), "--config", str(config), "--once"]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", SEND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit
    )  # fmt: skip


def finished(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


def test_a_sender_killed_between_the_answer_and_its_note_repeats_the_id_alone(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    """The receiver has answered 200; the sender stands still before it can read it, and is killed."""
    house.put(house.order(1, until=LATER), house.notice(2, until=LATER))
    held = threading.Event()
    receiver.plan += ["slow"]
    receiver.before_answer = lambda: (os.kill(sender.pid, signal.SIGSTOP), held.set())  # type: ignore[func-returns-value]  # two steps
    sender = sending(house, config_file(retry="{first: 1s, attempts: 3, timeout: 60s}"))
    assert held.wait(30)
    time.sleep(0.1)  # the answer lies in the sender's socket
    sender.kill()
    sender.communicate()
    with closing(Deliveries(house.home / FILE)) as book:
        assert book.receipts() == []
    assert finished(sending(house, config_file()))[0] == 0
    ids = receiver.ids()
    assert (len(ids), len(set(ids))) == (3, 2)
    first, second = (body for headers, body in receiver.came if headers["Stanch-Id"] == ids[0])
    assert first == second
    assert pending(house) == []


def test_a_sender_killed_again_and_again_delivers_everything_and_nothing_twice_under_two_ids(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    rows = [house.order(n, until=LATER) if n % 2 else house.notice(n, until=LATER) for n in range(1, 41)]
    house.put(*rows)
    chance, config = random.Random(5), config_file()  # noqa: S311 - moments, not secrets
    for _ in range(3):
        sender = sending(house, config)
        before = len(receiver.came)
        while len(receiver.came) < before + 5 and sender.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.02))
        sender.kill()
        sender.communicate()
    assert finished(sending(house, config))[0] == 0
    bodies: dict[str, set[bytes]] = {}
    for headers, body in receiver.came:
        bodies.setdefault(headers["Stanch-Id"], set()).add(body)
    assert len(bodies) == 40
    assert all(len(each) == 1 for each in bodies.values())
    assert len(receiver.came) <= 40 + 5, "at most one repeat for each kill"
    assert pending(house) == []


def test_a_disk_that_is_full_when_the_receipt_is_noted_stops_the_sender_and_loses_nothing(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(*(OutboxRow(f"d{n:03}", n, "decision", "{}", NOW) for n in range(40)))
    config = config_file()
    with closing(Deliveries(house.home / FILE)):
        pass
    code, said = finished(sending(house, config, most_bytes=60_000))
    assert code == 4
    assert "free the disk" in said
    taken = len(receiver.came)
    assert 0 < taken < 40
    assert finished(sending(house, config))[0] == 0
    assert len(set(receiver.ids())) == 40
    assert len(receiver.came) == 41, "only the message whose receipt was lost is repeated"
    assert pending(house) == []


def test_a_folder_that_cannot_be_written_is_tried_again(house: House, config_file: Config) -> None:
    house.put(house.notice(1))
    out = house.home.parent / "out"
    out.write_text("in the way of the folder")
    with courier(house, config_file("folder")) as (sender, _):
        assert sender.round(NOW).failed == 1
        out.unlink()
        assert sender.round(NOW + 10 * SECOND).taken == 1


@contextmanager
def answering(*parts: bytes, pause: float = 0.0) -> Iterator[str]:
    """A host that answers any request with these bytes, one after another, then closes."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        try:
            while True:
                talk, _ = server.accept()
                with talk:
                    talk.recv(65_536)
                    for part in parts:
                        talk.sendall(part)
                        if over.wait(pause):
                            return
        except OSError:
            return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    over.set()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.mark.parametrize(
    "parts",
    [
        [b"SSH-2.0-OpenSSH\r\n"],
        [b"\x00" * 4096],
        [b"HTTP/1.1 two hundred OK\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"],
        [b""],
        [b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ],
    ids=["ssh", "zeros", "no number", "headers", "long header", "nothing", "elsewhere", "goes on", "broken chunks"],
)
def test_an_answer_that_is_none_counts_as_not_taken(parts: list[bytes]) -> None:
    with answering(*parts) as address, pytest.raises(StoreError):
        post(address, (b"a secret of both sides", "S1"), b"{}", NOW, 2.0)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
    ],
)
def test_a_receiver_that_answers_a_byte_at_a_time_is_left_in_time(head: bytes) -> None:
    with answering(head, *[b"a"] * 1000, pause=0.05) as address:
        began = time.monotonic()
        with pytest.raises(StoreError):
            post(address, (b"a secret of both sides", "S1"), b"{}", NOW, 0.5)
        assert time.monotonic() - began < 3


def test_a_house_whose_certificate_nobody_signed_gets_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    got: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError), server.accept()[0] as line, context.wrap_socket(line, server_side=True) as talk:
                got.append(talk.recv(65_536))

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(StoreError, match="SSLCertVerificationError"):
            post(f"https://127.0.0.1:{server.getsockname()[1]}/", (b"a secret of both sides", "S1"), b"{}", NOW, 5.0)
        thread.join()
    assert got in ([], [b""])


def test_a_large_answer_is_not_kept(house: House) -> None:
    del house
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + b"a" * 200_000
    with answering(body) as address:
        assert post(address, (b"a secret of both sides", "S1"), b"{}", NOW, 2.0).startswith("200 sha256:")


def test_a_house_that_never_answers_holds_up_nobody_else(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(house.order(1), house.order(2), OutboxRow("d", 3, "decision", "{}", NOW))
    receiver.plan += ["hang"]
    with courier(house, config_file(retry="{first: 1s, attempts: 2, timeout: 1s}")) as (sender, book):
        told = sender.round(NOW)
        assert (told.failed, told.waiting, told.taken) == (1, 1, 1)
        receiver.plan += ["hang"]
        told = sender.round(NOW + SECOND)
        assert told.dead == 1
        assert "no answer" in next(one.said for one in book.all().values() if one.state == "dead")
