"""How long a measure may last, as laws say it: hours, days, months, or to the end of a business day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from stanch.model.errors import ConfigError
from stanch.model.time import DAY, HOUR, MINUTE, to_datetime

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIXED: Final = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_WRITTEN: Final = re.compile(r"([1-9][0-9]{0,3})(m|h|d|w|mo|bd)")
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where days begin, and on which days nobody works beside Saturdays and Sundays."""

    zone: tzinfo = UTC
    holidays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether it is a business day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def day(self, at: int) -> date:
        """Return the local day of a moment (UTC microseconds)."""
        return to_datetime(at).astimezone(self.zone).date()

    def end_of(self, day: date) -> int:
        """Return the moment at which a local day is over."""
        return _micros(datetime.combine(day + timedelta(days=1), time(), self.zone))


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: ``count`` of ``unit`` m, h, d, w, mo (calendar months) or bd (business days)."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def end(self, at: int, calendar: Calendar) -> int:
        """Return when it is over for a measure that begins at a moment (UTC microseconds).

        Business days are counted from the day after, and last to the end of the last one.
        """
        if self.unit in _FIXED:
            return at + self.count * _FIXED[self.unit]
        if self.unit == "mo":
            return _micros(_months_later(to_datetime(at).astimezone(calendar.zone), self.count))
        day, left = calendar.day(at), self.count
        while left:
            day += timedelta(days=1)
            left -= calendar.works(day)
        return calendar.end_of(day)


def parse_span(text: str) -> Span:
    """Read ``48h``, ``30d``, ``6mo`` or ``4bd``; raise ConfigError with the form expected."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"not a span: {text!r}; write a whole number and m, h, d, w, mo (months) or bd (business days)"
        )
    return Span(int(match[1]), match[2])


def shortest(span: Span) -> int:
    """Return the least number of microseconds that a span can last."""
    if span.unit == "mo":
        return span.count * 28 * DAY
    return span.count * (DAY if span.unit == "bd" else _FIXED[span.unit])


def _months_later(moment: datetime, count: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    last = monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
