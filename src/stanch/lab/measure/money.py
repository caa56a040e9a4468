"""Money: what victims were about to lose, where it was stopped, what left, and what innocent people had to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from stanch.lab.flows import Event, Flow, Money


@dataclass(frozen=True, slots=True)
class SchemeMoney:
    """The money of one scheme's victims, in minor units.

    ``at_risk`` = ``stopped_at_payment`` + ``stopped_later`` + ``stayed`` + ``left``: what victims set out to pay is what
    was stopped before it settled, at the first step or on its way, what stayed in accounts that could be held, and what
    left as cash, crypto assets or goods. ``reported`` is what victims themselves reported.
    """

    scheme: str
    at_risk: int
    stopped_at_payment: int
    stopped_later: int
    stayed: int
    left: int
    reported: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One victim's share of one instruction at UTC microseconds ``at``, in minor units that may be fractions."""

    at: int
    scheme: str
    at_risk: float
    stopped_at_payment: float
    stopped_later: float
    left: float


@dataclass(frozen=True, slots=True)
class WaitingMoney:
    """Innocent payments that had to wait: how many and how much, of how many and how much in all."""

    payments: int
    amount: int
    all_payments: int
    all_amount: int


_REPORTED: Final = """
SELECT f.scheme, sum(r.amount) FROM reports r
JOIN (SELECT DISTINCT event_id, scheme FROM flows) f ON f.event_id = r.ref GROUP BY f.scheme
"""
_STOPPED: Final = ("delayed", "given up")
_WAITING: Final = """
SELECT count(*) FILTER (waits), coalesce(sum(i.amount) FILTER (waits), 0), count(*), coalesce(sum(i.amount), 0)
FROM (SELECT i.*, d.action IN ('delay', 'confirm') AS waits FROM instructions i JOIN decisions d USING (source, event_id)) i
ANTI JOIN (SELECT source, event_id FROM acts WHERE bad) a USING (source, event_id)
"""


def money_outcomes(flows: list[Flow], delayed: set[Event]) -> dict[Event, tuple[str, int, int]]:
    """Return outcome, asked and arrived of each instruction of the victims, when a replay had no closed loop.

    Every instruction was sent; what a delay stopped is taken out of all that it would have funded.
    """
    money = Money(flows)
    outcomes = {}
    for event in money.in_order():
        money.send(event)
        if event in delayed:
            money.stop(event)
        asked = sum(flow.amount for flow in money.events[event])
        outcomes[event] = ("delayed" if event in delayed else "sent", asked, round(asked * money.arrived(event)))
    return outcomes


def movements(base: duckdb.DuckDBPyConnection, flows: list[Flow]) -> list[Movement]:
    """Return every movement of victims' money, in order of time. Needs outcomes, acts, instructions, flows."""
    money = _replayed(base, flows)
    outcome = {(s, e): o for s, e, o in base.execute("SELECT source, event_id, outcome FROM outcomes").fetchall()}
    exits = set(base.execute("SELECT source, event_id FROM acts WHERE step = 'exit'").fetchall())
    times = {(s, e): at for s, e, at in base.execute("SELECT source, event_id, i.at FROM instructions i").fetchall()}
    found = []
    for event, shares in money.events.items():
        sent, arrived = money.sent_parts(event), money.arrived_parts(event)
        stopped = outcome.get(event) in _STOPPED
        for flow, was, came in zip(shares, sent, arrived, strict=True):
            found.append(Movement(
                times[event], flow.scheme,
                at_risk=0.0 if flow.funded_by else float(flow.amount),
                stopped_at_payment=flow.amount * was if stopped and not flow.funded_by else 0.0,
                stopped_later=flow.amount * was if stopped and flow.funded_by else 0.0,
                left=flow.amount * came if event in exits else 0.0,
            ))  # fmt: skip
    return sorted(found, key=lambda movement: movement.at)


def by_scheme(base: duckdb.DuckDBPyConnection, moved: list[Movement]) -> list[SchemeMoney]:
    """Return the money of each scheme, the largest first. Needs the tables reports and flows."""
    reported = dict(base.execute(_REPORTED).fetchall())
    schemes = sorted({movement.scheme for movement in moved})
    found = [_scheme(name, [m for m in moved if m.scheme == name], int(reported.get(name, 0))) for name in schemes]
    return sorted(found, key=lambda scheme: -scheme.at_risk)


def waiting(base: duckdb.DuckDBPyConnection) -> WaitingMoney:
    """Return what innocent people had to wait for. Needs the tables instructions, decisions, acts."""
    (row,) = base.execute(_WAITING).fetchall()
    return WaitingMoney(*(int(value) for value in row))


def _scheme(name: str, moved: list[Movement], reported: int) -> SchemeMoney:
    at_risk, first, later, left = (
        round(sum(getattr(movement, part) for movement in moved))
        for part in ("at_risk", "stopped_at_payment", "stopped_later", "left")
    )
    return SchemeMoney(name, at_risk, first, later, at_risk - first - later - left, left, reported)


def _replayed(base: duckdb.DuckDBPyConnection, flows: list[Flow]) -> Money:
    """Return the money as it moved: each instruction sent in turn, with the share that arrived by the record."""
    outcomes = {
        (source, event_id): (outcome, asked, arrived)
        for source, event_id, outcome, asked, arrived in base.execute(
            "SELECT source, event_id, outcome, asked, arrived FROM outcomes"
        ).fetchall()
    }
    money = Money(flows)
    for event in money.in_order():
        money.send(event)
        outcome, _, arrived = outcomes.get(event, ("not sent", 0, 0))
        if outcome in ("delayed", "given up", "bounced") or (outcome == "not sent" and not arrived):
            money.stop(event)
    return money
