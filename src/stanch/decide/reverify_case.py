"""One re-verification of a card: what it is, which states it can be in, which steps lead from one to the next.

The steps are data. Times are UTC microseconds; cards, holders and deciders are entity codes. Nothing here restricts
a card: the machine asks and reminds, a person limits outgoing calls, and the clock ends what a person began.
"""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.model.columns import NULL

OPEN: Final = ("asked", "overdue", "failed", "limited", "contested")
#: State -> the states that may follow; the empty state is a case that does not exist yet.
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "": ("asked", "limited"),
    "asked": ("asked", "passed", "failed", "overdue", "limited", "withdrawn", "recycled"),
    "overdue": ("overdue", "passed", "failed", "limited", "left", "withdrawn", "recycled"),
    "failed": ("failed", "passed", "limited", "left", "withdrawn", "recycled"),
    "limited": ("limited", "contested", "lifted", "ended", "recycled"),
    "contested": ("contested", "lifted", "ended", "recycled"),
}
#: What is proposed to a person when a verification was not done or failed: outgoing calls and messages, nothing else.
LIMIT: Final = "limit_outgoing"
#: What every limit leaves alone.
KEPT: Final = ("incoming calls and messages", "emergency numbers", "the number of the operator and of 96110")


class ReverifyEvent(msgspec.Struct, frozen=True):
    """An event of the log that concerns cards: ``card`` is its dst, ``actor`` its src, both NULL where there is none.

    ``holder`` is who holds the card before the event, ``stated`` whom the event itself names as its holder; ``number``
    is NULL where it has none.
    """

    kind: str
    at: int
    card: int
    holder: int = NULL
    stated: int = NULL
    actor: int = NULL
    actor_kind: str = ""
    detail: str = ""
    number: int = NULL


class ReverifyCase(msgspec.Struct, frozen=True):
    """A re-verification as it stands.

    ``due`` is until when the holder is to be verified, ``decide_by`` until when a person decides what follows,
    ``until`` the end of a limit, ``answer_by`` until when an objection is answered; None where there is none.
    ``last_card`` says that the holder is known to hold no other card that can call out. ``flaws`` are words for what
    was done to the holder against the rules.
    """

    id: str
    card: int
    holder: int
    level: int
    score: int
    state: str
    asked_at: int
    due: int
    decide_by: int | None = None
    until: int | None = None
    answer_by: int | None = None
    decided_by: int = NULL
    last_card: bool = False
    flaws: tuple[str, ...] = ()
    reason: str = "asked"
    changed_at: int = 0

    @property
    def open(self) -> bool:
        """Whether it can still change."""
        return self.state in OPEN

    @property
    def proposal(self) -> str | None:
        """What a person is to decide now: None where nobody is asked to."""
        if self.state not in ("overdue", "failed"):
            return None
        return "last_card_stays_open" if self.last_card else LIMIT

    @property
    def next_end(self) -> int | None:
        """When the clock acts on it next, None if never."""
        ends = {
            "asked": (self.due,), "overdue": (self.decide_by,), "failed": (self.decide_by,), "limited": (self.until,),
            "contested": (self.until, self.answer_by),
        }.get(self.state, ())  # fmt: skip
        return min((end for end in ends if end is not None), default=None)
