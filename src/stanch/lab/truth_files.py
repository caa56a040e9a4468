"""Where the truth of a world lies: read by the lab only, after or beside a replay, never by the line."""

from __future__ import annotations

from pathlib import Path

from stanch.model.errors import InputError


def truth_file(truth: Path, name: str) -> Path:
    """Return one file of a truth folder. Raises InputError if it is not there."""
    path = truth / f"{name}.parquet"
    if not path.is_file():
        raise InputError(f"{path}: no such file; name the truth/ folder that stanch world wrote")
    return path


def event_files(world: Path) -> list[Path]:
    """Return the event files of a world, oldest first. Raises InputError if there are none."""
    files = sorted((world / "events").glob("*.parquet"))
    if not files:
        raise InputError(f"no events in {world / 'events'}; make a world with: stanch world --out {world}")
    return files
