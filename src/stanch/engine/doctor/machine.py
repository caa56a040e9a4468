"""The machine under a home: who writes, who may read, how much room there is, and which libraries are installed."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from stanch.engine.doctor.finding import Finding, Look, spelled_bytes
from stanch.exchange.deliveries import FILE as DELIVERIES
from stanch.store.keys import KEY_FILE
from stanch.store.layout import ACCESS_FILE, AUDIT_FILE, CARDS_FILE, LAKE, QUARANTINE, SNAPSHOTS, VAULT_FILE
from stanch.store.place import LOG_FILE
from stanch.store.writing import LOCK_FILE, holder_of

_OTHERS: Final = 0o077
_SECRET: Final = (KEY_FILE, VAULT_FILE, QUARANTINE, DELIVERIES, ACCESS_FILE, AUDIT_FILE, CARDS_FILE)
_WRITTEN: Final = (
    LOG_FILE, VAULT_FILE, QUARANTINE, DELIVERIES, ACCESS_FILE, AUDIT_FILE, CARDS_FILE, SNAPSHOTS, LAKE,
)  # fmt: skip
#: Free space that is too little in any case, and the part of the disk below which somebody should act.
_LEAST: Final = 200_000_000
_PART: Final = 0.1


def writer(look: Look) -> Iterator[Finding]:
    """Who writes to the home, and whether the last one ended in order."""
    path, wal = look.home / LOCK_FILE, look.home / f"{LOG_FILE}-wal"
    if not path.exists():
        return
    named = holder_of(path)
    if _held(path):
        alive = named.isdigit() and Path(f"/proc/{named}").exists()
        if alive or not Path("/proc/self").exists():
            yield Finding("lock", "note", f"process {named} writes to it")
        else:
            yield Finding(
                "lock", "warning", f"{LOCK_FILE} is held, but process {named or 'unknown'} that took it is gone",
                f"a process that it started still holds the file: find it with lsof {LOCK_FILE} and end it",
            )  # fmt: skip
    elif wal.exists() and wal.stat().st_size:
        yield Finding(
            "lock", "note", f"process {named or 'unknown'} was killed while it wrote; nothing answered is lost",
            f"start the line: it goes on from there; {LOCK_FILE} binds nobody and can stay",
        )  # fmt: skip


def _held(path: Path) -> bool:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def rights(look: Look) -> Iterator[Finding]:
    """Who else may read or write it, and whether we may."""
    if look.home.stat().st_mode & _OTHERS:
        yield Finding("permissions", "warning", "others may enter the home", "run chmod 700 on its folder")
    for name in _SECRET:
        path = look.home / name
        if path.exists() and path.stat().st_mode & _OTHERS:
            yield Finding("permissions", "warning", f"others may read or write {name}", f"run chmod 600 on {name}")
    owner = look.home.stat().st_uid
    foreign = [name for name in _WRITTEN if (path := look.home / name).exists() and path.stat().st_uid != owner]
    if foreign:
        yield Finding(
            "permissions", "error", f"{', '.join(foreign)}: of another owner than the home; the line may fail",
            "give all of it to the user that runs the line: chown -R USER DIR",
        )  # fmt: skip
    closed = [name for name in _WRITTEN if (path := look.home / name).exists() and not path.stat().st_mode & 0o200]
    if closed:
        yield Finding("permissions", "error", f"{', '.join(closed)}: nobody may write", "run chmod u+w on each")


def room(look: Look) -> Iterator[Finding]:
    """How much room the disk has."""
    usage = shutil.disk_usage(look.home)
    yield from room_of(usage.free, usage.total)


def room_of(free: int, total: int) -> Iterator[Finding]:
    """What so many free bytes of a disk mean."""
    if free < _LEAST:
        yield Finding(
            "disk", "error", f"{spelled_bytes(free)} are free: what does not fit is not saved, and not answered",
            "free space now; everything that was answered is safe",
        )  # fmt: skip
    elif free < _PART * total:
        yield Finding(
            "disk",
            "warning",
            f"{spelled_bytes(free)} are free, {free / total:.0%} of the disk",
            "free space or grow the disk",
        )


def libraries(_look: Look) -> Iterator[Finding]:
    """Whether the libraries that are installed are those that this release asks for."""
    yield from unsuited(_asked())


def unsuited(wanted: Iterable[Requirement]) -> Iterator[Finding]:
    """Which of the libraries wanted are missing or of another version."""
    for asked in wanted:
        try:
            found = version(asked.name)
        except PackageNotFoundError:
            yield Finding("libraries", "error", f"{asked.name} is not installed", "install Stanch anew: make install")
            continue
        if not asked.specifier.contains(found, prereleases=True):
            yield Finding(
                "libraries", "error", f"{asked.name} {found} is installed, {asked.specifier} is asked for",
                "install Stanch anew: make install",
            )  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of all that a home is read and written with."""
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in ("stanch", *(asked.name for asked in _asked())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _asked() -> list[Requirement]:
    try:
        stated = requires("stanch") or []
    except PackageNotFoundError:  # run from its source
        return []
    wanted = [Requirement(text) for text in stated]
    return [asked for asked in wanted if asked.marker is None or asked.marker.evaluate({"extra": ""})]
