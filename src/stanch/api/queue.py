"""What waits for the line: bounded for each key and taken in turns, so that a flood of one keeps no other out."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Condition
from time import monotonic
from typing import Final

from stanch.api.submission import Submission

#: Events of one key that are taken in a row while others wait.
TURN: Final = 64
#: Seconds after its last event in which a caller counts as calling.
_CALLING: Final = 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Events ``start`` to ``stop`` of a submission."""

    submission: Submission
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Share:
    """Events of a key in one group at most: while others call, and while nobody does."""

    few: int
    many: int


class Waiting:
    """Submissions by key, put in by the event loop and taken out by the line's thread; questions go first.

    ``shares`` are of keys that give way to the others, because nobody waits for their replies. What is whole is taken
    whole, though it goes beyond a turn or a share.
    """

    def __init__(self, per_key: int, shares: Mapping[str, Share] | None = None) -> None:
        self._per_key = per_key
        self._shares = shares or {}
        self._called = -_CALLING
        self._changed = Condition()
        self._lines: OrderedDict[str, deque[Submission]] = OrderedDict()
        self._counts: dict[str, int] = {}
        self._begun: dict[str, int] = {}  # events of a key's first submission that are taken already
        self._questions: deque[Callable[[], None]] = deque()
        self._closed = False
        self.events = 0

    def put(self, submission: Submission) -> bool:
        """Let a submission wait; False where its key has too many waiting already. Nothing is taken once closed."""
        owner, count = submission.owner, submission.count
        with self._changed:
            waiting = self._counts.get(owner, 0)
            if self._closed or (waiting and waiting + count > self._per_key):
                return False
            self._lines.setdefault(owner, deque()).append(submission)
            self._counts[owner] = waiting + count
            self.events += count
            if self._shares and owner not in self._shares:
                self._called = monotonic()
            self._changed.notify()
        return True

    def ask(self, question: Callable[[], None]) -> None:
        """Let something be run in the line's thread, between two groups."""
        with self._changed:
            self._questions.append(question)
            self._changed.notify()

    def close(self) -> None:
        """Take nothing more; what waits is still taken out."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @property
    def drained(self) -> bool:
        """Whether nothing waits and nothing will."""
        with self._changed:
            return self._closed and not self.events and not self._questions

    @property
    def calling(self) -> bool:
        """Whether others than those that give way have called of late."""
        return bool(self._shares) and monotonic() - self._called < _CALLING

    def wait(self, patience: float) -> bool:
        """Wait up to some seconds until there is something to take; return whether events wait."""
        with self._changed:
            if not self.events and not self._questions and not self._closed:
                self._changed.wait(patience)
            return self.events > 0

    def take(self, most: int) -> tuple[list[Piece], list[Callable[[], None]]]:
        """Return up to ``most`` events that wait, each key in its turn, and all questions."""
        with self._changed:
            questions = list(self._questions)
            self._questions.clear()
            pieces: list[Piece] = []
            room, left, over = most, self._left(), dict[str, deque[Submission]]()
            while room > 0 and self._lines:
                owner = next(iter(self._lines))
                allowed = min(room, left.get(owner, room))
                if allowed <= 0:
                    over[owner] = self._lines.pop(owner)
                    continue
                taken = self._turn(allowed, pieces)
                room -= taken
                if owner in left:
                    left[owner] -= taken
            self._lines.update(over)
            return pieces, questions

    def _left(self) -> dict[str, int]:
        """Return how many events each key that gives way may have in this group."""
        calling = self.calling
        return {owner: share.few if calling else share.many for owner, share in self._shares.items()}

    def _turn(self, room: int, pieces: list[Piece]) -> int:
        """Take the turn of the key that waits longest; return how many events it gave."""
        owner, line = next(iter(self._lines.items()))
        allowed = min(room, TURN if len(self._lines) > 1 else room)
        left = allowed
        while line and left > 0:
            submission, start = line[0], self._begun.pop(owner, 0)
            stop = submission.count if submission.whole else min(submission.count, start + left)
            pieces.append(Piece(submission, start, stop))
            left -= stop - start
            if stop < submission.count:
                self._begun[owner] = stop
            else:
                line.popleft()
        taken = allowed - left
        self.events -= taken
        self._counts[owner] -= taken
        if line:
            self._lines.move_to_end(owner)
        else:
            del self._lines[owner], self._counts[owner]
        return taken
