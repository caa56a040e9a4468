"""The thread of the line: opens the home, decides what waits group by group, lets time pass, ends when drained."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final, Protocol, TypeVar

from stanch.api.groups import Counts, Groups
from stanch.api.logs import Log
from stanch.api.problems import ApiError, problem_of
from stanch.api.queue import Piece, Waiting
from stanch.api.settings import Settings
from stanch.api.submission import Reply
from stanch.engine.asked import answer_all
from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.engine.rules import Rules
from stanch.engine.ticks import GRACE
from stanch.engine.warming import warm
from stanch.model.errors import StanchError

_Found = TypeVar("_Found")

#: Seconds until an idle line looks at the clock again.
_PATIENCE: Final = 0.25
#: From so many events on the next group is decided while the one before is still being written.
_GATHERED: Final = 128
#: Seconds between two looks at what is asked about the rules.
_LOOK_EVERY: Final = 0.25
#: Seconds after which a home that failed is opened again, growing to the last one.
_AGAIN: Final = (0.2, 1.0, 5.0)


def wall_clock() -> int:
    """Return the wall clock in UTC microseconds."""
    return time.time_ns() // 1_000


class Tapped(Protocol):
    """What reads events of its own into an open home; ``decide`` and ``start`` are called in the line's thread."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """Read no more."""

    def decide(self, pieces: Sequence[Piece]) -> Sequence[Outcome]:
        """Decide on what it let wait."""


class LineThread:
    """Owns the home while the server runs. When the store fails, who waits is told, and the home is opened again."""

    def __init__(self, open_home: Callable[[], Home], waiting: Waiting, settings: Settings, log: Log) -> None:
        self._open = open_home
        self._settings = settings
        self._log = log
        self._thread = Thread(target=self._run, name="stanch-line")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._since_snapshot = 0
        self._rules: Rules | None = None  # those that the log was last told of
        self._look_at = 0.0
        self._broken: Exception | None = None  # what a question did to the home
        self.waiting = waiting
        self.counts = Counts()
        self.home: Home | None = None  # None while it is being opened
        self.groups: Groups | None = None
        self.ended = Event()
        self.commits: Callable[[int, int], None] | None = None
        self.follow: Callable[[Home], AbstractContextManager[object]] = nullcontext  # what goes along with a home
        self.tap: Callable[[Home], Tapped] | None = None  # what reads beside the callers, into a home
        self._tap: Tapped | None = None
        self.failed: str | None = None  # why the line cannot go on at all

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; replies are handed out in this event loop."""
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Finish what was taken, save the state, and end."""
        self.waiting.close()
        self._thread.join()

    def ask(self, question: Callable[[Home], _Found]) -> Future[_Found]:
        """Run a question in the line's thread, between two groups."""
        answer: Future[_Found] = Future()

        def run() -> None:
            if not answer.set_running_or_notify_cancel():
                return  # who asked has gone
            try:
                if self.home is None:
                    raise ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
                answer.set_result(question(self.home))
            except StanchError as error:
                answer.set_exception(error)
            except Exception as error:  # noqa: BLE001 who asked is told, then the home is opened anew
                answer.set_exception(error)
                self.home, self._broken = None, error

        self.waiting.ask(run)
        return answer

    def _run(self) -> None:
        failures = 0
        try:
            while not self.waiting.drained:
                try:
                    self._work()
                    failures = 0
                except Exception as error:  # noqa: BLE001 the outermost loop: who waits is told, the log says what
                    self.home = self.groups = None
                    told = error if isinstance(error, StanchError) else StanchError(type(error).__name__)
                    self._log.error("line_failed", reason=str(told), where=_where(error))
                    self._refuse_waiting(told)
                    time.sleep(_AGAIN[min(failures, len(_AGAIN) - 1)])
                    failures += 1
        except BaseException as error:
            self.failed = f"{type(error).__name__}: {error}"
            self._log.error("line_ended", reason=self.failed)
            self.home = self.groups = None
            self.waiting.close()
            self._refuse_waiting(StanchError("the line has ended"))
            raise
        finally:
            self.ended.set()

    def _work(self) -> None:
        with self._open() as home, self.follow(home):
            warm(home.rules, home.scorer)
            if self.commits is not None:
                home.written.append(self.commits)
            now = wall_clock if self._settings.clock == "wall" else None
            groups = Groups(home, self.counts, now)
            self.home, self.groups, self._rules = home, groups, home.rules
            self._since_snapshot = home.beyond_snapshot
            self._log.info("ready", next_seq=home.records.last_seq() + 1, rules=home.rules.hash[:12])
            with self._tapped(home):
                while not self.waiting.drained:
                    self._step(home, groups)
            self.home = self.groups = None
            home.finish()
            if self._since_snapshot:
                home.snapshot()

    @contextmanager
    def _tapped(self, home: Home) -> Iterator[None]:
        if self.tap is None:
            yield
            return
        self._tap = tap = self.tap(home)
        tap.start()
        try:
            yield
        finally:
            tap.stop()

    def _step(self, home: Home, groups: Groups) -> None:
        self._let_gather(home)
        taken, questions = self.waiting.take(self._settings.group)
        pieces = taken if self._tap is None else [piece for piece in taken if piece.submission.awaited]
        replies: list[list[Reply]] = []
        try:
            self._between_groups(home, questions)
            with _saving(home, pieces):
                if self._settings.clock == "wall":
                    home.pass_time(wall_clock() - GRACE)
                if pieces:
                    replies = groups.decide(pieces)
        except Exception as error:  # the home is opened anew: what a group left half done must not stay
            self._fail(pieces, error)
            raise
        if pieces:
            self._send_when_saved(home, pieces, replies)
            groups.forget()
            self._snapshot_now_and_then(home, sum(map(len, replies)))
        if len(pieces) < len(taken):  # after those who wait for a reply, who need not wait for this
            self._decide_tapped(home, [piece for piece in taken if not piece.submission.awaited])
        if home.saved is not None and home.saved.done():
            home.saved.result()  # a commit that failed ends this home

    def _decide_tapped(self, home: Home, pieces: Sequence[Piece]) -> None:
        if self._tap is None:
            return
        with _saving(home, pieces):
            outcomes = self._tap.decide(pieces)
        for outcome in outcomes:
            self.counts.decided(outcome)
        self._snapshot_now_and_then(home, sum(len(outcome.arrivals) for outcome in outcomes))

    def _between_groups(self, home: Home, questions: Sequence[Callable[[], None]]) -> None:
        for question in questions:
            question()
        if self._broken is not None:
            error, self._broken = self._broken, None
            raise error
        self._look_at_rules(home)

    def _look_at_rules(self, home: Home) -> None:
        """Do what other processes ask about the rules, between two groups; the next group is followed by a snapshot."""
        if monotonic() >= self._look_at:
            answer_all(home)
            self._look_at = monotonic() + _LOOK_EVERY
        if home.rules is not self._rules:
            self._rules, self._since_snapshot = home.rules, self._settings.snapshot_every
            self._log.info("rules_changed", rules=home.rules.hash[:12])

    def _let_gather(self, home: Home) -> None:
        """Let more come together, up to a number: a larger group costs little more to decide.

        That is while the disk is busy, and until the event loop has taken in what has arrived already.
        """
        if home.saved is not None and not home.saved.done() and self.waiting.events < _GATHERED:
            wait([home.saved], _PATIENCE)
        if self.waiting.wait(_PATIENCE) and self.waiting.events < _GATHERED:
            self._let_arrive()

    def _let_arrive(self) -> None:
        """Wait until the event loop has been through everything that was ready, and has looked for more once."""
        loop, turned = self._loop, Event()
        if loop is not None:
            loop.call_soon_threadsafe(loop.call_soon, turned.set)
            turned.wait(_PATIENCE)

    def _send_when_saved(self, home: Home, pieces: Sequence[Piece], replies: Sequence[list[Reply]]) -> None:
        def saved(future: Future[None] | None) -> None:
            error = None if future is None else future.exception()
            if error is None:
                self._deliver(pieces, replies)
            else:
                self._fail(pieces, error)

        if home.saved is None:
            saved(None)
        else:
            home.saved.add_done_callback(saved)

    def _snapshot_now_and_then(self, home: Home, events: int) -> None:
        self._since_snapshot += events
        if self._since_snapshot >= self._settings.snapshot_every:
            home.snapshot_aside()
            self._since_snapshot = 0

    def _refuse_waiting(self, error: StanchError) -> None:
        pieces, questions = self.waiting.take(2**62)
        if pieces:
            self._fail(pieces, error)
        for question in questions:
            question()

    def _fail(self, pieces: Sequence[Piece], error: BaseException) -> None:
        problem = problem_of(error if isinstance(error, StanchError) else StanchError(str(error)))
        refusal = Reply(problem.status, b"", problem.code, str(problem))
        self._deliver(pieces, [[refusal] * (piece.stop - piece.start) for piece in pieces])

    def _deliver(self, pieces: Sequence[Piece], replies: Sequence[list[Reply]]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_hand_out, pieces, replies)


def _saving(home: Home, pieces: Sequence[Piece]) -> AbstractContextManager[None]:
    """Save a small group in this thread, where nothing else is on its way to the disk."""
    small = home.idle and sum(piece.stop - piece.start for piece in pieces) < _GATHERED
    return home.saving_here() if small else nullcontext()


def _where(error: BaseException) -> str:
    """Return the last place of our code in a traceback: file and line, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _hand_out(pieces: Sequence[Piece], replies: Sequence[list[Reply]]) -> None:
    for piece, told in zip(pieces, replies, strict=True):
        piece.submission.reply(piece.start, told)
