from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pytest

from stanch.engine.replay import by_hour
from stanch.lab.closed_loop import ClosedLoop
from stanch.lab.flows import Flow, Money
from stanch.model.schema import TAKEN_SCHEMA
from stanch.model.time import HOUR, MINUTE


class Acted(NamedTuple):
    source: str
    event_id: str
    action: str
    until: int | None


FLOWS = [
    Flow(("bank", "pay"), "g01", "person:a", "loan", (), 1000),
    Flow(("bank", "split"), "g01", "person:a", "loan", ("pay",), 900),
    Flow(("bank", "cash"), "g01", "person:a", "loan", ("split",), 850),
]
DELAY = Acted("bank", "pay", "delay", 24 * HOUR)


def row(kind: str, at: int, event_id: str, amount: int, ref: str | None = None) -> dict[str, object]:
    return {
        "kind": kind, "source": "bank", "event_id": event_id, "happened_at": at, "known_at": at, "amount": amount,
        "currency": "CNY", "ref": ref,
    }  # fmt: skip


def events(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([dict.fromkeys(TAKEN_SCHEMA.names) | each for each in rows], TAKEN_SCHEMA)


def told(table: pa.Table) -> list[tuple[object, ...]]:
    return [
        (each["kind"], each["event_id"], each["amount"])
        for each in table.select(["kind", "event_id", "amount"]).to_pylist()
    ]


@pytest.fixture
def loop() -> ClosedLoop:
    return ClosedLoop(Money(FLOWS))


def test_nothing_changes_while_nothing_is_stopped(loop: ClosedLoop) -> None:
    table = events(
        row("transfer", 0, "pay", 1000), row("transfer", MINUTE, "x", 7), row("settled", HOUR, "s1", 1000, "pay")
    )
    assert loop.before(table).equals(table)


def test_money_that_was_stopped_an_hour_ago_is_not_sent_on(loop: ClosedLoop) -> None:
    loop.before(events(row("transfer", 0, "pay", 1000)))
    loop.decided([DELAY])
    later = events(row("transfer", HOUR, "split", 900), row("cash_out", 2 * HOUR, "cash", 850))
    assert loop.before(later).num_rows == 0


def test_a_stopped_payment_does_not_settle(loop: ClosedLoop) -> None:
    loop.before(events(row("transfer", 0, "pay", 1000)))
    loop.decided([DELAY])
    line = loop.before(events(row("settled", HOUR, "s1", 1000, "pay"))).to_pylist()[0]
    assert (line["kind"], line["detail"]) == ("rejected", "delayed")


def test_what_was_sent_within_the_hour_bounces(loop: ClosedLoop) -> None:
    loop.before(events(row("transfer", 0, "pay", 1000), row("transfer", MINUTE, "split", 900)))
    loop.decided([DELAY])
    after = loop.before(events(row("settled", HOUR, "s2", 900, "split"), row("cash_out", HOUR + 1, "cash", 850)))
    assert [(line["kind"], line["detail"]) for line in after.to_pylist()] == [("rejected", "insufficient_funds")]
    outcomes = {each["event_id"]: (each["outcome"], each["arrived"]) for each in loop.record().to_pylist()}
    assert outcomes["pay"] == ("delayed", 0)
    assert outcomes["split"] == ("bounced", 0)


def test_an_instruction_is_cut_to_what_arrived() -> None:
    flows = [FLOWS[0], Flow(("bank", "b"), "g01", "person:b", "loan", (), 500)]
    joint = [
        Flow(("bank", "split"), "g01", "person:a", "loan", ("pay",), 600),
        Flow(("bank", "split"), "g01", "person:b", "loan", ("b",), 300),
    ]
    loop = ClosedLoop(Money([*flows, *joint]))
    loop.before(events(row("transfer", 0, "pay", 1000), row("transfer", 1, "b", 500)))
    loop.decided([DELAY])
    assert told(loop.before(events(row("transfer", HOUR, "split", 900)))) == [("transfer", "split", 300)]
    assert told(loop.before(events(row("settled", 2 * HOUR, "s", 900, "split")))) == [("settled", "s", 300)]


def test_an_innocent_payment_settles_when_its_delay_is_over(loop: ClosedLoop) -> None:
    loop.decided([Acted("bank", "x", "delay", 5 * HOUR - 1)])
    assert loop.before(events(row("settled", HOUR, "s", 7, "x"))).num_rows == 0
    assert loop.before(events(row("transfer", 4 * HOUR, "y", 1))).num_rows == 1
    after = loop.before(events(row("transfer", 5 * HOUR, "z", 1), row("transfer", 5 * HOUR + 2, "q", 1)))
    assert [each["event_id"] for each in after.to_pylist()] == ["z", "s", "q"]


def test_a_warning_alone_stops_nothing(loop: ClosedLoop) -> None:
    loop.before(events(row("transfer", 0, "pay", 1000)))
    loop.decided([Acted("bank", "pay", "warn", None)])
    assert loop.money.arrived(("bank", "pay")) == 1.0


def test_a_gang_always_confirms_its_own_payment(loop: ClosedLoop) -> None:
    loop.before(events(row("transfer", 0, "pay", 1000), row("transfer", 1, "split", 900)))
    loop.decided([Acted("bank", "split", "confirm", 2 * HOUR)])
    assert loop.money.arrived(("bank", "split")) == 1.0


def test_tables_are_cut_at_full_hours() -> None:
    table = events(row("transfer", 0, "a", 1), row("transfer", HOUR - 1, "b", 1), row("transfer", HOUR, "c", 1))
    assert [each.num_rows for each in by_hour([table])] == [2, 1]
    assert list(by_hour([table.slice(0, 0)])) == []
