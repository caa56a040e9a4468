"""A stream's life: the source is waited for, read until somebody stops it or its end is reached, and left in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

import msgspec

from stanch.engine.asked import answer_all
from stanch.engine.home import Home
from stanch.engine.ticks import GRACE
from stanch.engine.warming import warm
from stanch.exchange.config import load_config
from stanch.stream.config import Stream, StreamConfig
from stanch.stream.drawing import Drawer
from stanch.stream.offsets import Spot
from stanch.stream.pump import Counts, Pump
from stanch.stream.reader import Reader
from stanch.stream.sending import Sending
from stanch.stream.source import Source
from stanch.stream.told import Told

#: Seconds until an idle stream looks at the clock again.
_PATIENCE: Final = 0.25
#: Seconds in which more may come together while the disk is idle: what is there already is there at once.
AT_ONCE: Final = 0.002
#: Seconds between two looks at how far behind we are, and between two lines of the log about it.
_SHOW_EVERY: Final = 5.0
_TELL_EVERY: Final = 60.0
#: Seconds between two looks at what is asked about the rules.
_ASK_EVERY: Final = 0.25


class State(msgspec.Struct, frozen=True):
    """How a stream is: what it did, messages of each partition still to take, whether the broker is away.

    ``heard`` is when the broker last answered (``time.monotonic``), None before it did; ``failed`` says what somebody
    must mend.
    """

    counts: Counts
    lags: dict[Spot, int] = {}
    away: bool = False
    sent: int = 0
    failed_to_send: int = 0
    dead: int = 0
    heard: float | None = None
    failed: str | None = None


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
        live, pump = stream.config.clock == "wall", Pump(home)
        pump.start(stream, live=live)
        drawer = Drawer(home.intake, stream, life.now if live else None)
        steps = Steps(home, pump, Drawing(Reader(source, stream), drawer), stream.config, life.now)
        _pump(steps, source, life, lambda: _state(pump, source.lags(), source, sending))
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
    tell(life.log, state)
    return state


class Drawing(NamedTuple):
    """Where events come from: what reads them, and what makes them ready."""

    reader: Reader
    drawer: Drawer


class Steps:
    """The way of a stream that has its home to itself: read, decide, save the state now and then."""

    def __init__(self, home: Home, pump: Pump, drawing: Drawing, config: StreamConfig, now: Callable[[], int]) -> None:
        self._home = home
        self._pump = pump
        self._reader, self._drawer = drawing
        self._config = config
        self._now = now
        self._since_snapshot = 0
        self._asked = 0.0

    def begin(self) -> None:
        """Note in the log where new partitions begin, before anything of them is read."""
        self._pump.note(self._reader.marks())

    def step(self) -> None:
        """Take what has come, decide on it, and let it be saved."""
        config, home = self._config, self._home
        busy = home.saved is not None and not home.saved.done()
        gather = config.wait_ms / 1000
        portions = self._reader.take(config.most, _PATIENCE, gather if busy else min(gather, AT_ONCE))
        self._pump.note(self._reader.marks())
        if config.clock == "wall":
            home.pass_time(self._now() - GRACE)
        if portions:
            outcomes = self._pump.decide(self._drawer.draw(portions))
            self._since_snapshot += sum(len(outcome.arrivals) for outcome in outcomes)
        if home.saved is not None and home.saved.done():
            home.saved.result()  # a commit that failed ends this home
        if self._since_snapshot >= config.snapshot_every:
            self._save()
        if time.monotonic() - self._asked >= _ASK_EVERY:  # though nothing comes
            self._asked = time.monotonic()
            answer_all(home)

    @property
    def pending(self) -> bool:
        """Whether something that was taken is still to be decided."""
        return self._reader.pending

    def finish(self) -> None:
        """Wait until all is on the disk, and save the state."""
        self._home.finish()
        if self._since_snapshot:
            self._save()

    def _save(self) -> None:
        self._home.snapshot()
        self._since_snapshot = 0


def _pump(steps: Steps, source: Source, life: Life, state: Callable[[], State]) -> None:
    steps.begin()
    life.log.info("streaming", partitions=len(source.lags()))
    shown = told = time.monotonic()
    while not life.stopping.is_set() and not (life.until_end and not steps.pending and source.done()):
        steps.step()
        now = time.monotonic()
        if now - shown >= _SHOW_EVERY:
            found, shown = state(), now
            life.show(found)
            if now - told >= _TELL_EVERY:
                told = now
                tell(life.log, found)
    steps.finish()


def tell(log: Told, state: State) -> None:
    """Note how a stream is."""
    counts = state.counts
    log.info(
        "stream", messages=counts.messages, events=counts.events, refused=counts.refused + counts.aside,
        repeats=counts.repeats, lag=sum(state.lags.values()), sent=state.sent, given_up=state.dead,
    )  # fmt: skip


def _state(pump: Pump, lags: dict[Spot, int], source: Source, sending: Sending | None) -> State:
    sent = (0, 0, 0) if sending is None else (sending.taken, sending.failed, sending.dead)
    counts = msgspec.structs.replace(pump.counts)
    return State(counts, lags, source.away, *sent, source.heard)
