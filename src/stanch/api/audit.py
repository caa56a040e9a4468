"""The audit log: who read what about whom, when and why, in a chain that a change, a gap or a forgery breaks."""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from stanch.model.errors import StoreError

FILE: Final = "audit.db"
_START: Final = bytes(32)

_TABLE: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS reads (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL, institution TEXT NOT NULL,
    request TEXT NOT NULL, purpose TEXT NOT NULL, what TEXT NOT NULL, which TEXT NOT NULL, chain BLOB NOT NULL
);
"""


class Read(msgspec.Struct, frozen=True):
    """One reading: by which key, for which request and purpose; ``which`` names the records that were shown."""

    at: int
    key: str
    institution: str
    request: str
    purpose: str
    what: str
    which: str


class Verified(msgspec.Struct, frozen=True):
    """How many readings the chain holds, and the hash that it ends with."""

    readings: int
    head: str


class AuditLog:
    """The owner of ``audit.db``. ``secret`` is the home's: who cannot read it cannot write a chain that holds."""

    def __init__(self, path: Path, secret: bytes) -> None:
        self._path = path
        self._secret = hashlib.blake2b(b"audit", key=secret, digest_size=32).digest()
        self._using = Lock()
        with self._explained():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.executescript(_TABLE)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def note(self, read: Read) -> None:
        """Add a reading; on the disk when this returns, so before what was read is shown."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                number, chain = self._last()
                link = self._link(chain, number + 1, read)
                self._db.execute(
                    "INSERT INTO reads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (number + 1, *msgspec.structs.astuple(read), link),
                )
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def verify(self, noted: str | None = None) -> Verified:
        """Return what the chain holds. Raises StoreError at the first link that is broken.

        ``noted`` is a head that was written down before: where it is no longer in the chain, the end was cut off.
        """
        chain, count, seen = _START, 0, noted is None or noted == _START.hex()
        for number, read, link in self._rows():
            count += 1
            chain = self._link(chain, count, read)
            if number != count or link != chain:
                raise StoreError(
                    f"the audit log breaks at reading {count}: it or one before it was changed, added or taken away; "
                    "compare with the last backup"
                )
            seen = seen or chain.hex() == noted
        if not seen:
            raise StoreError(f"the audit log of {count} readings does not hold the head {noted}: its end was cut off")
        return Verified(count, chain.hex())

    def readings(self, since: int = 1) -> Iterator[tuple[int, Read]]:
        """Yield the readings from a number on."""
        for number, read, _ in self._rows(since):
            yield number, read

    def _rows(self, since: int = 0) -> list[tuple[int, Read, bytes]]:
        with self._explained():
            rows = self._db.execute("SELECT * FROM reads WHERE number >= ? ORDER BY number", (since,)).fetchall()
        return [(row[0], Read(*row[1:-1]), row[-1]) for row in rows]

    def _last(self) -> tuple[int, bytes]:
        found = self._db.execute("SELECT number, chain FROM reads ORDER BY number DESC LIMIT 1").fetchone()
        return (0, _START) if found is None else (int(found[0]), bytes(found[1]))

    def _link(self, chain: bytes, number: int, read: Read) -> bytes:
        body = msgspec.json.encode((number, read))
        return hmac.digest(self._secret, chain + body, "sha256")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self._using:
                yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path}: {error}; check its owner, its permissions and the disk") from None
