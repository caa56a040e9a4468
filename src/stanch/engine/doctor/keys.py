"""Keys and vault: whether they are there and are this home's, and whether the vault is whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stanch.engine.doctor.finding import Finding, Look
from stanch.engine.rotation import NEXT
from stanch.model.errors import ConfigError, StoreError
from stanch.privacy.pseudonyms import key_check
from stanch.privacy.retention import text_days_to_drop
from stanch.store.keys import CHECK_FILE, KEY_FILE, KeyRing, load_keys
from stanch.store.layout import VAULT_FILE
from stanch.store.vault import Opening, knows, verified

_BRING: Final = "bring this home's key file from where copies of it are kept, and run chmod 600 on it"


def keys(look: Look) -> Iterator[Finding]:
    """Whether the keys are there and are those the home was made with."""
    path = look.keys or look.home / KEY_FILE
    check = look.home / CHECK_FILE
    if not path.exists():
        yield Finding(
            "keys", "error", f"{path.name} is missing: the line cannot start", f"{_BRING}, or name it with --keys"
        )
        return
    try:
        ring = load_keys(path)
    except ConfigError as error:
        what, _, do = str(error).partition("; ")
        yield Finding("keys", "error", what, do)
        return
    if not check.exists():
        yield Finding(
            "keys", "warning", f"{CHECK_FILE} is missing: wrong keys would not be noticed",
            "make sure that these keys are this home's, then start the line: it writes the file anew",
        )  # fmt: skip
    elif check.read_text("utf-8").strip() != key_check(ring.keys):
        yield Finding("keys", "error", f"{path.name} holds the keys of another home", _BRING)
        return
    yield from _rotation(look.home / VAULT_FILE, path, ring)


def _rotation(vault: Path, path: Path, ring: KeyRing) -> Iterator[Finding]:
    fits = knows(vault, ring.vault) if vault.exists() else None
    if path.with_name(path.name + NEXT).exists():
        yield Finding(
            "keys", "warning" if fits else "error", "a rotation of the vault's key was interrupted",
            "finish it: stop the line, then run stanch vault rotate as before",
        )  # fmt: skip
    elif fits is False:
        yield Finding(
            "keys", "error", f"{path.name} is not what the vault is under: of another time, or rotated",
            _BRING,
        )  # fmt: skip


def vault(look: Look) -> Iterator[Finding]:
    """Whether the vault is whole, and its record of openings unbroken."""
    if not (look.home / VAULT_FILE).exists():
        yield Finding(
            "vault", "error", f"{VAULT_FILE} is missing: no pseudonym can be opened",
            "restore it from the last backup; identities seen since come back when their files are taken again",
        )  # fmt: skip
        return
    with look.database(VAULT_FILE) as database:
        for (said,) in database.execute("PRAGMA quick_check(3)"):
            if said != "ok":
                yield Finding("vault", "error", f"{VAULT_FILE} is damaged: {said}", "restore it from the last backup")
        rows = database.execute("SELECT number, at, actor, purpose, subject, chain FROM openings ORDER BY number")
        try:
            verified(Opening(*row) for row in rows)
        except StoreError as error:
            what, _, do = str(error).partition("; ")
            yield Finding("vault", "error", what, f"{do}, and ask who could write the file")
        days = [day for (day,) in database.execute("SELECT day FROM day_keys WHERE dropped = 0")]
    over = text_days_to_drop(days, look.now)
    if over:
        yield Finding(
            "retention", "warning", f"days of texts that can still be read after their time: {len(over):,}",
            "drop their keys: stanch vault drop --home DIR",
        )  # fmt: skip
