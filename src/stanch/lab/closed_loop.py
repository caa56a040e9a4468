"""The closed loop of a world: money that was stopped does not move on. The rule is written down in docs/world.md.

The events of a world are made in advance, as if nobody stopped anything. While they are replayed, the loop takes out or
changes, event by event, what can no longer happen because of what the line has decided so far, and adds what officials
and institutions say to its orders.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from stanch.engine.replay import Piece
from stanch.lab.flows import Event, Money
from stanch.lab.follow.agenda import Step
from stanch.lab.follow.balances import Balances
from stanch.lab.follow.offices import Offices, Ordered
from stanch.lab.follow.payers import Act, answer, heeds
from stanch.lab.follow.watched import Watched, watched
from stanch.lab.slices import Edits, edited, moved, row_table
from stanch.model.time import MINUTE

#: The files beside a home that say what became of the victims' money, what orders held, and what else that refused.
RECORD_FILE: Final = "closed_loop.parquet"
HOLDS_FILE: Final = "closed_loop_holds.parquet"
REFUSED_FILE: Final = "closed_loop_refused.parquet"
RECORD_SCHEMA: Final = pa.schema([
    ("source", pa.string()), ("event_id", pa.string()), ("outcome", pa.string()),
    ("asked", pa.int64()), ("arrived", pa.int64()),
])  # fmt: skip
HOLDS_SCHEMA: Final = pa.schema([
    ("order_id", pa.string()), ("account", pa.binary()), ("amount", pa.int64()), ("since", pa.int64()),
    ("given_back", pa.int64()), ("ended", pa.int64()),
])  # fmt: skip
REFUSED_SCHEMA: Final = pa.schema([
    ("source", pa.string()), ("event_id", pa.string()), ("account", pa.binary()), ("amount", pa.int64()),
])  # fmt: skip

#: Rows by which money comes to an account.
_BRINGS: Final = ("settled", "returned", "cash_in")

_FULL: Final = 1.0 - 1e-9
_NEVER: Final = 2**63 - 1
#: No piece is longer: what is decided on its first event can draft an order that is approved within minutes.
_LONGEST: Final = MINUTE


@dataclass(slots=True)
class ClosedLoop:
    """Changes the events of a world by what was decided. One owner, the replay.

    ``told`` are the steps of victims' money at institutions that tell only afterwards, in order of time: they happen
    when they happen, whatever is decided when we learn of them. ``essential`` are payees of essential needs: orders
    say that what goes to them passes, and institutions obey.
    """

    money: Money
    offices: Offices
    told: Sequence[Step] = ()
    essential: Collection[bytes] = frozenset()
    _outcomes: dict[Event, str] = field(default_factory=dict)
    _lines: dict[Event, int | str] = field(default_factory=dict)
    _delayed: dict[Event, int] = field(default_factory=dict)
    _waiting: list[tuple[int, int, pa.Table]] = field(default_factory=list)
    _balances: Balances = field(default_factory=Balances)
    _refused: list[Step] = field(default_factory=list)
    _asked: dict[Event, bool] = field(default_factory=dict)
    _next_told: int = 0
    _passed: int = 0
    _count: int = 0

    def slices(self, table: pa.Table) -> Iterator[Piece]:
        """Yield a table piece by piece as it still happens, each after all that was decided on the pieces before.

        What officials and institutions say, and payments whose delay is over, come in between, in order of time.
        """
        if not table.num_rows:
            return
        times = table["known_at"].cast(pa.int64()).to_pylist()
        rows = watched(table, self.money)
        for start, stop in rows.pieces():
            while start < stop:
                yield from (Piece(start, start, spoken) for spoken in self._spoken(times[start]))
                due = min(self._due(rows, start, stop), times[start] + _LONGEST)
                end = max(bisect_left(times, due, start, stop), start + 1)
                yield self._piece(table, rows, start, end, times[start])
                start, self._passed = end, times[end - 1]

    def decided(self, acts: Sequence[Act]) -> None:
        """Take note of the decisions that made money wait, where the institution asked before it paid."""
        for act in acts:
            event = (act.source, act.event_id)
            if act.until is None or event in self._delayed or not self.offices.answers.asks(act.source):
                continue
            if "confirm" in act.steps:
                self._asked[event] = event in self._outcomes and self._given_up(event)
            if event not in self.money:
                if act.action == "delay":
                    self._delayed[event] = act.until
            elif event in self._outcomes and (act.action == "delay" or self._given_up(event)):
                self.money.stop(event)
                self._outcomes[event] = "delayed" if act.action == "delay" else "given up"

    def ordered(self, orders: Sequence[Ordered]) -> None:
        """Take note of orders that were drafted, changed or ended."""
        for order in orders:
            self.offices.ordered(order)

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
        held = (*self.offices.past, *self.offices.holds.values())
        holds = [{name: getattr(hold, name) for name in HOLDS_SCHEMA.names} for hold in held]
        pq.write_table(pa.Table.from_pylist(holds, HOLDS_SCHEMA), folder / HOLDS_FILE)
        refused = [(*step.event, step.src, step.amount) for step in self._refused]
        rows = [dict(zip(REFUSED_SCHEMA.names, each, strict=True)) for each in refused]
        pq.write_table(pa.Table.from_pylist(rows, REFUSED_SCHEMA), folder / REFUSED_FILE)

    def _piece(self, table: pa.Table, rows: Watched, start: int, stop: int, now: int) -> Piece:
        """Return some rows as they still happen; what victims' money does stands first, if anything."""
        self._told_until(now)
        edits = Edits(stop - start)
        for index in range(bisect_left(rows.places, start), bisect_left(rows.places, stop)):
            self._row(table, rows.steps[index], edits, rows.places[index] - start, rows.places[index])
        happens = edited(table.slice(start, stop - start), edits) if edits else None
        return Piece(start, stop, happens)

    def _row(self, table: pa.Table, step: Step, edits: Edits, row: int, place: int) -> None:
        if step.line and step.event in self._asked:
            self._answer(step, table["src_kind"][place].as_py())
        if step.states:
            self._note(step)
        elif not step.line:
            self._instruction(step, edits, row)
        elif step.event in self._delayed:
            edits.drop(row)
            until = self._delayed.pop(step.event)
            self._wait(until, moved(table.slice(place, 1), until))
        elif step.event in self.money:
            self._line(step, edits, row)
        elif self._held_back(step):
            edits.reject(row, "held_by_order")
            self._refused.append(step)
        else:
            self._note(step)

    def _answer(self, step: Step, payer: str | None) -> None:
        """Let a payer who was asked to confirm answer: victims who give up heed the warning, all others go on."""
        self._wait(step.at, answer(step, payer, heeded=self._asked.pop(step.event)))

    def _wait(self, until: int, line: pa.Table) -> None:
        self._count += 1
        heappush(self._waiting, (until, self._count, line))

    def _instruction(self, step: Step, edits: Edits, row: int) -> None:
        """Leave out what has no money any more, cut what has less."""
        if step.event not in self.money:
            return
        if self.offices.answers.asks(step.event[0]):
            self._send(step.event)
        share = self.money.sent(step.event)
        if self._outcomes.get(step.event, "not sent") == "not sent":
            edits.drop(row)
        elif share < _FULL:
            edits.amounts[row] = round(step.amount * share)

    def _line(self, step: Step, edits: Edits, row: int) -> None:
        """Let a settlement say what became of an instruction that was stopped, cut or without money."""
        if self.offices.answers.asks(step.event[0]):
            self._settle(step)
        end = self._lines.get(step.event)
        if end is None:
            edits.drop(row)
        elif isinstance(end, str):
            edits.reject(row, end)
        elif end != step.amount:
            edits.amounts[row] = end

    def _send(self, event: Event) -> None:
        share = self.money.send(event)
        asked = sum(flow.amount for flow in self.money.events[event])
        if round(asked * share) > 0:
            self._outcomes[event] = "sent" if share >= _FULL else "cut"

    def _settle(self, step: Step) -> None:
        """Let the money of one instruction move, or say why it does not."""
        event, outcome = step.event, self._outcomes.get(step.event)
        if outcome is None:
            return
        sent = self.money.sent(event)
        if outcome in ("delayed", "given up"):
            self._lines[event] = outcome.replace(" ", "_")
        elif self.money.backed(event) < sent * _FULL:
            self._bounce(event, "bounced", "insufficient_funds")
        elif self._held_back(step):
            self._bounce(event, "held", "held_by_order")
        else:
            amount = step.amount if sent >= _FULL else round(step.amount * sent)
            self._lines[event] = amount
            self._note(step.of(amount))

    def _note(self, step: Step) -> None:
        """Take note of what a row does to balances; orders ahead hold of what came."""
        self._balances.note(step)
        if step.dst is not None and step.kind in _BRINGS and self.offices.waits(step.dst):
            self.offices.came(step.dst, step.amount, step.at, self._balances.there)

    def _bounce(self, event: Event, outcome: str, reason: str) -> None:
        self.money.bounce(event)
        self._outcomes[event], self._lines[event] = outcome, reason

    def _held_back(self, step: Step) -> bool:
        """Tell whether a payment would take what an order holds on its account."""
        if not self.offices.holds or step.kind != "settled" or step.src is None or step.dst in self.essential:
            return False
        held = self.offices.held(step.src)
        sure = step.event in self.money or self._balances.known(step.src)
        return held > 0 and sure and self._balances.there(step.src) - step.amount < held

    def _told_until(self, now: int) -> None:
        """Let victims' money move at institutions that tell afterwards."""
        while self._next_told < len(self.told) and self.told[self._next_told].at <= now:
            step = self.told[self._next_told]
            self._next_told += 1
            if step.line:
                self._settle(step)
            else:
                self._send(step.event)

    def _spoken(self, now: int) -> Iterator[pa.Table]:
        """Yield what is said, or released, until a moment, one by one."""
        while (due := self._next()) <= now:
            self._told_until(due)
            if self._waiting and self._waiting[0][0] == due:
                yield self._released(heappop(self._waiting)[2])
            elif (row := self.offices.speak(self._balances.there)) is not None:
                if row["kind"] == "returned":
                    self._note(_given_back(row, due))
                yield row_table(row | {"known_at": max(due, self._passed)})

    def _released(self, line: pa.Table) -> pa.Table:
        """Return the settlement of a payment whose delay is over, with what it does to balances."""
        for step in watched(line, self.money).steps:
            self._note(step)
        return line

    def _next(self) -> int:
        """Return when the next payment is released or the next official or institution speaks."""
        spoken = self.offices.next_due()
        return min(self._waiting[0][0] if self._waiting else _NEVER, _NEVER if spoken is None else spoken)

    def _due(self, rows: Watched, start: int, stop: int) -> int:
        """Return the same, with payments whose settlement stands among these rows and has to wait."""
        due = self._next()
        if self._delayed:
            places = range(bisect_left(rows.places, start), bisect_left(rows.places, stop))
            lines = (rows.steps[index].event for index in places if rows.steps[index].line)
            due = min((due, *(self._delayed[event] for event in lines if event in self._delayed)))
        return due

    def _given_up(self, event: Event) -> bool:
        return self.money.is_payment(event) and heeds(event)


def _given_back(row: Mapping[str, object], at: int) -> Step:
    """Return the step of money that an institution gives back to a victim."""
    src, dst = (each if isinstance(each, bytes) else None for each in (row["src"], row["dst"]))
    return Step("returned", (str(row["source"]), str(row["event_id"])), at, src, dst, int(str(row["amount"])))
