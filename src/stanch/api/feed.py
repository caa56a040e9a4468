"""The feed: the topics of a stream as one more caller of the line, beside those that call over HTTP.

A thread reads them, makes events of them and lets these wait like everybody's; the line's thread decides on them, a
share of each group. How far was read is saved with what it caused: a home that is opened again goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Event, Thread
from typing import Final, TypeVar

import msgspec

from stanch.api.line_thread import LineThread, wall_clock
from stanch.api.logs import Log
from stanch.api.queue import Piece
from stanch.api.settings import Settings
from stanch.api.submission import Reply, Submission
from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.model.errors import StanchError
from stanch.stream.config import Stream
from stanch.stream.drawing import Drawer, Drawn
from stanch.stream.offsets import Spot
from stanch.stream.portions import Portions
from stanch.stream.pump import Counts, Pump
from stanch.stream.reader import Reader
from stanch.stream.run import AT_ONCE, State, tell
from stanch.stream.source import Source

_Found = TypeVar("_Found")

#: The stream among the keys that wait; no key has such an id.
OWNER: Final = "(stream)"
#: Events of the stream in one group: while others call, and while nobody does.
FEW: Final = 128
MANY: Final = 1024
#: Events that are read ahead of the line.
_AHEAD: Final = 2 * MANY
#: Seconds until an idle reader looks whether it is to end.
_PATIENCE: Final = 0.25
#: Seconds between two attempts after something that somebody must mend, growing to the last one.
_AGAIN: Final = (1.0, 5.0, 30.0)
#: Seconds between two looks at how far behind we are, and between two lines of the log about it.
_LOOK_EVERY: Final = 1.0
_TELL_EVERY: Final = 60.0


class Fed(Submission):
    """Events of messages that wait for the line. Nobody waits for replies to them."""

    awaited = False
    whole = True

    __slots__ = ("drawn", "tap")

    def __init__(self, tap: Tap, drawn: Drawn, count: int) -> None:
        super().__init__(OWNER, "", (), lambda: None)
        self.tap = tap
        self.drawn = drawn
        self.count = count

    def reply(self, start: int, replies: Sequence[Reply]) -> None:
        """Nobody is told: what was not saved is read again."""


class Feed:
    """The stream of a server, whatever becomes of its home and its broker."""

    def __init__(self, stream: Stream, line: LineThread, settings: Settings, log: Log) -> None:
        self.stream = stream
        self.line = line
        self.log = log
        self.accept_gap = settings.accept_gap
        self.now = wall_clock if settings.clock == "wall" else None
        self.stopping = False
        self._taps: list[Tap] = []

    def tap(self, home: Home) -> Tap:
        """Return what reads into an open home; in the line's thread."""
        self._taps = [tap for tap in self._taps if tap.running]
        self._taps.append(Tap(self, home))
        return self._taps[-1]

    def stop(self) -> None:
        """Read no more; what waits is still decided."""
        self.stopping = True
        for tap in self._taps:
            tap.stop()

    def join(self) -> None:
        """Wait until every thread has ended."""
        for tap in self._taps:
            tap.join()

    @property
    def state(self) -> State:
        """How the stream is now, as far as is known without asking the broker."""
        return self._taps[-1].state if self._taps else State(Counts())


class Tap:
    """A stream into one open home: a thread that reads, and what the line's thread decides."""

    def __init__(self, feed: Feed, home: Home) -> None:
        self._feed = feed
        self._home = home
        self._pump = Pump(home)
        self._progress: dict[str, str] | None = home.records.progress()
        self._thread = Thread(target=self._run, name="stanch-stream")
        self._stopping = Event()
        self._changed = Condition()
        self._ahead = 0  # events that wait for the line
        self._source: Source | None = None
        self._lags: dict[Spot, int] = {}
        self._failed: str | None = None
        self._looked = self._told = 0.0

    def start(self) -> None:
        """Begin to read; in the line's thread, which owns the home."""
        self._pump.start(self._feed.stream, live=self._feed.now is not None)
        if not self._feed.stopping:
            self._told = time.monotonic()
            self._thread.start()

    def stop(self) -> None:
        """Read no more. The thread ends by itself."""
        self._stopping.set()
        with self._changed:
            self._changed.notify()

    def join(self) -> None:
        """Wait until the thread has ended."""
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def running(self) -> bool:
        """Whether the thread is to be waited for."""
        return self._thread.is_alive()

    @property
    def state(self) -> State:
        """How the stream is."""
        source, counts = self._source, msgspec.structs.replace(self._pump.counts)
        away, heard = (False, None) if source is None else (source.away, source.heard)
        return State(counts, self._lags, away, heard=heard, failed=self._failed)

    def decide(self, pieces: Sequence[Piece]) -> Sequence[Outcome]:
        """Decide on what waited; in the line's thread. What an earlier home was fed is read again, and left here."""
        waited = [piece.submission for piece in pieces]
        mine = [fed for fed in waited if isinstance(fed, Fed) and fed.tap is self]
        outcomes = [outcome for fed in mine for outcome in self._pump.decide(fed.drawn)]
        with self._changed:
            self._ahead -= sum(fed.count for fed in mine)
            self._changed.notify()
        return outcomes

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self._read()
            except Exception as error:  # noqa: BLE001 the outermost loop: HTTP goes on, the log says what
                if self._stopping.is_set():
                    return
                failures = 0 if self._failed is None else failures + 1
                self._failed = str(error) if isinstance(error, StanchError) else type(error).__name__
                again = _AGAIN[min(failures, len(_AGAIN) - 1)]
                self._feed.log.error("stream_failed", reason=self._failed, again_in=again)
                self._progress = None
                self._stopping.wait(again)

    def _read(self) -> None:
        """Read until it is to end. Raises what somebody must mend: no such topic, messages that are gone."""
        feed = self._feed
        progress = self._saved() if self._progress is None else self._progress
        source = self._source = Source(feed.stream.config, feed.log, accept_gap=feed.accept_gap)
        try:
            source.start(progress, self._stopping)
            reader, drawer = Reader(source, feed.stream), Drawer(self._home.intake, feed.stream, feed.now)
            self._note(reader.marks())
            self._failed = None
            self._look(source)
            feed.log.info("streaming", partitions=len(self._lags))
            while not self._stopping.is_set():
                portions = reader.take(self._room(), _PATIENCE, AT_ONCE)
                self._note(reader.marks())
                if portions:
                    self._put(Fed(self, drawer.draw(portions), Portions(portions).count))
                self._look(source)
        finally:
            source.close()

    def _room(self) -> int:
        """Return how many events are to be read next. While others call, the next bite waits for the one before."""
        calling = self._feed.line.waiting.calling
        with self._changed:
            while calling and self._ahead and not self._stopping.is_set():
                self._changed.wait(_PATIENCE)
        return FEW if calling else MANY

    def _put(self, fed: Fed) -> None:
        """Let events wait for the line, as soon as not too many do. Once the line takes no more they stay unread."""
        with self._changed:
            while self._ahead and self._ahead + fed.count > _AHEAD and not self._stopping.is_set():
                self._changed.wait(_PATIENCE)
            self._ahead += fed.count
        while not self._stopping.is_set():
            if self._feed.line.waiting.put(fed):
                return
            self._stopping.wait(_PATIENCE)  # it is closed, or its bound is a small one

    def _note(self, marks: Mapping[str, str]) -> None:
        if marks:
            self._ask(lambda: self._pump.note(marks))

    def _saved(self) -> dict[str, str]:
        """Return how far was read, once everything that was given to the line is saved."""
        with self._changed:
            while self._ahead and not self._stopping.is_set():
                self._changed.wait(_PATIENCE)

        def progress() -> dict[str, str]:
            self._home.finish()
            return self._home.records.progress()

        return self._ask(progress)

    def _ask(self, question: Callable[[], _Found]) -> _Found:
        """Let the line's thread do something with our home. Raises StanchError where it is closed."""

        def asked(home: Home) -> _Found:
            if home is not self._home:
                raise StanchError("the home was opened again")
            return question()

        answer = self._feed.line.ask(asked)
        while not self._stopping.is_set():
            try:
                return answer.result(_PATIENCE)
            except TimeoutError:
                continue
        raise StanchError("the stream is to end")

    def _look(self, source: Source) -> None:
        """See how far behind we are, and tell it now and then."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_EVERY:
            self._lags, self._looked = source.lags(), now
        if now - self._told >= _TELL_EVERY:
            self._told = now
            tell(self._feed.log, self.state)
