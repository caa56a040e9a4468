"""The right to write to a home: one process at a time, given back by the system when the process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from stanch.model.errors import HomeBusyError

LOCK_FILE: Final = "log.lock"


class WritingRight:
    """An exclusive lock on ``log.lock`` in a home."""

    def __init__(self, home: Path) -> None:
        self._path = home / LOCK_FILE
        self._file: int | None = None

    def take(self) -> None:
        """Take the right, or raise HomeBusyError naming the process that has it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise HomeBusyError(
                f"another process (id {holder}) writes to {self._path.parent}; stop it first, or use another home"
            ) from error
        os.truncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file

    def give_back(self) -> None:
        """Let another process write."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def holder_of(path: Path) -> str:
    """Return the id of the process that took the right last, as the lock file names it; empty where it names none."""
    return path.read_bytes()[:32].decode("ascii", "replace").strip()
