from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.conftest import Begun
from small_events import MORNING, Row, event, fan_in, transfer, write_events
from small_world import decided
from stanch.engine.decisions import Decided, read_decided
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.restart import column_of
from stanch.model.columns import INDEX
from stanch.model.time import DAY, HOUR
from stanch.store.records import Records

#: Ordinary payments, an hour apart, until the delays of the first hour are over.
ORDINARY = [transfer(f"ordinary-{n}", 3600.0 * n + 1800, f"a-{n}", f"b-{n}") for n in range(30)]


def own_events(home: Path, kind: str) -> list[tuple[int, str | None]]:
    """When the line wrote events of a kind, and which event each is about."""
    with Records.read(home) as records:
        return [
            (int(row[INDEX["as_of"]]), ref)
            for commit in read_decided(records)
            for row, word, ref in zip(commit.rows, commit.words("kind"), _refs(commit), strict=True)
            if word == kind
        ]


def _refs(commit: Decided) -> list[str | None]:
    refs: list[str | None] = column_of(commit.block, "ref", len(commit.rows)).to_pylist()
    return refs


def played(home: Path, keys: Path, parts: Sequence[Sequence[Row]]) -> list[dict[str, object]]:
    for at, rows in enumerate(parts):
        decided(home, [write_events(home.with_name(f"part-{at}.parquet"), rows)], keys)
    rows_of: list[dict[str, object]] = pq.read_table(home / "decisions.parquet").to_pylist()
    return rows_of


def in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row["known_at"]))


@pytest.mark.parametrize("cut", [None, 14, 20])
def test_a_delay_ends_at_its_hour_exactly_once_also_across_a_restart(
    begun: Begun, tmp_path: Path, cut: int | None
) -> None:
    rows = in_order([*fan_in(), *ORDINARY])
    parts = [rows] if cut is None else [rows[:cut], rows[cut:]]
    home = tmp_path / "home"
    delayed = [row["event_id"] for row in played(home, begun.keys, parts) if row["action"] == "delay"]
    released = own_events(home, "hold_released")
    assert [ref for _, ref in released] == delayed
    assert len(delayed) == 4
    assert {at // HOUR for at, _ in released} == {(MORNING + DAY) // HOUR + 1}
    with Records.read(home) as records:
        assert not records.measures(state="active")
        assert len(records.measures(state="released")) == 4


def test_a_delay_is_never_longer_than_the_policy_allows_and_never_renewed(begun: Begun, tmp_path: Path) -> None:
    again = [{**row, "known_at": int(str(row["known_at"])) + HOUR} for row in fan_in()]
    home = tmp_path / "home"
    played(home, begun.keys, [fan_in(), again, ORDINARY])
    with Records.read(home) as records:
        placed = [m for m in records.measures() if m.step == "delay"]
    assert len(placed) == 4
    assert all(m.until is not None and m.until - m.placed_at == DAY for m in placed)
    assert all(m.power == "machine" for m in placed)


def test_an_essential_payee_is_paid_whatever_was_found(begun: Begun, tmp_path: Path) -> None:
    listed = event("list", -60, "listed", dst="account:bank/mule", detail="essential_payee")
    rows = played(tmp_path / "home", begun.keys, [[listed, *fan_in()]])
    found = [row for row in rows if row["findings"]]
    assert all(row["action"] in ("allow", "inform") for row in found)
    assert all(row["until"] is None for row in rows)


def test_a_wait_is_kept_by_a_home_that_was_closed_in_between(begun: Begun, tmp_path: Path) -> None:
    home = tmp_path / "home"
    played(home, begun.keys, [fan_in()])
    with open_home(home, keys=begun.keys) as opened:
        before = opened.line.desk.next_end()
        opened.snapshot()
    with open_home(home, keys=begun.keys) as opened:
        assert opened.line.desk.next_end() == before == MORNING + 8 * 60_000_000 + DAY
        assert replay(opened, [write_events(tmp_path / "o.parquet", ORDINARY)]).decided == len(ORDINARY)
        assert opened.line.desk.next_end() is None
