"""When a call began, was answered and ended, and how long people spoke: checked against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from stanch.model.errors import InputError

#: Clocks and rounding: a stated duration may exceed the times beside it by so many seconds.
TOLERANCE: Final = 2


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one record, seconds since 1970; None where the record has none."""

    seizure: int | None
    answer: int | None
    release: int | None
    event: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """A call or a part of one: begin and end in seconds since 1970, and the seconds that people spoke."""

    begin: int
    end: int
    spoken: int

    def joined(self, other: Self) -> Span:
        """Return both parts as one call."""
        return Span(min(self.begin, other.begin), max(self.end, other.end), self.spoken + other.spoken)


def span_of(times: Times, written: str | None) -> Span:
    """Return the span of a call record; ``written`` is its callDuration. Raises InputError where they disagree."""
    begin = times.seizure if times.seizure is not None else times.answer
    if begin is None:
        raise InputError("seizureTime and answerTime are empty or unreadable; one of them says when the call began")
    if times.release is None:
        raise InputError("releaseTime is empty or unreadable; send the record when the call has ended")
    if times.release < begin:
        raise InputError("releaseTime lies before the call began; correct the clock or the time zone of the record")
    if times.answer is not None and not begin <= times.answer <= times.release:
        raise InputError("answerTime lies outside the call; correct the record")
    return Span(begin, times.release, _spoken(times, begin, written))


def _spoken(times: Times, begin: int, written: str | None) -> int:
    release = times.release if times.release is not None else begin
    if written is None:
        return 0 if times.answer is None else release - times.answer
    if not (written.isascii() and written.isdigit()):
        raise InputError("callDuration is not a whole number of seconds; correct the record")
    if int(written) > release - begin + TOLERANCE:
        raise InputError("callDuration is longer than the time between seizure and release; correct the record")
    return int(written)
