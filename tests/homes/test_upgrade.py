"""A home that an earlier release wrote opens, tells and decides the same, and goes on as that release would have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from homes.released import HERE, LATER, ROWS, TABLES, TOLD, earlier, tables, take_in, told, told_again, unpacked
from small_events import write_events
from stanch.engine.opening import open_home
from stanch.store.snapshots import latest

Rows = dict[str, list[dict[str, Any]]]  # Any: the JSON of rows of any table

ARCHIVES = sorted(HERE.glob("*/home.tar.xz"))


@pytest.fixture(params=ARCHIVES, ids=[path.parent.name for path in ARCHIVES])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpacked(request.param, tmp_path)


def kept(home: Path, name: str) -> list[bytes]:
    return (home.parent / name).read_bytes().split(b"\n")


def test_there_is_a_home_of_every_release() -> None:
    assert [path.parent.name for path in ARCHIVES][:1] == ["0.1.0"]


def test_it_opens_and_tells_what_it_told_byte_for_byte(home: Path) -> None:
    before = kept(home, TOLD)
    assert told(home) == before, "before anything is brought up to this release"
    with open_home(home):
        pass
    assert told(home) == before
    assert sum(b'"action":"allow"' not in answer for answer in before) >= 10


def test_its_log_decided_anew_gives_the_same_byte_for_byte(home: Path) -> None:
    assert told_again(home) == kept(home, TOLD)


def test_it_goes_on_as_the_release_that_wrote_it_from_its_snapshot(home: Path) -> None:
    assert latest(home / "snapshots") is not None
    take_in(home, home.parent / ROWS)
    assert told(home) == kept(home, LATER)


def test_without_its_snapshot_it_goes_on_the_same(home: Path) -> None:
    for path in sorted((home / "snapshots").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    take_in(home, home.parent / ROWS)
    assert told(home) == kept(home, LATER)


def test_what_it_knows_already_is_known_again(home: Path) -> None:
    take_in(home, write_events(home.parent / "again.parquet", earlier()))
    assert told(home) == kept(home, TOLD)


def test_measures_orders_notices_and_messages_are_as_they_were(home: Path) -> None:
    with open_home(home):
        pass
    before = msgspec.json.decode((home.parent / TABLES).read_bytes(), type=Rows)
    now = msgspec.json.decode(msgspec.json.encode(tables(home)))
    for name, rows in before.items():
        assert [{column: row[column] for column in old} for row, old in zip(now[name], rows, strict=True)] == rows, name
    assert all(before.values())
