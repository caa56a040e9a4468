from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engine.conftest import Begun
from small_events import MORNING, Row, event, fan_in, transfer, write_events
from small_world import decided
from stanch.engine.opening import open_home
from stanch.engine.replay import ReplaySummary, replay
from stanch.model.time import DAY, MINUTE, SECOND

TEN_YEARS = 3652 * DAY


def answers(home: Path) -> dict[str, tuple[object, ...]]:
    """What was decided about each event: step, score, findings and reasons."""
    table = pq.read_table(home / "decisions.parquet")
    ids, *told = (table[name].to_pylist() for name in ("event_id", "action", "score", "findings", "reasons_en"))
    return dict(zip(ids, zip(*told, strict=True), strict=True))


def taken_in_turn(home: Path, keys: Path, parts: Sequence[Sequence[Row]]) -> ReplaySummary:
    """Replay several files one after the other; return what the last replay did."""
    for at, rows in enumerate(parts):
        file = write_events(home.with_name(f"{home.name}-{at}.parquet"), rows)
        summary = decided(home, [file], keys)[1]
    return summary


def quarantined(home: Path) -> list[dict[str, object]]:
    path = home / "quarantine.ndjson"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_one_event_dated_ten_years_ahead_is_set_aside_and_changes_no_other_decision(
    begun: Begun, another: Callable[[str], Path], uninterrupted: bytes
) -> None:
    home = another("home")
    wrong = transfer("wrong", 0, "someone", "somebody")
    ahead = {**wrong, "happened_at": MORNING + TEN_YEARS, "known_at": MORNING + TEN_YEARS}
    assert taken_in_turn(home, begun.keys, [[ahead]]).quarantined == 1
    assert decided(home, [begun.later], begun.keys)[0] == uninterrupted
    (line,) = quarantined(home)
    assert json.loads(str(line["verbatim"])) == {"source": "bank", "event_id": "wrong"}
    assert "dated 2036-03-01" in str(line["reason"])
    assert "max_jump" in str(line["reason"])


def test_an_event_that_only_claims_to_have_happened_in_ten_years_is_decided_now(begun: Begun, tmp_path: Path) -> None:
    rows = [
        *fan_in(),
        {**transfer("claims", 800, "a", "b"), "happened_at": MORNING + TEN_YEARS},
        transfer("next", 801, "c", "d"),
    ]
    taken_in_turn(tmp_path / "home", begun.keys, [rows])
    table = pq.read_table(tmp_path / "home" / "decisions.parquet")
    stamps = dict(zip(table["event_id"].to_pylist(), table["as_of"].cast(pa.int64()).to_pylist(), strict=True))
    assert stamps["claims"] == MORNING + 800 * SECOND
    assert stamps["next"] == MORNING + 801 * SECOND


def test_what_was_set_aside_stays_so_when_the_file_is_read_again_later(begun: Begun, tmp_path: Path) -> None:
    home = tmp_path / "home"
    early, wrong = fan_in(), transfer("wrong", 9 * 86_400, "a", "b")
    middle = [transfer(f"day-{n}", n * 250_000, "c", "d") for n in (1, 2, 3)]
    taken_in_turn(home, begun.keys, [[*early, wrong], middle])
    again = decided(home, [home.with_name("home-0.parquet")], begun.keys)[1]
    assert (again.decided, again.quarantined) == (0, 1)
    assert len(quarantined(home)) == 1


def test_what_was_set_aside_is_decided_once_its_date_is_corrected(begun: Begun, tmp_path: Path) -> None:
    home = tmp_path / "home"
    wrong = transfer("wrong", 9 * 86_400, "a", "b")
    summary = taken_in_turn(home, begun.keys, [[*fan_in(), wrong], [transfer("wrong", 900, "a", "b")]])
    assert (summary.decided, summary.quarantined) == (1, 0)


def test_a_sender_whose_clock_is_ten_minutes_fast_changes_no_other_decision(
    begun: Begun, another: Callable[[str], Path], uninterrupted: bytes, tmp_path: Path
) -> None:
    del uninterrupted  # its home is read
    whole = pq.read_table(begun.later)
    sender = Counter(whole["source"].to_pylist()).most_common(3)[-1][0]
    theirs = pc.equal(pc.cast(whole["source"], pa.string()), sender)
    fast = pc.add(whole["happened_at"], pa.scalar(timedelta(minutes=10), pa.duration("us")))
    at = whole.schema.get_field_index("happened_at")
    shifted = whole.set_column(at, "happened_at", pc.if_else(theirs, fast, whole["happened_at"]))
    pq.write_table(shifted, tmp_path / "fast.parquet")
    home = another("home")
    decided(home, [tmp_path / "fast.parquet"], begun.keys)
    of_others = set(whole.filter(pc.invert(theirs))["event_id"].to_pylist())
    right, wrong = (answers(place) for place in (begun.home.with_name("uninterrupted"), home))
    assert 10 < np.count_nonzero(theirs.to_numpy(zero_copy_only=False)) < whole.num_rows / 2
    assert {key: right[key] for key in of_others} == {key: wrong[key] for key in of_others}


def test_an_event_older_than_the_clock_is_decided_at_the_clock_and_marked_late(begun: Begun, tmp_path: Path) -> None:
    old = {**transfer("old", 0, "a", "b"), "known_at": MORNING + 30 * MINUTE}
    summary = taken_in_turn(tmp_path / "home", begun.keys, [[*fan_in(), old]])
    table = pq.read_table(tmp_path / "home" / "decisions.parquet")
    assert summary.late == 1
    stamps = table["as_of"].cast(pa.int64()).to_pylist()
    assert stamps == sorted(set(stamps))
    assert table["event_id"].to_pylist()[-1] == "old"


def test_a_repeat_is_answered_from_the_log_and_another_body_is_kept_as_a_conflict(begun: Begun, tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = transfer("one", 0, "a", "b", amount=500)
    other = {**first, "amount": 900, "known_at": MORNING + 5 * SECOND}
    repeat = {**first, "known_at": MORNING + 9 * SECOND}
    summary = taken_in_turn(home, begun.keys, [[first, other, repeat]])
    assert (summary.decided, summary.known, summary.conflicts) == (1, 1, 1)
    (line,) = quarantined(home)
    assert "another event is known under this id" in str(line["reason"])
    assert "account" not in json.dumps(line), "no identity, clear or not, is told"


def test_what_is_older_than_the_ids_that_are_remembered_is_not_taken_for_new(begun: Begun, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "events.parquet"
    days = [event(f"e{n}", n * 86_400, "login", src="account:bank/a", dst="device:35000000000001") for n in range(100)]
    with open_home(home, keys=begun.keys) as opened:
        for part in (days[:5], days):
            write_events(file, part)
            replay(opened, [file], batch=5)
            opened.snapshot()
        assert len(opened.door.known) == len(days)
    with open_home(home, keys=begun.keys) as opened:
        again = replay(opened, [file])
    assert again.decided == 0
    assert again.too_old + again.known == len(days)
    assert again.too_old > 0


@pytest.mark.parametrize("count", [1, 3])
def test_two_senders_may_use_the_same_ids(begun: Begun, tmp_path: Path, count: int) -> None:
    rows = [{**transfer("same", n, "a", "b"), "source": f"bank-{n}"} for n in range(count)]
    assert taken_in_turn(tmp_path / "home", begun.keys, [rows]).decided == count
