"""Rotation: another master key for the vault, and days of texts that nobody can read any more.

The pseudonym key stays: the log is written in its pseudonyms, and nothing in the log is rewritten
(docs/decisions/0015).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from stanch.exchange.deliveries import FILE as DELIVERIES
from stanch.exchange.deliveries import Deliveries
from stanch.model.errors import ConfigError, InputError, StoreError
from stanch.privacy.pseudonyms import key_check
from stanch.privacy.retention import text_days_to_drop
from stanch.store.copying import copy_file
from stanch.store.files import disk_explained, put_in_place
from stanch.store.keys import CHECK_FILE, KEY_FILE, KeyRing, load_keys, make_next
from stanch.store.layout import VAULT_FILE
from stanch.store.vault import SqliteVault
from stanch.store.writing import WritingRight

#: Ends the name of the keys that a rotation leads to, until it is done.
NEXT: Final = ".next"


class KeysReport(msgspec.Struct, frozen=True):
    """The keys of a home, without the keys: the version in every pseudonym, the check value, and the days of texts."""

    version: int
    check: str
    text_days: int
    text_days_dropped: int
    text_days_over: int  # kept longer than the retention of texts allows
    rotation_interrupted: bool


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation encrypted anew; zeros where one that was interrupted had done so already."""

    identities: int
    day_keys: int
    old_keys: str


def told(home: Path, keys: Path | None, now: int) -> KeysReport:
    """Return what can be told of the keys of a home. Raises ConfigError for other keys."""
    path = _path(home, keys)
    ring = _own(home, path)
    with _vault(home, ring) as vault:
        days = vault.days()
    kept = [day for day, dropped in days.items() if not dropped]
    return KeysReport(
        ring.keys.version, key_check(ring.keys), len(days), len(days) - len(kept), len(text_days_to_drop(kept, now)),
        _next(path).exists(),
    )  # fmt: skip


def rotate(home: Path, old: Path, keys: Path | None = None) -> Rotated:
    """Put the vault of a home under a new key; the keys until now go to the file ``old``.

    Nobody writes to the home or sends from it meanwhile. Killed at any moment, it is finished by running it once more.
    Raises StoreError where the home is in use, InputError where ``old`` holds something else.
    """
    path = _path(home, keys)
    if not (home / VAULT_FILE).is_file():
        raise InputError(f"no vault in {home}; name a home that has one")
    with _alone(home):
        before, coming = _own(home, path), _next(path)
        _keep(path, old)
        after = load_keys(coming) if coming.exists() else make_next(coming, before)
        if key_check(after.keys) != key_check(before.keys):
            raise ConfigError(f"{coming}: not from a rotation of these keys; move it away and rotate again")
        identities, days = _encrypted(home, before, after)
        with disk_explained(f"writing {path}"):
            put_in_place(coming, path)
    return Rotated(identities, days, str(old))


def drop(home: Path, now: int, keys: Path | None = None) -> list[int]:
    """Destroy the keys of texts whose time is over at ``now``; return their UTC days since 1970. The line may go on."""
    path = _path(home, keys)
    with _vault(home, _own(home, path)) as vault:
        over = text_days_to_drop([day for day, dropped in vault.days().items() if not dropped], now)
        for day in over:
            vault.drop_day(day)
    return over


def _path(home: Path, keys: Path | None) -> Path:
    return keys or home / KEY_FILE


def _next(path: Path) -> Path:
    return path.with_name(path.name + NEXT)


def _own(home: Path, path: Path) -> KeyRing:
    ring, check = load_keys(path), home / CHECK_FILE
    if not check.exists() or check.read_text("utf-8").strip() != key_check(ring.keys):
        raise ConfigError(f"{path}: these keys are not those of {home}; name its key file")
    return ring


def _keep(path: Path, old: Path) -> None:
    """Keep the keys until now: backups made under them can be read with nothing else."""
    if old.exists() and old.read_bytes() != path.read_bytes():
        raise InputError(f"{old}: holds something else; name a new file for the keys until now")
    if not old.exists():
        with disk_explained(f"writing {old}"):
            copy_file(path, old)


def _encrypted(home: Path, before: KeyRing, after: KeyRing) -> tuple[int, int]:
    """Encrypt the vault anew, unless an interrupted rotation has."""
    try:
        vault = SqliteVault(home / VAULT_FILE, before.vault)
    except StoreError:
        SqliteVault(home / VAULT_FILE, after.vault).close()  # raises where it is under neither
        return 0, 0
    try:
        return vault.encrypt_anew(after.vault)
    finally:
        vault.close()


@contextmanager
def _vault(home: Path, ring: KeyRing) -> Iterator[SqliteVault]:
    if not (home / VAULT_FILE).is_file():
        raise InputError(f"no vault in {home}; name a home that has one")
    vault = SqliteVault(home / VAULT_FILE, ring.vault)
    try:
        yield vault
    finally:
        vault.close()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Nobody else writes to the home or sends from it: they would go on under the key until now."""
    right = WritingRight(home)
    right.take()
    try:
        book = Deliveries(home / DELIVERIES) if (home / DELIVERIES).exists() else None
        try:
            yield
        finally:
            if book is not None:
                book.close()
    finally:
        right.give_back()
