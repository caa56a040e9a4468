"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.errors import StoreError

#: Ends the name of what is still being written; leftovers of a crash have it too.
UNFINISHED: Final = ".part"

_PIECE: Final = 1 << 20


def checksum(path: Path) -> int:
    """Return the CRC-32 of a file, read piece by piece into one buffer."""
    found, piece = 0, memoryview(bytearray(_PIECE))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(piece):
            found = zlib.crc32(piece[:count], found)
    return found


def write_array(path: Path, values: npt.NDArray[np.generic]) -> None:
    """Write an array as ``.npy``, on the disk when this returns. Arrays of Python objects are refused."""
    with path.open("wb") as file:
        np.save(file, values, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Write a text, on the disk when this returns."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def put_in_place(unfinished: Path, final: Path) -> None:
    """Give a finished file or folder its name, on the disk when this returns."""
    unfinished.rename(final)
    sync(final.parent)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk_explained(what: str) -> Iterator[None]:
    """Turn an error of the file system into one that says what was being done and what to do."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or error}; check the disk's space and permissions") from error
