"""What all tests share: rules that are read once a process, and the order in which the tests run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import settings

from stanch.decide.policy import parse_policy
from stanch.law.pack import parse_pack
from stanch.typologies.definition import Typology, parse_typology, typology_from_plain

# A busy machine must not fail a test: no test has a time to meet.
settings.register_profile("stanch", deadline=None)
settings.load_profile("stanch")

#: Folders with long tests. Of two processes (``--dist worksteal``) one begins with the first, one with the second, each
#: with a half of all tests; the second compiles nothing at first, so that both do not compile the same.
_LONG: Final = (
    ("api", "engine", "exchange", "cli"),
    ("lab/leaks", "store", "lab", "features", "graph", "graph_leaks", "graph_patterns", "text", "scores"),
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


def pytest_configure(config: pytest.Config) -> None:
    """Read each rule once a process: the same text gives the same frozen rule, and hundreds of homes are opened."""
    reading = pytest.MonkeyPatch()
    config.add_cleanup(reading.undo)
    for reader, parse in (
        ("stanch.store.catalogue_files.parse_typology", cache(parse_typology)),
        ("stanch.engine.rules.parse_policy", cache(parse_policy)),
        ("stanch.engine.rules.parse_pack", cache(parse_pack)),
        ("stanch.typologies.catalogue.typology_from_plain", _once(typology_from_plain)),
    ):
        reading.setattr(reader, parse)


def _once(build: Callable[[object, str], Typology]) -> Callable[[object, str], Typology]:
    """Return a builder from plain data that builds the same data once; what cannot be built is told anew each time."""

    @cache
    def built(data: bytes, name: str) -> Typology:
        return build(msgspec.json.decode(data), name)

    def from_plain(data: object, name: str) -> Typology:
        return built(msgspec.json.encode(data), name)

    return from_plain
