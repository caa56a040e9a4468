"""A server killed under callers, on each database: the command that does it fifty times, here with a few kills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from postgresql_server import own_server
from small_events import fan_in, transfer, write_events
from stanch.lab.served_crash import crash_served, parcels_of

_KILLS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the log of a new home lies: in its folder, or in a database."""
    if request.param == "sqlite":
        yield None
        return
    with own_server() as server:
        yield server.address


def test_a_server_killed_under_callers_loses_and_doubles_no_answer(address: str | None, tmp_path: Path) -> None:
    rows = [row for n in range(20) for row in fan_in(3600 * n, payee=f"mule-{n}")]
    rows += [transfer(f"p{n}", 100 * n, f"client-{n % 40}", f"shop-{n % 7}", 5_000) for n in range(500)]
    parcels = parcels_of([write_events(tmp_path / "events.parquet", rows)], seed=3)
    report = crash_served(parcels, tmp_path / "served" / "home", _KILLS, seed=2, address=address)
    assert report.right, msgspec.json.encode(report)
    assert report.answered == len(rows)
    assert report.cut > 0, "kills that cut no request off prove nothing"
    assert report.repeats > 0
    assert report.acted >= 20
