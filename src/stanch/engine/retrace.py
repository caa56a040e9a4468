"""Retrace: a log decided again in memory by the versions of the rules that were in force, each in its time.

The log says which rules decided what: the same log and the same versions give the decisions that were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from itertools import takewhile

import msgspec
import numpy as np

from stanch.engine.accept import Door
from stanch.engine.backtest import line_at, names_of, pass_ticks, redecide, sent_of, stored, ticks_of
from stanch.engine.eras import renewed
from stanch.engine.line import Line, Outcome
from stanch.engine.restart import clock_of
from stanch.engine.rules import Rules, read_rules
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.model.kinds import RULE_ACTS
from stanch.store.records import Records
from stanch.store.rows import LogBlock


class Retraced(msgspec.Struct, frozen=True):
    """How a log compares with itself decided again: ``differ`` are places in the log, the first of them."""

    events: int
    decisions: int
    versions: int
    equal: bool
    differ: tuple[int, ...]


#: Places that a report names.
_NAMED = 10


def retrace(records: Records, until: int) -> Iterator[Outcome]:
    """Decide on the events of a log again, each by the rules that were in force; yields outcomes in log order.

    What ends after the event ``until`` is left out.
    """
    names, rules = names_of(records), cache(partial(_rules, {row.hash: row.body for row in records.policies()}))
    first = next(records.blocks(columns=()), None)
    if first is None:
        return
    now = first.policy
    line, door = line_at(records, rules(now), names, -1)
    for block in records.blocks(until=until):
        if block.policy != now:
            past = takewhile(partial(_before, block), records.blocks())
            line = renewed(line, rules(now), rules(block.policy), past)
            door.clock = clock_of(rules(block.policy), names).take_over(door.clock)
            now = block.policy
        _acted(line, door, block)
        pass_ticks(line, door, ticks_of(block, names))
        sent = sent_of(block, names)
        if len(sent):
            yield from redecide(line, door, sent)


def retraced(records: Records) -> Retraced:
    """Compare what was decided with what the versions in force decide again, byte for byte."""
    again: dict[int, bytes] = {}
    events, end = 0, records.last_seq()
    for outcome in retrace(records, end):
        events += len(outcome.arrivals)
        for row, decision in outcome.decisions.items():
            again[int(outcome.arrivals.rows[row, INDEX["seq"]])] = _bytes(decision)
    made = {place: _bytes(decision) for place, decision, _ in stored(records, end)}
    differ = sorted(place for place in again.keys() | made.keys() if again.get(place) != made.get(place))
    return Retraced(events, len(made), len(records.policies()), not differ, tuple(differ[:_NAMED]))


def _rules(bodies: Mapping[str, str], policy: str) -> Rules:
    return read_rules(bodies[policy])


def _before(block: LogBlock, other: LogBlock) -> bool:
    return other.first_seq < block.first_seq


def _acted(line: Line, door: Door, block: LogBlock) -> None:
    """Enter the acts about the rules that stand in a commit; they take a commit of their own."""
    rows = block.block.matrix()
    if np.isin(rows[:, INDEX["kind"]], line.names.known(RULE_ACTS)).any():
        door.clock.advance(int(rows[-1, INDEX["as_of"]]))
        for row in rows:
            line.journal.enter(row)


def _bytes(decision: Decision) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(decision, row=0))
