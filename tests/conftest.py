"""What all tests share: no test has a time to meet, and the order in which they run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

# A busy machine must not fail a test: no test has a time to meet.
settings.register_profile("stanch", deadline=None)
settings.load_profile("stanch")

# Where no bytecode may lie beside the sources, every server that a test starts would compile all libraries again, for
# seconds each time. So it lies in a folder of its own, also for the processes that run tests and those they start.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(Path(__file__).parents[1] / ".bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

#: Folders with long tests. Of two processes (``--dist worksteal``) one begins with the first, one with the second, each
#: with a half of all tests; the second compiles nothing at first, so that both do not compile the same.
_LONG: Final = (
    ("api", "engine", "exchange", "cli"),
    ("lab/leaks", "store", "lab", "features", "graph", "graph_leaks", "graph_patterns", "text", "scores", "stream"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests so that each half begins with its long ones and ends with short ones, to be taken over."""
    one, other = (_of(folders, items) for folders in _LONG)
    long = {item.nodeid for item in (*one, *other)}
    short = [item for item in items if item.nodeid not in long]
    cut = max(0, len(items) // 2 - len(one))
    items[:] = [*one, *short[:cut], *other, *short[cut:]]


def _of(folders: tuple[str, ...], items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests of folders, in the folders' order."""
    places = [(item, f"{item.path.parent.relative_to(Path(__file__).parent).as_posix()}/") for item in items]
    ranked = [(rank, item) for item, place in places if (rank := _rank(place, folders)) is not None]
    return [item for _, item in sorted(ranked, key=lambda each: each[0])]


def _rank(place: str, folders: tuple[str, ...]) -> int | None:
    return next((rank for rank, folder in enumerate(folders) if place.startswith(f"{folder}/")), None)
