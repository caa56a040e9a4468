"""The arms: what nobody, an office that traces by hand, and an all-knowing one would have held of the same money.

The rules are fixed in decision 9, ``docs/decisions/0009-the-manual-baseline.md``, with their source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Protocol

from stanch.lab.flows import Event
from stanch.lab.follow.answers import Answer, Answers
from stanch.lab.follow.field import Field, Move
from stanch.lab.follow.lots import Lot, Lots
from stanch.model.time import MINUTE

#: Minutes to follow money over one level of accounts, by hand and with a national portal: decision 9.
MANUAL_MINUTES: Final = 40
PORTAL_MINUTES: Final = 10


class Arm(Protocol):
    """Somebody who holds reported money."""

    def kept(self, lot: Lot, at: int) -> int:
        """Return the minor units of a lot that cannot be taken at a moment."""

    def saw(self, move: Move, lots: list[Lot]) -> None:
        """Take note of a movement."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nobody does anything."""

    def kept(self, lot: Lot, at: int) -> int:
        """Hold nothing."""
        return 0

    def saw(self, move: Move, lots: list[Lot]) -> None:
        """See nothing."""


@dataclass(slots=True)
class Office:
    """An office that follows a report level by level, ``minutes`` each, and asks for a stop where it arrives."""

    ground: Field
    answers: Answers
    minutes: int
    _known: dict[tuple[str, str], int] = field(default_factory=dict)

    def kept(self, lot: Lot, at: int) -> int:
        """Hold a lot where a stop of its account is in force."""
        known = self._known.get((lot.payment, lot.place))
        if known is None:
            return 0
        answer = self.answers.stopped(self.ground.banks.get(lot.place, ""), lot.place, known)
        return _share(lot, answer, at)

    def saw(self, move: Move, lots: list[Lot]) -> None:
        """Learn of the next level one level's time after this one was known and the money went on."""
        first = any(not flow.funded_by for flow in move.flows)
        for lot in lots:
            report = self.ground.reports.get(lot.payment)
            if report is not None:
                before = None if first else self._known.get((lot.payment, move.src))
                known = report.at if before is None else max(before, move.at) + self.minutes * MINUTE
                key = (lot.payment, lot.place)
                self._known[key] = min(self._known.get(key, known), known)


@dataclass(frozen=True, slots=True)
class AllKnowing:
    """One who knows from the moment of the report where its money is and will go."""

    ground: Field
    answers: Answers

    def kept(self, lot: Lot, at: int) -> int:
        """Hold a lot at once where institutions ask, elsewhere once the order given with the report is in force."""
        report, bank = self.ground.reports.get(lot.payment), self.ground.banks.get(lot.place, "")
        if report is None or at < report.at:
            return 0
        if self.answers.asks(bank):
            return lot.amount
        return _share(lot, self.answers.stopped(bank, lot.place, report.at), at)

    def saw(self, move: Move, lots: list[Lot]) -> None:
        """Learn nothing new."""


@dataclass(frozen=True, slots=True)
class Held:
    """What became of reported money, in minor units: ``reported`` = ``held`` + ``left`` + ``loose``.

    ``held`` cannot leave at the end, ``before`` of it was stopped before its report; ``loose`` lies in accounts that
    nobody holds; ``in_reach`` is what had not left when it was reported.
    """

    reported: int
    held: int
    before: int
    left: int
    loose: int
    in_reach: int


def play_arm(ground: Field, arm: Arm, stopped: Collection[Event] = ()) -> Held:
    """Return what an arm holds. Movements in ``stopped`` are stopped for payments that were not reported by then."""
    lots, reach = Lots(), dict[str, int]()
    reports = sorted(ground.reports.values(), key=lambda report: report.at)
    for move in ground.moves:
        while reports and reports[0].at <= move.at:
            report = reports.pop(0)
            reach[report.payment] = lies(lots, report.payment)
        less = lots.stop(move, _unless_reported(ground, arm)) if move.event in stopped else []
        arm.saw(move, lots.move(move, arm.kept, less))
    reach |= {report.payment: lies(lots, report.payment) for report in reports}
    return tally(lots, ground, reach, lambda lot: arm.kept(lot, ground.end))


def tally(lots: Lots, ground: Field, reach: dict[str, int], kept: Callable[[Lot], int]) -> Held:
    """Add up what became of the payments that were reported after they had settled."""
    mine = [lot for lot in lots if lot.payment in ground.reports]
    before = sum(lot.amount for lot in mine if _before(lot, ground))
    held = sum(lot.amount if lot.stopped is not None else min(kept(lot), lot.amount) for lot in mine)
    there = sum(lot.amount for lot in mine)
    reported = sum(lots.paid[payment] for payment in ground.reports)
    left = sum(lots.left[payment] for payment in ground.reports)
    return Held(reported, held, before, left, there - held, sum(reach.values()))


def lies(lots: Lots, payment: str) -> int:
    """Return what of a payment still lies in places."""
    return sum(lot.amount for lot in lots if lot.payment == payment)


def _before(lot: Lot, ground: Field) -> bool:
    return lot.stopped is not None and lot.stopped < ground.reports[lot.payment].at


def _unless_reported(ground: Field, arm: Arm) -> Callable[[Lot, int], int]:
    def kept(lot: Lot, at: int) -> int:
        report = ground.reports.get(lot.payment)
        return lot.amount if report is not None and report.at <= at else arm.kept(lot, at)

    return kept


def _share(lot: Lot, answer: Answer | None, at: int) -> int:
    return 0 if answer is None or at < answer.at else int(lot.whole * answer.share)
