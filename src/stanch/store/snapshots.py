"""Snapshots: the state of the line at one position of the log, so that a restart replays only what came after.

A snapshot is a folder ``snapshot-<seq>`` with one ``.npy`` file an array and a ``manifest.json`` with sizes and
checksums. It is written under another name and renamed; one that is torn or damaged is passed over for the one before.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.store.files import UNFINISHED, checksum, disk_explained, put_in_place, sync, write_array, write_text

FORMAT_VERSION: Final = 3

_PREFIX: Final = "snapshot-"
_MANIFEST: Final = "manifest.json"
_KEPT: Final = 2

Array = npt.NDArray[Any]  # Any: the arrays of a snapshot have many types


class _File(msgspec.Struct, frozen=True):
    bytes: int
    checksum: int


class _Manifest(msgspec.Struct, frozen=True):
    format: int
    seq: int
    arrays: dict[str, _File]
    meta: dict[str, Any]  # Any: plain data that the engine defines


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest snapshot that is whole. ``warnings`` say which newer ones were passed over, and why."""

    seq: int
    path: Path
    arrays: dict[str, Array]
    meta: dict[str, Any]  # Any: plain data that the engine defines
    warnings: tuple[str, ...] = ()


def save(folder: Path, seq: int, arrays: Mapping[str, Array], meta: Mapping[str, Any] | msgspec.Raw) -> Path:
    """Save the state after event ``seq``; ``meta`` is plain data, or its JSON. Keeps the two newest snapshots.

    Names of arrays may hold letters, digits, ``_``, ``-`` and ``.``. Raises StoreError when the disk fails.
    """
    final = folder / f"{_PREFIX}{seq:020d}"
    unfinished = final.with_name(final.name + UNFINISHED)
    with disk_explained(f"saving a snapshot at event {seq}"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        files = {name: _write(unfinished / f"{name}.npy", values) for name, values in arrays.items()}
        manifest = {"format": FORMAT_VERSION, "seq": seq, "arrays": files, "meta": meta}
        write_text(unfinished / _MANIFEST, msgspec.json.encode(manifest).decode())
        sync(unfinished)
        shutil.rmtree(final, ignore_errors=True)
        put_in_place(unfinished, final)
        _clear(folder)
    return final


def latest(folder: Path, *, mapped: bool = False) -> Snapshot | None:
    """Return the newest snapshot that is whole, or None. ``mapped`` arrays are read from disk as they are touched."""
    warnings: list[str] = []
    for path in reversed(_finished(folder)):
        found = _checked(path)
        if isinstance(found, str):
            warnings.append(f"{path.name} is passed over: {found}")
            continue
        mode: Literal["r"] | None = "r" if mapped else None
        arrays = {name: np.load(path / f"{name}.npy", mode, allow_pickle=False) for name in found.arrays}
        return Snapshot(found.seq, path, arrays, found.meta, tuple(warnings))
    return None


def newest_whole(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest snapshot that is whole and its ``meta``, without reading its arrays into memory."""
    for path in reversed(_finished(folder)):
        found = _checked(path)
        if not isinstance(found, str):
            return path, {**found.meta, "seq": found.seq}
    return None


def damaged(folder: Path) -> list[str]:
    """Return what is wrong with the snapshots of a folder, a sentence for each that is torn or damaged."""
    return [f"{path.name}: {wrong}" for path in _finished(folder) if isinstance(wrong := _checked(path), str)]


def _write(path: Path, values: Array) -> _File:
    write_array(path, values)
    return _File(path.stat().st_size, checksum(path))


def _checked(path: Path) -> _Manifest | str:
    """Return the manifest of a snapshot that is whole, or what is wrong with it."""
    try:
        manifest = msgspec.json.decode((path / _MANIFEST).read_bytes(), type=_Manifest)
        for name, written in manifest.arrays.items():
            file = path / f"{name}.npy"
            if file.stat().st_size != written.bytes or checksum(file) != written.checksum:
                return f"{file.name} is damaged"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return f"{_MANIFEST} cannot be read"
    return manifest if manifest.format == FORMAT_VERSION else f"its format is {manifest.format}"


def _finished(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"{_PREFIX}*") if path.is_dir() and path.suffix != UNFINISHED)


def _clear(folder: Path) -> None:
    for path in [*_finished(folder)[:-_KEPT], *folder.glob(f"{_PREFIX}*{UNFINISHED}")]:
        shutil.rmtree(path, ignore_errors=True)
