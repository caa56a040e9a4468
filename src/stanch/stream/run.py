"""A stream's life: the source is waited for, read until somebody stops it or its end is reached, and left in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final

import msgspec

from stanch.engine.asked import answer_all
from stanch.engine.home import Home
from stanch.engine.warming import warm
from stanch.exchange.config import load_config
from stanch.stream.config import Stream
from stanch.stream.offsets import Spot
from stanch.stream.pump import Counts, Pump
from stanch.stream.sending import Sending
from stanch.stream.source import Source, Told

#: Seconds between two looks at how far behind we are, and between two lines of the log about it.
_SHOW_EVERY: Final = 5.0
_TELL_EVERY: Final = 60.0
#: Seconds between two looks at what is asked about the rules.
_ASK_EVERY: Final = 0.25


class State(msgspec.Struct, frozen=True):
    """How a stream is: what it did, messages of each partition still to take, whether the broker is away."""

    counts: Counts
    lags: dict[Spot, int]
    away: bool
    sent: int = 0
    failed: int = 0
    dead: int = 0


class Life(msgspec.Struct, frozen=True):
    """How a stream is to live: until when, what it tells, and by which clock (UTC microseconds)."""

    stopping: Event
    log: Told
    show: Callable[[State], None]
    now: Callable[[], int]
    until_end: bool = False
    accept_gap: bool = False
    keys: Path | None = None


def run(home: Home, stream: Stream, life: Life) -> State:
    """Decide on what comes until ``stopping`` is set, or what the broker had at the start is decided; return the end.

    Raises ConfigError for a topic that is not there, StoreError where the home fails or messages are gone.
    """
    warm(home.rules, home.scorer)
    sending = None
    if stream.config.send is not None:
        sending = Sending(home, load_config(Path(stream.config.send)), life.keys, life.log, life.now)
    source = Source(stream.config, life.log, accept_gap=life.accept_gap)
    try:
        if sending is not None:
            sending.start()
        source.start(home.records.progress(), life.stopping)
        pump = Pump(home, source, stream, life.now)
        _pump(home, pump, source, life, lambda: _state(pump, source.lags(), source, sending))
        lags = source.lags()
    finally:
        try:
            home.finish()
        finally:
            if sending is not None:
                sending.stop()
            source.close()
    state = _state(pump, lags, source, sending)
    life.show(state)
    _tell(life.log, state)
    return state


def _pump(home: Home, pump: Pump, source: Source, life: Life, state: Callable[[], State]) -> None:
    pump.start()
    life.log.info("streaming", partitions=len(source.lags()))
    shown = told = asked = time.monotonic()
    while not life.stopping.is_set() and not (life.until_end and source.done()):
        pump.step()
        now = time.monotonic()
        if now - asked >= _ASK_EVERY:  # though nothing comes
            asked = now
            answer_all(home)
        if now - shown >= _SHOW_EVERY:
            found, shown = state(), now
            life.show(found)
            if now - told >= _TELL_EVERY:
                told = now
                _tell(life.log, found)
    pump.finish()


def _tell(log: Told, state: State) -> None:
    counts = state.counts
    log.info(
        "stream", messages=counts.messages, events=counts.events, refused=counts.refused + counts.aside,
        repeats=counts.repeats, lag=sum(state.lags.values()), sent=state.sent, given_up=state.dead,
    )  # fmt: skip


def _state(pump: Pump, lags: dict[Spot, int], source: Source, sending: Sending | None) -> State:
    sent = (0, 0, 0) if sending is None else (sending.taken, sending.failed, sending.dead)
    counts = msgspec.structs.replace(pump.counts)
    return State(counts, lags, source.away, *sent)
