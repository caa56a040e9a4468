"""The agenda of a world: what victims' money does at institutions that tell us only afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from stanch.lab.flows import Event, Money
from stanch.lab.follow.answers import Answers
from stanch.lab.truth_files import event_files

INSTRUCTIONS: Final = ("transfer", "cash_out", "crypto_out")
LINES: Final = ("settled", "rejected")
STATEMENTS: Final = ("balance", "account_opened", "cash_in", "returned")
JUSTICE: Final = ("fraud_reported", "report_withdrawn", "cleared", "confirmed", "objection")

_STEPS: Final = """
SELECT kind, source, CASE WHEN kind IN ('settled', 'rejected') THEN ref ELSE event_id END AS event,
    epoch_us(happened_at) AS moment, src, dst, amount
FROM read_parquet($files)
WHERE kind IN ('transfer', 'cash_out', 'crypto_out', 'settled', 'rejected') AND list_contains($tells, source)
ORDER BY moment, CAST(kind IN ('settled', 'rejected') AS INT), event_id
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One row about money: an instruction, the ``line`` that says what became of it, or a statement about a balance.

    ``event`` is the instruction; ``src`` and ``dst`` are pseudonyms; ``amount`` minor units; ``at`` UTC microseconds.
    """

    kind: str
    event: Event
    at: int
    src: bytes | None
    dst: bytes | None
    amount: int

    @property
    def line(self) -> bool:
        """Whether it tells what became of an instruction."""
        return self.kind in LINES

    @property
    def states(self) -> bool:
        """Whether it is about a balance, not about an instruction."""
        return self.kind in STATEMENTS

    @property
    def justice(self) -> bool:
        """Whether it is a report, or the end of one."""
        return self.kind in JUSTICE

    def of(self, amount: int) -> Step:
        """Return the same step with another amount."""
        return replace(self, amount=amount)


def told_afterwards(
    world: Path, money: Money, answers: Answers, name: Callable[[str], bytes | None]
) -> tuple[Step, ...]:
    """Return the steps of victims' money at institutions that do not ask before they pay, in order of time."""
    tells = [source for source, about in answers.sources.items() if not about.asks]
    if not tells:
        return ()
    files = [str(path) for path in event_files(world)]
    with duckdb.connect() as base:
        rows = base.execute(_STEPS, {"files": files, "tells": tells}).fetchall()
    return tuple(
        Step(kind, (source, event), at, name(src), name(dst), amount)
        for kind, source, event, at, src, dst, amount in rows
        if (source, event) in money
    )
