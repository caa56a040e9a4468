"""The keys of a home: made once, kept in a file that only its owner reads, told apart by a check value."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from stanch.model.errors import ConfigError, StoreError
from stanch.privacy.pseudonyms import KEY_BYTES, Keys, key_check

KEY_FILE: Final = "keys.json"
CHECK_FILE: Final = "keys.check"
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys of a deployment: those of pseudonyms and digests, the vault's, and the secret of event ids."""

    keys: Keys
    vault: bytes = field(repr=False)
    events: bytes = field(repr=False)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    pseudonym: bytes
    digest: bytes
    vault: bytes
    events: bytes


def open_keys(home: Path, key_file: Path | None = None) -> KeyRing:
    """Return the keys of a home, from its own file or the one given; a new home gets new keys.

    Raises ConfigError when a file is missing, open to others, damaged, or not the one the home was made with.
    """
    path = key_file or home / KEY_FILE
    check = home / CHECK_FILE
    if not path.exists():
        if check.exists() or key_file is not None:
            raise ConfigError(
                f"{path}: no such key file; without the keys of this home its log cannot go on: restore the file"
            )
        make_keys(path)
    ring = load_keys(path)
    value = key_check(ring.keys)
    if not check.exists():
        _write(check, value.encode())
    elif check.read_text("utf-8").strip() != value:
        raise ConfigError(f"{path}: these keys are not those of {home}; load the right file or begin a new home")
    return ring


def make_keys(path: Path) -> None:
    """Write new random keys to a file that only its owner reads. Raises StoreError if it exists."""
    parts = [os.urandom(KEY_BYTES) for _ in range(4)]
    _write(path, msgspec.json.encode(_File(1, *parts)))


def make_next(path: Path, ring: KeyRing) -> KeyRing:
    """Write keys with a new one for the vault, all others as they are, to a file that only its owner reads."""
    keys, fresh = ring.keys, os.urandom(KEY_BYTES)
    _write(path, msgspec.json.encode(_File(keys.version, keys.pseudonym, keys.digest, fresh, ring.events)))
    return KeyRing(keys, fresh, ring.events)


def load_keys(path: Path) -> KeyRing:
    """Return the keys in a file. Raises ConfigError."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise ConfigError(f"{path}: others may read or write it; run chmod 600 on it")
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name an existing key file") from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: not a key file ({error}); restore it from the backup") from None
    if len(file.vault) != KEY_BYTES or len(file.events) != KEY_BYTES:
        raise ConfigError(f"{path}: keys need {KEY_BYTES} bytes each; restore the file from the backup")
    return KeyRing(Keys(file.pseudonym, file.digest, file.version), file.vault, file.events)


def _write(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; free the disk or mend the rights of the folder") from None
