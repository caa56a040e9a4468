"""Money: what victims were about to lose, where it was stopped, what left, and what innocent people had to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from stanch.lab.flows import Event, Flow, Money


@dataclass(frozen=True, slots=True)
class SchemeMoney:
    """The money of one scheme's victims, in minor units.

    ``at_risk`` = ``stopped_at_payment`` + ``stopped_later`` + ``stayed`` + ``left``: what victims set out to pay was
    stopped before it settled, at the first step or on its way, stayed in accounts that could be held, or
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
FROM (SELECT i.*, d.action IN ('delay', 'confirm') AS waits
    FROM instructions i JOIN decisions d USING (source, event_id)) i
ANTI JOIN (SELECT source, event_id FROM acts WHERE bad) a USING (source, event_id)
"""


def money_outcomes(base: duckdb.DuckDBPyConnection, flows: list[Flow]) -> dict[Event, tuple[str, int, int]]:
    """Return outcome, asked and arrived of each instruction of the victims, when a replay had no closed loop.

    Every instruction was sent; what a delay stopped is taken out of all that it would have funded. Needs the tables
    decisions and instructions.
    """
    delayed = set(base.execute("SELECT source, event_id FROM decisions WHERE action = 'delay'").fetchall())
    money, outcomes = Money(flows), {}
    for event in _times(base, money):
        money.send(event)
        if event in delayed:
            money.stop(event)
        asked = sum(flow.amount for flow in money.events[event])
        outcomes[event] = ("delayed" if event in delayed else "sent", asked, round(asked * money.arrived(event)))
    return outcomes


def movements(base: duckdb.DuckDBPyConnection, flows: list[Flow]) -> list[Movement]:
    """Return every movement of victims' money, in order of time. Needs outcomes, acts, instructions, flows."""
    outcome = {(s, e): o for s, e, o in base.execute("SELECT source, event_id, outcome FROM outcomes").fetchall()}
    exits = set(base.execute("SELECT source, event_id FROM acts WHERE step = 'exit'").fetchall())
    money, found = Money(flows), []
    times = _times(base, money)
    for event in times:
        _play(money, event, outcome.get(event, "not sent"))
    for event, at in times.items():
        stopped = outcome.get(event) in _STOPPED
        parts = zip(money.events[event], money.sent_parts(event), money.arrived_parts(event), strict=False)
        found += [
            _movement(flow, at, sent if stopped else 0.0, came if event in exits else 0.0) for flow, sent, came in parts
        ]
    return found


def _play(money: Money, event: Event, outcome: str) -> None:
    """Let one instruction happen as the record says it did."""
    if outcome != "not sent":
        money.send(event)
    if outcome == "bounced":
        money.bounce(event)
    elif outcome in _STOPPED:
        money.stop(event)


def _movement(flow: Flow, at: int, stopped: float, left: float) -> Movement:
    first = not flow.funded_by
    return Movement(
        at,
        flow.scheme,
        float(flow.amount) if first else 0.0,
        stopped if first else 0.0,
        0.0 if first else stopped,
        left,
    )


def _times(base: duckdb.DuckDBPyConnection, money: Money) -> dict[Event, int]:
    """Return when each of the victims' instructions was given, in order of time."""
    rows = base.execute("SELECT source, event_id, i.at FROM instructions i ORDER BY i.at, event_id").fetchall()
    return {(source, event_id): at for source, event_id, at in rows if (source, event_id) in money}


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
