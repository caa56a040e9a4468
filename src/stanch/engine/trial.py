"""Trial: rules that decide beside those in force, on the same events. Nobody acts upon what they decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stanch.engine.accept import Door
from stanch.engine.arrivals import Arrivals
from stanch.engine.backtest import line_at, pass_ticks, redecide, sent_of, ticks_of
from stanch.engine.line import Line, Outcome
from stanch.engine.names import Names
from stanch.engine.rules import Rules
from stanch.model.decisions import Decision
from stanch.store.records import Records


@dataclass(slots=True)
class Trial:
    """Rules on trial and the line that they decide with."""

    version: str
    line: Line
    door: Door

    def decide(self, batch: Arrivals, ticks: Iterable[int] = ()) -> dict[int, Decision]:
        """Return what these rules decide on a batch that the line in force has resolved, by its rows.

        ``ticks`` are those that the log holds before it.
        """
        pass_ticks(self.line, self.door, ticks)
        if not len(batch):
            return {}
        copied = Arrivals(batch.rows.copy(), batch.carried, batch.keys, batch.bodies, batch.refs)
        return dict(_by_row(redecide(self.line, self.door, copied)))


def begin_trial(records: Records, rules: Rules, names: Names, since: int, secret: bytes) -> Trial:
    """Return rules on trial since the commit that ends with event ``since`` of a log, told all that came after it.

    ``names`` hold the log's names already; ``secret`` is that of the home's event ids. Costs a reading of the log.
    """
    line, door = line_at(records, rules, names, since, secret)
    trial = Trial(rules.hash, line, door)
    for block in records.blocks(since + 1):
        trial.decide(sent_of(block, names, secret), ticks_of(block, names))
    return trial


def _by_row(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, Decision]]:
    start = 0
    for outcome in outcomes:
        for row, decision in outcome.decisions.items():
            yield start + row, decision
        start += len(outcome.arrivals)
