"""A backup: a folder or a tar of a home's files, with a manifest that names each by size and SHA-256.

It is there whole or not at all, and it is read again before it gets its name. What is not in the manifest is refused.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import msgspec

from stanch.model.errors import InputError, StoreError
from stanch.store.copying import poured, write_lines
from stanch.store.files import UNFINISHED, disk_explained, put_in_place, sync

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
TAR: Final = ".tar"

_NAMED: Final = 5
_LARGEST_MANIFEST: Final = 1 << 28


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup is of. Times are UTC microseconds; ``tables`` is the form of the log, ``keys`` the check value.

    ``left_out`` counts refused rows in clear that are not in it.
    """

    made_at: int
    release: str
    tables: str
    last_seq: int
    last_as_of: int | None
    rules: str
    keys: str
    with_keys: bool
    left_out: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of a backup."""

    format: int
    contents: Contents
    files: dict[str, Part]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(part.bytes for part in self.files.values())


class Backup:
    """A backup opened to be read. ``digest`` is the SHA-256 of its manifest: all else follows from it."""

    def __init__(self, path: Path, names: set[str], read: Callable[[str], BinaryIO]) -> None:
        self._path, self._names, self._read = path, names, read
        if MANIFEST not in names:
            raise InputError(f"{path}: no {MANIFEST} in it; name the folder or tar that stanch backup wrote")
        with read(MANIFEST) as stream:
            raw = stream.read(_LARGEST_MANIFEST)
        self.digest = hashlib.sha256(raw).hexdigest()
        self.manifest = _manifest(path, raw)

    def pour(self, target: Path | None) -> None:
        """Check every file, and write it below a folder where one is given. Raises StoreError naming what is wrong."""
        wrong = [f"{name} is not in its manifest" for name in sorted(self._names - {MANIFEST, *self.manifest.files})]
        for name, part in self.manifest.files.items():
            if name not in self._names:
                wrong.append(f"{name} is missing")
            elif self._poured(name, target) != (part.bytes, part.sha256):
                wrong.append(f"{name} is damaged")
        if wrong:
            more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
            raise StoreError(f"{self._path}: {'; '.join(wrong[:_NAMED])}{more}; use another backup")

    def _poured(self, name: str, target: Path | None) -> tuple[int, str]:
        with self._read(name) as source:
            if target is None:
                return poured(source, None)
            path = target / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                told = poured(source, stream)
                stream.flush()
                os.fsync(stream.fileno())
            return told


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Open a backup. Raises InputError where there is none, StoreError where it cannot be read."""
    if not path.exists():
        raise InputError(f"{path}: no such backup; name the folder or tar that stanch backup wrote")
    with disk_explained(f"reading {path}"):
        if path.is_dir():
            names = {file.relative_to(path).as_posix() for file in path.rglob("*") if not file.is_dir()}
            yield Backup(path, names, lambda name: (path / name).open("rb"))
            return
        try:
            with tarfile.open(path, "r:") as tar:
                yield Backup(path, {member.name for member in tar.getmembers()}, lambda name: _member(tar, name))
        except tarfile.TarError as error:
            raise StoreError(f"{path}: not a whole tar ({error}); use another backup") from None


def refuse_what_is_there(path: Path, what: str) -> None:
    """Raise InputError where something would be overwritten."""
    if path.is_dir() and not any(path.iterdir()):
        return
    if path.exists():
        raise InputError(f"{path}: holds something already; name {what} that is new or empty")


def unfinished(path: Path) -> Path:
    """Return an empty folder beside a path, in which what gets that name later is made."""
    folder = path.with_name(path.name + UNFINISHED)
    with disk_explained(f"making {folder}"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
    return folder


def seal(folder: Path, contents: Contents, to: Path) -> Backup:
    """Give the files of an unfinished folder their manifest and their name, a folder or a tar; return what was read.

    Every file is read again and compared before the name is given.
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    manifest = Manifest(FORMAT, contents, {file.relative_to(folder).as_posix(): _part(file) for file in files})
    write_lines(folder / MANIFEST, [msgspec.json.format(msgspec.json.encode(manifest), indent=1)])
    with disk_explained(f"writing {to}"):
        made = _packed(folder, to) if to.suffix == TAR else folder
        with open_backup(made) as backup:
            backup.pour(None)
        if made != folder:
            shutil.rmtree(folder)
        else:
            _sync_folders(folder)
        put_in_place(made, to)
    return backup


def _part(file: Path) -> Part:
    with file.open("rb") as stream:
        return Part(*poured(stream, None))


def _packed(folder: Path, to: Path) -> Path:
    path = to.with_name(to.name + UNFINISHED + TAR)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for file in sorted(file for file in folder.rglob("*") if file.is_file()):
                tar.add(file, file.relative_to(folder).as_posix())
        stream.flush()
        os.fsync(stream.fileno())
    return path


def _sync_folders(folder: Path) -> None:
    for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        sync(inner)


def _member(tar: tarfile.TarFile, name: str) -> BinaryIO:
    stream = tar.extractfile(name)
    if stream is None:
        raise StoreError(f"{tar.name!s}: {name} is not a file; use another backup")
    return stream  # type: ignore[return-value]  # a reader of bytes, which is all that is asked of it


def _manifest(path: Path, raw: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: its {MANIFEST} cannot be read ({error}); use another backup") from None
    if manifest.format != FORMAT:
        raise InputError(f"{path}: a backup of format {manifest.format}, known: {FORMAT}; restore it with its release")
    for name in manifest.files:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or PurePosixPath(name).as_posix() != name:
            raise StoreError(f"{path}: its {MANIFEST} names a file outside of it; use another backup")
    return manifest
