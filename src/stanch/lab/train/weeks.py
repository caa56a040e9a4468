"""Weeks: what is trained on, what is waited for and what is tested on, in that order and never mixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.lab.train.outcomes import Outcomes
from stanch.model.errors import ConfigError, InputError
from stanch.model.time import DAY, format_duration, to_datetime

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spans:
    """How long each part of a week is, in microseconds: whole days."""

    train: int
    delay: int
    test: int

    @property
    def all(self) -> int:
        """From the first moment of training to the last of testing."""
        return self.train + self.delay + self.test


@dataclass(frozen=True, slots=True)
class Week:
    """Moments (UTC microseconds): training is ``[train_from, train_to)``, testing ``[test_from, test_to)``."""

    train_from: int
    train_to: int
    test_from: int
    test_to: int

    def training(self, moments: Ints) -> Bools:
        """Whether each moment lies in the part that is trained on."""
        return (moments >= self.train_from) & (moments < self.train_to)


@dataclass(frozen=True, slots=True)
class Split:
    """Places among the outcomes' events: those trained on with what is known of them, and those tested on.

    ``fraud`` is what was known of the training events when the test began. ``removed`` counts test events left out
    because their card was known to be compromised by the start of that day.
    """

    train: Ints
    fraud: Bools
    test: Ints
    removed: int


def weeks_until(outcomes: Outcomes, spans: Spans, count: int, until: int | None) -> list[Week]:
    """Return ``count`` weeks, each test right after the one before, the last one ending at ``until``.

    Without ``until`` it is the last day whose outcomes the log can tell. Raises InputError where the log is too short.
    """
    if min(spans.train, spans.delay, spans.test) < DAY or any(s % DAY for s in (spans.train, spans.delay, spans.test)):
        raise ConfigError("--train, --delay and --test are whole days, such as 7d")
    moments = outcomes.column("as_of")
    end = last_day(outcomes, spans) if until is None else until
    first = end - (count - 1) * spans.test - spans.all
    if first < int(moments[0]) // DAY * DAY or end > last_day(outcomes, spans):
        raise InputError(
            f"{count} tests of {format_duration(spans.test)} with training and delay need events from {_date(first)} "
            f"to {_date(end)} and outcomes {format_duration(spans.delay)} longer; the log has "
            f"{_date(int(moments[0]))} to {_date(int(moments[-1]))}: take fewer or shorter weeks, or more files"
        )
    starts = [end - spans.all - k * spans.test for k in reversed(range(count))]
    return [Week(start, start + spans.train, start + spans.train + spans.delay, start + spans.all) for start in starts]


def last_day(outcomes: Outcomes, spans: Spans) -> int:
    """Return the end of the last day on which events happened whose outcomes the log could learn."""
    told = (outcomes.ends - spans.delay) // DAY + 1
    happened = int(outcomes.column("as_of")[-1]) // DAY + 1
    return int(min(told, happened)) * DAY


def split(outcomes: Outcomes, week: Week) -> Split:
    """Divide the events of one week."""
    moments, cards = outcomes.column("as_of"), outcomes.column("src")
    train = np.flatnonzero(week.training(moments))
    test, removed = [], 0
    for day in range(week.test_from, week.test_to, DAY):
        on_day = np.flatnonzero((moments >= day) & (moments < day + DAY))
        compromised = np.unique(cards[(moments >= week.train_from) & (outcomes.known < day)])
        kept = on_day[~np.isin(cards[on_day], compromised)]
        removed += len(on_day) - len(kept)
        test.append(kept)
    return Split(train, outcomes.known[train] < week.test_from, np.concatenate(test), removed)


def _date(moment: int) -> str:
    return to_datetime(moment).date().isoformat()
