"""Ticks: time passes by events too, so that what ends by itself ends at the same place in every replay."""

from __future__ import annotations

from stanch.engine.causes import Cause, notice, release
from stanch.engine.clock import Clock
from stanch.engine.line import Line
from stanch.model.decisions import Hold


def pass_time(line: Line, clock: Clock, tick: int) -> tuple[list[Cause], list[Hold]]:
    """Write a tick and end every wait that is over by then; return the events of it, and what was released."""
    released = line.desk.expired(tick)
    stamps = range(tick + 1, tick + 1 + len(released))
    ends = [release(hold, stamp, line.names) for hold, stamp in zip(released, stamps, strict=True)]
    clock.advance(tick + len(released))
    return [notice("tick", tick, line.names), *ends], released
