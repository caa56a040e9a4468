"""The quarantine: refused rows word for word, so that they can be corrected and sent again.

It holds clear identities, so only its owner may read it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from stanch.intake.report import Refused
from stanch.model.errors import StoreError

_MOST_WAITING = 10_000


class _Line(msgspec.Struct, frozen=True):
    file: str
    digest: str
    row: int
    reason: str
    verbatim: str


class Quarantine:
    """An append-only file of refused rows, one JSON object a line. The same row of the same file is kept once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[bytes] = []
        self._known = _known(path)
        self._torn = _torn(path)

    def keep(self, refused: Refused) -> None:
        """Keep a refused row at the next ``flush``."""
        mark = (refused.digest, refused.row)
        if mark not in self._known:
            self._known.add(mark)
            line = _Line(refused.file, refused.digest, refused.row, refused.reason, refused.verbatim)
            self._waiting.append(msgspec.json.encode(line))
            if len(self._waiting) >= _MOST_WAITING:
                self.flush()

    def flush(self) -> None:
        """Write what waits; it is on the disk when this returns. Raises StoreError when it cannot be written."""
        if not self._waiting:
            return
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as stream:
                stream.write(b"\n" * self._torn + b"\n".join(self._waiting) + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise StoreError(
                f"{self._path}: {error.strerror}; free the disk or mend its rights, then start again"
            ) from None
        self._waiting, self._torn = [], False


def _torn(path: Path) -> bool:
    """Return whether the last line has no end: a crash cut it off, and the next one must not be joined to it."""
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def _known(path: Path) -> set[tuple[str, int]]:
    if not path.exists():
        return set()
    with path.open("rb") as stream:
        lines = [msgspec.json.decode(line, type=_Line) for line in stream if line.endswith(b"}\n")]
    return {(line.digest, line.row) for line in lines}
