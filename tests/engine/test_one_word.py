"""One person's word delays and lets an order lie ready; an official is asked once something else speaks for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from engine.test_follow import MINUTES, answer, approval, book, paid, register, reported
from engine.test_lifting import cleared, everything, opened, played, releases, states, withdrawn
from small_events import Row, event, transfer, write_events
from stanch.engine.decisions import read_decided
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.store.records import Records

STOLEN = [*register(), *paid("pay", 0, "victim", "mule-1", 500_000)]
REPORT = reported("report", 20 * MINUTES, "pay")
ONE = [*STOLEN, REPORT]
ANOTHER = paid("pay-2", 60, "victim-2", "mule-1", 60_000)


def second(after: float, who: str = "victim-2", payment: str = "pay-2", payee: str = "mule-1") -> Row:
    return event(
        f"report-{payment}", after, "fraud_reported", src=f"person:{who}", dst=f"account:bank/{payee}", ref=payment,
        amount=60_000,
    )  # fmt: skip


def cash(name: str, after: float, account: str, amount: int) -> list[Row]:
    """A withdrawal and its settlement."""
    way: dict[str, object] = {"src": f"account:bank/{account}", "dst": "outlet:bank/atm", "amount": amount}
    return [event(name, after, "cash_out", **way), event(f"{name}-s", after + 5, "settled", ref=name, **way)]


def steps(home: Path) -> list[tuple[str, str, int]]:
    """Every step of a stop: where it led, why, for which sum."""
    with Records.read(home) as records:
        return [(row.to_state, row.reason, row.amount) for row in records.order_steps() if row.measure == "stop"]


def asked_of_officials(home: Path) -> list[tuple[str, bool]]:
    with Records.read(home) as records:
        bodies = [msgspec.json.decode(row.body) for row in records.pending_outbox(10_000) if row.topic == "approval"]
    return [(body["reason"], body["backed"]) for body in bodies if body["measure"] == "stop"]


def test_one_report_lets_an_order_lie_ready_that_says_so(tmp_path: Path) -> None:
    home = played(tmp_path, ONE)
    assert steps(home) == [("drafted", "one_word", 500_000)]
    with opened(home) as again:
        assert [order.backed for order in book(again)] == [False]


def test_a_second_victim_speaks_for_the_first(tmp_path: Path) -> None:
    home = played(tmp_path, [*ONE, *ANOTHER, second(30 * MINUTES)])
    assert steps(home) == [("drafted", "one_word", 500_000), ("drafted", "backed", 560_000)]
    assert asked_of_officials(home) == [("one_word", False), ("backed", True)]
    with opened(home) as again:
        assert [order.backed for order in book(again)] == [True]


@pytest.mark.parametrize(
    "other",
    [second(30 * MINUTES, who="victim"), second(30 * MINUTES, payment="nothing")],
    ids=["the same person", "a payment that nobody knows of"],
)
def test_no_second_word_leaves_it_at_one(tmp_path: Path, other: Row) -> None:
    home = played(tmp_path, [*ONE, *ANOTHER, other])
    assert {reason for _, reason, _ in steps(home)} <= {"one_word", "replanned"}
    with opened(home) as again:
        assert {order.backed for order in book(again)} == {False}


def test_a_second_report_counts_once_its_payment_has_settled(tmp_path: Path) -> None:
    late = paid("pay-2", 40 * MINUTES, "victim-2", "mule-1", 60_000)
    home = played(tmp_path, [*ONE, late[0], second(40 * MINUTES + 1), late[1]])
    assert steps(home) == [("drafted", "one_word", 500_000), ("drafted", "backed", 560_000)]


@pytest.mark.parametrize(("amount", "speaks"), [(400_000, True), (399_999, False)])
def test_the_holder_who_asks_for_most_of_it_is_delayed_either_way(tmp_path: Path, amount: int, speaks: bool) -> None:
    home = played(tmp_path, [*ONE, transfer("ask", 30 * MINUTES, "mule-1", "shop", amount)])
    assert states(home) == ["active"]
    said = [("drafted", "backed", 500_000)] if speaks else []
    assert steps(home) == [("drafted", "one_word", 500_000), *said]


def test_a_holder_who_pays_out_of_other_money_asks_for_nothing(tmp_path: Path) -> None:
    wage = event("wage", 60, "cash_in", src="outlet:bank/app", dst="account:bank/mule-1", amount=900_000)
    home = played(tmp_path, [*ONE, wage, transfer("ask", 30 * MINUTES, "mule-1", "shop", 900_000)])
    assert [reason for _, reason, _ in steps(home)] == ["one_word"]
    more = transfer("ask", 30 * MINUTES, "mule-1", "shop", 900_000 + 400_000)
    assert [reason for _, reason, _ in steps(played(tmp_path, [*ONE, wage, more], "more"))] == ["one_word", "backed"]


def test_money_that_went_on_in_cash_speaks_for_the_report(tmp_path: Path) -> None:
    on = paid("on", 600, "mule-1", "mule-2", 300_000)
    told = [*STOLEN, *on, REPORT]
    assert {reason for _, reason, _ in steps(played(tmp_path, told, "before"))} == {"one_word"}
    home = played(tmp_path, [*told, *cash("out", 40 * MINUTES, "mule-2", 300_000)], "after")
    assert [each for each in steps(home) if each[1] == "backed"] == [("drafted", "backed", 200_000)]


def test_what_is_backed_stays_so_when_the_second_report_is_withdrawn(tmp_path: Path) -> None:
    back = withdrawn(40 * MINUTES, "back", "report-pay-2")
    home = played(tmp_path, [*ONE, *ANOTHER, second(30 * MINUTES), back])
    with opened(home) as again:
        assert [(o.backed, o.amount) for o in book(again)] == [(True, 500_000)]
        assert [report.backed for report in again.line.funds.reports.values()] == [True]


def test_a_report_that_is_made_again_begins_with_one_word(tmp_path: Path) -> None:
    asks = transfer("ask", 25 * MINUTES, "mule-1", "shop", 500_000)
    back, again = withdrawn(30 * MINUTES), {**reported("once-more", 40 * MINUTES, "pay")}
    home = played(tmp_path, [*ONE, asks, back, again])
    assert [reason for _, reason, _ in steps(home)] == ["one_word", "backed", "cleared", "one_word"]


def test_who_reports_into_a_channel_is_believed_at_once(tmp_path: Path) -> None:
    """All that was stolen has gone; later another victim reports a payment into the account it went to."""
    gone = [*paid("on", 600, "mule-1", "mule-2", 500_000), *cash("out", 700, "mule-2", 500_000)]
    more = paid("pay-2", 800, "victim-2", "mule-2", 60_000)
    home = played(tmp_path, [*STOLEN, *gone, *more, REPORT, second(30 * MINUTES, payee="mule-2")])
    assert steps(home) == [("drafted", "ahead", 500_000), ("drafted", "ahead", 560_000)]


def test_a_report_before_the_account_was_known_as_a_channel_is_believed_from_then_on(tmp_path: Path) -> None:
    """The same in the other order: the report into the second account is there before the one that explains it."""
    gone = [*paid("on", 600, "mule-1", "mule-2", 500_000), *cash("out", 700, "mule-2", 500_000)]
    more = paid("pay-2", 800, "victim-2", "mule-2", 60_000)
    home = played(tmp_path, [*STOLEN, *gone, *more, second(15 * MINUTES, payee="mule-2"), REPORT])
    assert steps(home) == [
        ("drafted", "one_word", 60_000),
        ("drafted", "ahead", 560_000),
        ("drafted", "ahead", 500_000),
    ]


def test_a_freeze_says_of_what_it_rests_on_and_when_more_speaks_for_it(tmp_path: Path) -> None:
    with opened(played(tmp_path, ONE, "draft")) as home:
        (stop,) = book(home)
    acts = [approval(stop, 22 * MINUTES), answer(stop, 25 * MINUTES, amount=500_000)]
    alone = played(tmp_path, [*ONE, *acts], "alone")
    assert freezes(alone) == [("drafted", "one_word", 500_000)]
    more = [*ANOTHER, second(30 * MINUTES)]
    assert freezes(played(tmp_path, [*ONE, *acts, *more], "more"))[1:] == [("drafted", "backed", 500_000)]
    before = [*ANOTHER, second(21 * MINUTES)]
    with opened(played(tmp_path, [*ONE, *before, *acts], "before")) as home:
        assert {order.backed for order in book(home) if order.measure == "freeze"} == {True}


def freezes(home: Path) -> list[tuple[str, str, int]]:
    with Records.read(home) as records:
        return [(row.to_state, row.reason, row.amount) for row in records.order_steps() if row.measure == "freeze"]


LITTLE = [*STOLEN, *ANOTHER, *paid("on", 600, "mule-1", "mule-2", 199_999), REPORT, second(21 * MINUTES)]


def at_second(home: Path) -> list[bool]:
    """Whether more than one word speaks for the order at the account that nobody named."""
    with opened(home) as again:
        orders = sorted(book(again), key=lambda order: order.amount)
        return [order.backed for order in orders if order.measure == "stop" and order.amount < 300_000]


def test_little_that_came_once_and_stayed_is_left(tmp_path: Path) -> None:
    assert at_second(played(tmp_path, LITTLE, "little")) == [False]
    enough = [*STOLEN, *ANOTHER, *paid("on", 600, "mule-1", "mule-2", 200_000), REPORT, second(21 * MINUTES)]
    assert at_second(played(tmp_path, enough, "enough")) == [True]


def test_little_in_the_account_that_was_named_is_not_left(tmp_path: Path) -> None:
    rows = [*register(), *ANOTHER, *paid("pay-3", 90, "victim-3", "mule-1", 60_000), second(21 * MINUTES)]
    home = played(tmp_path, [*rows, second(22 * MINUTES, "victim-3", "pay-3")])
    assert steps(home) == [("drafted", "one_word", 60_000), ("drafted", "backed", 120_000)]


def test_little_of_which_some_went_on_is_not_left(tmp_path: Path) -> None:
    assert at_second(played(tmp_path, [*LITTLE, *paid("bit", 30 * MINUTES, "mule-2", "shop", 1_000)])) == [True]


PASSED = [
    *STOLEN, *paid("on", 600, "mule-1", "mule-2", 500_000), *cash("out", 700, "mule-2", 500_000),
    event("wage", 800, "cash_in", src="outlet:bank/app", dst="account:bank/mule-1", amount=300_000), REPORT,
    transfer("asked", 22 * MINUTES, "mule-1", "shop", 150_000),
]  # fmt: skip
TWO = [*ANOTHER, *PASSED, second(21 * MINUTES)]


def findings(home: Path, event_id: str) -> set[str]:
    with Records.read(home) as records:
        return {
            finding.typology
            for commit in read_decided(records)
            for row, decision in commit.decisions.items()
            if commit.ids()[row] == event_id
            for finding in decision.findings
        }


def test_what_leaves_a_channel_is_delayed_although_nothing_reported_is_left_in_it(tmp_path: Path) -> None:
    assert findings(played(tmp_path, PASSED), "asked") == {"finance.reported_channel"}
    unreported = [row for row in PASSED if row["event_id"] != "report"]
    assert findings(played(tmp_path, unreported, "unreported"), "asked") == set()
    assert findings(played(tmp_path, TWO, "two"), "asked") == {"finance.reported_channel"}


@pytest.mark.parametrize(
    ("rows", "acts", "free"),
    [
        (PASSED, [withdrawn(30 * MINUTES)], True),
        (PASSED, [cleared(30 * MINUTES, "mule-1")], True),
        (PASSED, [cleared(30 * MINUTES, "shop")], False),
        (PASSED, [withdrawn(30 * MINUTES, report="another")], False),
        (TWO, [withdrawn(30 * MINUTES)], False),
        (TWO, [withdrawn(30 * MINUTES), withdrawn(31 * MINUTES, "back-2", "report-pay-2")], True),
    ],
    ids=["its report", "its account", "another account", "another report", "one of two", "both"],
)
def test_it_is_free_at_once_when_no_backed_report_is_left(
    tmp_path: Path, rows: Sequence[Row], acts: Sequence[Row], free: bool
) -> None:
    home = played(tmp_path, [*rows, *acts])
    assert releases(home) == ([("asked", "cleared")] if free else [])


STORY = [
    *LITTLE, *paid("pay-3", 90, "victim-3", "mule-2", 60_000),
    transfer("ask-1", 22 * MINUTES, "mule-1", "shop", 100_000),
    transfer("ask-2", 23 * MINUTES, "mule-2", "shop", 90_000),
    *cash("out", 24 * MINUTES, "mule-2", 100_000), second(25 * MINUTES, "victim-3", "pay-3", "mule-2"),
    withdrawn(30 * MINUTES, "back", "report-pay-2"), *paid("late", 31 * MINUTES, "mule-1", "shop", 250_000),
    transfer("ask-3", 32 * MINUTES, "mule-1", "shop", 5_000), withdrawn(33 * MINUTES, "back-1"),
    cleared(34 * MINUTES, "mule-2"),
    *[transfer(f"hour-{n}", 3600.0 * n + 4000, "shop", "mill", 100) for n in range(27)],
]  # fmt: skip


def told(home: Path) -> list[tuple[object, ...]]:
    with Records.read(home) as records:
        return everything(home) + [tuple(map(str, msgspec.structs.astuple(row))) for row in records.order_steps()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(tmp_path_factory.mktemp("word"), STORY, "whole")


def test_the_story_has_one_word_and_more(whole: Path) -> None:
    assert {"one_word", "backed"} <= {reason for _, reason, _ in steps(whole)}


@pytest.mark.parametrize("batch", [1, 7])
def test_cuts_change_nothing(whole: Path, batch: int) -> None:
    assert told(played(whole.parent, STORY, f"cut-{batch}", batch=batch)) == told(whole)


@pytest.mark.parametrize("snapshot", [True, False])
@pytest.mark.parametrize("at", range(-44, -26, 3))
def test_a_home_closed_in_between_tells_the_same(whole: Path, tmp_path: Path, at: int, snapshot: bool) -> None:
    shutil.copy(whole.parent / "keys.json", tmp_path)
    rows = sorted(STORY, key=lambda row: int(str(row["known_at"])))
    for number, part in enumerate((rows[:at], rows[at:])):
        with open_home(tmp_path / "home", keys=tmp_path / "keys.json") as home:
            replay(home, [write_events(tmp_path / f"{number}.parquet", part)])
            home.snapshot() if snapshot else None
    assert told(tmp_path / "home") == told(whole)


@pytest.mark.parametrize("snapshot", [True, False])
def test_what_was_asked_before_a_home_was_closed_still_counts(tmp_path: Path, snapshot: bool) -> None:
    asks = [transfer(f"ask-{n}", (30 + n) * MINUTES, "mule-1", "shop", 200_000) for n in range(2)]
    for number, part in enumerate(([*ONE, asks[0]], asks[1:])):
        home = played(tmp_path, part)
        assert [reason for _, reason, _ in steps(home)] == ["one_word", "backed"][: number + 1]
        with opened(home) as again:
            again.snapshot() if snapshot else None


MONTH = 86_400.0 * 30
OLD = [
    *ONE, *[transfer(f"day-{n}", n * 86_400.0, "shop", "mill", 1) for n in range(1, 30)],
    transfer("tick", MONTH + 2 * 3600, "shop", "mill", 1),
    *paid("other", MONTH + 2 * 3600 + 10, "shop", "mill", 1),
    *paid("free", MONTH + 2 * 3600 + 60, "mule-1", "shop", 100),
]  # fmt: skip


def test_a_report_that_is_too_old_is_forgotten_in_that_moment_however_rows_are_cut(tmp_path: Path) -> None:
    one, cut = played(tmp_path, OLD, "one"), played(tmp_path, OLD, "cut", batch=1)
    assert told(one) == told(cut)
    with opened(one) as home:
        assert (home.line.funds.reports, home.line.funds.taint.places()) == ({}, ())


@pytest.mark.parametrize("snapshot", [True, False])
def test_and_a_payment_right_after_it_is_free_also_when_the_home_was_opened_again(
    tmp_path: Path, snapshot: bool
) -> None:
    rows = [*OLD[:-4], transfer("free", MONTH + 2 * 3600 + 5, "mule-1", "shop", 300_000)]
    straight = played(tmp_path, rows, "straight")
    for number, part in enumerate((rows[:-1], rows[-1:])):
        name = f"part-{number}"
        with open_home(tmp_path / "closed", keys=tmp_path / "keys.json") as home:
            replay(
                home,
                [write_events(tmp_path / f"{name}.parquet", sorted(part, key=lambda row: int(str(row["known_at"]))))],
            )
            home.snapshot() if snapshot else None
    assert states(straight) == states(tmp_path / "closed") == []
