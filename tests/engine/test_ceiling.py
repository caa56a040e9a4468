"""However large the numbers are that somebody sends, no total leaves 64 bits, and nobody else is refused for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from small_events import MORNING, Row, event, fan_in, write_events
from stanch.engine.backtest import rerun
from stanch.engine.ceiling import CEILING, Ceiling
from stanch.engine.decisions import answers_and_findings
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.restart import decisions_of
from stanch.features.definition import parse_feature
from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.money import MAX_AMOUNT
from stanch.model.time import DAY
from stanch.store.layout import QUARANTINE

Ints = npt.NDArray[np.int64]

_KINDS = {"transfer": 0, "data_session": 1, "balance": 2}
_FEATURES = [
    parse_feature({"total": "amount", "by": "dst", "over": "24h", "where": "kind = 'transfer'"}, "paid"),
    parse_feature({"total": "number", "by": "src", "over": "30d", "where": "kind = 'data_session'"}, "used"),
]


def ceiling(most: int = CEILING) -> Ceiling:
    return Ceiling(_FEATURES, _KINDS.__getitem__, most)


def rows_of(sent: list[tuple[int, int]], kind: str = "data_session", column: str = "number", at: int = MORNING) -> Ints:
    """Return rows of (source, number)."""
    rows = np.full((len(sent), len(MATRIX)), NULL, np.int64)
    rows[:, INDEX["kind"]] = _KINDS[kind]
    rows[:, [INDEX["known_at"], INDEX["as_of"], INDEX["happened_at"]]] = at
    for row, (source, number) in zip(rows, sent, strict=True):
        row[[INDEX["source"], INDEX[column]]] = source, number
    return rows


def over(kept: Ceiling, rows: Ints, now: int = MORNING) -> list[bool]:
    found: list[bool] = kept.over(rows, np.ones(len(rows), np.bool_), now).tolist()
    return found


_SENT = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 600)), max_size=30)


@given(_SENT, st.integers(1, 8))
@settings(deadline=None)
def test_what_is_let_in_never_adds_up_to_more_than_the_ceiling_however_it_is_cut(
    sent: list[tuple[int, int]], batch: int
) -> None:
    at_once, in_parts, total, sums = ceiling(1000), ceiling(1000), 0, [0] * 4
    refused = over(at_once, rows_of(sent))
    cut = [flag for n in range(0, len(sent), batch) for flag in over(in_parts, rows_of(sent[n : n + batch]))]
    assert cut == refused
    for (source, number), flag in zip(sent, refused, strict=True):
        assert flag == (sums[source] + number > 1000 - total - number)
        if not flag:
            total, sums[source] = total + number, sums[source] + number
    assert total <= 1000


def test_the_largest_numbers_of_a_greedy_source_never_reach_half_of_what_64_bits_hold_and_others_go_on() -> None:
    kept, let_in = ceiling(), 0
    for _ in range(30):
        let_in += over(kept, rows_of([(1, MAX_AMOUNT)] * 4096)).count(False)
    assert let_in == CEILING // 2 // MAX_AMOUNT
    assert CEILING <= 2**62  # what the windows can hold
    assert over(kept, rows_of([(1, MAX_AMOUNT), (2, MAX_AMOUNT), (3, 1)])) == [True, False, False]


def test_one_number_above_all_amounts_is_refused_and_takes_no_room() -> None:
    kept = ceiling()
    assert over(kept, rows_of([(1, 2**63 - 1), (1, MAX_AMOUNT + 1), (1, -(2**62)), (1, MAX_AMOUNT)])) == [
        True, True, True, False,
    ]  # fmt: skip


def test_room_comes_back_when_the_windows_have_moved_on() -> None:
    kept = ceiling(1000)
    assert over(kept, rows_of([(1, 500)])) == [False]
    assert over(kept, rows_of([(1, 500)], at=MORNING + 30 * DAY), MORNING + 30 * DAY) == [True]
    late = MORNING + 40 * DAY
    assert over(kept, rows_of([(1, 500)], at=late), late) == [False]


def test_what_no_window_adds_up_is_not_counted() -> None:
    kept = ceiling()
    assert over(kept, rows_of([(1, 2**62)] * 3, "balance", "amount")) == [False] * 3
    assert over(kept, rows_of([(1, 2**62)] * 3, "transfer", "number")) == [False] * 3
    assert over(kept, rows_of([(1, 2**62)], "transfer", "amount")) == [True]


def test_what_is_kept_comes_back_from_a_save_and_from_the_log() -> None:
    first, loaded, followed = ceiling(), ceiling(), ceiling()
    rows = rows_of([(1, 10**13), (2, 10**12), (1, 10**11)])
    over(first, rows)
    loaded.load(first.save())
    followed.follow(rows)
    assert sorted(loaded.save()) == sorted(first.save()) == sorted(followed.save())


def used(name: str, after: float, kilobytes: int, source: str = "bank") -> Row:
    return event(name, after, "data_session", src="card:13800138000", detail="general", number=kilobytes, source=source)


GREEDY = [used("large", 0, MAX_AMOUNT), *(used(f"huge-{n}", 90 * n, 2**60) for n in (1, 2))]


def _home(folder: Path, rows: list[Row]) -> Home:
    ordered = sorted(rows, key=lambda row: int(str(row["known_at"])))
    folder.mkdir()
    home = open_home(folder / "home")
    replay(home, [write_events(folder / "events.parquet", ordered)])
    return home


def _answers(home: Home) -> list[dict[str, object]]:
    answers, findings = answers_and_findings(home.records)
    return [*answers.to_pylist(), *findings.drop_columns("subject").to_pylist()]


def test_in_a_file_the_one_event_is_set_aside_and_the_others_are_decided_as_without_it(
    tmp_path: Path,
) -> None:
    with (
        _home(tmp_path / "greedy", [*GREEDY, *fan_in()]) as greedy,
        _home(tmp_path / "calm", [GREEDY[0], *fan_in()]) as calm,
    ):
        assert greedy.door.refusals.beyond == 2
        assert _answers(greedy) == _answers(calm)
        assert any(row["action"] != "allow" for row in _answers(calm))
        kept = (greedy.path / QUARANTINE).read_text("utf-8")
        assert kept.count("added up exactly") == 2


def test_a_log_with_huge_numbers_is_decided_the_same_again_and_goes_on_bounded_after_a_restart(tmp_path: Path) -> None:
    with _home(tmp_path / "greedy", [*GREEDY, *fan_in()]) as home:
        first = [decision for outcome in rerun(home.records, home.rules) for decision in outcome.decisions.values()]
        told = [decision for block in home.records.blocks() for decision in decisions_of(block)]
        assert [each.findings for each in first] == [each.findings for each in told]
        before = sorted(home.door.ceiling.save())
    for snapshot in (False, True):
        with open_home(tmp_path / "greedy" / "home") as home:
            assert sorted(home.door.ceiling.save()) == before
            replay(home, [write_events(tmp_path / f"more-{snapshot}.parquet", [used(f"more-{snapshot}", 2000, 2**60)])])
            assert home.door.refusals.beyond == 1
            home.snapshot()
