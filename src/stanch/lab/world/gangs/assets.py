"""What a gang has at its disposal, gathered stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

from stanch.lab.world.clock import Ints


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards bought from dealers: for calling, and for machines but used for calls."""

    callers: Ints
    prober: int
    blaster: int
    machine: Ints
    boxes: Ints  #: devices that hold many cards
    phones: Ints
    operator: str
    dealer: int
    bulk: Ints  #: all that the dealer sold, in random order; the first are callers, prober and blaster
    holders: Ints  #: in whose name each of ``bulk`` is (codes)
    straw: Ints  #: of straw people, who sold them

    @property
    def idle(self) -> Ints:
        """Return the dealer's cards that are used neither for calling lists nor for texts."""
        return self.bulk[len(self.callers) + 2 :]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts of one level of a laundering chain, row by row."""

    code: Ints
    source: Ints
    device: Ints
    address: Ints
    fresh: Ints  #: 1 if opened for the gang a short time ago, 0 if rented from its owner

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, slots=True)
class Users:
    """Platform accounts farmed for the gang."""

    code: Ints
    source: Ints
    device: Ints
    address: Ints


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a gang does what, in days of the world."""

    supply: int
    contact: tuple[int, ...]
