"""Reported money followed through the line: orders drafted, decided, answered, ended, and the same after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from small_events import Row, event, transfer, write_events
from small_world import key_file
from stanch.decide.orders import Order
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.model.time import DAY
from stanch.store.records import Records

MINUTES = 60.0


def register() -> list[Row]:
    """Two mules with accounts of no history, police and its officials, a court with two judges."""
    opened = [
        event(
            f"open-{n}",
            -600 + n,
            "account_opened",
            src="outlet:bank/app",
            dst=f"account:bank/{n_}",
            holder=f"person:{n_}",
        )
        for n, n_ in enumerate(("mule-1", "mule-2", "shop"))
    ]
    offices = [
        event(f"list-{office}", -500, "listed", dst=f"institution:{office}", detail=office)
        for office in ("police", "court")
    ]
    staff = [
        event(f"staff-{n}", -400 + n, "employed", src=f"employee:{who}", dst=f"institution:{who.split('/')[0]}")
        for n, who in enumerate(("police/P1", "police/P2", "court/J1", "court/J2"))
    ]
    clerk = event("staff-9", -300, "employed", src="employee:bank/E1", dst="institution:bank")
    return [*opened, *offices, *staff, clerk]


def paid(name: str, after: float, src: str, dst: str, amount: int) -> list[Row]:
    """An instruction and its settlement, five seconds later."""
    line = event(
        f"{name}-s", after + 5, "settled", src=f"account:bank/{src}", dst=f"account:bank/{dst}", amount=amount, ref=name
    )
    return [transfer(name, after, src, dst, amount), line]


def reported(name: str, after: float, payment: str, payee: str = "mule-1", amount: int = 500_000) -> Row:
    return event(
        name, after, "fraud_reported", src="person:victim", dst=f"account:bank/{payee}", ref=payment, amount=amount
    )


STOLEN = [*register(), *paid("pay", 0, "victim", "mule-1", 500_000), *paid("on", 600, "mule-1", "mule-2", 300_000)]


def played(folder: Path, rows: Sequence[Row], name: str = "home", *, batch: int = 4096) -> Path:
    ordered = sorted(rows, key=lambda row: row["known_at"])  # type: ignore[arg-type, return-value]  # all are numbers
    keys = folder / "keys.json"
    key_file(folder) if not keys.exists() else None
    with open_home(folder / name) as home:
        replay(home, [write_events(folder / f"{name}.parquet", ordered)], batch=batch)
    return folder / name


def book(home: Home) -> list[Order]:
    return list(home.line.funds.docket.book.orders())


def stops(path: Path) -> list[Order]:
    with open_home(path) as home:
        return [order for order in book(home) if order.measure == "stop"]


def approval(order: Order, after: float, who: str = "police/P1") -> Row:
    return event(f"ok-{order.id}-{who}", after, "order_approved", src=f"employee:{who}", ref=order.id, detail="stop")


def answer(order: Order, after: float, said: str = "in_force", amount: int = 300_000, name: str = "said") -> Row:
    return event(
        name, after, "freeze_answered", src="institution:bank", ref=order.id, detail=said, amount=amount,
    )  # fmt: skip


def held_now(home: Home, order_id: str) -> int:
    found = home.line.funds.docket.book
    order = found.order(order_id)
    return 0 if order is None else found.held(order.account, order.currency)


def test_a_report_drafts_a_stop_where_the_money_is_now(tmp_path: Path) -> None:
    home = played(tmp_path, [*STOLEN, reported("report", 20 * MINUTES, "pay")])
    assert sorted((order.amount, order.state) for order in stops(home)) == [(200_000, "drafted"), (300_000, "drafted")]


def test_a_payment_out_of_reported_money_is_delayed_and_a_clean_one_passes(tmp_path: Path) -> None:
    rows = [
        *STOLEN, event("wage", 700, "cash_in", src="outlet:bank/app", dst="account:bank/mule-2", amount=900_000),
        reported("report", 20 * MINUTES, "pay"),
        transfer("clean", 21 * MINUTES, "mule-2", "shop", 900_000),
        transfer("dirty", 22 * MINUTES, "mule-2", "shop", 900_001),
    ]  # fmt: skip
    home = played(tmp_path, rows)
    with Records.read(home) as records:
        held = [(row.step, row.amount) for row in records.measures() if row.step == "delay"]
    assert held == [("delay", 900_001)]


def test_a_withdrawn_report_takes_its_taint_and_its_drafts_away(tmp_path: Path) -> None:
    withdrawn = event("back", 30 * MINUTES, "report_withdrawn", src="person:victim", ref="report")
    later = transfer("free", 40 * MINUTES, "mule-2", "shop", 300_000)
    home = played(tmp_path, [*STOLEN, reported("report", 20 * MINUTES, "pay"), withdrawn, later])
    assert {order.state for order in stops(home)} == {"lapsed"}
    with Records.read(home) as records:
        assert not [row for row in records.measures() if row.step == "delay"]


def test_only_who_has_the_power_can_approve(tmp_path: Path) -> None:
    home = played(tmp_path, [*STOLEN, reported("report", 20 * MINUTES, "pay")])
    largest = max(stops(home), key=lambda order: order.amount)
    asked = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    by_clerk = played(tmp_path, [*asked, approval(largest, 25 * MINUTES, "bank/E1")], "clerk")
    assert {order.state for order in stops(by_clerk)} == {"drafted"}
    by_police = played(tmp_path, [*asked, approval(largest, 25 * MINUTES)], "police")
    assert sorted(order.state for order in stops(by_police)) == ["approved", "drafted"]


def test_what_a_bank_holds_ends_by_itself(tmp_path: Path) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    largest = max(stops(played(tmp_path, rows, "first")), key=lambda order: order.amount)
    rows += [approval(largest, 25 * MINUTES), answer(largest, 40 * MINUTES)]
    with open_home(played(tmp_path, rows, "held")) as home:
        assert held_now(home, largest.id) == 300_000
    rows += [transfer(f"day-{n}", n * 86_400.0, "shop", "mill", 1) for n in range(1, 5)]
    with open_home(played(tmp_path, rows, "later")) as home:
        assert held_now(home, largest.id) == 0
        assert {order.state for order in book(home) if order.id == largest.id} == {"expired"}


def test_a_bank_that_never_answers_is_overdue(tmp_path: Path) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    largest = max(stops(played(tmp_path, rows, "first")), key=lambda order: order.amount)
    rows += [approval(largest, 25 * MINUTES), transfer("day", 5 * 86_400.0, "shop", "mill", 1)]
    with Records.read(played(tmp_path, rows, "silent")) as records:
        states = [step.to_state for step in records.order_steps(largest.id)]
    assert states == ["drafted", "approved", "overdue", "expired"]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (
            event("odd", 1500, "freeze_answered", src="institution:bank", ref="o-none", detail="in_force"),
            "unknown_order",
        ),
        (event("odd", 1500, "order_approved", src="employee:police/P1", ref="o-none", detail="stop"), "unknown_order"),
    ],
)
def test_an_answer_to_an_order_never_sent_changes_nothing(tmp_path: Path, odd: Row, why: str) -> None:
    del why
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    before = [(order.id, order.state) for order in stops(played(tmp_path, rows, "before"))]
    assert [(order.id, order.state) for order in stops(played(tmp_path, [*rows, odd], "after"))] == before


def test_the_same_answer_twice_is_one_step(tmp_path: Path) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    largest = max(stops(played(tmp_path, rows, "first")), key=lambda order: order.amount)
    rows += [
        approval(largest, 25 * MINUTES),
        answer(largest, 40 * MINUTES),
        answer(largest, 41 * MINUTES, name="again"),
    ]
    with Records.read(played(tmp_path, rows, "twice")) as records:
        steps = [step for step in records.order_steps(largest.id) if step.to_state == "in_force"]
    assert len(steps) == 1


@pytest.mark.parametrize("payee", ["nobody", "mule-1"])
def test_a_report_about_what_was_never_paid_drafts_nothing(tmp_path: Path, payee: str) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "no-such-payment", payee)]
    assert stops(played(tmp_path, rows)) == []


def test_more_reported_than_paid_holds_what_was_paid(tmp_path: Path) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay", amount=9_000_000)]
    assert sum(order.amount for order in stops(played(tmp_path, rows))) == 500_000


def test_a_report_before_the_settlement_is_known_waits_for_it(tmp_path: Path) -> None:
    early = reported("report", 2, "pay")
    assert sum(order.amount for order in stops(played(tmp_path, [*STOLEN, early]))) == 500_000


def test_a_cycle_that_feeds_itself_is_counted_once(tmp_path: Path) -> None:
    rounds = [row for n in range(6) for row in (
        *paid(f"there-{n}", 700 + 60 * n, "mule-2", "mule-1", 100_000),
        *paid(f"back-{n}", 730 + 60 * n, "mule-1", "mule-2", 100_000),
    )]  # fmt: skip
    home = played(tmp_path, [*STOLEN, *rounds, reported("report", 30 * MINUTES, "pay")])
    assert sum(order.amount for order in stops(home)) == 500_000


@pytest.mark.parametrize("batch", [1, 7])
def test_orders_do_not_depend_on_how_events_are_cut(tmp_path: Path, batch: int) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay"), *paid("third", 25 * MINUTES, "mule-2", "shop", 10_000)]

    def told(name: str, size: int) -> list[tuple[object, ...]]:
        with Records.read(played(tmp_path, rows, name, batch=size)) as records:
            return [(s.order_id, s.step, s.at, s.amount, s.to_state) for s in records.order_steps()]

    assert told("whole", 4096) == told("cut", batch)


def test_orders_are_the_same_after_a_restart_without_a_snapshot(tmp_path: Path) -> None:
    path = played(tmp_path, [*STOLEN, reported("report", 20 * MINUTES, "pay")])
    with open_home(path) as home:
        before = home.line.funds.docket.save()
        places = home.line.funds.taint.places()
    with open_home(path) as home:
        assert home.line.funds.docket.save() == before
        home.snapshot()
    with open_home(path) as home:
        assert home.line.funds.docket.save() == before
        assert home.line.funds.taint.places() == places


def test_old_reports_are_followed_no_longer(tmp_path: Path) -> None:
    rows = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
    rows += [transfer(f"day-{n}", n * 86_400.0, "shop", "mill", 1) for n in range(1, 33)]
    with open_home(played(tmp_path, rows)) as home:
        assert home.door.clock.now > 31 * DAY
        assert not home.line.funds.reports
