"""Lines of text files: in blocks, with their numbers, in UTF-8 or, line by line, in GB18030."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from stanch.model.errors import InputError

BLOCK_BYTES: Final = 4 * 2**20
#: A line longer than this is no row: the file is not the text it is said to be.
_MAX_LINE: Final = 16 * BLOCK_BYTES
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of a file; ``first`` is the number of the first one, from 1; ``final`` ends the file."""

    first: int
    data: bytes
    final: bool


def blocks(path: Path) -> Iterator[Block]:
    """Yield the lines of a file, plain or compressed. Raises InputError where it cannot be read on."""
    held: Block | None = None
    for line, data in _stretches(path):
        if held is not None:
            yield held
        held = Block(line, data, final=False)
    if held is not None:
        yield Block(held.first, held.data, final=True)


def _stretches(path: Path) -> Iterator[tuple[int, bytes]]:
    line, rest = 1, b""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            while data := stream.read(BLOCK_BYTES):
                rest = data.removeprefix(_BOM) if line == 1 and not rest else rest + data
                cut = rest.rfind(b"\n") + 1
                if len(rest) - cut > _MAX_LINE:
                    raise InputError(f"line {line} is longer than {_MAX_LINE} bytes; is this a text file?")
                if cut:
                    yield line, rest[:cut]
                    line += rest.count(b"\n", 0, cut)
                    rest = rest[cut:]
    except (pa.ArrowException, OSError, zlib.error) as error:
        raise InputError(
            f"cannot be read on after line {line - 1} ({str(error)[:120]}); send the file again, whole"
        ) from None
    if rest:
        yield line, rest


def decoded(line: bytes) -> str | None:
    """Return a line as text, from UTF-8 or else GB18030; None if it is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def legible(data: bytes) -> bytes:
    """Return lines in UTF-8: those in GB18030 rewritten, those in neither as they are."""
    try:
        data.decode()
    except UnicodeDecodeError:
        lines = data.split(b"\n")
        return b"\n".join(line if (text := decoded(line)) is None else text.encode() for line in lines)
    return data
