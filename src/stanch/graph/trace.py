"""What a trace found: where reported money went, movement by movement, and where it is now.

Amounts are minor units of one currency. ``traced`` is the amount under the method, with every unknown opening balance
at the lowest value that the ledger allows; ``low`` and ``high`` hold for every opening balance that the ledger allows.
Only ``low`` is ever acted on. For poison ``traced`` is the whole amount of what was reached and is not conserved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, overload

import msgspec

Row = TypeVar("Row")

METHODS: Final = ("fifo", "lifo", "proportional", "poison")
#: How money moves: between accounts, or out of every account that we see.
WAYS: Final = ("transfer", "returned", "cash", "crypto", "goods", "unknown")


class Rows(Sequence[Row], Generic[Row]):
    """Rows of a table that become objects when they are first looked at, and then stay."""

    def __init__(self, make: Callable[[], tuple[Row, ...]]) -> None:
        self._make: Callable[[], tuple[Row, ...]] | None = make
        self._rows: tuple[Row, ...] = ()

    def __len__(self) -> int:
        return len(self._made())

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        return self._made()[place]

    def __eq__(self, other: object) -> bool:
        return self._made() == (other._made() if isinstance(other, Rows) else other)

    def __hash__(self) -> int:
        return hash(self._made())

    def _made(self) -> tuple[Row, ...]:
        if self._make is not None:
            self._rows, self._make = self._make(), None
        return self._rows


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One settled movement that carried traced money. ``src`` and ``dst`` are entity codes, ``at`` UTC microseconds.

    ``hop`` counts from 1, the reported payment itself; ``amount`` is the whole movement.
    """

    entry: int  #: place in the ledger
    hop: int
    src: int
    dst: int
    at: int
    amount: int
    way: str
    traced: int
    low: int
    high: int


class Place(msgspec.Struct, frozen=True, gc=False):
    """An account in which traced money sits now, and the share of each report in ``traced``."""

    account: int
    hop: int
    since: int  #: when traced money first came, UTC microseconds
    traced: int
    low: int
    high: int
    balance: tuple[int, int | None]  #: the lowest and the highest balance that the ledger allows; None: no limit known
    shares: tuple[int, ...]  #: minor units by report, in the order of ``Trace.reports``; they add up to ``traced``


class Exit(msgspec.Struct, frozen=True, gc=False):
    """Traced money that left every account we see: as cash, crypto assets, goods or into the unknown."""

    account: int  #: the account it left
    to: int  #: outlet, merchant or institution that took it
    way: str
    at: int
    hop: int
    entry: int
    traced: int
    low: int
    high: int
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of reported money. For all methods but poison: ``reported`` = places + exits + returned, exactly."""

    method: str
    currency: int
    reports: tuple[int, ...]  #: the ids of the reports, as given
    reported: int  #: what was reported and found paid
    alleged: int  #: what was reported beyond what was paid, or towards accounts the ledger does not know
    movements: Sequence[Movement]  #: in order of time
    places: Sequence[Place]  #: the largest first
    exits: Sequence[Exit]  #: in order of time
    returned: int  #: what went back to the victims already
    reached: int  #: accounts reached
    walked: int  #: ledger entries looked at
    complete: bool  #: whether neither the limit of hops nor the work budget cut the trace short
