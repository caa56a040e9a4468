"""Officials at a home: the orders that wait for them, and what they decide, as events of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from stanch.decide.orders import Order
from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.intake.report import IntakeReport
from stanch.intake.take import CHUNK_ROWS, Intake
from stanch.model.errors import InputError
from stanch.model.time import to_datetime

#: The source under which decisions at this home are entered.
_SOURCE: Final = "officials"


class OrderLine(msgspec.Struct, frozen=True):
    """One order as people read it; amounts in minor units, ``until`` in UTC."""

    id: str
    measure: str
    state: str
    institution: str
    amount: int
    held: int
    currency: str
    basis: str
    power: str
    drafted_at: str
    until: str | None
    speaks: str | None  #: what speaks for a draft of a measure; None for a release and for what is no draft any more


@dataclass(frozen=True, slots=True)
class Decided:
    """What an official decided: ``kind`` of event, the order, who, why, and when by the wall clock."""

    kind: str
    order_id: str
    official: str
    reason: str
    at: int


def listed(home: Home, state: str = "") -> list[OrderLine]:
    """Return the orders of a home in the order in which they wait for somebody, or those in one state."""
    word = home.line.names.words.word
    orders = [order for order in home.line.funds.docket.book.orders() if state in ("", order.state)]
    return [
        OrderLine(
            order.id, order.measure, order.state, word(order.institution) or "", order.amount, order.held,
            word(order.currency) or "", order.basis, order.power, f"{to_datetime(order.drafted_at):%Y-%m-%d %H:%M}",
            None if order.until is None else f"{to_datetime(order.until):%Y-%m-%d %H:%M}",
            _speaks(order),
        )
        for order in sorted(orders, key=lambda order: (not order.open, order.state != "drafted", order.drafted_at))
    ]  # fmt: skip


def _speaks(order: Order) -> str | None:
    if order.state != "drafted" or order.measure == "release":
        return None
    if order.ahead:
        return "more than one word; holds also what comes later, up to its sum"
    return "more than one word" if order.backed else "one report alone"


def decide(home: Home, decided: Decided) -> str:
    """Enter what an official decided into the log; return what became of the order, in a sentence.

    Raises InputError where the event is refused or the decision has no effect.
    """
    order = home.line.funds.docket.book.order(decided.order_id)
    if order is None:
        raise InputError(f"no order {decided.order_id!r}; stanch orders lists those that there are")
    detail = order.measure if decided.kind == "order_approved" else decided.reason
    acted = [act for outcome in _enter(home, decided, detail) for act in outcome.acted]
    refused = next((act.refusal for act in acted if act.refusal is not None), None)
    if refused is not None:
        raise InputError(f"{decided.order_id}: {refused.reason}")
    after = home.line.funds.docket.book.order(decided.order_id) or order
    return (
        f"{after.id}: {after.measure} is {after.state}, {len(after.approvals)} approval(s) by {after.power or 'nobody'}"
    )


def _enter(home: Home, decided: Decided, detail: str) -> Sequence[Outcome]:
    row: dict[str, object] = {
        "event_id": f"{decided.kind}:{decided.order_id}:{decided.at}", "source": _SOURCE, "kind": decided.kind,
        "src": decided.official, "ref": decided.order_id, "detail": detail, "happened_at": to_datetime(decided.at),
    }  # fmt: skip
    taken = Intake(home.intake, CHUNK_ROWS, IntakeReport()).rows([row])
    if taken.refused:
        raise InputError(taken.refused[0].reason)
    admitted = home.arrive(taken.table)
    if not len(admitted):
        raise InputError(
            "the decision lies too far from the log's clock, or was entered before; name its time with --at"
        )
    outcomes = home.decide(admitted)
    home.finish()
    return outcomes
