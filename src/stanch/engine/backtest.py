"""Backtest: a log decided again in memory under other rules, and what that would have changed. Nothing is saved.

The events keep their order; the clock, the ticks, what decisions cause and what ends by itself follow from the rules,
as they would have in a home of those rules from the start, or in this one had they come into force at some event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

import msgspec
import numpy as np

from stanch.decide.judges import strongest_reason
from stanch.engine.accept import Door
from stanch.engine.arrivals import CARRIED, Arrivals
from stanch.engine.clock import tick_after
from stanch.engine.decisions import read_decided
from stanch.engine.eras import eras_of
from stanch.engine.line import Line, Outcome, step
from stanch.engine.names import OURSELVES, Names
from stanch.engine.restart import ceiling_of, clock_of, column_of, recall
from stanch.engine.rules import Rules
from stanch.engine.ticks import next_end, pass_time
from stanch.engine.wiring import make_line
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.model.time import AS_OF_STEP
from stanch.store.digests import string_digests
from stanch.store.idempotency import Known
from stanch.store.records import Records
from stanch.store.rows import LogBlock
from stanch.typologies.catalogue import Catalogue

#: Examples that a report tells, the most serious changes first.
_EXAMPLES: Final = 10
#: References need only meet each other within one run.
ANY_KEY: Final = bytes(16)
_BATCH: Final = 4096
_NOWHERE: Final = 2**62


class Change(msgspec.Struct, frozen=True):
    """One event on which the rules differ; the reasons are those of its strongest finding, if any."""

    event_id: str
    source: str
    kind: str
    before: str
    after: str
    reason_before: str | None
    reason_after: str | None


class BacktestReport(msgspec.Struct, frozen=True):
    """What other rules would change. ``changed`` counts events by ``before -> after``; findings by typology.

    ``before`` and ``after`` count the events that got each step, other than to pass.
    """

    events: int
    same: int
    before: dict[str, int]
    after: dict[str, int]
    changed: dict[str, int]
    appeared: dict[str, int]
    disappeared: dict[str, int]
    examples: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one side said about one event that something was found on."""

    action: str
    typologies: frozenset[str]
    reason: str


@dataclass(slots=True)
class _Side:
    """The answers of one side, by the event's place in the log."""

    events: int = 0
    answers: dict[int, _Answer] = field(default_factory=dict)


def rerun(records: Records, rules: Rules, since: int = 0, until: int | None = None) -> Iterator[Outcome]:
    """Decide on the events of a log again, in memory, under given rules, from the commit that begins at ``since`` on.

    What came before was decided as it was. Yields outcomes in log order; ``seq`` in their rows is the place that the
    event has in the log. What comes meanwhile, or after ``until``, is not decided.
    """
    end = records.last_seq() if until is None else until
    names = names_of(records)
    line, door = line_at(records, rules, names, since - 1)
    for block in records.blocks(since, until=end):
        pass_ticks(line, door, ticks_of(block, names))
        sent = sent_of(block, names)
        if len(sent):
            yield from redecide(line, door, sent)


def names_of(records: Records) -> Names:
    """Return the names of a log."""
    names = Names()
    for block in records.blocks(columns=()):
        names.load(block.block.new_entities, list(block.block.new_symbols))
    return names


def line_at(records: Records, rules: Rules, names: Names, until: int, secret: bytes = ANY_KEY) -> tuple[Line, Door]:
    """Return a line of given rules as it would stand after the event ``until``, the last of its commit."""
    line = make_line(rules, names)
    door = Door(Known(), clock_of(rules, names), ceiling_of(line))
    past = takewhile(lambda block: block.last_seq <= until, records.blocks())
    recall(line, door, past, eras_of(records, rules), (secret, _NOWHERE))
    return line, door


def backtest(records: Records, new: Rules, old: Rules | None = None, since: int = 0) -> BacktestReport:
    """Compare what new rules would decide on a log with what old ones would, or without them with what was decided.

    With ``since``, where a commit begins, only from there on, as if the new rules had come into force there.
    """
    span = (since, records.last_seq())
    before = _stored(records, span) if old is None else _said(records, old, span)
    after = _said(records, new, span)
    places = sorted(before.answers.keys() | after.answers.keys())
    differ = [p for p in places if _action(before, p) != _action(after, p)]
    changed = Counter(f"{_action(before, p)} -> {_action(after, p)}" for p in differ)
    return BacktestReport(
        after.events, after.events - len(differ), _steps(before), _steps(after), dict(changed.most_common()),
        _more(after, before), _more(before, after), tuple(_examples(records, before, after, differ)),
    )  # fmt: skip


def stored(records: Records, until: int | None = None) -> Iterator[tuple[int, Decision, Catalogue]]:
    """Yield the decisions of a log: the event's place, what was decided, and the catalogue it rests on."""
    for decided in read_decided(records, until):
        for row, decision in sorted(decided.decisions.items()):
            yield int(decided.rows[row, INDEX["seq"]]), decision, decided.rules.catalogue


def redecide(line: Line, door: Door, sent: Arrivals) -> Iterator[Outcome]:
    """Decide on events of one commit again, in memory; they get new stamps."""
    door.clock.begin(sent.rows)
    for stamped in door.batches(sent, _BATCH, lambda: next_end(line)):
        if stamped.tick is not None:
            for cause in pass_time(line, door.clock, stamped.tick).causes:
                line.journal.enter(cause.row)
        yield step(line, stamped.batch)


def ticks_of(block: LogBlock, names: Names) -> list[int]:
    """Return the ticks of one commit; they stand first in it."""
    rows = block.block.matrix()
    ticks: list[int] = rows[rows[:, INDEX["kind"]] == names.words.code("tick"), INDEX["as_of"]].tolist()
    return ticks


def pass_ticks(line: Line, door: Door, ticks: Iterable[int]) -> None:
    """Let time pass as it did where nothing came: a tick stands in the log before an event older than it.

    Where an event passed it, it would come by itself.
    """
    for tick in ticks:
        while (due := next_end(line)) is not None and tick_after(due) <= tick:
            for cause in pass_time(line, door.clock, door.clock.tick(due)).causes:
                line.journal.enter(cause.row)
        door.clock.reach(tick - AS_OF_STEP)  # under other rules there may be no tick here


def sent_of(block: LogBlock, names: Names, secret: bytes = ANY_KEY) -> Arrivals:
    """Return the events of one commit that senders reported. They are known to be new: they need no identity."""
    rows = block.block.matrix()
    places = np.flatnonzero(rows[:, INDEX["source"]] != names.words.code(OURSELVES))
    carried = {name: column_of(block, name, len(rows)) for name in CARRIED}
    nobody = np.zeros((len(rows), 2), dtype=np.uint64)
    refs = string_digests(carried["ref"], secret)
    return Arrivals(rows, carried, nobody, nobody[:, 0], refs).pick(places)


def _said(records: Records, rules: Rules, span: tuple[int, int]) -> _Side:
    side = _Side()
    for outcome in rerun(records, rules, *span):
        side.events += len(outcome.arrivals)
        for row, decision in outcome.decisions.items():
            place = int(outcome.arrivals.rows[row, INDEX["seq"]])
            side.answers[place] = _answer(decision, rules.catalogue)
    return side


def _stored(records: Records, span: tuple[int, int]) -> _Side:
    decided = (each for each in stored(records, span[1]) if each[0] >= span[0])
    return _Side(answers={place: _answer(decision, catalogue) for place, decision, catalogue in decided})


def _steps(side: _Side) -> dict[str, int]:
    return dict(Counter(answer.action for answer in side.answers.values() if answer.action != "allow").most_common())


def _answer(decision: Decision, catalogue: Catalogue) -> _Answer:
    typologies = frozenset(finding.typology for finding in decision.findings)
    return _Answer(decision.action, typologies, strongest_reason(decision, catalogue))


def _action(side: _Side, place: int) -> str:
    answer = side.answers.get(place)
    return "allow" if answer is None else answer.action


def _more(side: _Side, other: _Side) -> dict[str, int]:
    """Count the findings that one side has and the other has not."""
    found: Counter[str] = Counter()
    for place, answer in side.answers.items():
        found.update(answer.typologies - (other.answers[place].typologies if place in other.answers else frozenset()))
    return dict(sorted(found.items()))


def _examples(records: Records, before: _Side, after: _Side, differ: list[int]) -> Iterator[Change]:
    """Tell one example of each change in turn, until there are enough."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for place in differ:
        kinds.setdefault((_action(before, place), _action(after, place)), []).append(place)
    rounds = max((len(places) for places in kinds.values()), default=0)
    picked = [places[n] for n in range(min(rounds, _EXAMPLES)) for places in kinds.values() if n < len(places)]
    wanted = set(picked[:_EXAMPLES])
    for decided in read_decided(records):
        places = decided.rows[:, INDEX["seq"]].tolist()
        for row in (row for row, place in enumerate(places) if place in wanted):
            old, new = before.answers.get(places[row]), after.answers.get(places[row])
            yield Change(
                decided.ids()[row], decided.words("source")[row] or "", decided.words("kind")[row] or "",
                _action(before, places[row]), _action(after, places[row]),
                None if old is None else old.reason, None if new is None else new.reason,
            )  # fmt: skip
