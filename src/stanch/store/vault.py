"""The vault: clear identities, encrypted one by one, opened for a named purpose, every opening chained.

A file of its own beside the log, so that it can lie on another disk, under other rights, and be taken away.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stanch.model.errors import InputError, StoreError
from stanch.privacy.identity import Identity
from stanch.privacy.purposes import named

_NONCE: Final = 12
_START: Final = bytes(32)

_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS identities (
    pseudonym BLOB PRIMARY KEY, kind TEXT NOT NULL, scheme TEXT NOT NULL, cipher BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day_keys (day INTEGER PRIMARY KEY, cipher BLOB, dropped INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS openings (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, purpose TEXT NOT NULL,
    subject BLOB NOT NULL, chain BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of the vault: who saw what, when and why."""

    number: int
    at: int
    actor: str
    purpose: str
    subject: bytes
    chain: bytes


class SqliteVault:
    """A vault in one SQLite file; ``:memory:`` for tests and throw-away replays."""

    def __init__(self, path: Path | str, master: bytes) -> None:
        self._path = str(path)
        self._aead = AESGCM(master)
        with self._mended():
            if self._path != ":memory:":
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, identities: Sequence[Identity]) -> None:
        """Keep new identities; those already kept stay as they are. Durable on return.

        The nonce is the pseudonym: it stands for exactly one normal form, so no nonce ever serves two messages, and
        keeping an identity twice writes the same bytes.
        """
        encrypt = self._aead.encrypt
        rows = [
            (i.pseudonym, i.kind, i.scheme, encrypt(i.pseudonym[:_NONCE], i.normalised.encode(), i.pseudonym))
            for i in identities
        ]
        rows.sort()
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO identities VALUES (?, ?, ?, ?)", rows)

    def day_key(self, day: int) -> bytes | None:
        """Return the text key of a UTC day, made on first use; None once the day was dropped."""
        with self._mended():
            row = self._db.execute("SELECT cipher FROM day_keys WHERE day = ?", (day,)).fetchone()
        if row is None:
            return self._new_day_key(day)
        return None if row[0] is None else self._decrypt(row[0][:_NONCE], row[0][_NONCE:], _day(day))

    def drop_day(self, day: int) -> None:
        """Destroy the text key of a day: its texts can never be read again, and no later text gets that day's key."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO day_keys VALUES (?, NULL, 1) ON CONFLICT (day) DO UPDATE SET cipher = NULL, dropped = 1",
                (day,),
            )
        with self._mended():  # the key must not survive in the write-ahead log either
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def open(self, pseudonym: bytes, purpose: str, actor: str, at: int) -> Identity:
        """Return the clear form and record the opening. Raises InputError for an unknown purpose or pseudonym."""
        self._record(pseudonym, named(purpose).name, actor, at)
        with self._mended():
            query = "SELECT kind, scheme, cipher FROM identities WHERE pseudonym = ?"
            row = self._db.execute(query, (pseudonym,)).fetchone()
        if row is None:
            raise InputError(
                f"the vault holds no identity {pseudonym.hex()}; check the pseudonym and the home it is from"
            )
        kind, scheme, cipher = row
        return Identity(pseudonym, kind, scheme, self._decrypt(pseudonym[:_NONCE], cipher, pseudonym).decode())

    def open_day(self, day: int, purpose: str, actor: str, at: int) -> bytes | None:
        """Return the text key of a day and record the opening; None if the key was dropped or never made."""
        if not named(purpose).text:
            raise InputError(f"purpose {purpose!r} does not cover texts; use investigation or access_request")
        self._record(_day(day), purpose, actor, at)
        with self._mended():
            known = self._db.execute("SELECT 1 FROM day_keys WHERE day = ?", (day,)).fetchone()
        return self.day_key(day) if known else None

    def openings(self) -> Iterator[Opening]:
        """Yield every opening, oldest first."""
        with self._mended():
            rows = self._db.execute("SELECT number, at, actor, purpose, subject, chain FROM openings ORDER BY number")
            yield from (Opening(*row) for row in rows)

    def verify(self) -> int:
        """Return the number of openings. Raises StoreError at the first that was changed, added or taken away."""
        return verified(self.openings())

    def _record(self, subject: bytes, purpose: str, actor: str, at: int) -> None:
        if not actor:
            raise InputError("an opening needs an actor; say who asks")
        with self._transaction():
            last = self._db.execute("SELECT number, chain FROM openings ORDER BY number DESC LIMIT 1").fetchone()
            number, chain = last or (0, _START)
            opening = Opening(number + 1, at, actor, purpose, subject, b"")
            self._db.execute(
                "INSERT INTO openings VALUES (?, ?, ?, ?, ?, ?)",
                (opening.number, at, actor, purpose, subject, _link(chain, opening)),
            )

    def _new_day_key(self, day: int) -> bytes:
        key, nonce = os.urandom(32), os.urandom(_NONCE)
        with self._transaction():
            cipher = nonce + self._aead.encrypt(nonce, key, _day(day))
            self._db.execute("INSERT INTO day_keys VALUES (?, ?, 0)", (day, cipher))
        return key

    def _decrypt(self, nonce: bytes, cipher: bytes, about: bytes) -> bytes:
        try:
            return self._aead.decrypt(nonce, cipher, about)
        except InvalidTag:
            raise StoreError(
                f"{self._path}: cannot decrypt; the key file does not belong to this vault or the file is damaged"
            ) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._mended():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _mended(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path}: {error}; free the disk or close the other program, then start again"
            ) from error


def verified(openings: Iterable[Opening]) -> int:
    """Return the number of openings, given from the oldest. Raises StoreError at the first that breaks their chain."""
    chain, count = _START, 0
    for opening in openings:
        count += 1
        chain = _link(chain, opening)
        if opening.number != count or opening.chain != chain:
            raise StoreError(f"the record of vault openings breaks at number {count}; compare with the last backup")
    return count


def _day(day: int) -> bytes:
    return f"day {day}".encode()


def _link(chain: bytes, opening: Opening) -> bytes:
    fields = (opening.number, opening.at, opening.actor, opening.purpose, opening.subject.hex())
    return hashlib.sha256(chain + repr(fields).encode()).digest()
