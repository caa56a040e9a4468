"""What readers are shown: pages of decisions, findings and measures, orders, a trace. No pseudonym is in any of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from stanch.engine.answers import Answer, Explained, moment
from stanch.store.rows import MeasureRow, OrderStepRow


class Decisions(msgspec.Struct, frozen=True):
    """A page of decisions; ``next`` is the cursor of the page after it, if there is one."""

    data: tuple[Answer, ...]
    next: str | None


class Found(msgspec.Struct, frozen=True):
    """A finding, and the event that it is on."""

    event_id: str
    kind: str
    seq: int
    as_of: str
    action: str
    finding: Explained


class Findings(msgspec.Struct, frozen=True):
    """A page of findings."""

    data: tuple[Found, ...]
    next: str | None


class Measure(msgspec.Struct, frozen=True):
    """A measure in its present state. Amounts in minor units; ``objection`` says how to object."""

    id: str
    event_id: str
    step: str
    state: str
    placed_at: str
    until: str | None
    power: str
    reason: str
    amount: int | None
    currency: str | None
    legal_basis: str | None
    objection: str | None


class Measures(msgspec.Struct, frozen=True):
    """A page of measures."""

    data: tuple[Measure, ...]
    next: str | None


class OrderStep(msgspec.Struct, frozen=True):
    """One step of an order after it went out."""

    at: str
    state: str
    held: int
    reason: str


class Order(msgspec.Struct, frozen=True):
    """An order towards the institution, in its present state. The account itself is in the message that brought it."""

    id: str
    measure: str
    state: str
    amount: int
    held: int
    currency: str
    power: str
    basis: str
    objection: str
    until: str | None
    follows: str | None
    steps: tuple[OrderStep, ...]


class Orders(msgspec.Struct, frozen=True):
    """The orders that went out to an institution."""

    data: tuple[Order, ...]


class OwnAccount(msgspec.Struct, frozen=True):
    """An account of the asking institution on the way of reported money; its number is masked."""

    name: str
    hop: int
    since: str
    traced: int
    low: int
    high: int
    held: int
    delayed: int


class TraceOf(msgspec.Struct, frozen=True):
    """Where the money of one report is. ``parts`` add up to ``reported``; of other institutions only sums are told."""

    report: str
    currency: str
    method: str
    reported: int
    alleged: int
    parts: dict[str, int]
    accounts: tuple[OwnAccount, ...]
    accounts_elsewhere: int
    complete: bool


def measure_of(row: MeasureRow, told: Mapping[int, Answer]) -> Measure:
    """Return a measure with the event that it was taken on."""
    return Measure(
        row.id, told[row.seq].event_id, row.step, row.state, moment(row.placed_at),
        None if row.until is None else moment(row.until), row.power, row.reason, row.amount, row.currency,
        row.legal_basis, row.objection,
    )  # fmt: skip


def orders_of(rows: Iterable[OrderStepRow]) -> tuple[Order, ...]:
    """Return orders in their newest state, from their steps in order."""
    found = []
    for _, group in groupby(rows, key=lambda row: row.order_id):
        steps = list(group)
        last = steps[-1]
        found.append(
            Order(
                last.order_id, last.measure, last.to_state, last.amount, last.held, last.currency, last.power,
                last.basis, last.objection, None if last.until is None else moment(last.until), last.follows,
                tuple(OrderStep(moment(step.at), step.to_state, step.held, step.reason) for step in steps),
            )
        )  # fmt: skip
    return tuple(found)
