"""Reports: what an intake did with every row it was given."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

_VALUE = re.compile(r"'[^']*'")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: file, row (from 1; 0 for the file as a whole), reason, and the row as it came."""

    file: str
    digest: str
    row: int
    reason: str
    verbatim: str = field(repr=False)


@dataclass(slots=True)
class FileReport:
    """What became of one file. Every row is taken, refused or left out by the mapping's ``where``.

    ``events`` can exceed ``taken``: one row may state several events. ``error`` says why a file was not read to
    its end. One owner, the intake, until it is done.
    """

    file: str
    digest: str = ""
    rows: int = 0
    taken: int = 0
    refused: int = 0
    left_out: int = 0
    events: int = 0
    error: str | None = None

    def add_taken(self, rows: int) -> None:
        """Count rows of which each is one event and none was refused."""
        self.rows += rows
        self.taken += rows
        self.events += rows

    def balanced(self) -> bool:
        """Return whether every row is accounted for."""
        return self.rows == self.taken + self.refused + self.left_out


@dataclass(slots=True)
class IntakeReport:
    """What became of all files of an intake, and why rows were refused."""

    files: list[FileReport] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Return the number of rows read."""
        return sum(file.rows for file in self.files)

    @property
    def taken(self) -> int:
        """Return the number of rows taken."""
        return sum(file.taken for file in self.files)

    @property
    def refused(self) -> int:
        """Return the number of rows refused."""
        return sum(file.refused for file in self.files)

    @property
    def events(self) -> int:
        """Return the number of events made of the rows taken."""
        return sum(file.events for file in self.files)

    def note(self, refused: Refused) -> None:
        """Count a refusal under its reason, whatever the value was."""
        self.reasons[_VALUE.sub("...", refused.reason)] += 1
