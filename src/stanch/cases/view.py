"""What the page about a trace shows: plain labels, amounts and times, already masked, so that it knows no home.

Amounts are minor units of one currency, times UTC microseconds. Keys are any whole numbers that tell parties apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

#: What became of the reported money, the best first. They add up to what was reported, except under poison.
PARTS: Final = ("held", "delayed", "holdable", "untouched", "left", "returned")
#: So many reports are named; of more, the number.
NAMED: Final = 5
_STARS: Final = re.compile(r"\*{2,}")
#: Ways by which money leaves every account that we see.
EXITS: Final = ("cash", "crypto", "goods", "unknown")


class OrderLine(msgspec.Struct, frozen=True):
    """An order about an account, as a person reads it."""

    id: str
    measure: str
    state: str
    amount: int
    held: int = 0
    until: int | None = None
    alone: bool = False  #: whether it is a draft for which one report alone speaks
    ahead: bool = False  #: whether it also holds what comes later, up to its amount


class OrderSum(msgspec.Struct, frozen=True):
    """Orders of one measure in one state about an account, as one: their sum, how many, and when the first ends.

    Drafts for which one report ``alone`` speaks are apart, and orders ``ahead``.
    """

    measure: str
    state: str
    alone: bool
    ahead: bool
    amount: int
    count: int
    until: int | None

    @property
    def word(self) -> str:
        """Which word of the pages names it."""
        return "ahead" if self.ahead else self.measure


class Party(msgspec.Struct, frozen=True):
    """Who money came from or went to: ``role`` is victim, account or exit; ``name`` is masked.

    ``low`` to ``high`` is the traced money that sits there now, whatever the opening balances were; ``traced`` is the
    amount under the method. ``hop`` is 0 for victims; ``rank`` is the place in the hold plan, from 1.
    """

    key: int
    role: str
    name: str
    bank: str = ""
    hop: int = 0
    since: int = 0
    traced: int = 0
    low: int = 0
    high: int = 0
    held: int = 0
    delayed: int = 0
    essential: bool = False
    rank: int | None = None
    orders: tuple[OrderLine, ...] = ()

    @property
    def sums(self) -> tuple[OrderSum, ...]:
        """Its orders, those of one measure and state together, in the order in which they were drafted."""
        found: dict[tuple[str, str, bool, bool], list[OrderLine]] = {}
        for order in self.orders:
            found.setdefault((order.measure, order.state, order.alone, order.ahead), []).append(order)
        return tuple(
            OrderSum(*key, sum(each.held or each.amount for each in orders), len(orders),
                     min((each.until for each in orders if each.until is not None), default=None))
            for key, orders in found.items()
        )  # fmt: skip

    @property
    def parts(self) -> dict[str, int]:
        """The traced money that sits here, by what can be done about it; it adds up to ``traced``."""
        held = min(self.held, self.traced)
        delayed = min(self.delayed, self.traced - held)
        holdable = 0 if self.essential else max(min(self.low, self.traced) - held - delayed, 0)
        return {"held": held, "delayed": delayed, "holdable": holdable,
                "untouched": self.traced - held - delayed - holdable}  # fmt: skip


class Flow(msgspec.Struct, frozen=True):
    """One settled movement that carried traced money; ``way`` is one of ``graph.trace.WAYS``."""

    src: int
    dst: int
    at: int
    hop: int
    way: str
    amount: int
    traced: int
    low: int
    high: int


class TraceView(msgspec.Struct, frozen=True):
    """A trace with its labels: all that the page, the JSON and the terminal show."""

    reports: tuple[str, ...]
    method: str
    currency: str
    reported_at: int
    now: int
    reported: int
    alleged: int
    returned: int
    parties: tuple[Party, ...]
    flows: tuple[Flow, ...]  #: in order of time
    reached: int
    complete: bool
    ahead: int = 0  #: minutes that the reader's clock is ahead of UTC
    language: str = "en"  #: which language the page opens in: en or zh

    @property
    def parts(self) -> dict[str, int]:
        """The reported money by what became of it."""
        sits = [party.parts for party in self.parties if party.role == "account"]
        inside = {part: sum(each[part] for each in sits) for part in PARTS[:4]}
        left = sum(flow.traced for flow in self.flows if flow.way in EXITS)
        return {**inside, "left": left, "returned": self.returned}

    @property
    def found(self) -> bool:
        """Whether any payment was found for what was reported."""
        return bool(self.flows or self.reported)

    @property
    def holdable(self) -> tuple[Party, ...]:
        """Accounts in which something can still be held, in the order of the hold plan, then the largest first."""
        return tuple(sorted(
            (party for party in self.parties if party.role == "account" and party.parts["holdable"]),
            key=lambda party: (party.rank is None, party.rank or 0, -party.parts["holdable"], party.key),
        ))  # fmt: skip

    @property
    def first(self) -> int:
        """When the first traced movement took place."""
        return min((flow.at for flow in self.flows), default=self.reported_at)


def briefed(view: TraceView) -> TraceView:
    """Return a view whose masked names are short enough to be told apart at a glance: ``6299…4235`` for 19 signs."""
    parties = tuple(msgspec.structs.replace(party, name=_STARS.sub("…", party.name)) for party in view.parties)
    return msgspec.structs.replace(view, parties=parties)


def named_reports(view: TraceView) -> str:
    """Return the reports by name, of many the first ones and how many more."""
    more = len(view.reports) - NAMED
    return ", ".join(view.reports[:NAMED]) + (f" +{more}" if more > 0 else "")


def nothing_more(view: TraceView) -> str:
    """Return the word for why nothing more can be held: all that sits anywhere is held, or nothing sits anywhere."""
    return "holdable_none" if any(view.parts[part] for part in PARTS[:4]) else "holdable_gone"


def by_key(parties: Sequence[Party]) -> dict[int, Party]:
    """Return the parties by their keys."""
    return {party.key: party for party in parties}
