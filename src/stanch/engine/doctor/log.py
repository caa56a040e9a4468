"""The log: its form, whether every batch is whole and in its place, and where its clock stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alembic.script import ScriptDirectory

from stanch.engine.doctor.finding import Finding, Look, spelled_bytes, spelled_time
from stanch.model.errors import StoreError
from stanch.model.time import DAY, HOUR, to_datetime
from stanch.store.database import MIGRATIONS, NEWEST
from stanch.store.place import LOG_FILE

_RESTORE: Final = "stop the line, restore the last backup (stanch restore) and send what came after it again"
#: Beyond these the clock of the log and that of this machine do not belong together.
_AHEAD: Final = HOUR
_BEHIND: Final = DAY
#: More write-ahead log than this is not worked off: somebody reads without an end.
_LARGE_WAL: Final = 256_000_000
_REFERRING: Final = ("findings", "measures", "order_steps", "notices", "outbox")


def tables(look: Look) -> Iterator[Finding]:
    """Whether the tables are those of this release."""
    with look.database() as log:
        found = str(log.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    if found == NEWEST:
        return
    known = {step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if found in known:
        yield Finding(
            "tables", "warning", f"the tables are of an earlier release (form {found}, this release: {NEWEST})",
            "make a backup, then start the line: it brings them up; the earlier release cannot read them afterwards",
        )  # fmt: skip
    else:
        yield Finding(
            "tables", "error", f"the tables are of another release (form {found}, known up to {NEWEST})",
            "use the release that wrote them, or restore a backup of this one",
        )  # fmt: skip


def blocks(look: Look) -> Iterator[Finding]:
    """Whether the file, every batch and what refers to them are as they were written."""
    with look.database() as log:
        for (said,) in log.execute("PRAGMA quick_check(3)"):
            if said != "ok":
                yield Finding("log", "error", f"{LOG_FILE} is damaged: {said}", _RESTORE)
        log.execute("BEGIN")  # all that follows is of one moment
        end, clock = -1, None
        for first, last, events, begins, ends in log.execute(
            "SELECT first_seq, last_seq, events, first_as_of, last_as_of FROM blocks ORDER BY first_seq"
        ):
            if first != end + 1 or last - first + 1 != events:
                yield Finding("log", "error", f"events {end + 1:,} to {first - 1:,} are missing", _RESTORE)
            if ends < begins or (clock is not None and begins < clock):
                yield Finding("log", "error", f"the clock runs backwards at event {first:,}", _RESTORE)
            end, clock = last, ends
        there = {name for (name,) in log.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in (name for name in _REFERRING if name in there):
            beyond = log.execute(f"SELECT count(*) FROM {table} WHERE seq > ?", (end,)).fetchone()[0]
            if beyond:
                yield Finding(
                    "log",
                    "error",
                    f"rows of {table} that refer to events after the end of the log: {beyond:,}",
                    _RESTORE,
                )
    try:
        with look.records() as records:
            for _ in records.blocks(columns=()):  # their checksums
                pass
    except StoreError as error:
        yield Finding("log", "error", str(error).split(";")[0], _RESTORE)


def in_database(look: Look) -> Iterator[Finding]:
    """Whether a log in a database server can be read, every batch of it."""
    with look.records() as records:
        events = records.last_seq() + 1
        for _ in records.blocks(columns=()):  # their checksums
            pass
    yield Finding("log", "note", f"{events:,} events in a database server; back it up with its own tools (pg_dump)")


def clock(look: Look) -> Iterator[Finding]:
    """What the log holds, and how its clock stands to the time now."""
    with look.records() as records:
        events, last = records.last_seq() + 1, records.last_as_of()
    if last is None:
        yield Finding("clock", "note", "the log is empty", "take something in: stanch replay FILE --home DIR")
        return
    size = (look.home / LOG_FILE).stat().st_size
    yield Finding(
        "log", "note", f"{events:,} events up to {to_datetime(last):%Y-%m-%d %H:%M:%S} UTC, {spelled_bytes(size)}"
    )
    if last > look.now + _AHEAD:
        yield Finding(
            "clock", "error", f"the clock of the log is {spelled_time(last - look.now)} ahead of this machine's",
            "check this machine's time first; if it is right a source sent wrong dates: all that comes now is marked "
            "late; restore the backup before it, and set a smaller max_jump for that source",
        )  # fmt: skip
    elif last < look.now - _BEHIND:
        yield Finding(
            "clock", "note", f"the clock of the log is {spelled_time(look.now - last)} behind this machine's",
            "as it must be where old events were replayed; else find out why nothing comes in",
        )  # fmt: skip


def unsaved(look: Look) -> Iterator[Finding]:
    """How much of the log is still in its write-ahead log."""
    wal = look.home / f"{LOG_FILE}-wal"
    size = wal.stat().st_size if wal.exists() else 0
    if size > _LARGE_WAL:
        yield Finding(
            "log", "warning", f"{spelled_bytes(size)} of write-ahead log are not worked off",
            "find the program that has been reading the log for long, and end it",
        )  # fmt: skip
