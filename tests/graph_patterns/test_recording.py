from __future__ import annotations

import json
from pathlib import Path

import pytest

from stanch.engine.home import Home
from stanch.engine.movements import from_log
from stanch.engine.opening import open_home
from stanch.engine.pattern_search import _events, _taken, record_closed, recorded_in, search
from stanch.engine.replay import replay


@pytest.fixture
def circle(tmp_path: Path) -> Path:
    """The path of a home in which money ran in a circle on days that are closed."""
    moves = [(1, 2, 10, 90000), (2, 3, 12, 80000), (3, 4, 15, 75000), (4, 1, 18, 70000), (8, 9, 20, 100)]
    rows = [
        {
            "event_id": f"e{k}", "source": "bank", "kind": "settled", "amount": amount, "currency": "CNY",
            "happened_at": f"2025-01-{day:02}T10:00:00Z",
            "src": f"account:622200000000000{src}", "dst": f"account:622200000000000{dst}",
        }
        for k, (src, dst, day, amount) in enumerate(moves)
    ]  # fmt: skip
    file = tmp_path / "moves.ndjson"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with open_home(tmp_path / "home") as home:
        replay(home, [file])
    return tmp_path / "home"


def interrupted(home: Home) -> None:
    """Record a part of what was found, as a crash would leave it."""
    movements = from_log(home.records)
    (pattern,) = search(movements)["CNY"].patterns
    rows = _events(movements, pattern, "CNY", home.records.last_as_of() or 0)
    home.decide(home.arrive(_taken(rows[:2])))
    home.finish()


def test_a_crash_between_closing_and_recording_loses_nothing(circle: Path) -> None:
    with open_home(circle) as home:
        assert home.close_days()
    with open_home(circle) as home:
        assert home.close_days() == []
        assert record_closed(home) == 4


def test_a_crash_amid_recording_loses_nothing_and_doubles_nothing(circle: Path) -> None:
    with open_home(circle) as home:
        interrupted(home)
    with open_home(circle) as home:
        assert record_closed(home) == 2
        assert record_closed(home) == 0
        assert [each.typology for each in recorded_in(home.records)] == ["cycle"]


def test_a_home_that_starts_anew_from_its_log_searches_nothing(circle: Path) -> None:
    with open_home(circle) as home:
        record_closed(home)
        last, state = home.records.last_seq(), home.line.observer.footprint()
    with open_home(circle) as home:
        assert home.records.last_seq() == last
        assert home.line.observer.footprint() == state


def test_a_recorded_event_carries_the_transfers_of_its_account(circle: Path) -> None:
    with open_home(circle) as home:
        record_closed(home)
        ids = from_log(home.records).event_ids
        blocks = [block.block for block in home.records.blocks() if "attrs" in block.block.columns]
    told = [json.loads(str(attrs))["transfers"] for block in blocks for attrs in block.columns["attrs"]]
    assert [len(legs) for legs in told] == [2, 2, 2, 2]
    assert {leg for legs in told for leg in legs} == set(ids[:4])
