"""Ways out: a webhook over HTTP, a folder of files. Each returns a receipt, or raises StoreError to be tried again."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer
from typing import Final
from urllib.parse import urlsplit

from stanch.exchange.signatures import sign
from stanch.model.errors import StoreError
from stanch.store.files import sync

#: Answers by which a message counts as taken; 409 says that it was taken before.
_TAKEN: Final = frozenset({200, 201, 202, 204, 208, 409})
_ANSWER_BYTES: Final = 65_536


def post(address: str, key: tuple[bytes, str], body: bytes, now: int, timeout: float) -> str:
    """Send a body to a webhook, signed by ``key`` (secret, message id); return the receipt: status, answer's hash.

    ``timeout`` seconds are for the whole: who answers a byte at a time holds nobody up.
    """
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=timeout)
    headers = {"Content-Type": "application/json", **sign(*key, body, now)}
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    over, alarm = Event(), None
    try:
        connection.connect()
        alarm = Timer(timeout, _hang_up, (connection.sock, over))
        alarm.start()
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        said = answer.read(_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise StoreError(f"no answer ({type(error).__name__}); check the receiver and the network") from None
    finally:
        if alarm is not None:
            alarm.cancel()
        connection.close()
    if over.is_set():
        raise StoreError(f"no whole answer within {timeout:g} s; check the receiver and the network")
    if answer.status not in _TAKEN:
        raise StoreError(f"answered {answer.status}; see the receiver's log")
    return f"{answer.status} sha256:{hashlib.sha256(said).hexdigest()}"


def _hang_up(line: socket.socket, over: Event) -> None:
    """End a connection from another thread: what waits for it reads its end."""
    over.set()
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def drop(folder: Path, name: str, body: bytes) -> str:
    """Put a message into a folder, whole or not at all; return the receipt. The same message again changes nothing.

    The name is the message's id: whoever collects the folder can remember which ids it has taken.
    """
    path = folder / name
    receipt = f"file sha256:{hashlib.sha256(body).hexdigest()}"
    try:
        if path.exists() and path.read_bytes() == body:
            return receipt
        folder.mkdir(parents=True, exist_ok=True)
        _write(path.with_suffix(".part"), body)
        path.with_suffix(".part").replace(path)
        sync(folder)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; free the disk or mend the rights of the folder") from None
    return receipt


def _write(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
