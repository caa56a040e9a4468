from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pytest

from stanch.engine.replay import Ordered
from stanch.lab.closed_loop import ClosedLoop
from stanch.lab.flows import Flow, Money
from stanch.lab.follow.agenda import Step
from stanch.lab.follow.answers import Answers, Approval, Institution
from stanch.lab.follow.offices import Offices
from stanch.lab.follow.payers import heeds
from stanch.lab.follow.watched import SMALL
from stanch.model.schema import TAKEN_SCHEMA
from stanch.model.time import HOUR, MINUTE, SECOND


class Acted(NamedTuple):
    source: str
    event_id: str
    action: str
    until: int | None
    steps: tuple[str, ...] = ()


FLOWS = [
    Flow(("bank", "pay"), "g01", "person:a", "loan", (), 1000),
    Flow(("bank", "split"), "g01", "person:a", "loan", ("pay",), 900),
    Flow(("bank", "cash"), "g01", "person:a", "loan", ("split",), 850),
]
DELAY = Acted("bank", "pay", "delay", 24 * HOUR)
ALL = 10**12
MULE = b"m" * 16


def name(clear: str) -> bytes:
    return clear.encode()[-16:].rjust(16)


def row(kind: str, at: int, event_id: str, amount: int, ref: str | None = None, **more: object) -> dict[str, object]:
    return {
        "kind": kind, "source": "bank", "event_id": event_id, "happened_at": at, "known_at": at, "amount": amount,
        "currency": "CNY", "ref": ref,
    } | more  # fmt: skip


def events(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([dict.fromkeys(TAKEN_SCHEMA.names) | each for each in rows], TAKEN_SCHEMA)


def played(loop: ClosedLoop, *rows: dict[str, object], acts: tuple[Acted, ...] = ()) -> list[dict[str, object]]:
    """Play rows through a loop; an act is told as soon as the piece with its event was taken."""
    table, happened, told = events(*rows), list[dict[str, object]](), set[str]()
    for piece in loop.slices(table):
        part = table.slice(piece.start, piece.stop - piece.start) if piece.happens is None else piece.happens
        happened += part.to_pylist()
        told |= set(part["event_id"].to_pylist())
        loop.decided([act for act in acts if act.event_id in told])
    return happened


def ids(happened: list[dict[str, object]]) -> list[object]:
    return [each["event_id"] for each in happened]


def a_loop(told: tuple[Step, ...] = (), flows: list[Flow] = FLOWS, **bank: object) -> ClosedLoop:
    about = Institution(source="bank", answer_minutes=10, **bank)  # type: ignore[arg-type]  # any field of the struct
    answers = Answers({"bank": about}, Approval(minutes=5, spread=0.0, night_minutes=5))
    return ClosedLoop(Money(flows), Offices(answers, name, {MULE: "account:mule"}), told)


@pytest.fixture
def loop() -> ClosedLoop:
    return a_loop()


def test_nothing_changes_while_nothing_is_stopped(loop: ClosedLoop) -> None:
    rows = [row("transfer", 0, "pay", 1000), row("transfer", 1, "x", 7), row("settled", 2, "s1", 1000, "pay")]
    assert ids(played(loop, *rows)) == ["pay", "x", "s1"]


def test_money_that_was_stopped_is_not_sent_on_a_second_later(loop: ClosedLoop) -> None:
    rows = [row("transfer", 0, "pay", 1000), row("transfer", SECOND, "split", 900), row("cash_out", HOUR, "cash", 850)]
    assert ids(played(loop, *rows, acts=(DELAY,))) == ["pay"]


def test_a_stopped_payment_does_not_settle(loop: ClosedLoop) -> None:
    rows = [row("transfer", 0, "pay", 1000), row("settled", SECOND, "s1", 1000, "pay")]
    line = played(loop, *rows, acts=(DELAY,))[1]
    assert (line["kind"], line["detail"]) == ("rejected", "delayed")


def test_an_instruction_is_cut_to_what_arrived() -> None:
    flows = [FLOWS[0], Flow(("bank", "b"), "g01", "person:b", "loan", (), 500)]
    joint = [
        Flow(("bank", "split"), "g01", "person:a", "loan", ("pay",), 600),
        Flow(("bank", "split"), "g01", "person:b", "loan", ("b",), 300),
    ]
    loop = ClosedLoop(Money([*flows, *joint]), Offices(Answers({}), name))
    rows = [row("transfer", 0, "pay", 1000), row("transfer", 1, "b", 500), row("transfer", 2, "split", 900)]
    happened = played(loop, *rows, row("settled", 3, "s", 900, "split"), acts=(DELAY,))
    assert [(each["event_id"], each["amount"]) for each in happened[2:]] == [("split", 300), ("s", 300)]


@pytest.mark.parametrize("kind", ["transfer", "cash_out", "crypto_out"])
def test_an_innocent_payment_settles_when_its_delay_is_over(loop: ClosedLoop, kind: str) -> None:
    rows = [
        row(kind, 0, "x", SMALL),
        row("settled", 5, "s", SMALL, "x"),
        row("sms", HOUR, "y", 1),
        row("sms", 3 * HOUR, "z", 1),
    ]
    happened = played(loop, *rows, acts=(Acted("bank", "x", "delay", 2 * HOUR),))
    assert ids(happened) == ["x", "y", "s", "z"]
    assert happened[2]["known_at"].timestamp() == 2 * 3600  # type: ignore[attr-defined]  # a datetime


def test_an_institution_that_only_tells_cannot_be_asked_to_delay() -> None:
    told = (
        Step("transfer", ("bank", "pay"), 0, None, MULE, 1000),
        Step("settled", ("bank", "pay"), 1, None, MULE, 1000),
    )
    loop = a_loop(told, asks=False)
    rows = [row("transfer", 5 * MINUTE, "pay", 1000), row("settled", 5 * MINUTE, "s", 1000, "pay")]
    assert [each["kind"] for each in played(loop, *rows, acts=(DELAY,))] == ["transfer", "settled"]
    assert loop.money.arrived(("bank", "pay")) == 1.0


def test_money_moves_on_before_we_are_told_that_it_came() -> None:
    flows = [FLOWS[0], Flow(("other", "split"), "g01", "person:a", "loan", ("pay",), 900)]
    told = (
        Step("transfer", ("bank", "pay"), 0, None, MULE, 1000),
        Step("settled", ("bank", "pay"), 1, None, MULE, 1000),
    )
    answers = Answers({"bank": Institution(source="bank", asks=False)})
    loop = ClosedLoop(Money(flows), Offices(answers, name), told)
    early = row("transfer", MINUTE, "split", 900) | {"source": "other"}
    assert ids(played(loop, early, row("transfer", 5 * MINUTE, "pay", 1000))) == ["split", "pay"]


def test_a_warning_alone_stops_nothing(loop: ClosedLoop) -> None:
    played(loop, row("transfer", 0, "pay", 1000), acts=(Acted("bank", "pay", "warn", None),))
    assert loop.money.arrived(("bank", "pay")) == 1.0


def test_who_was_asked_to_confirm_answers_once_and_only_a_victim_who_gives_up_heeds_it(loop: ClosedLoop) -> None:
    rows = [row("transfer", 0, "pay", 1000), row("settled", SECOND, "s1", 1000, "pay"),
            row("transfer", HOUR, "mine", ALL), row("settled", HOUR + SECOND, "s2", ALL, "mine"),
            row("transfer", 3 * HOUR, "other", ALL), row("settled", 3 * HOUR + SECOND, "s3", ALL, "other")]  # fmt: skip
    asked = tuple(Acted("bank", each, "confirm", 2 * HOUR, ("confirm",)) for each in ("pay", "mine"))
    happened = played(loop, *rows, row("transfer", 4 * HOUR, "last", 7), acts=asked)
    given_up = {str(each["ref"]) for each in happened if each["kind"] == "rejected"}
    answers = {str(each["ref"]): each["detail"] for each in happened if each["kind"] == "warning_answered"}
    assert answers == {"pay": "heeded" if "pay" in given_up else "went_on", "mine": "went_on"}


@pytest.mark.parametrize("event_id", ["pay", "pay-2", "pay-3", "pay-4", "pay-5"])
def test_who_is_asked_while_the_payment_is_delayed_answers_as_when_it_is_not(event_id: str) -> None:
    rows = [row("transfer", 0, event_id, 1000), row("settled", SECOND, "s1", 1000, event_id)]
    said, ends = [], []
    for action, steps in (("confirm", ("confirm",)), ("delay", ("confirm", "delay")), ("delay", ("delay",))):
        alone = a_loop(flows=[Flow(("bank", event_id), "g01", "person:a", "loan", (), 1000)])
        acts = (Acted("bank", event_id, action, 24 * HOUR, steps),)
        happened = played(alone, *rows, row("transfer", 25 * HOUR, "last", 7), acts=acts)
        said.append([each["detail"] for each in happened if each["kind"] == "warning_answered"])
        ends.append([str(outcome) for outcome in alone.record()["outcome"].to_pylist()])
    assert said[0] == said[1] == (["heeded"] if heeds(("bank", event_id)) else ["went_on"])
    assert said[2] == []
    assert ends[1] == ends[2] == ["delayed"]


def test_an_innocent_payer_answers_at_once_and_the_delayed_payment_settles_later(loop: ClosedLoop) -> None:
    rows = [row("transfer", 0, "mine", ALL), row("settled", SECOND, "s1", ALL, "mine")]
    acts = (Acted("bank", "mine", "delay", 2 * HOUR, ("confirm", "delay")),)
    happened = played(loop, *rows, row("transfer", 3 * HOUR, "last", 7), acts=acts)
    told = [(each["kind"], each["detail"], each["ref"]) for each in happened if each["ref"] == "mine"]
    assert told == [("warning_answered", "went_on", "mine"), ("settled", None, "mine")]


def test_a_gang_always_confirms_its_own_payment(loop: ClosedLoop) -> None:
    rows = [row("transfer", 0, "pay", 1000), row("transfer", 1, "split", 900)]
    played(loop, *rows, acts=(Acted("bank", "split", "confirm", 2 * HOUR, ("confirm",)),))
    assert loop.money.arrived(("bank", "split")) == 1.0


#: An order for the 1,000 that came: drafted at minute 1, approved at 6, answered at 16.
STOP = Ordered("o1", "stop", MULE, "bank", 1000, MINUTE)
CAME = [row("transfer", 0, "pay", 1000, dst=MULE), row("settled", 1, "s1", 1000, "pay", dst=MULE)]


def later(at: int) -> list[dict[str, object]]:
    return [row("transfer", at, "split", 900, src=MULE), row("settled", at + 1, "s2", 900, "split", src=MULE)]


def test_an_order_is_approved_and_answered_in_time(loop: ClosedLoop) -> None:
    played(loop, *CAME)
    loop.ordered([STOP])
    happened = played(loop, row("sms", HOUR, "y", 1))
    assert [(each["kind"], each["detail"], each["ref"]) for each in happened[:2]] == [
        ("order_approved", "stop", "o1"),
        ("freeze_answered", "in_force", "o1"),
    ]
    assert [each["known_at"].timestamp() / 60 for each in happened[:2]] == [6, 16]  # type: ignore[attr-defined]
    assert happened[1]["amount"] == 1000


def test_what_an_order_holds_cannot_leave(loop: ClosedLoop) -> None:
    played(loop, *CAME)
    loop.ordered([STOP])
    line = played(loop, *later(20 * MINUTE))[-1]
    assert (line["kind"], line["detail"]) == ("rejected", "held_by_order")
    assert loop.record().to_pylist()[1]["outcome"] == "held"


def test_money_that_leaves_before_the_answer_is_gone(loop: ClosedLoop) -> None:
    played(loop, *CAME)
    loop.ordered([STOP])
    happened = played(loop, *later(10 * MINUTE), row("sms", HOUR, "y", 1))
    assert [each["amount"] for each in happened if each["kind"] == "freeze_answered"] == [100]


def test_an_institution_that_refuses_holds_nothing() -> None:
    loop = a_loop(refuses=1.0)
    played(loop, *CAME)
    loop.ordered([STOP])
    happened = played(loop, *later(20 * MINUTE))
    assert [each["detail"] for each in happened if each["kind"] == "freeze_answered"] == ["refused"]
    assert happened[-1]["kind"] == "settled"


def test_an_institution_that_never_answers_is_not_heard() -> None:
    loop = a_loop(silent=1.0)
    loop.ordered([STOP])
    assert [each["kind"] for each in played(loop, row("sms", HOUR, "y", 1))] == ["order_approved", "sms"]


def test_a_hold_that_ended_lets_money_go(loop: ClosedLoop) -> None:
    played(loop, *CAME)
    loop.ordered([STOP])
    played(loop, row("sms", HOUR, "y", 1))
    loop.ordered([STOP._replace(measure="ended", placed_at=2 * HOUR)])
    assert played(loop, *later(3 * HOUR))[-1]["kind"] == "settled"
    assert [hold.ended for hold in loop.offices.past] == [2 * HOUR]


def test_an_order_holds_the_disputed_sum_and_no_more(loop: ClosedLoop) -> None:
    played(loop, row("balance", 0, "b", 5000, src=MULE), *CAME)
    loop.ordered([STOP])
    own = [row("transfer", HOUR, "own", 5000, src=MULE), row("settled", HOUR + 1, "s3", 5000, "own", src=MULE)]
    assert played(loop, *own)[-1]["kind"] == "settled"
    more = [row("transfer", 2 * HOUR, "more", 1, src=MULE), row("settled", 2 * HOUR + 1, "s4", 1, "more", src=MULE)]
    assert played(loop, *more)[-1]["detail"] == "held_by_order"
