"""A source file: told apart by its content, watched while it is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stanch.model.errors import InputError

_PREFIX = 16


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was when intake began with it: path, content hash, size and time of last change."""

    path: Path
    digest: str
    size: int
    changed_at: int

    def row_id(self, row: int) -> str:
        """Return the event id of a row that has none: the same file again gives the same ids."""
        return row_id(self.digest, row)

    def check(self) -> None:
        """Raise InputError if the file is no longer the one that was begun."""
        try:
            now = self.path.stat()
        except OSError:
            raise InputError("the file was taken away while it was read; put it back and start again") from None
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_at):
            raise InputError(
                "the file changed while it was read; rows taken before stay taken: "
                "put back the file as it was, or give the new one an event_id column, and start again"
            )


def row_id(digest: str, row: int) -> str:
    """Return the event id of a row that has none, by the digest of what it stands in."""
    return f"{digest[:_PREFIX]}:{row}"


def open_source(path: Path) -> SourceFile:
    """Return the identity of a file. Raises InputError if it cannot be read."""
    try:
        with path.open("rb") as stream:
            before = path.stat()
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}); check the path and its rights") from None
    source = SourceFile(path, digest, before.st_size, before.st_mtime_ns)
    source.check()
    return source
