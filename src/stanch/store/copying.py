"""Copies of what another process may be writing: databases as of one moment, files as they are."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote

from stanch.model.errors import StoreError
from stanch.store.files import disk_explained, sync

_PIECE: Final = 1 << 20
_OWNER: Final = 0o600


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is after its last commit, into one file. Its writer goes on meanwhile.

    The whole copy is one reading transaction. Raises StoreError where the source is damaged or the disk fails.
    """
    _empty(target)
    try:
        with closing(open_to_read(source)) as theirs, closing(sqlite3.connect(target)) as ours:
            theirs.backup(ours)
            ours.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
            said = ours.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(
            f"copying {source}: {error}; free the disk, or restore an older backup if it is damaged"
        ) from None
    if said != "ok":
        raise StoreError(f"{source} is damaged ({said}); restore it from an older backup")
    sync(target)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a SQLite database that this process does not change, not even to tidy up when it closes."""
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file for its owner alone; on the disk when this returns."""
    _empty(target)
    shutil.copyfile(source, target)
    sync(target)


def write_lines(target: Path, lines: Iterable[bytes]) -> None:
    """Write lines for their owner alone; on the disk when this returns."""
    with disk_explained(f"writing {target}"):
        _empty(target)
        with target.open("wb") as stream:
            stream.writelines(lines)
        sync(target)


def poured(source: BinaryIO, target: BinaryIO | None) -> tuple[int, str]:
    """Read a stream to its end, into another where one is given; return its bytes and their SHA-256 in hex."""
    count, found = 0, hashlib.sha256()
    while piece := source.read(_PIECE):
        count += len(piece)
        found.update(piece)
        if target is not None:
            target.write(piece)
    return count, found.hexdigest()


def _empty(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER))
