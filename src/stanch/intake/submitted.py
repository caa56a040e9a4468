"""Texts that somebody submits to be scored: NDJSON in, in UTF-8 or GB18030, with what cannot be read named by its line.

A line that is no UTF-8 is read as GB18030, the national encoding that Chinese exports still use; one that is neither,
that is no JSON object, or whose ``text`` is no string is given back as broken, and the others are read all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from stanch.model.errors import InputError

#: Texts in one batch.
BATCH: Final = 1_000
_MARK: Final = b"\xef\xbb\xbf"
#: Half of a pair that stands alone: no character, and nothing can be written with it.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Submitted(msgspec.Struct, frozen=True):
    """One text, its line, and its sender's id or else the line's number."""

    number: int
    id: str
    text: str


class Broken(msgspec.Struct, frozen=True):
    """One line that cannot be read, and why."""

    number: int
    why: str


def read_texts(path: Path) -> Iterator[tuple[Submitted | Broken, ...]]:
    """Yield the lines of a file in batches, in order; empty lines are passed over. Raises InputError without a file."""
    try:
        with path.open("rb") as lines:
            numbered = ((number, line.strip()) for number, line in enumerate(lines, 1))
            read = (_read(number, line) for number, line in numbered if line)
            while batch := tuple(islice(read, BATCH)):
                yield batch
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name an NDJSON file") from None


def _read(number: int, line: bytes) -> Submitted | Broken:
    try:
        plain = json.loads(_utf8(line.removeprefix(_MARK)))
    except UnicodeDecodeError:
        return Broken(number, "neither UTF-8 nor GB18030; save the file in one of them")
    except (ValueError, RecursionError) as error:
        return Broken(number, f"no JSON ({error}); expected one object a line")
    if not isinstance(plain, dict) or "text" not in plain:
        return Broken(number, 'no "text" in it; expected {"id": ..., "text": ...}')
    if not isinstance(plain["text"], str):
        return Broken(number, f'"text" is {type(plain["text"]).__name__}, expected a string')
    name = plain.get("id")
    return Submitted(number, _whole(str(number if name is None else name)), _whole(plain["text"]))


def _whole(text: str) -> str:
    """Return a text with each half of a pair that stands alone as the sign for an unknown character."""
    return _SURROGATE.sub("\ufffd", text)


def _utf8(line: bytes) -> str:
    """Return a line as text. Raises UnicodeDecodeError where it is in neither encoding."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("gb18030")
