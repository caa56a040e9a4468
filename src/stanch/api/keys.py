"""API keys: shown once, kept as hashes, each of one institution with scopes and a budget of its own."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from stanch.api.problems import ApiError
from stanch.api.scopes import SCOPES
from stanch.engine.names import OURSELVES
from stanch.model.errors import InputError
from stanch.store.own_base import OwnBase

FILE: Final = "access.db"
#: What every key starts with, so that scanners for leaked secrets find it.
MARK: Final = "stanch"
#: Seconds after which a change by another process is seen at the latest.
LOOK_EVERY: Final = 0.05
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 5
_LONGEST_NAME: Final = 128

_TABLE: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, institution TEXT NOT NULL, scopes TEXT NOT NULL,
    note TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER, rate REAL, burst INTEGER,
    person TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
_COLUMNS: Final = "id, institution, scopes, note, created_at, expires_at, revoked_at, rate, burst, person"
#: A table of before keys could be a person's.
_ADD_PERSON: Final = "ALTER TABLE keys ADD COLUMN person TEXT NOT NULL DEFAULT ''"


class Key(msgspec.Struct, frozen=True):
    """One key without its secret; times in UTC microseconds; rate in events a second, None: the server's.

    ``person`` is who alone uses it, by name or staff number; empty for the key of a machine.
    """

    id: str
    institution: str
    scopes: tuple[str, ...]
    note: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    rate: float | None = None
    burst: int | None = None
    person: str = ""


class Wish(msgspec.Struct, frozen=True):
    """What a new key shall be."""

    institution: str
    scopes: tuple[str, ...]
    note: str = ""
    expires_at: int | None = None
    rate: float | None = None
    burst: int | None = None
    person: str = ""


class ApiKeys:
    """The owner of the table of keys. Several processes may use it: what one changes, the others see soon."""

    def __init__(self, path: Path) -> None:
        self._base = OwnBase(path, _TABLE)
        with self._base.changed() as base:
            if all(column[1] != "person" for column in base.execute("PRAGMA table_info(keys)")):
                base.execute(_ADD_PERSON)
        self._known: dict[bytes, Key] = {}
        self._lately: dict[str, Key] = {}  # by the secret itself, from one look at the file to the next
        self._version = -1
        self._looked = 0.0

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def create(self, wish: Wish, now: int) -> tuple[Key, str]:
        """Make a key; return it and its secret, which is kept nowhere. Raises InputError."""
        _check(wish, now)
        id_ = secrets.token_hex(_ID_BYTES)
        secret = f"{MARK}_{id_}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        scopes = tuple(scope for scope in SCOPES if scope in wish.scopes)
        key = Key(
            id_, wish.institution, scopes, wish.note, now, wish.expires_at, None, wish.rate, wish.burst, wish.person
        )  # fmt: skip
        values = (
            id_, _digest(secret), key.institution, " ".join(scopes), key.note, now, key.expires_at, None, key.rate,
            key.burst, key.person,
        )  # fmt: skip
        with self._base.used() as base:
            base.execute(f"INSERT INTO keys VALUES ({', '.join('?' * len(values))})", values)
        self._version = -1
        return key, secret

    def revoke(self, id_: str, now: int) -> Key:
        """Make a key useless from now on. Raises InputError for an unknown one."""
        with self._base.used() as base:
            base.execute("UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, id_))
        self._version = -1
        found = [key for key in self.all() if key.id == id_]
        if not found:
            raise InputError(f"no key {id_!r}; list them with: stanch keys list")
        return found[0]

    def all(self) -> list[Key]:
        """Return all keys, oldest first, those of no use any more too."""
        with self._base.used() as base:
            rows = base.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY created_at, id").fetchall()
        return [_key(row) for row in rows]

    def of(self, secret: str, now: int) -> Key:
        """Return the key of a secret. Raises ApiError 401 where there is none, or it was revoked or has expired."""
        key = self._lately.get(secret) if monotonic() - self._looked < LOOK_EVERY and self._version >= 0 else None
        if key is None:
            key = self._find(_digest(secret))
            if key is not None:
                self._lately[secret] = key
        if key is None:
            raise ApiError(401, "unknown_key", "no such key; send Authorization: Bearer and a key of this deployment")
        if key.revoked_at is not None:
            raise ApiError(401, "revoked_key", "this key was revoked; ask the operator for a new one")
        if key.expires_at is not None and key.expires_at <= now:
            raise ApiError(401, "expired_key", "this key has expired; ask the operator for a new one")
        return key

    def _find(self, digest: bytes) -> Key | None:
        known = self._known.get(digest)
        if known is not None and self._version >= 0 and monotonic() - self._looked < LOOK_EVERY:
            return known
        with self._base.used() as base:
            self._look_again(base)
            if digest not in self._known:
                row = base.execute(f"SELECT {_COLUMNS} FROM keys WHERE digest = ?", (digest,)).fetchone()
                if row is None:  # not remembered: guesses must not fill the memory
                    return None
                self._known[digest] = _key(row)
        return self._known[digest]

    def _look_again(self, base: sqlite3.Connection) -> None:
        """Forget what is known where another process has changed a key; asked so often, and not for each request."""
        now = monotonic()
        if now - self._looked < LOOK_EVERY and self._version >= 0:
            return
        (version,) = base.execute("PRAGMA data_version").fetchone()
        self._lately = {}
        if version != self._version:
            self._known, self._version = {}, version
        self._looked = now


def _digest(secret: str) -> bytes:
    """Return the hash that is kept. The secret is 256 random bits: no slow hash can make it harder to guess."""
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Sequence[str | int | float | None]) -> Key:
    named = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return msgspec.convert(named | {"scopes": str(named["scopes"]).split()}, Key)


def _check(wish: Wish, now: int) -> None:
    unknown = [scope for scope in wish.scopes if scope not in SCOPES]
    if unknown or not wish.scopes:
        raise InputError(f"unknown scope {', '.join(unknown) or '(none)'}; known: {', '.join(SCOPES)}")
    name = wish.institution
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name == OURSELVES:
        raise InputError(f"institution {name!r}: write the name of a source of events, other than {OURSELVES!r}")
    person = wish.person
    if person and (len(person) > _LONGEST_NAME or not person.isprintable() or not any(map(str.isalnum, person))):
        raise InputError(f"person {person!r}: write the name or staff number of who alone uses the key")
    if wish.expires_at is not None and wish.expires_at <= now:
        raise InputError("the key would have expired already; name a later end")
    if (wish.rate is not None and wish.rate <= 0) or (wish.burst is not None and wish.burst < 1):
        raise InputError("rate and burst must be positive")
