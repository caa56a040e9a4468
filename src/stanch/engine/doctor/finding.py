"""One thing that a look at a home found, and what the look works with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec

from stanch.model.errors import StoreError
from stanch.store.copying import open_to_read
from stanch.store.place import LOG_FILE, in_server
from stanch.store.records import Records

#: ``note``: nothing to do. ``warning``: somebody should act soon. ``error``: the line cannot go on, or goes wrong.
Severity = Literal["note", "warning", "error"]
SEVERITIES: Final[tuple[Severity, ...]] = ("note", "warning", "error")


class Finding(msgspec.Struct, frozen=True):
    """What a check found. ``what`` has no personal data; ``do`` is the next step, empty where there is none."""

    check: str
    severity: Severity
    what: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What every check works with: a home, the moment to judge at (UTC microseconds), and files named apart from it."""

    home: Path
    now: int
    keys: Path | None = field(default=None, repr=False)
    policy: Path | None = None

    @contextmanager
    def records(self) -> Iterator[Records]:
        """The log, to be read; nothing of it is changed."""
        if in_server(self.home):
            with Records.read(self.home) as records:
                yield records
            return
        with self.database() as first:  # the last one to close would otherwise tidy up what a killed writer left
            first.execute("SELECT count(*) FROM sqlite_master")
            with Records.read(self.home) as records:
                yield records

    @contextmanager
    def database(self, name: str = LOG_FILE) -> Iterator[sqlite3.Connection]:
        """A database of the home, to be read. Raises StoreError where that fails."""
        path = self.home / name
        try:
            with closing(open_to_read(path)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise StoreError(f"{name}: {error}; restore it from a backup if it is damaged") from None


Check = Callable[[Look], Iterator[Finding]]


def spelled_bytes(count: float) -> str:
    """Return a size as people read it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def spelled_time(span: int) -> str:
    """Return a span of microseconds as people read it."""
    minutes = abs(span) // 60_000_000
    for size, unit in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes // size:,} {unit}"
    return f"{minutes} minutes"
