"""Lots: the victims' payments as they move, each known by the payment it began as, to the minor unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stanch.lab.flows import Flow, Owner
from stanch.lab.follow.field import Move

#: Minor units of a lot that cannot be taken at a moment.
Kept = Callable[["Lot", int], int]


@dataclass(slots=True)
class Lot:
    """What is left at ``place`` of ``whole`` minor units that began as ``payment`` and came at microsecond ``since``.

    ``stopped`` is when a delay stopped it on its way out, None while it may move.
    """

    payment: str
    place: str
    whole: int
    amount: int
    since: int
    stopped: int | None = None


class Lots:
    """All lots of a world. What is paid lies in places, is stopped, or has left; nothing is lost or made."""

    def __init__(self) -> None:
        self.paid: dict[str, int] = defaultdict(int)
        self.left: dict[str, int] = defaultdict(int)
        self._stopped: list[Lot] = []
        self._by_funder: dict[tuple[str, Owner], list[Lot]] = defaultdict(list)

    def __iter__(self) -> Iterator[Lot]:
        """Go through what lies in places, stopped lots included."""
        yield from (lot for lots in self._by_funder.values() for lot in lots if lot.amount)
        yield from self._stopped

    def move(self, move: Move, kept: Kept, less: Sequence[int] = ()) -> list[Lot]:
        """Let a movement happen as far as ``kept`` lets it, ``less`` what was stopped by flow; return the new lots."""
        came: list[Lot] = []
        for flow, stopped in zip(move.flows, less or [0] * len(move.flows), strict=True):
            pieces = self._pay(flow) if not flow.funded_by else self._take(flow, kept, move.at, stopped)
            lots = [Lot(payment, move.dst, amount, amount, move.at) for payment, amount in pieces]
            if move.leaves:
                for lot in lots:
                    self.left[lot.payment] += lot.amount
            else:
                self._by_funder[move.event[1], flow.owner] += lots
                came += lots
        return came

    def stop(self, move: Move, kept: Kept) -> list[int]:
        """Hold what a movement would have taken, where it was; return how much of each flow."""
        amounts = []
        for flow in move.flows:
            taken = self._take(flow, kept, move.at)
            self._stopped += [Lot(paid, move.src, amount, amount, move.at, stopped=move.at) for paid, amount in taken]
            amounts.append(sum(amount for _, amount in taken))
        return amounts

    def _pay(self, flow: Flow) -> list[tuple[str, int]]:
        payment = flow.event[1]
        self.paid[payment] += flow.amount
        return [(payment, flow.amount)]

    def _take(self, flow: Flow, kept: Kept, at: int, less: int = 0) -> list[tuple[str, int]]:
        need, taken = flow.amount - less, list[tuple[str, int]]()
        for lot in (lot for funder in flow.funded_by for lot in self._by_funder.get((funder, flow.owner), ())):
            amount = min(need, max(lot.amount - kept(lot, at), 0))
            if amount:
                lot.amount -= amount
                need -= amount
                taken.append((lot.payment, amount))
        return taken
