"""Backup and restore: a home as it was after one commit, taken while the line goes on.

The order makes the copy consistent. Snapshots come first: only two are kept, and a log copied later always holds what
they hold. Then the log, up to its last commit. All else comes after it, so it holds at least what the log refers to: an
identity is in the vault, and an event in the quarantine, before the commit that tells of it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from stanch.engine.aside import is_own
from stanch.exchange.deliveries import FILE as DELIVERIES
from stanch.exchange.deliveries import unsettle
from stanch.model.errors import ConfigError, InputError, StoreError
from stanch.model.time import to_datetime
from stanch.privacy.pseudonyms import key_check
from stanch.store.backups import Backup, Contents, open_backup, refuse_what_is_there, seal, unfinished
from stanch.store.copying import copy_database, copy_file, open_to_read, write_lines
from stanch.store.files import disk_explained, put_in_place, sync
from stanch.store.keys import CHECK_FILE, KEY_FILE, KeyRing, load_keys
from stanch.store.lake import days_before
from stanch.store.layout import ACCESS_FILE, ASKED, AUDIT_FILE, CARDS_FILE, LAKE, QUARANTINE, SNAPSHOTS, VAULT_FILE
from stanch.store.place import LOG_FILE, in_server
from stanch.store.records import Records
from stanch.store.segments import segments_of
from stanch.store.snapshots import newest_whole
from stanch.store.text_files import LEXICON, MODEL
from stanch.store.vault import knows

_DATABASES: Final = (LOG_FILE, VAULT_FILE, DELIVERIES, ACCESS_FILE, AUDIT_FILE)
_AS_THEY_ARE: Final = (CHECK_FILE, MODEL, LEXICON)
#: What a backup knows of, with what belongs to the running process.
_KNOWN: Final = {
    *_DATABASES, *_AS_THEY_ARE, KEY_FILE, QUARANTINE, SNAPSHOTS, LAKE, ASKED, "log.lock",
    CARDS_FILE, *(f"{name}-{end}" for name in (*_DATABASES, CARDS_FILE) for end in ("wal", "shm")),
}  # fmt: skip
_TRIES: Final = 3


class BackupReport(msgspec.Struct, frozen=True):
    """What was backed up, or restored. ``digest`` is that of the manifest; ``left_alone`` is not part of a home.

    ``up_to`` is the clock of the last event. ``reading`` is how many seconds the log was read in one transaction; the
    line could write meanwhile.
    """

    path: str
    events: int
    up_to: str | None
    files: int
    bytes: int
    with_keys: bool
    refused_rows_left_out: int
    digest: str
    seconds: float = 0.0
    reading: float = 0.0
    left_alone: tuple[str, ...] = ()


def back_up(
    home: Path, to: Path, now: int, *, keys: Path | None = None, with_keys: bool = False, with_quarantine: bool = False
) -> BackupReport:
    """Write a backup of a home to a new folder, or to a new file whose name ends in ``.tar``; check it.

    Raises InputError where there is no log or the target is taken, StoreError where something is damaged.
    """
    if in_server(home):
        raise InputError(f"the log of {home} is in a database server; back it up with pg_dump, see docs/operation.md")
    if not (home / LOG_FILE).is_file():
        raise InputError(f"no log in {home}; name a home that has one")
    refuse_what_is_there(to, "a folder, or a file ending in .tar,")
    begun = time.perf_counter()
    with _staged(to) as stage:
        _copy_snapshot(home / SNAPSHOTS, stage / SNAPSHOTS)
        started = time.perf_counter()
        copy_database(home / LOG_FILE, stage / LOG_FILE)
        reading = time.perf_counter() - started
        left_out = _copy_rest(home, stage, with_quarantine)
        if with_keys:
            _copy_keys(keys or home / KEY_FILE, stage)
        backup = seal(stage, _contents(stage, now, left_out), to)
    known = {*_KNOWN, f"{to.name}.part"}
    alone = tuple(sorted(path.name for path in home.iterdir() if path.name not in known and path != to))
    report = _report(to, backup)
    return msgspec.structs.replace(
        report, seconds=time.perf_counter() - begun, reading=reading, left_alone=alone
    )  # fmt: skip


def restore_backup(backup: Path, home: Path, keys: Path | None = None) -> BackupReport:
    """Make a home of a backup, whole or not at all; with a key file where the backup has none.

    Raises InputError where the home is taken, ConfigError for other keys, StoreError where the backup is damaged.
    """
    refuse_what_is_there(home, "a home")
    begun = time.perf_counter()
    with _staged(home) as stage, open_backup(backup) as opened:
        contents = opened.manifest.contents
        ring = None if keys is None else load_keys(keys)
        if ring is not None and key_check(ring.keys) != contents.keys:
            raise ConfigError(f"{keys}: these keys are not those of {backup}; name the key file of the home it is of")
        with disk_explained(f"restoring {home}"):
            opened.pour(stage)
            if ring is not None and not _opens(ring, stage):
                raise ConfigError(f"{keys}: rotated after this backup; name the key file of the time when it was made")
            if keys is not None and not contents.with_keys:
                copy_file(keys, stage / KEY_FILE)
            for folder in (stage, *(path for path in stage.rglob("*") if path.is_dir())):
                sync(folder)
            put_in_place(stage, home)
    return msgspec.structs.replace(_report(home, opened), seconds=time.perf_counter() - begun)


@contextmanager
def _staged(to: Path) -> Iterator[Path]:
    """A folder in which something is made; removed where that fails."""
    stage = unfinished(to)
    try:
        yield stage
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def _copy_snapshot(source: Path, target: Path) -> None:
    """Copy the newest whole snapshot with the ids it goes with; none where there is none: the log alone is enough."""
    for _ in range(_TRIES):  # the line may take another snapshot meanwhile, and remove this one
        found = newest_whole(source)
        if found is None:
            return
        path, meta = found
        try:
            for file in [*path.iterdir(), *segments_of(source, meta["seq"] + 1, int(meta["ids_from"]))]:
                copy_file(file, target / file.relative_to(source))
            if newest_whole(target) is not None:
                return
        except (FileNotFoundError, StoreError):
            pass
        shutil.rmtree(target, ignore_errors=True)


def _copy_rest(home: Path, stage: Path, with_quarantine: bool) -> int:
    """Copy what a log refers to; return how many refused rows in clear were left out."""
    with Records.read(stage) as records:
        clock = records.last_as_of()
        for _ in records.blocks(columns=()):  # their checksums
            pass
    with disk_explained(f"copying {home}"):
        for day in days_before(home / LAKE, clock or 0):
            for file in day.iterdir():
                copy_file(file, stage / file.relative_to(home))
        for name in _DATABASES[1:]:
            if (home / name).is_file():
                copy_database(home / name, stage / name)
        for name in _AS_THEY_ARE:
            if (home / name).is_file():
                copy_file(home / name, stage / name)
        if (stage / DELIVERIES).exists():
            unsettle(stage / DELIVERIES, stage / LOG_FILE)
        return _copy_quarantine(home / QUARANTINE, stage / QUARANTINE, with_quarantine)


def _copy_quarantine(source: Path, target: Path, with_quarantine: bool) -> int:
    """Copy what the line set aside, which decides later, and where asked what the intake refused, word for word."""
    if not source.exists():
        return 0
    with source.open("rb") as stream:
        lines = [line for line in stream if line.endswith(b"}\n")]
    kept = lines if with_quarantine else [line for line in lines if is_own(line)]
    write_lines(target, kept)
    return len(lines) - len(kept)


def _copy_keys(keys: Path, stage: Path) -> None:
    ring = load_keys(keys)
    if key_check(ring.keys) != _text(stage / CHECK_FILE):
        raise ConfigError(f"{keys}: these keys are not those of the home; name its key file with --keys")
    if not _opens(ring, stage):
        raise StoreError(f"{keys}: rotated while the backup was made; make it again")
    copy_file(keys, stage / KEY_FILE)


def _opens(ring: KeyRing, stage: Path) -> bool:
    """Return whether keys open the vault of a copy, if it has one."""
    vault = stage / VAULT_FILE
    return not vault.exists() or knows(vault, ring.vault) is not False


def _contents(stage: Path, now: int, left_out: int) -> Contents:
    with open_to_read(stage / LOG_FILE) as log:
        tables = log.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    log.close()
    with Records.read(stage) as records:
        policies = records.policies()
        return Contents(
            now, _release(), tables, records.last_seq(), records.last_as_of(), policies[-1].hash if policies else "",
            _text(stage / CHECK_FILE), (stage / KEY_FILE).exists(), left_out,
        )  # fmt: skip


def _report(path: Path, backup: Backup) -> BackupReport:
    manifest, contents = backup.manifest, backup.manifest.contents
    clock = contents.last_as_of
    return BackupReport(
        str(path), contents.last_seq + 1, None if clock is None else to_datetime(clock).isoformat(),
        len(manifest.files), manifest.bytes, contents.with_keys, contents.left_out, backup.digest,
    )  # fmt: skip


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.exists() else ""


def _release() -> str:
    try:
        return version("stanch")
    except PackageNotFoundError:  # run from its source
        return ""
