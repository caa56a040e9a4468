"""A payment delayed for reported money is free at once when the report falls, and only if it rested on nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.test_follow import MINUTES, STOLEN, paid, reported
from engine.test_waits import own_events
from small_events import Row, event, fan_in, transfer, write_events
from small_world import key_file
from stanch.engine.backtest import rerun
from stanch.engine.decisions import read_decided
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.model.columns import INDEX
from stanch.store.records import Records

REPORT = reported("report", 20 * MINUTES, "pay")
ASKED = transfer("asked", 22 * MINUTES, "mule-2", "shop", 300_000)
DELAYED = [*STOLEN, REPORT, ASKED]


def played(folder: Path, rows: Sequence[Row], name: str = "home", *, batch: int = 4096) -> Path:
    """Replay rows into a home; homes of one folder have the same keys."""
    keys = folder / "keys.json"
    key_file(folder) if not keys.exists() else None
    ordered = sorted(rows, key=lambda row: int(str(row["known_at"])))
    with open_home(folder / name, keys=keys) as home:
        replay(home, [write_events(folder / f"{name}.parquet", ordered)], batch=batch)
    return folder / name


def opened(home: Path) -> Home:
    return open_home(home, keys=home.parent / "keys.json")


def withdrawn(after: float, name: str = "back", report: str = "report") -> Row:
    return event(name, after, "report_withdrawn", src="person:victim", ref=report)


def cleared(after: float, account: str, name: str = "clear") -> Row:
    return event(name, after, "cleared", dst=f"account:bank/{account}", detail="mistaken")


def releases(home: Path) -> list[tuple[str | None, str | None]]:
    """Which payments were released, and why, in the order of the log."""
    why = []
    with Records.read(home) as records:
        for commit in read_decided(records):
            kinds, details = commit.words("kind"), commit.words("detail")
            why += [detail for kind, detail in zip(kinds, details, strict=True) if kind == "hold_released"]
    return [(ref, reason) for (_, ref), reason in zip(own_events(home, "hold_released"), why, strict=True)]


def states(home: Path) -> list[str]:
    with Records.read(home) as records:
        return [row.state for row in records.measures() if row.step == "delay"]


@pytest.mark.parametrize(
    "act",
    [
        withdrawn(30 * MINUTES),
        cleared(30 * MINUTES, "mule-2"),
        cleared(30 * MINUTES, "mule-1"),
        event("c", 30 * MINUTES, "cleared", dst="account:bank/other", ref="report", detail="mistaken"),
    ],
    ids=["report withdrawn", "its account cleared", "the reported account cleared", "report cleared"],
)
def test_a_delayed_payment_is_free_in_the_moment_its_ground_falls(tmp_path: Path, act: Row) -> None:
    home = played(tmp_path, [*DELAYED, act])
    assert releases(home) == [("asked", "cleared")]
    assert states(home) == ["released"]
    (freed, _), *_ = own_events(home, "hold_released")
    moment = int(str(act["happened_at"]))
    assert moment < freed <= moment + 16_384
    with opened(home) as again:
        assert again.line.desk.next_end() is None


def test_the_sender_of_the_payment_is_told(tmp_path: Path) -> None:
    home = played(tmp_path, [*DELAYED, withdrawn(30 * MINUTES)])
    with Records.read(home) as records:
        told = [msgspec.json.decode(row.body) for row in records.pending_outbox() if row.id.endswith("-lifted")]
    assert [(body["event_id"], body["source"], body["action"]) for body in told] == [("asked", "bank", "allow")]


@pytest.mark.parametrize(
    "act",
    [
        withdrawn(30 * MINUTES, report="another"),
        cleared(30 * MINUTES, "shop"),
        event("c", 30 * MINUTES, "cleared", dst="account:bank/other", ref="another", detail="mistaken"),
    ],
    ids=["another report", "the payee", "nothing of theirs"],
)
def test_what_concerns_others_frees_nothing(tmp_path: Path, act: Row) -> None:
    home = played(tmp_path, [*DELAYED, act])
    assert (releases(home), states(home)) == ([], ["active"])


def two_reports(second: int) -> list[Row]:
    """Mule-2 holds money of two victims, the second's share is given, and asks for more than the first's alone."""
    return [
        *STOLEN, *paid("pay-2", 630, "victim-2", "mule-2", second), REPORT,
        event("report-2", 21 * MINUTES, "fraud_reported", src="person:victim-2", dst="account:bank/mule-2",
              ref="pay-2", amount=second),
        transfer("asked", 22 * MINUTES, "mule-2", "shop", 170_000),
    ]  # fmt: skip


def test_a_second_report_keeps_the_payment_until_it_falls_too(tmp_path: Path) -> None:
    rows = two_reports(200_000)
    one = played(tmp_path, [*rows, withdrawn(30 * MINUTES)], "one")
    assert states(one) == ["active"]
    both = played(tmp_path, [*rows, withdrawn(30 * MINUTES), withdrawn(31 * MINUTES, "back-2", "report-2")], "both")
    assert releases(both) == [("asked", "cleared")]


def test_what_is_left_must_be_enough_for_the_rule_itself(tmp_path: Path) -> None:
    """9,999 minor units of a second victim are fewer than the rule asks for: the payment would not be delayed today."""
    home = played(tmp_path, [*two_reports(9_999), withdrawn(30 * MINUTES)])
    assert releases(home) == [("asked", "cleared")]


def test_another_finding_keeps_the_payment(tmp_path: Path) -> None:
    """Mule-2 also collects from many: payments to it are delayed for that; its own, for reported money, go."""
    rows = [*DELAYED, *fan_in(23 * MINUTES, "mule-2"), withdrawn(45 * MINUTES)]
    home = played(tmp_path, rows)
    assert [ref for ref, _ in releases(home)] == ["asked", "on-mule-2"]
    assert sorted(set(states(home))) == ["active", "released"]


def test_a_payment_found_for_two_reasons_stays(tmp_path: Path) -> None:
    """It passes on all that came in within minutes, too: that is reason enough without any report."""
    whole = transfer("asked", 22 * MINUTES, "mule-2", "shop", 500_000)
    home = played(tmp_path, [*two_reports(200_000)[:-1], whole, cleared(60 * MINUTES, "mule-2")])
    with Records.read(home) as records:
        found = {
            commit.ids()[row]: {finding.typology for finding in decision.findings}
            for commit in read_decided(records)
            for row, decision in commit.decisions.items()
        }
    assert found["asked"] == {"finance.rapid_pass_through", "finance.tainted_transfer"}
    assert (releases(home), states(home)) == ([], ["active"])


def test_later_payments_of_a_cleared_account_pass(tmp_path: Path) -> None:
    again = transfer("again", 40 * MINUTES, "mule-2", "shop", 300_000)
    home = played(tmp_path, [*DELAYED, cleared(30 * MINUTES, "mule-2"), again])
    assert states(home) == ["released"]


def test_a_wait_that_is_over_is_not_made_longer_by_a_clearing(tmp_path: Path) -> None:
    late = 22 * MINUTES + 86_400 + 60  # past its end, before the hour at which the clock releases it
    home = played(tmp_path, [*DELAYED, withdrawn(late), transfer("next", late + 7200, "shop", "mill", 1)])
    assert releases(home) == [("asked", "cleared")]
    with Records.read(home) as records:
        (row,) = [row for row in records.measures() if row.step == "delay"]
    assert row.until == row.placed_at + 86_400_000_000


MULES = range(18)
OPENED = [
    event(f"o-{n}", -90 + n, "account_opened", src="outlet:bank/app", dst=f"account:bank/m-{n}", holder=f"person:m-{n}")
    for n in MULES
]
SPREAD = [row for n in MULES for row in paid(f"on-{n}", 610 + n, "mule-1", f"m-{n}", 11_000)]
MANY = [*OPENED, *SPREAD, *(transfer(f"asked-{n}", 21 * MINUTES + n, f"m-{n}", "shop", 2_000) for n in MULES)]


def test_more_payments_than_the_microseconds_between_two_events_are_freed_by_one_act(tmp_path: Path) -> None:
    rows = [*STOLEN, *MANY, REPORT, withdrawn(30 * MINUTES), transfer("next", 30 * MINUTES, "shop", "mill", 1)]
    home = played(tmp_path, rows)
    free = releases(home)
    assert len(free) == len(MULES) > 16
    assert {why for _, why in free} == {"cleared"}
    assert stamps(home) == sorted(set(stamps(home))), "every event of the log has a moment of its own"


def stamps(home: Path) -> list[int]:
    with Records.read(home) as records:
        return [int(row) for commit in read_decided(records) for row in commit.rows[:, INDEX["as_of"]]]


def everything(home: Path) -> list[tuple[object, ...]]:
    """What a log says, however it was cut: each event with what was decided, every measure, every message."""
    found: list[tuple[object, ...]] = []
    with Records.read(home) as records:
        for commit in read_decided(records):
            words, moments = commit.words("kind"), commit.rows[:, INDEX["as_of"]].tolist()
            refs = [None if r not in commit.decisions else commit.decisions[r].action for r in range(len(words))]
            found += zip(moments, words, commit.words("detail"), commit.ids(), refs, strict=True)
        found += [tuple(map(str, msgspec.structs.astuple(row))) for row in records.measures()]
        found += [tuple(map(str, msgspec.structs.astuple(row))) for row in records.pending_outbox(10_000)]
    return found


STORY = [
    *two_reports(200_000), *MANY, *fan_in(23 * MINUTES, "mule-2"), withdrawn(30 * MINUTES),
    transfer("between", 31 * MINUTES, "mule-2", "shop", 50_000), cleared(32 * MINUTES, "m-7"),
    withdrawn(33 * MINUTES, "back-2", "report-2"), transfer("after", 33 * MINUTES, "mule-2", "shop", 100_000),
    *[transfer(f"hour-{n}", 3600.0 * n + 4000, "shop", "mill", 100) for n in range(27)],
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(tmp_path_factory.mktemp("story"), STORY, "whole")


@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_releases_do_not_depend_on_how_events_are_cut(whole: Path, batch: int) -> None:
    cut = played(whole.parent, STORY, f"cut-{batch}", batch=batch)
    assert {why for _, why in releases(whole)} == {"cleared", "expired"}
    assert everything(cut) == everything(whole)


@pytest.mark.parametrize("snapshot", [True, False])
@pytest.mark.parametrize("at", [-45, -31, -30, -29, -28, -27])
def test_a_home_closed_in_between_releases_the_same(whole: Path, tmp_path: Path, at: int, snapshot: bool) -> None:
    shutil.copy(whole.parent / "keys.json", tmp_path)
    rows = sorted(STORY, key=lambda row: int(str(row["known_at"])))
    for number, part in enumerate((rows[:at], rows[at:])):
        with open_home(tmp_path / "home", keys=tmp_path / "keys.json") as home:
            replay(home, [write_events(tmp_path / f"{number}.parquet", part)])
            if snapshot:
                home.snapshot()
    with open_home(tmp_path / "home", keys=tmp_path / "keys.json") as home:
        assert home.line.desk.next_end() is None
    assert everything(tmp_path / "home") == everything(whole)


def test_the_log_decided_again_frees_the_same_payments(whole: Path) -> None:
    with Records.read(whole) as records, opened(whole) as home:
        freed = [each.hold.ref for outcome in rerun(records, home.rules) for each in outcome.lifted]
    assert freed == [ref for ref, why in releases(whole) if why == "cleared"]


acts = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from(["withdraw", "withdraw-2", "clear-1", "clear-2", "ask-1", "ask-2", "report-again"]),
    ),
    min_size=1,
    max_size=10,
)


def story(drawn: Sequence[tuple[int, str]]) -> list[Row]:
    rows: list[Row] = []
    for number, (minute, what) in enumerate(drawn):
        after, name = (22 + minute) * MINUTES + number, f"act-{number}"
        mule = f"mule-{what[-1]}"
        rows.append({
            "withdraw": withdrawn(after, name), "withdraw-2": withdrawn(after, name, "report-2"),
            "clear-1": cleared(after, mule, name), "clear-2": cleared(after, mule, name),
            "report-again": {**reported(name, after, "pay")},
        }.get(what) or transfer(name, after, mule, "shop", 250_000))  # fmt: skip
    return [*two_reports(200_000), *rows, transfer("end", 200_000, "shop", "mill", 1)]


@given(acts, st.integers(1, 9))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_happens_nothing_waits_for_cleared_money_and_cuts_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, drawn: Sequence[tuple[int, str]], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    key_file(folder)
    one, cut = played(folder, story(drawn), "one"), played(folder, story(drawn), "cut", batch=batch)
    assert everything(one) == everything(cut)
    with opened(one) as home:
        assert home.line.desk.next_end() is None
    assert set(states(one)) <= {"released"}


def test_nobody_withdraws_a_report_that_another_source_made(tmp_path: Path) -> None:
    other = {**withdrawn(23 * MINUTES), "source": "elsewhere"}
    with opened(played(tmp_path, [*DELAYED, other], "other")) as home:
        assert list(home.line.funds.reported()) == ["report"]
    twice = {**reported("report", 21 * MINUTES, "pay"), "source": "elsewhere"}
    with opened(played(tmp_path, [*DELAYED, twice, other], "twice")) as home:
        assert len(home.line.funds.reports) == 1, "its own is taken back, the other stands"
        assert home.line.funds.id_of("report", home.line.names.words.find("bank")) in home.line.funds.reports
