"""Searching files or a home for patterns: what ``stanch patterns`` does."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from stanch.engine.home import Home
from stanch.engine.movements import Movements, from_log, from_taken
from stanch.engine.pattern_search import PatternReport, Recorded, record, record_closed, recorded_in, report, search
from stanch.intake.mapping import load_mapping
from stanch.intake.report import IntakeReport
from stanch.intake.take import IntakeContext, take
from stanch.lab.play import open_existing, readable
from stanch.model.errors import InputError
from stanch.privacy.identity import Identity
from stanch.store.keys import open_keys
from stanch.store.records import Records
from stanch.store.vault import SqliteVault


class ClearBook(SqliteVault):
    """A vault of one search, in memory, that can tell the names of its own files back to who gave them."""

    def __init__(self, master: bytes) -> None:
        super().__init__(":memory:", master)
        self.names: dict[bytes, str] = {}

    def put(self, identities: Sequence[Identity]) -> None:
        """Note identities."""
        self.names.update({each.pseudonym: f"{each.kind}:{each.normalised}" for each in identities})


def search_files(files: Sequence[Path], mapping: Path | None) -> PatternReport:
    """Return the patterns in files, accounts in clear as in the files. Raises InputError if nothing was taken."""
    movements, book = read_files(files, mapping)
    return report(movements, search(movements), lambda place: book[movements.accounts[place]])


def read_files(files: Sequence[Path], mapping: Path | None) -> tuple[Movements, dict[bytes, str]]:
    """Return the movements in files, and the clear name behind each pseudonym. Nothing is kept."""
    rules = None if mapping is None else load_mapping(mapping)
    told = IntakeReport()
    with tempfile.TemporaryDirectory() as folder:
        ring = open_keys(Path(folder), None)
        book = ClearBook(ring.vault)
        try:
            tables = take(readable(files), rules, IntakeContext(ring.keys, book), report=told)
            movements = from_taken(taken.table for taken in tables)
        finally:
            book.close()
    errors = [f"{file.file}: {file.error}" for file in told.files if file.error]
    if errors and not told.events:
        raise InputError("; ".join(errors))
    return movements, book.names


def search_home(home: Path, keys: Path | None, *, record: bool) -> tuple[PatternReport, int]:
    """Return the patterns in a home's log, accounts as pseudonyms, and how many events were recorded if asked."""
    if record:
        return _recorded(home, keys)
    with Records.read(home) as records:
        movements = from_log(records)
    return report(movements, search(movements), lambda place: _masked(movements, place)), 0


def recorded_patterns(home: Path) -> tuple[Recorded, ...]:
    """Return the patterns that a home's log has recorded, each with the transfers it rests on."""
    with Records.read(home) as records:
        return recorded_in(records)


def record_closed_days(home: Home) -> int:
    """Record what is new of the patterns in a home's closed days, and leave a snapshot; return how many events."""
    new = record_closed(home)
    home.snapshot()
    return new


def _recorded(home: Path, keys: Path | None) -> tuple[PatternReport, int]:
    with open_existing(home, keys) as opened:
        movements = from_log(opened.records)
        found = search(movements)
        new = record(opened, movements, found)
    return report(movements, found, lambda place: _masked(movements, place)), new


def _masked(movements: Movements, place: int) -> str:
    return f"{movements.kinds[place]}:{movements.accounts[place].hex()}"
