"""Orders towards an institution: what one is, which states it can be in, and which steps lead from one to the next.

The steps are data: ``STEPS`` is the whole machine, and the store refuses every other one. Amounts are minor units,
times UTC microseconds; accounts, institutions and officials are entity codes, currencies word codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

MEASURES: Final = ("query", "stop", "freeze", "release", "return")
#: Measures that keep money where it is.
HOLDS: Final = ("stop", "freeze")
STATES: Final = (
    "drafted", "approved", "declined", "lapsed", "overdue", "in_force",
    "done", "refused", "expired", "released", "replaced", "returned",
)  # fmt: skip
#: States in which an order can still change.
OPEN: Final = ("drafted", "approved", "overdue", "in_force")
#: Who acts when nobody does: the draft, the clock, the consequence of a clearing.
MACHINE: Final = "machine"

#: Fewest officials who must decide, whatever a pack says: two pairs of eyes before money is frozen or given away.
FEWEST_APPROVALS: Final = {"query": 1, "stop": 1, "freeze": 2, "release": 1, "return": 2}

_DRAFT: Final = {"": ("drafted",), "drafted": ("drafted", "approved", "declined", "lapsed")}
_ASKED: Final = ("done", "refused", "expired", "released")
_HELD: Final = ("in_force", "refused", "expired", "released")
_ONCE: Final = {**_DRAFT, "approved": ("approved", "overdue", *_ASKED), "overdue": ("overdue", *_ASKED)}
_FREEZE: Final = {
    **_DRAFT,
    "approved": ("approved", "overdue", *_HELD),
    "overdue": ("overdue", *_HELD),
    "in_force": ("in_force", "expired", "released", "returned"),
}
#: Only a stop is replaced: by the freeze that is in force.
_STOP: Final = {**_FREEZE, **{state: (*_FREEZE[state], "replaced") for state in ("approved", "overdue", "in_force")}}
#: A release frees the money when it is approved; an objection that nobody decided in time is overdue as a draft.
_RELEASE: Final = {
    "": ("drafted",),
    "drafted": ("drafted", "approved", "declined", "lapsed", "overdue"),
    "approved": ("done", "refused", "overdue"),
    "overdue": ("approved", "declined", "lapsed", "done", "refused"),
}

#: Measure -> state -> the states that may follow; the empty state is an order that does not exist yet.
STEPS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "query": _ONCE, "stop": _STOP, "freeze": _FREEZE, "release": _RELEASE, "return": _ONCE,
}  # fmt: skip

#: Measure -> the institution's answer -> the state it leads to.
ANSWERS: Final[dict[str, dict[str, str]]] = {
    measure: {answer: answer, "refused": "refused", "unknown_account": "refused"}
    for measure in MEASURES
    for answer in ("in_force" if measure in HOLDS else "done",)
}


class Want(msgspec.Struct, frozen=True):
    """What the plan would have ordered: ``amount`` is the sum to hold beyond what is in force at the account already.

    For a freeze it is the whole sum, as a freeze replaces the stop. ``shares`` are the parts of the amount by report;
    left out, the reports share it equally. ``backed`` says whether more than one person's word speaks for it. One that
    is ``ahead`` is about what lies there and what will come, up to its amount, beyond what is held already.
    """

    account: int
    institution: int
    currency: int
    amount: int
    reports: tuple[int, ...]
    measure: str
    shares: tuple[int, ...] = ()
    backed: bool = True
    ahead: bool = False


class Approval(msgspec.Struct, frozen=True):
    """One official's decision for an order, and by which power."""

    official: int
    employer: int
    power: str
    at: int


class Order(msgspec.Struct, frozen=True):
    """One order, as it stands after its last step."""

    id: str
    measure: str
    account: int
    institution: int
    currency: int
    amount: int  #: never more than the disputed sum
    held: int  #: what the institution says it holds, at most ``amount``
    reports: tuple[int, ...]
    shares: tuple[int, ...]  #: minor units by report; they add up to ``amount``
    state: str
    power: str  #: whose power it is; empty until somebody decided
    term: str  #: id of the provision
    basis: str
    drafted_at: int
    until: int | None = None  #: when it ends by itself; None until it is decided
    due: int | None = None  #: when the clock acts on it next
    approvals: tuple[Approval, ...] = ()
    pending: tuple[Approval, ...] = ()  #: towards another term of one in force
    follows: str = ""  #: the order that this one replaces, releases or pays out
    renewals: int = 0
    objection: int | None = None  #: until when an objection must be answered
    step: int = 1
    backed: bool = True  #: whether more than one person's word speaks for it
    ahead: bool = False  #: whether it also holds what comes later, until it holds its amount

    @property
    def open(self) -> bool:
        """Whether it can still change."""
        return self.state in OPEN

    @property
    def room(self) -> int:
        """What an order ahead that is out can still come to hold, minor units."""
        return self.amount - self.held if self.ahead and self.open and self.state != "drafted" else 0

    @property
    def key(self) -> tuple[int, int]:
        """Account and currency: what is held is counted by these."""
        return self.account, self.currency


class Change(msgspec.Struct, frozen=True):
    """One step of one order, as it is stored; ``also`` are the steps of other orders that it brings about."""

    order: Order
    step: int
    from_: str
    to: str
    at: int
    actor: int | None  #: official, institution or person; None: the machine
    power: str  #: by what right the actor acts: machine, institution, person, or the power of an authority
    reason: str  #: one word, see ``decide.notices``
    basis: str
    until: int | None
    objection: str  #: how the person concerned can object
    also: tuple[Change, ...] = ()

    def each(self) -> Iterator[Change]:
        """Yield this step and every one it brings about."""
        yield self
        for other in self.also:
            yield from other.each()


class Refusal(msgspec.Struct, frozen=True):
    """Why an act on an order has no effect: ``code`` for programs, ``reason`` for people."""

    order_id: str
    code: str
    reason: str
