"""Ticks: time passes by events too, so that what ends by itself ends at the same place in every replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stanch.decide.docket import Acted
from stanch.engine.causes import Cause, notice, release
from stanch.engine.clock import Clock
from stanch.engine.line import Line
from stanch.model.decisions import Hold
from stanch.model.time import SECOND

#: A tick waits so long for events that happened before it and are still on their way.
GRACE: Final = 2 * SECOND


@dataclass(frozen=True, slots=True)
class Passed:
    """What a tick brought about: events of our own, payments that no longer wait, steps of orders."""

    causes: list[Cause]
    released: list[Hold]
    acted: list[Acted]


def next_end(line: Line) -> int | None:
    """Return when the next wait or order ends, or None."""
    ends = [end for end in (line.desk.next_end(), line.funds.next_end()) if end is not None]
    return min(ends, default=None)


def pass_time(line: Line, clock: Clock, tick: int) -> Passed:
    """Write a tick and end every wait and order that is over by then."""
    released = line.desk.expired(tick)
    stamps = range(tick + 1, tick + 1 + len(released))
    ends = [release(hold, stamp, line.names) for hold, stamp in zip(released, stamps, strict=True)]
    clock.advance(tick + len(released))
    return Passed([notice("tick", tick, line.names), *ends], released, line.funds.tick(tick))
