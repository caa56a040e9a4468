"""Logs for machines: one JSON object a line on stderr, constant words, never a body, a header or an identity.

Who is turned away is noted with the address it came from: without it, nobody could say who tries keys.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Final, TextIO

import msgspec

LEVELS: Final = ("debug", "info", "warning", "error")
#: Of refusals so many a second are written; the rest is counted in the next line, so that no flood fills the disk.
REFUSALS: Final = 20
_WORDS: Final = 120
_REFUSED: Final = frozenset({401, 403, 429})


class Log:
    """Writes what is at or above a level."""

    def __init__(self, level: str = "info", stream: TextIO | None = None) -> None:
        self._least = LEVELS.index(level)
        self._stream = stream
        self._writing = Lock()
        self._second, self._written, self._unwritten = 0.0, 0, 0

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

    def refusal(self, status: int, code: str, request_id: str, key: str, peer: str) -> None:
        """Note that a caller was turned away: no key or a wrong one, a missing right, a budget that is spent."""
        if status not in _REFUSED:
            return
        now = monotonic()
        with self._writing:
            if now - self._second >= 1:
                self._second, self._written = now, 0
            if self._written >= REFUSALS:
                self._unwritten += 1
                return
            self._written += 1
            unwritten, self._unwritten = self._unwritten, 0
        self.warning(
            "refused", status=status, code=code, request_id=request_id, key=key or None, peer=peer, unwritten=unwritten
        )

    def _write(self, level: str, event: str, facts: dict[str, str | int | float | None]) -> None:
        if LEVELS.index(level) < self._least:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = msgspec.json.encode({"at": at, "level": level, "event": event, **facts}).decode()
        with self._writing:
            stream = self._stream or sys.stderr
            stream.write(line + "\n")
            stream.flush()


class OneForm(logging.Handler):
    """Brings what libraries log into the one form: where it came from and the kind of an error.

    Their words may hold what a caller sent, so only the server's own, which are constant, are taken over.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Note that a library had something to say."""
        kind = record.exc_info[0] if record.exc_info else None
        tell = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        words = str(record.msg).partition("\n")[0][:_WORDS] if record.name.startswith("uvicorn") else None
        tell(
            "library", logger=record.name, place=record.funcName, words=words,
            error=None if kind is None else kind.__name__,
        )  # fmt: skip
