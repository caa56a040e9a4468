"""The hold plan: which orders one approver should decide on, in which order, so that most money is kept.

Money moves on from an account at random, at a rate learned from that account; an institution answers after a random
time with a known mean. An order taken k-th is decided after k service times, so that it is expected to keep

    amount * exp(-rate * k * service) / (1 + rate * answer)

and the plan is the exact best of all orders (``decide.assignment``). The plan is a function of what is known now and
remembers nothing: asked again it says the same, and what is in force already is not asked for twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.decide.assignment import best_order
from stanch.decide.orders import Order, Want
from stanch.decide.shares import capped
from stanch.graph.trace import Place
from stanch.model.columns import NULL
from stanch.model.time import HOUR, MINUTE

Floats = npt.NDArray[np.float64]

#: More orders than this are not put into the exact order: the rest follow by what they lose with the first delay.
MOST_EXACT: Final = 256
#: Expected money is compared in thousandths of a minor unit, as whole numbers: the same order on every machine.
FINE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How an account has passed money on: how often, and how long the money had stayed there in all (microseconds)."""

    moves: int
    stayed: int


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """Numbers of the plan, in minor units and microseconds. All are start values, chosen by us."""

    smallest: int = 10_000  #: less is not worth an order
    service: int = 2 * MINUTE  #: what an approver needs for one order
    answer: int = 30 * MINUTE  #: how long an institution takes of which nothing is known
    stay: int = 2 * HOUR  #: how long money stays on an account of which nothing is known


@dataclass(frozen=True, slots=True)
class Dispute:
    """What the plan is for: the reports of one trace, their currency, and the sum that may be held in all.

    ``essential`` are accounts that serve essential needs: wages, pension, rent, medical, tax, utilities. They are left
    untouched. ``answered`` are pairs of account and measure that the institution has answered or refused since money
    last moved there: it is not asked again. ``backed`` are the reports for which more than one person's word speaks;
    None for all. ``still`` are accounts that passed on nothing of the little that came.
    """

    reports: tuple[int, ...]
    currency: int
    total: int
    essential: frozenset[int] = frozenset()
    answered: frozenset[tuple[int, str]] = frozenset()
    paces: Mapping[int, Pace] = field(default_factory=dict)
    backed: frozenset[int] | None = None
    still: frozenset[int] = frozenset()
    policy: HoldPolicy = HoldPolicy()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that could be made, the rate at which its money leaves (per microsecond), the share an answer keeps."""

    want: Want
    rate: float
    caught: float


def plan(
    places: Sequence[Place],
    banks: Mapping[int, int],
    answers: Mapping[int, int],
    held: Mapping[int, int],
    now: int,
    dispute: Dispute,
) -> tuple[Want, ...]:
    """Return the orders to draft, in the order in which one approver should take them.

    ``banks``: account -> institution; ``answers``: institution -> mean microseconds to its answer; ``held``: account ->
    what stops and freezes hold there already. A stop takes the lower bound alone. Where the balance is not known, a
    query asks for the rest at once and does not wait for the stop.
    """
    found = [
        candidate
        for place in places
        if place.account not in dispute.essential and banks.get(place.account, NULL) != NULL
        for candidate in _candidates(place, banks[place.account], answers, held.get(place.account, 0), now, dispute)
        if (place.account, candidate.want.measure) not in dispute.answered
    ]
    found.sort(key=lambda each: (each.want.account, each.want.measure))
    ordered = (found[at].want for at in _order(found, dispute.policy.service))
    return tuple(_within(ordered, dispute.total - sum(held.values()), dispute.policy.smallest))


def no_longer(orders: Sequence[Order], wants: Sequence[Want]) -> tuple[Want, ...]:
    """Return a want of nothing for each stop that is asked for, not in force yet, and not in the plan any more.

    So also for one ahead that is in force: what it holds stays, more does not come. ``orders`` are those of the
    dispute; drafted beside the plan, these withdraw what the money has left behind.
    """
    wanted = {(want.account, want.currency) for want in wants if want.measure == "stop"}
    waiting = (order for order in orders if order.measure == "stop" and order.open and order.state != "in_force")
    gone = {order.key: order for order in waiting if order.key not in wanted}
    ahead = {(want.account, want.currency) for want in wants if want.ahead}
    full = {order.key: order for order in orders if order.state == "in_force" and order.room and order.key not in ahead}
    return tuple(
        Want(
            order.account, order.institution, order.currency, 0, order.reports, "stop", (0,) * len(order.reports),
            ahead=order.state == "in_force",
        )
        for order in (*gone.values(), *full.values())
    )  # fmt: skip


def expected_kept(candidates: Sequence[Candidate], service: int, places: int) -> Floats:
    """Return the money each candidate (row) is expected to keep when it is taken first, second ... (column)."""
    amount, rate, caught = (
        np.array(column, np.float64)[:, None]
        for column in zip(*((each.want.amount, each.rate, each.caught) for each in candidates), strict=True)
    )
    waited = service * np.arange(1, places + 1, dtype=np.float64)
    kept: Floats = amount * caught * np.exp(-rate * waited)
    return kept


def leaving_rate(pace: Pace, sitting: int, usual: int) -> float:
    """Return how often money leaves an account, per microsecond, from its history and from how long it sits there now.

    One move in the ``usual`` stay is the start value (a Gamma prior); each stay seen moves it, also one that goes on.
    """
    return (pace.moves + 1) / (pace.stayed + sitting + usual)


def _candidates(
    place: Place, bank: int, answers: Mapping[int, int], held: int, now: int, dispute: Dispute
) -> Iterator[Candidate]:
    """Yield the stop for what surely sits in an account, and the query about what may sit there besides."""
    policy = dispute.policy
    rate = leaving_rate(dispute.paces.get(place.account, Pace(0, 0)), max(now - place.since, 0), policy.stay)
    caught = 1 / (1 + rate * answers.get(bank, policy.answer))
    sure = max(place.low - held, 0)
    if sure >= policy.smallest:
        yield Candidate(_want(place, bank, sure, "stop", dispute), rate, caught)
    open_ = min(place.high, place.traced) - max(place.low, held)
    if open_ >= policy.smallest and place.balance[0] != place.balance[1]:
        # what a query finds is kept only by the stop that follows it, which waits for an answer of its own
        yield Candidate(_want(place, bank, open_, "query", dispute), rate, caught * caught)


def _want(place: Place, bank: int, amount: int, measure: str, dispute: Dispute) -> Want:
    parts = capped(amount, place.shares)
    whose = [(report, part) for report, part in zip(dispute.reports, parts, strict=True) if part]
    reports, shares = tuple(report for report, _ in whose), tuple(part for _, part in whose)
    known = dispute.backed is None or not dispute.backed.isdisjoint(reports)
    backed = known and place.account not in dispute.still
    return Want(place.account, bank, dispute.currency, sum(shares), reports, measure, shares, backed)


def _order(candidates: Sequence[Candidate], service: int) -> Iterator[int]:
    """Yield the best order; beyond ``MOST_EXACT`` the exact order is for those that lose most by waiting."""
    if not candidates:
        return
    early = expected_kept(candidates, service, 2)
    urgent = np.argsort(early[:, 1] - early[:, 0], kind="stable")
    first = np.sort(urgent[:MOST_EXACT])
    kept = expected_kept([candidates[at] for at in first], service, len(first))
    yield from first[best_order(np.rint(kept * FINE).astype(np.int64))]
    yield from urgent[MOST_EXACT:]


def _within(wants: Iterator[Want], free: int, smallest: int) -> Iterator[Want]:
    """Yield the wants until the disputed sum is reached: under poison more is touched than was stolen."""
    for want in wants:
        if min(want.amount, free) >= smallest:
            yield want if want.amount <= free else _lowered(want, free)
            free -= min(want.amount, free)


def _lowered(want: Want, amount: int) -> Want:
    parts = capped(amount, want.shares)
    whose = [(report, part) for report, part in zip(want.reports, parts, strict=True) if part]
    return Want(
        want.account, want.institution, want.currency, amount,
        tuple(report for report, _ in whose), want.measure, tuple(part for _, part in whose), want.backed,
    )  # fmt: skip
