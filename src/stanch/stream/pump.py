"""The pump: events of messages through the line of a home, their offsets in the transaction of what they caused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import wait

import msgspec

from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.model.schema import TAKEN_SCHEMA
from stanch.stream.config import Stream
from stanch.stream.drawing import Drawn
from stanch.stream.offsets import as_progress


class Counts(msgspec.Struct):
    """What a stream did since it was started."""

    messages: int = 0
    events: int = 0
    found: int = 0
    refused: int = 0
    left_out: int = 0
    repeats: int = 0
    aside: int = 0
    late: int = 0


class Pump:
    """Decides on what was drawn. One owner: who owns the home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.counts = Counts()

    def start(self, stream: Stream, *, live: bool) -> None:
        """Tell the clock how it may be moved by those who send; ``live``: we say when we learned of an event."""
        door, names = self._home.door, self._home.line.names
        if live:
            door.clock.trust()
        for source, jump in stream.jumps.items():
            door.clock.may_jump(names.words.code(source), jump)

    def note(self, marks: Mapping[str, str]) -> None:
        """Note marks in the log; they are on the disk when this returns."""
        if marks:
            self._home.decide(self._home.read(TAKEN_SCHEMA.empty_table()), progress=marks)
            if self._home.saved is not None:
                wait([self._home.saved])
                self._home.saved.result()

    def decide(self, drawn: Drawn) -> Sequence[Outcome]:
        """Decide on events, and let them be saved with how far was read; return what goes into the log."""
        before = self._at_door()
        outcomes = self._home.decide(self._home.arrive(drawn.table), progress=as_progress(drawn.marks))
        self._count(drawn, outcomes, before)
        return outcomes

    def _at_door(self) -> tuple[int, int, int]:
        """Return what the door has counted so far: repeats, events set aside, late ones. Others come through it too."""
        refusals = self._home.door.refusals
        aside = refusals.conflicts + refusals.leaps + refusals.too_old + refusals.beyond
        return refusals.known, aside, self._home.door.clock.late

    def _count(self, drawn: Drawn, outcomes: Sequence[Outcome], before: tuple[int, int, int]) -> None:
        counts = self.counts
        counts.messages += drawn.messages
        counts.refused += drawn.refused
        counts.left_out += drawn.left_out
        counts.events += sum(len(outcome.arrivals) for outcome in outcomes)
        counts.found += sum(len(outcome.decisions) for outcome in outcomes)
        repeats, aside, late = (now - then for now, then in zip(self._at_door(), before, strict=True))
        counts.repeats, counts.aside, counts.late = counts.repeats + repeats, counts.aside + aside, counts.late + late
