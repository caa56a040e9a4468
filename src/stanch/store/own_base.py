"""A database of one process's own: a SQLite file that nobody else on the machine can read, used by several threads."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from stanch.model.errors import StoreError


class OwnBase:
    """One file and its connection; ``tables`` is what makes it, where it is new."""

    def __init__(self, path: Path, tables: str) -> None:
        self._path = path
        self._using = Lock()
        with self._explained():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._base.executescript(tables)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @contextmanager
    def used(self) -> Iterator[sqlite3.Connection]:
        """Use it alone. Raises StoreError where the file or the disk does not do what is asked."""
        with self._explained():
            yield self._base

    @contextmanager
    def changed(self) -> Iterator[sqlite3.Connection]:
        """Change it as a whole or not at all; on the disk when this ends."""
        with self.used() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self._using:
                yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path}: {error}; check its owner, its permissions and the disk") from None
