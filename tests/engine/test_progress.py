from __future__ import annotations

from pathlib import Path

from small_events import fan_in, write_events
from stanch.engine.opening import open_home
from stanch.intake.take import take
from stanch.model.schema import TAKEN_SCHEMA


def test_progress_is_saved_in_one_transaction_with_everything_it_belongs_to(tmp_path: Path) -> None:
    file = write_events(tmp_path / "events.parquet", [*fan_in(), *fan_in(3 * 86_400, "other")])
    transactions: list[int] = []
    with open_home(tmp_path / "home") as home:
        home.written.append(lambda _nanos, commits: transactions.append(commits))
        (taken,) = take([file], None, home.intake)
        home.decide(home.arrive(taken.table), 5, progress={"kafka payments 0": "26"})
        home.finish()
        assert home.records.progress() == {"kafka payments 0": "26"}
    assert len(transactions) == 1
    assert transactions[0] > 5, "ticks and batches of five events, all together"


def test_what_made_no_event_moves_progress_too(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        nothing = home.read(TAKEN_SCHEMA.empty_table())
        for offset in ("1", "2"):
            home.decide(nothing, progress={"kafka payments 0": offset})
        home.finish()
        assert home.records.progress() == {"kafka payments 0": "2"}
        assert home.records.last_seq() == -1
