"""Following money: how much of what victims reported is held, beside what others would have held, and whom it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from stanch.engine.home import Home
from stanch.lab.closed_loop import HOLDS_FILE, HOLDS_SCHEMA, RECORD_FILE, REFUSED_FILE, REFUSED_SCHEMA
from stanch.lab.flows import Event
from stanch.lab.follow.answers import Answers, read_answers
from stanch.lab.follow.arms import (
    MANUAL_MINUTES,
    PORTAL_MINUTES,
    AllKnowing,
    Held,
    Nothing,
    Office,
    lies,
    play_arm,
    tally,
)
from stanch.lab.follow.field import Field, Move, read_field
from stanch.lab.follow.lots import Lot, Lots
from stanch.lab.measure.ground import Names
from stanch.lab.measure.harm import DayShare, GroupHarm, Harm, measure_harm
from stanch.lab.measure.secured import by_place, in_names, kept_at_end, secured
from stanch.lab.measure.world import measured_base

#: Outcomes of instructions that moved money, and of those that were stopped on the way.
_MOVED: Final = ("sent", "cut")
_STOPPED: Final = ("delayed", "given up")


@dataclass(frozen=True, slots=True)
class ArmMeasure:
    """What one arm holds of reported money, after the stops that came before the reports.

    ``alone`` is the same without these stops and with every payment that they prevented.
    """

    name: str
    held: Held
    alone: Held


@dataclass(frozen=True, slots=True)
class Ratios:
    """What Stanch holds, by what each arm does: a share of the all-knowing holder's, and multiples of the offices'.

    None where an arm holds nothing to divide by.
    """

    of_knowing: float | None
    to_manual: float | None
    to_portal: float | None


@dataclass(frozen=True, slots=True)
class FollowMeasure:
    """Reported money, verified: paid, settled, then reported. Money in minor units, shares 0 to 1.

    ``after`` are the ratios without what was stopped before its report, which no arm can claim; ``ratios`` with it.
    Both go by the world's own books, which tie each instruction to the payments that brought its money. ``secured`` is
    what orders and stops keep in the names of those who reported, and ``secured_after`` its ratios after the report:
    money that lay in one account is one pool, of which the books know only one of many attributions.
    """

    stanch: Held
    arms: tuple[ArmMeasure, ...]
    ratios: Ratios
    after: Ratios
    secured: int
    secured_after: Ratios
    harm: Harm
    days: tuple[DayShare, ...]
    groups: tuple[GroupHarm, ...]

    @property
    def share(self) -> float | None:
        """The share of reported money that is held."""
        return divided(self.stanch.held, self.stanch.reported)


def measure_follow(home: Home, world: Path) -> FollowMeasure:
    """Hold what a home held of reported money against the truth of its world. Raises InputError without that truth."""
    with measured_base(home, world) as base:
        return followed(base, home, world)


def followed(base: duckdb.DuckDBPyConnection, home: Home, world: Path) -> FollowMeasure:
    """Return the same from the tables of ``measured_base``."""
    names, ground, answers = Names(home.ring.keys), read_field(world), read_answers(world / "truth")
    outcomes = _outcomes(base, home.path)
    here = _as_paid(ground, outcomes)
    _keep_holds(base, home.path)
    kept = kept_at_end(base, {code: move.dst for move in ground.moves if (code := names.of(move.dst)) is not None})
    lots, stanch = _stanch(here, outcomes, by_place(kept))
    funds = home.line.funds
    mine = secured(here, lots, in_names(kept, lots, funds.docket.book.orders(), funds.payments))
    arms = arm_measures(ground, here, answers, {event for event, end in outcomes.items() if end in _STOPPED})
    whole = _ratios(stanch.held, arms, lambda held: held.held)
    after, named = (_ratios(own - stanch.before, arms, _after) for own in (stanch.held, mine))
    return FollowMeasure(stanch, arms, whole, after, mine, named, *measure_harm(base, world, ground.end, names))


def _after(held: Held) -> int:
    return held.held - held.before


def _ratios(own: int, arms: tuple[ArmMeasure, ...], part: Callable[[Held], int]) -> Ratios:
    by_name = {arm.name: part(arm.held) for arm in arms}
    knowing, manual, portal = (divided(own, by_name[name]) for name in ("knowing", "manual", "portal"))
    return Ratios(knowing, manual, portal)


def arm_measures(whole: Field, here: Field, answers: Answers, stopped: set[Event]) -> tuple[ArmMeasure, ...]:
    """Play each arm: on the reports that were made ``here`` after these stops, and on the ``whole`` truth."""
    return tuple(
        ArmMeasure(name, play_arm(here, make(here, answers), stopped), play_arm(whole, make(whole, answers)))
        for name, make in _ARMS.items()
    )


_ARMS: Final[dict[str, Callable[[Field, Answers], Nothing | Office | AllKnowing]]] = {
    "nothing": lambda _ground, _answers: Nothing(),
    "manual": lambda ground, answers: Office(ground, answers, MANUAL_MINUTES),
    "portal": lambda ground, answers: Office(ground, answers, PORTAL_MINUTES),
    "knowing": AllKnowing,
}


def divided(part: float, whole: float) -> float | None:
    """Return a ratio, None where there is nothing to divide by."""
    return part / whole if whole else None


def _stanch(ground: Field, outcomes: dict[Event, str], held: dict[str, int]) -> tuple[Lots, Held]:
    """Let the money move as the record says it did; ``held`` is what orders hold by account at the end."""
    lots, reach = Lots(), dict[str, int]()
    reports = sorted(ground.reports.values(), key=lambda report: report.at)
    for move in ground.moves:
        while reports and reports[0].at <= move.at:
            report = reports.pop(0)
            reach[report.payment] = lies(lots, report.payment)
        outcome = outcomes.get(move.event)
        if outcome in _STOPPED:
            lots.stop(move, Nothing().kept)
        elif outcome in _MOVED:
            lots.move(move, Nothing().kept)
    reach |= {report.payment: lies(lots, report.payment) for report in reports}
    return lots, tally(lots, ground, reach, _under_order(held, lots, ground))


def _under_order(held: dict[str, int], lots: Lots, ground: Field) -> Callable[[Lot], int]:
    """Return what orders keep of each lot, asked once for each: an account's hold is spent lot by lot.

    It is spent on what was stopped there first: an order for a report covers that too, and it must not count twice.
    """
    rest = defaultdict(int, held)
    for lot in lots:
        if lot.stopped is not None and lot.payment in ground.reports:
            rest[lot.place] = max(rest[lot.place] - lot.amount, 0)

    def kept(lot: Lot) -> int:
        amount = min(rest[lot.place], lot.amount) if lot.stopped is None else 0
        rest[lot.place] -= amount
        return amount

    return kept


def _outcomes(base: duckdb.DuckDBPyConnection, home: Path) -> dict[Event, str]:
    if not (home / RECORD_FILE).is_file():
        return {}
    return {(s, e): o for s, e, o in base.execute("SELECT source, event_id, outcome FROM outcomes").fetchall()}


def _as_paid(ground: Field, outcomes: dict[Event, str]) -> Field:
    """Return the field without payments that the victim did not make in the end, and their reports."""
    unpaid = {move.event for move in ground.moves if _first(move) and outcomes.get(move.event, "sent") not in _MOVED}
    ids = {event[1] for event in unpaid}
    moves = tuple(move for move in ground.moves if move.event not in unpaid)
    return replace(ground, moves=moves, reports={ref: r for ref, r in ground.reports.items() if ref not in ids})


def _first(move: Move) -> bool:
    return any(not flow.funded_by for flow in move.flows)


def _keep_holds(base: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Keep what orders held and what that refused, as tables; empty where no loop was closed."""
    for table, name, schema in (("holds", HOLDS_FILE, HOLDS_SCHEMA), ("refused", REFUSED_FILE, REFUSED_SCHEMA)):
        rows = pq.read_table(home / name) if (home / name).is_file() else schema.empty_table()
        base.register("incoming", rows)
        base.execute(f"CREATE TABLE {table} AS SELECT * FROM incoming")
        base.unregister("incoming")
