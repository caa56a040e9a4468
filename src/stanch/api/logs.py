"""Logs for machines: one JSON object a line on stderr, constant words, never a body, a header or an identity."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from threading import Lock
from typing import Final, TextIO

import msgspec

LEVELS: Final = ("debug", "info", "warning", "error")


class Log:
    """Writes what is at or above a level."""

    def __init__(self, level: str = "info", stream: TextIO | None = None) -> None:
        self._least = LEVELS.index(level)
        self._stream = stream
        self._writing = Lock()

    def debug(self, event: str, **facts: str | int | float | None) -> None:
        """Note what only helps to find a fault."""
        self._write("debug", event, facts)

    def info(self, event: str, **facts: str | int | float | None) -> None:
        """Note what happens now and then."""
        self._write("info", event, facts)

    def warning(self, event: str, **facts: str | int | float | None) -> None:
        """Note what somebody should look at."""
        self._write("warning", event, facts)

    def error(self, event: str, **facts: str | int | float | None) -> None:
        """Note what somebody must mend."""
        self._write("error", event, facts)

    def _write(self, level: str, event: str, facts: dict[str, str | int | float | None]) -> None:
        if LEVELS.index(level) < self._least:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = msgspec.json.encode({"at": at, "level": level, "event": event, **facts}).decode()
        with self._writing:
            stream = self._stream or sys.stderr
            stream.write(line + "\n")
            stream.flush()
