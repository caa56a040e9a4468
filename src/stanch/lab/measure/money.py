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


def by_scheme(base: duckdb.DuckDBPyConnection, flows: list[Flow]) -> list[SchemeMoney]:
    """Return the money of each scheme, the largest first. Needs the tables outcomes, acts, reports, flows."""
    money = _replayed(base, flows)
    outcome = {(s, e): o for s, e, o in base.execute("SELECT source, event_id, outcome FROM outcomes").fetchall()}
    exits = set(base.execute("SELECT source, event_id FROM acts WHERE step = 'exit'").fetchall())
    reported = dict(base.execute(_REPORTED).fetchall())
    sums: dict[str, list[float]] = {flow.scheme: [0.0] * 4 for flow in flows}
    for event, shares in money.events.items():
        sent, arrived = money.sent_parts(event), money.arrived_parts(event)
        for flow, was, came in zip(shares, sent, arrived, strict=True):
            row = sums[flow.scheme]
            row[0] += 0 if flow.funded_by else flow.amount
            if outcome.get(event) in _STOPPED:
                row[2 if flow.funded_by else 1] += flow.amount * was
            row[3] += flow.amount * came if event in exits else 0
    found = [_scheme(name, sums[name], int(reported.get(name, 0))) for name in sums]
    return sorted(found, key=lambda scheme: -scheme.at_risk)


def waiting(base: duckdb.DuckDBPyConnection) -> WaitingMoney:
    """Return what innocent people had to wait for. Needs the tables instructions, decisions, acts."""
    row = base.execute(_WAITING).fetchone()
    return WaitingMoney(*(int(value) for value in row or (0, 0, 0, 0)))


def _scheme(name: str, sums: list[float], reported: int) -> SchemeMoney:
    at_risk, first, later, left = (round(value) for value in sums)
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
