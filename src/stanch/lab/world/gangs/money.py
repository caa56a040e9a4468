"""Stolen money lot by lot: what lies on which account, which event brought it, and whose it was."""

from __future__ import annotations

from dataclasses import dataclass, field

from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Flow


@dataclass(frozen=True, slots=True)
class Lot:
    """An amount of one victim's money on an account, and the event that brought it (minor units, UTC microseconds)."""

    when: int
    event: int
    victim: int
    scheme: str
    amount: int


@dataclass(slots=True)
class Purse:
    """All lots of a gang, by account, first in first out."""

    lots: dict[int, list[Lot]] = field(default_factory=dict)
    paid: set[tuple[int, int]] = field(default_factory=set)  #: pairs of accounts between which money has gone

    def put(self, account: int, lot: Lot) -> None:
        """Add a lot to an account."""
        self.lots.setdefault(account, []).append(lot)

    def total(self, account: int) -> int:
        """Return what lies on an account."""
        return sum(lot.amount for lot in self.lots.get(account, []))

    def take(self, account: int, amount: int) -> list[Lot]:
        """Take an amount off an account, oldest money first; return the pieces taken."""
        taken: list[Lot] = []
        lots = self.lots[account]
        while amount > 0 and lots:
            lot = lots.pop(0)
            piece = min(amount, lot.amount)
            taken.append(Lot(lot.when, lot.event, lot.victim, lot.scheme, piece))
            if piece < lot.amount:
                lots.insert(0, Lot(lot.when, lot.event, lot.victim, lot.scheme, lot.amount - piece))
            amount -= piece
        return taken


def record(scene: Scene, source: str, event: int, pieces: list[Lot]) -> dict[tuple[int, str], int]:
    """Write into the truth whose money an event moved; return the amount of each victim and scheme."""
    shares: dict[tuple[int, str], int] = {}
    funds: dict[tuple[int, str], list[int]] = {}
    for piece in pieces:
        key = (piece.victim, piece.scheme)
        shares[key] = shares.get(key, 0) + piece.amount
        funds.setdefault(key, []).append(piece.event)
    for (victim, scheme), amount in shares.items():
        by = tuple(dict.fromkeys(funds[victim, scheme]))
        scene.truth.flows.append(Flow(source, event, scene.name, victim, scheme, by, amount))
    return shares
