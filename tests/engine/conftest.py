from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from small_world import decided, key_file, small_world


class Begun(NamedTuple):
    """A small world, its keys, and a home that has decided on the earlier part."""

    earlier: Path
    later: Path
    keys: Path
    home: Path


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    folder = tmp_path_factory.mktemp("small")
    earlier, later = small_world(folder)
    keys = key_file(folder)
    decided(folder / "home", [earlier], keys)
    return Begun(earlier, later, keys, folder / "home")


@pytest.fixture(scope="session")
def uninterrupted(begun: Begun) -> bytes:
    """The decisions on both parts, made in one go."""
    home = begun.home.with_name("uninterrupted")
    return decided(home, [begun.earlier, begun.later], begun.keys)[0]


@pytest.fixture
def another(begun: Begun, tmp_path: Path) -> Callable[[str], Path]:
    """Return a home of its own that has decided on the earlier part."""
    return lambda name: shutil.copytree(begun.home, tmp_path / name)
