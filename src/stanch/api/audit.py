"""The audit log: who read what about whom, when and why, in a chain that a change, a gap or a forgery breaks."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from stanch.model.errors import StoreError
from stanch.store.own_base import OwnBase

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
        self._secret = hashlib.blake2b(b"audit", key=secret, digest_size=32).digest()
        self._base = OwnBase(path, _TABLE)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def note_all(self, reads: Sequence[Read]) -> None:
        """Add readings in their order, all or none; on the disk when this returns, so before what was read is shown."""
        with self._base.changed() as base:
            number, chain = _last(base)
            for read in reads:
                number, chain = number + 1, self._link(chain, number + 1, read)
                base.execute(
                    "INSERT INTO reads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (number, *msgspec.structs.astuple(read), chain),
                )

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
        with self._base.used() as base:
            rows = base.execute("SELECT * FROM reads WHERE number >= ? ORDER BY number", (since,)).fetchall()
        return [(row[0], Read(*row[1:-1]), row[-1]) for row in rows]

    def _link(self, chain: bytes, number: int, read: Read) -> bytes:
        body = msgspec.json.encode((number, read))
        return hmac.digest(self._secret, chain + body, "sha256")


def _last(base: sqlite3.Connection) -> tuple[int, bytes]:
    found = base.execute("SELECT number, chain FROM reads ORDER BY number DESC LIMIT 1").fetchone()
    return (0, _START) if found is None else (int(found[0]), bytes(found[1]))
