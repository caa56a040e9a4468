"""The closed loop of a world: money that was stopped does not move on. The rule is written down in docs/world.md.

The events of a world are made in advance, as if nobody stopped anything. While they are replayed, the loop takes out or
changes, hour by hour, what can no longer happen because of what the line has decided so far.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stanch.lab.flows import Event, Money
from stanch.lab.slices import Edits, edited
from stanch.model.time import HOUR

#: The file beside a home that says what became of the victims' money.
RECORD_FILE: Final = "closed_loop.parquet"
RECORD_SCHEMA: Final = pa.schema([
    ("source", pa.string()), ("event_id", pa.string()), ("outcome", pa.string()),
    ("asked", pa.int64()), ("arrived", pa.int64()),
])  # fmt: skip

#: The share of victims who give up a payment when the line asks them to confirm it: a start value, chosen by us.
HEED: Final = 0.5

_INSTRUCTIONS: Final = ("transfer", "cash_out", "crypto_out")
_LINES: Final = ("settled", "rejected")
_FULL: Final = 1.0 - 1e-9

Rows = npt.NDArray[np.int64]


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


@dataclass(slots=True)
class ClosedLoop:
    """Changes the events of a world by what was decided. One owner, the replay."""

    money: Money
    _outcomes: dict[Event, str] = field(default_factory=dict)
    _delayed: dict[Event, int] = field(default_factory=dict)
    _waiting: list[pa.Table] = field(default_factory=list)

    def before(self, table: pa.Table) -> pa.Table:
        """Return what still happens of the next hour's events, in order, with what was released since."""
        edits = Edits(table.num_rows)
        self._instructions(table, edits)
        self._settlements(table, edits)
        return self._with_released(edited(table, edits))

    def decided(self, acts: Sequence[Act]) -> None:
        """Take note of the decisions that made money wait."""
        for act in acts:
            event = (act.source, act.event_id)
            if act.until is None or event in self._delayed:
                continue
            if event not in self.money:
                if act.action == "delay":
                    self._delayed[event] = act.until
            elif act.action == "delay" or (self.money.is_payment(event) and _heeds(event)):
                self.money.stop(event)
                self._outcomes[event] = "delayed" if act.action == "delay" else "given up"

    def record(self) -> pa.Table:
        """Return what became of every instruction that moves a victim's money: what it asked for and what arrived."""
        rows = []
        for event, flows in self.money.events.items():
            asked = sum(flow.amount for flow in flows)
            outcome = self._outcomes.get(event, "not sent")
            arrived = 0 if outcome == "not sent" else round(asked * self.money.arrived(event))
            rows.append((*event, outcome, asked, arrived))
        columns = zip(*rows, strict=True) if rows else [()] * len(RECORD_SCHEMA)
        return pa.table([list(column) for column in columns], schema=RECORD_SCHEMA)

    def write(self, folder: Path) -> None:
        """Keep the record beside a home, for measuring."""
        pq.write_table(self.record(), folder / RECORD_FILE)

    def _instructions(self, table: pa.Table, edits: Edits) -> None:
        """Leave out what has no money any more, cut what has less."""
        for row, event, amount in _picked(table, _INSTRUCTIONS, "event_id"):
            if event not in self.money:
                continue
            share = self.money.send(event)
            if round(amount * share) == 0:
                edits.drop(row)
                continue
            self._outcomes[event] = "sent" if share >= _FULL else "cut"
            if share < _FULL:
                edits.amounts[row] = round(amount * share)

    def _settlements(self, table: pa.Table, edits: Edits) -> None:
        """Let settlement files say what became of instructions that were stopped, cut or without money."""
        for row, event, amount in _picked(table, _LINES, "ref"):
            if event in self._delayed:
                edits.drop(row)
                self._waiting.append(_moved(table.slice(row, 1), self._delayed[event]))
            elif event in self.money:
                self._settle(edits, row, event, amount)

    def _settle(self, edits: Edits, row: int, event: Event, amount: int) -> None:
        outcome = self._outcomes.get(event)
        if outcome is None:
            edits.drop(row)
        elif outcome in ("delayed", "given up"):
            edits.reject(row, outcome.replace(" ", "_"))
        elif self.money.backed(event) < self.money.sent(event) * _FULL:
            edits.reject(row, "insufficient_funds")
            self.money.bounce(event)
            self._outcomes[event] = "bounced"
        elif outcome == "cut":
            edits.amounts[row] = round(amount * self.money.sent(event))

    def _with_released(self, table: pa.Table) -> pa.Table:
        """Add the lines of innocent payments whose delay is over by the end of this hour."""
        if not table.num_rows or not self._waiting:
            return table
        end = table["known_at"][-1].value
        due = [line for line in self._waiting if line["known_at"][0].value <= end]
        self._waiting = [line for line in self._waiting if line["known_at"][0].value > end]
        if not due:
            return table
        whole = pa.concat_tables([table, *due]).unify_dictionaries()
        return whole.take(pc.sort_indices(whole, [("known_at", "ascending")]))


def _picked(table: pa.Table, kinds: Sequence[str], id_column: str) -> list[tuple[int, Event, int]]:
    """Return row, event and amount of the rows of some kinds; ``id_column`` names the instruction."""
    rows = np.flatnonzero(pc.is_in(pc.cast(table["kind"], pa.string()), value_set=pa.array(kinds)).to_numpy())
    found = table.select(["source", id_column, "amount"]).take(pa.array(rows)).to_pydict()
    events = zip(found["source"], found[id_column], strict=True)
    return list(zip(rows.tolist(), events, found["amount"], strict=True))


def _moved(line: pa.Table, until: int) -> pa.Table:
    """Return a settlement line as it comes when the delay is over: in the next hour's file."""
    times = {"happened_at": until, "known_at": (until // HOUR + 1) * HOUR}
    for name, time in times.items():
        at = line.schema.get_field_index(name)
        line = line.set_column(
            at, line.schema.field(name), pa.array([time], pa.int64()).cast(line.schema.field(name).type)
        )
    return line


def _heeds(event: Event) -> bool:
    """Tell whether a victim gives up this payment when asked: the same answer in every replay."""
    digest = hashlib.blake2b("|".join(event).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") < HEED * 2**32
