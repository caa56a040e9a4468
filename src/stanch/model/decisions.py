"""What was found and what was decided about one event, as plain frozen data."""

from __future__ import annotations

from typing import Final

import msgspec

#: Every step, least first, by ladder.
LADDERS: Final[dict[str, tuple[str, ...]]] = {
    "protect": ("inform", "warn", "confirm", "contact"),
    "control": ("reverify", "delay", "hold_part", "hold", "restrict"),
}


class Finding(msgspec.Struct, frozen=True):
    """A typology whose condition held.

    ``subject`` is an entity code, ``role`` the column it stands in; ``values`` are the numbers of the condition by
    name, NULL as None; ``new_episode`` says that this is an alert and not the continuation of one. ``because`` is a
    sentence by language on what moved a learned score, where the finding rests on one.
    """

    typology: str
    role: str
    subject: int
    side: str
    family: str
    score: float
    values: dict[str, int | float | str | None]
    new_episode: bool
    because: dict[str, str] = {}


class Decision(msgspec.Struct, frozen=True):
    """What the line answers about one event that something was found on.

    ``row`` is the place in its commit; ``action`` the strictest step taken (or ``allow``), ``steps`` all steps taken,
    ``proposed`` steps that wait for a person; ``until`` ends a delay (UTC microseconds); ``exempt`` names the essential
    need that let the payment pass, ``vulnerable`` the clause that brought warnings earlier.
    """

    row: int
    action: str
    score: float
    findings: tuple[Finding, ...]
    steps: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    why_not_lower: str = ""
    until: int | None = None
    exempt: str | None = None
    vulnerable: str | None = None

    def step_on(self, side: str) -> str:
        """Return the strictest step taken on one ladder, ``allow`` if none."""
        return next((step for step in reversed(LADDERS[side]) if step in self.steps), "allow")


class Hold(msgspec.Struct):
    """A payment that waits: released when the log's clock reaches ``until``, never renewed.

    ``seq`` is the place of the payment in the log, given at its commit; entities and words are codes. From ``account``
    on is what a delay rests on (see ``decide.lifting``); ``not_before`` ends another wait of the same payment.
    """

    until: int
    measure: str
    step: str
    subject: int
    subject_kind: int
    person: int
    amount: int
    currency: int
    ref: str
    placed_at: int
    reason: str
    seq: int = -1
    source: int = -1
    kind: str = ""
    account: int = -1
    findings: tuple[Finding, ...] = ()
    tainted: int = 0
    whose: tuple[tuple[int, int], ...] = ()
    high: int | None = None
    hops: int = 0
    not_before: int = 0
    came: int = 0
    share: int | None = None
