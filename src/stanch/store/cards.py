"""What the log says of cards, on disk: a cache of the log with the place that it has reached, and nothing of its own.

Each row carries its checksum. Whoever finds a damaged one throws the file away and reads the log again.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stanch.model.errors import StoreError
from stanch.store.own_base import OwnBase

#: Another one is made anew from the log.
FORMAT_VERSION: Final = 1
_CHECK_BYTES: Final = 4

_TABLES: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS reached (
    one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, seq INTEGER NOT NULL, as_of INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, since INTEGER);
CREATE TABLE IF NOT EXISTS cards (
    source INTEGER NOT NULL, card BLOB NOT NULL, state BLOB NOT NULL, PRIMARY KEY (source, card)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holders (
    source INTEGER NOT NULL, holder BLOB NOT NULL, state BLOB NOT NULL, PRIMARY KEY (source, holder)
) WITHOUT ROWID;
"""
_UPSERT: Final = {
    "sources": "INSERT INTO sources VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET since = excluded.since",
    "cards": "INSERT INTO cards VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
    "holders": "INSERT INTO holders VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
}
_FIND: Final = {
    "cards": "SELECT state FROM cards WHERE source = ? AND card = ?",
    "holders": "SELECT state FROM holders WHERE source = ? AND holder = ?",
}

#: Of a card or a holder: the number of the source that told of it, and its pseudonym.
Of = tuple[int, bytes]
#: A source: its number, and the clock when it first told of a card, None before.
Source = tuple[int, int | None]


@dataclass(slots=True)
class Changes:
    """Rows that one saving writes."""

    sources: dict[str, Source] = field(default_factory=dict)
    cards: dict[Of, bytes] = field(default_factory=dict)
    holders: dict[Of, bytes] = field(default_factory=dict)


class CardFile:
    """The owner of the file. One thread saves, any may ask: asking waits for no saving."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def close(self) -> None:
        """Close the file."""
        self._writing.close()
        self._reading.close()

    def clear(self) -> None:
        """Throw everything away, be it damaged or not."""
        self.close()
        _remove(self._path)
        self._open()

    def check(self) -> None:
        """Raise StoreError where the file is not whole."""
        with self._writing.used() as base:
            (said,) = base.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise _damaged(self._path)

    def reached(self) -> tuple[int, int] | None:
        """Return place and clock of the last event that is in it; None in a new file, or one of another format."""
        with self._writing.used() as base:
            row = base.execute("SELECT seq, as_of FROM reached WHERE format = ?", (FORMAT_VERSION,)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def sources(self) -> dict[str, Source]:
        """Return the sources by name."""
        with self._writing.used() as base:
            return {name: (id_, since) for id_, name, since in base.execute("SELECT id, name, since FROM sources")}

    def states(self, table: str, wanted: Iterable[Of]) -> dict[Of, bytes]:
        """Return what is kept of some cards or holders, for who saves."""
        with self._writing.used() as base:
            found = {of: base.execute(_FIND[table], of).fetchone() for of in wanted}
        return {of: self._opened(row[0]) for of, row in found.items() if row is not None}

    def save(self, changes: Changes, seq: int, as_of: int) -> None:
        """Write what changed up to an event, whole or not at all."""
        with self._writing.changed() as base:
            sources = [(id_, name, since) for name, (id_, since) in changes.sources.items()]
            base.executemany(_UPSERT["sources"], sources)
            for table, rows in (("cards", changes.cards), ("holders", changes.holders)):
                base.executemany(_UPSERT[table], ((*of, _sealed(state)) for of, state in rows.items()))
            base.execute("INSERT OR REPLACE INTO reached VALUES (1, ?, ?, ?)", (FORMAT_VERSION, seq, as_of))

    def find(self, source: str, card: bytes) -> tuple[Source, bytes | None] | None:
        """Return a source, and what it told of a card; None where it told of nothing at all."""
        with self._reading.used() as base:
            row = base.execute("SELECT id, since FROM sources WHERE name = ?", (source,)).fetchone()
            state = None if row is None else base.execute(_FIND["cards"], (row[0], card)).fetchone()
        if row is None:
            return None
        return (row[0], row[1]), None if state is None else self._opened(state[0])

    def holder(self, of: Of) -> bytes | None:
        """Return what a source told of a holder."""
        with self._reading.used() as base:
            row = base.execute(_FIND["holders"], of).fetchone()
        return None if row is None else self._opened(row[0])

    def counts(self) -> Mapping[str, int]:
        """Return how many rows there are of each kind."""
        with self._reading.used() as base:
            return {name: _count(base, name) for name in ("sources", "cards", "holders")}

    def _open(self) -> None:
        try:
            self._writing = OwnBase(self._path, _TABLES)
        except StoreError:  # no database, or a damaged one: the log has it all
            _remove(self._path)
            self._writing = OwnBase(self._path, _TABLES)
        self._reading = OwnBase(self._path, "PRAGMA query_only = ON;")

    def _opened(self, sealed: bytes) -> bytes:
        state, check = sealed[:-_CHECK_BYTES], sealed[-_CHECK_BYTES:]
        if _check(state) != check:
            raise _damaged(self._path)
        return state


def _damaged(path: Path) -> StoreError:
    return StoreError(f"{path} is damaged; it is made of the log again")


def _sealed(state: bytes) -> bytes:
    return state + _check(state)


def _check(state: bytes) -> bytes:
    return zlib.crc32(state).to_bytes(_CHECK_BYTES, "little")


def _remove(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        each.unlink(missing_ok=True)


def _count(base: sqlite3.Connection, table: str) -> int:
    return int(base.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
