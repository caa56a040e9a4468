"""What payers of a world say when they are asked to confirm a payment that we warned of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol

import pyarrow as pa

from stanch.lab.flows import Event
from stanch.lab.follow.agenda import Step
from stanch.lab.slices import row_table

#: The share of victims who give up a payment when the line asks them to confirm it: a start value, chosen by us.
HEED: Final = 0.5


class Act(Protocol):
    """An acting decision as the engine tells it: on which event, what was done, and until when its money waits."""

    @property
    def source(self) -> str:
        """The institution that sent the event."""

    @property
    def event_id(self) -> str:
        """Its id of the event."""

    @property
    def action(self) -> str:
        """The strictest step taken."""

    @property
    def until(self) -> int | None:
        """When the money stops waiting, UTC microseconds; None if it does not wait."""

    @property
    def steps(self) -> Sequence[str]:
        """All steps taken: a payer can be asked to confirm what is delayed as well."""


def answer(line: Step, payer: str | None, *, heeded: bool) -> pa.Table:
    """Return the answer to a warning about a payment whose line this is; ``payer`` is the kind of its account."""
    source, event_id = line.event
    return row_table({
        "kind": "warning_answered", "source": source, "event_id": f"{event_id}/answer", "ref": event_id,
        "src": line.src, "src_kind": payer, "detail": "heeded" if heeded else "went_on",
        "happened_at": line.at, "known_at": line.at,
    })  # fmt: skip


def heeds(event: Event) -> bool:
    """Tell whether a victim gives up this payment when asked: the same answer in every replay."""
    digest = hashlib.blake2b("|".join(event).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") < HEED * 2**32
