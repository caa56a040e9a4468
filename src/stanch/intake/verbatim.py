"""What the quarantine keeps of a message that is refused: as it came, but never so much that it fills the disk."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
import pyarrow as pa

from stanch.intake.rows import legible

#: Bytes of a message that cannot be read which the quarantine keeps; the broker has the rest.
KEPT: Final = 4096


def verbatim_of(body: bytes | None) -> str:
    """Return a message or line as text; of a long one the beginning, its length and its SHA-256."""
    body = body or b""
    text = body[:KEPT].decode("utf-8", "backslashreplace")
    if len(body) <= KEPT:
        return text
    return f"{text} ... {len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()}"


def row_as_json(table: pa.Table, row: int) -> str:
    """Return a row of a table as JSON, without what is empty."""
    (values,) = legible(table.slice(row, 1)).to_pylist()
    told = {name: value for name, value in values.items() if value is not None}
    return verbatim_of(msgspec.json.encode(told, enc_hook=str))
