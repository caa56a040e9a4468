"""Segments of known ids: what the table of ids gained between two snapshots, so that none is written twice.

A segment is ``ids-<from>-<to>-<checksum>.npy``: the ids stored at positions from (included) to (excluded).
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Final

import numpy as np

from stanch.model.errors import StoreError
from stanch.store.files import UNFINISHED, disk_explained, put_in_place, write_array
from stanch.store.idempotency import Known, Words

_NAME: Final = re.compile(r"ids-(\d{20})-(\d{20})-([0-9a-f]{8})\.npy")


def save_ids(folder: Path, known: Known, until_seq: int) -> None:
    """Save the ids stored before ``until_seq`` that no segment holds yet.

    Call it before the snapshot of event ``until_seq - 1`` is saved. Raises StoreError when the disk fails.
    """
    write_ids(folder, *unsaved_ids(folder, known, until_seq), until_seq)


def unsaved_ids(folder: Path, known: Known, until_seq: int) -> tuple[int, Words]:
    """Return where the next segment starts, and the rows of ids stored from there to before ``until_seq``."""
    start = max((stop for _, stop, _ in _segments(folder)), default=0)
    rows = known.export_since(start)
    return start, rows[rows[:, 3] <= until_seq]  # the fourth word is the position plus one


def write_ids(folder: Path, start: int, rows: Words, until_seq: int) -> None:
    """Save a segment. Raises StoreError when the disk fails."""
    if until_seq <= start:
        return
    path = folder / f"ids-{start:020d}-{until_seq:020d}-{zlib.crc32(np.ascontiguousarray(rows).data):08x}.npy"
    unfinished = path.with_name(path.name + UNFINISHED)
    with disk_explained(f"saving ids of events {start} to {until_seq}"):
        folder.mkdir(parents=True, exist_ok=True)
        write_array(unfinished, rows)
        put_in_place(unfinished, path)


def load_ids(folder: Path, until_seq: int, from_seq: int = 0) -> Known:
    """Return the table of ids stored at positions from ``from_seq`` to before ``until_seq``.

    Segments that end later belong to a snapshot that was lost: they are removed, the replay brings their ids again.
    Raises StoreError when a segment is missing or damaged.
    """
    kept: list[tuple[int, int, Path]] = []
    for start, stop, path in _segments(folder):
        if stop > until_seq:
            path.unlink()
        elif stop > from_seq:
            kept.append((start, stop, path))
    _without_gap(kept, until_seq, from_seq)
    known = Known(expected=sum(path.stat().st_size for _, _, path in kept) // 32)
    known.forget(from_seq)
    for _, _, path in kept:
        known.load(_read(path))
    return known


def segments_of(folder: Path, until_seq: int, from_seq: int = 0) -> list[Path]:
    """Return the files of the ids stored at positions from ``from_seq`` to before ``until_seq``.

    Raises StoreError when one is missing.
    """
    kept = [each for each in _segments(folder) if from_seq < each[1] <= until_seq]
    _without_gap(kept, until_seq, from_seq)
    return [path for _, _, path in kept]


def drop_ids(folder: Path, before_seq: int) -> None:
    """Remove segments whose ids are all forgotten."""
    for _, stop, path in _segments(folder):
        if stop <= before_seq:
            path.unlink()


def _segments(folder: Path) -> list[tuple[int, int, Path]]:
    found = [(match, path) for path in folder.glob("ids-*.npy") if (match := _NAME.fullmatch(path.name))]
    return sorted((int(match[1]), int(match[2]), path) for match, path in found)


def _without_gap(segments: list[tuple[int, int, Path]], until_seq: int, from_seq: int) -> None:
    reached = from_seq
    for start, stop, _ in segments:
        if start > reached:
            break
        reached = stop
    if reached < until_seq:
        raise StoreError(
            f"ids of events from {reached} to {until_seq} are missing; remove the snapshots to replay the log"
        )


def _read(path: Path) -> Words:
    with disk_explained(f"reading {path.name}"):
        rows: Words = np.load(path, allow_pickle=False)
    match = _NAME.fullmatch(path.name)
    if match is None or zlib.crc32(np.ascontiguousarray(rows).data) != int(match[3], 16):
        raise StoreError(f"{path.name} is damaged; remove the snapshots to replay the log")
    return rows
