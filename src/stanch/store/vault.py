"""The vault: clear identities, encrypted one by one, opened for a named purpose, every opening chained.

A file of its own beside the log, so that it can lie on another disk, under other rights, and be taken away.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stanch.model.errors import InputError, StoreError
from stanch.privacy.identity import Identity
from stanch.privacy.purposes import named
from stanch.store.copying import open_to_read

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
CREATE TABLE IF NOT EXISTS master (one INTEGER PRIMARY KEY CHECK (one = 1), value BLOB NOT NULL);
"""
#: Identities encrypted anew in one step.
_AT_ONCE: Final = 10_000


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
        self._using = RLock()  # the thread that commits keeps identities while another opens them
        self._aead = AESGCM(master)
        with self._mended():
            if self._path != ":memory:":
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.executescript(_TABLES)
        try:
            self._know_master(master)
        except BaseException:
            self._db.close()
            raise

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
        with self._mended():  # two intakes may ask for a new day at once
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
        self._forget("the key is dropped")

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

    def days(self) -> dict[int, bool]:
        """Return the UTC days that have or had a text key, and whether it was dropped."""
        with self._mended():
            return {day: bool(gone) for day, gone in self._db.execute("SELECT day, dropped FROM day_keys ORDER BY day")}

    def under(self, master: bytes) -> bool:
        """Return whether the vault is encrypted under a master key."""
        with self._mended():
            return bool(self._db.execute("SELECT 1 FROM master WHERE value = ?", (master_check(master),)).fetchone())

    def encrypt_anew(self, master: bytes) -> tuple[int, int]:
        """Put everything under another master key, whole or not at all; return how many identities and day keys."""
        after, identities, last = AESGCM(master), 0, b""
        with self._transaction():
            query = f"SELECT pseudonym, cipher FROM identities WHERE pseudonym > ? ORDER BY pseudonym LIMIT {_AT_ONCE}"
            while rows := self._db.execute(query, (last,)).fetchall():
                changed = [(after.encrypt(p[:_NONCE], self._decrypt(p[:_NONCE], c, p), p), p) for p, c in rows]
                self._db.executemany("UPDATE identities SET cipher = ? WHERE pseudonym = ?", changed)
                identities, last = identities + len(rows), rows[-1][0]
            days = self._db.execute("SELECT day, cipher FROM day_keys WHERE cipher IS NOT NULL").fetchall()
            for day, cipher in days:
                key, nonce = self._decrypt(cipher[:_NONCE], cipher[_NONCE:], _day(day)), os.urandom(_NONCE)
                anew = nonce + after.encrypt(nonce, key, _day(day))
                self._db.execute("UPDATE day_keys SET cipher = ? WHERE day = ?", (anew, day))
            self._db.execute("UPDATE master SET value = ?", (master_check(master),))
        self._aead = after
        self._forget("the vault is encrypted anew")
        return identities, len(days)

    def _know_master(self, master: bytes) -> None:
        """Refuse a master key that is not the vault's; a vault that does not know its own yet is asked to decrypt."""
        with self._mended():
            known = self._db.execute("SELECT value FROM master").fetchone()
            if known is None:
                query = "SELECT pseudonym, cipher FROM identities LIMIT 1"
                for pseudonym, cipher in self._db.execute(query).fetchall():
                    self._decrypt(pseudonym[:_NONCE], cipher, pseudonym)
                self._db.execute("INSERT OR IGNORE INTO master VALUES (1, ?)", (master_check(master),))
            elif known[0] != master_check(master):
                raise StoreError(
                    f"{self._path}: the key file does not belong to this vault; "
                    "load the right one, or finish a rotation that was interrupted: stanch vault rotate"
                )

    def _forget(self, done: str) -> None:
        """Empty the write-ahead log, so that what was overwritten does not survive in it."""
        with self._mended():
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreError(
                f"{self._path}: {done}, but another program reads and keeps the old bytes in its write-ahead log; "
                "close it, then do this once more"
            )

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
            with self._using:
                yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path}: {error}; free the disk or close the other program, then start again"
            ) from error


def master_check(master: bytes) -> bytes:
    """Return a value by which a vault knows its master key, without revealing it."""
    return hmac.digest(master, b"stanch vault check", "sha256")[:16]


def knows(path: Path, master: bytes) -> bool | None:
    """Return whether a vault file is under a master key, None where it does not know its own; it is not changed.

    Raises StoreError where the file cannot be read.
    """
    try:
        with closing(open_to_read(path)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'master'").fetchone():
                return None
            row = database.execute("SELECT value FROM master").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}; restore it from a backup if it is damaged") from None
    return None if row is None else bool(row[0] == master_check(master))


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
