"""The book of deliveries: what was tried, taken or given up. Beside the log, so that a crash sends nothing twice."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from stanch.model.errors import StoreError

FILE: Final = "deliveries.db"

#: ``settled`` was taken, and the log has noted it.
State = Literal["waiting", "taken", "settled", "dead"]

_TABLE: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS deliveries (
    id TEXT PRIMARY KEY, way TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'settled', 'dead')),
    attempts INTEGER NOT NULL, next_at INTEGER, at INTEGER NOT NULL, said TEXT NOT NULL,
    CHECK ((state = 'waiting') = (next_at IS NOT NULL))
) WITHOUT ROWID;
"""


#: What the log of a copy has not noted yet is not settled there.
_UNSETTLE: Final = """
UPDATE deliveries SET state = 'taken'
WHERE state = 'settled' AND id IN (SELECT id FROM log.outbox WHERE sent_at IS NULL)
"""


class Delivery(msgspec.Struct, frozen=True):
    """How far the delivery of an outbox row is. ``said`` is the receipt, or why the last attempt failed."""

    id: str
    way: str
    state: State
    attempts: int
    next_at: int | None
    at: int
    said: str


class Deliveries:
    """The owner of ``deliveries.db``; ``:memory:`` for tests."""

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        with self._explained():
            self._right = None if self._path == ":memory:" else self._take_right()
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.executescript(_TABLE)

    def close(self) -> None:
        """Close the file and let another courier go."""
        self._db.close()
        if self._right is not None:
            os.close(self._right)
            self._right = None

    def all(self) -> dict[str, Delivery]:
        """Return every delivery whose row may still be pending in the outbox, by row id."""
        with self._explained():
            rows = self._db.execute("SELECT * FROM deliveries WHERE state <> 'settled' ORDER BY at, id")
            return {row[0]: Delivery(*row) for row in rows}

    def receipts(self) -> list[Delivery]:
        """Return what was taken, with its receipts, oldest first."""
        with self._explained():
            rows = self._db.execute("SELECT * FROM deliveries WHERE state IN ('taken', 'settled') ORDER BY at, id")
            return [Delivery(*row) for row in rows]

    def note(self, delivery: Delivery) -> None:
        """Keep the newest state of a delivery; on the disk when this returns."""
        with self._explained():
            values = msgspec.structs.astuple(delivery)
            self._db.execute("INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def note_all(self, deliveries: Sequence[Delivery]) -> None:
        """Keep the newest states of deliveries, all or none; on the disk when this returns."""
        if not deliveries:
            return
        with self._explained(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            values = [msgspec.structs.astuple(one) for one in deliveries]
            self._db.executemany("INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def settle(self, ids: Sequence[str]) -> None:
        """Note that the log knows of these deliveries."""
        with self._explained(), self._db:
            self._db.execute("BEGIN IMMEDIATE")  # one wait for the disk, not one for each
            change = "UPDATE deliveries SET state = 'settled' WHERE id = ? AND state = 'taken'"
            self._db.executemany(change, [(id_,) for id_ in ids])

    def revive(self, at: int) -> int:
        """Let everything given up be tried again from now on; return how many."""
        with self._explained():
            change = "UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = ? WHERE state = 'dead'"
            return self._db.execute(change, (at,)).rowcount

    def _take_right(self) -> int:
        """Return the lock of this book: two couriers would send everything twice."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise StoreError(f"{self._path}: another process sends from this home; stop it first") from None
        return file

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path}: {error}; free the disk or close the other program, then send again"
            ) from None


def unsettle(book: Path, log: Path) -> int:
    """Make a copied book fit an earlier copy of the log; return how many of its deliveries the log has still to note.

    Without it a message that was taken between the two copies would lie in the outbox, and be sent again.
    """
    try:
        with closing(sqlite3.connect(book, isolation_level=None)) as database:
            database.execute("ATTACH DATABASE ? AS log", (str(log),))
            return database.execute(_UNSETTLE).rowcount
    except sqlite3.Error as error:
        raise StoreError(f"{book}: {error}; make the copy again") from None
