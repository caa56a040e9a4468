"""Retention: until when a field may be kept. A pure rule; the shell deletes."""

from __future__ import annotations

from stanch.model.columns import COLUMNS
from stanch.model.time import DAY
from stanch.privacy.grades import CARE, GRADES, Grade


def last_day_to_keep(grade: Grade, now: int) -> int:
    """Return the oldest UTC day (days since 1970) of which a field of that grade is still kept at ``now``."""
    return now // DAY - CARE[grade].days


def columns_to_drop(happened_at: int, now: int) -> tuple[str, ...]:
    """Return the event columns whose time is over for an event, both times in UTC microseconds."""
    day = happened_at // DAY
    return tuple(c.name for c in COLUMNS if day < last_day_to_keep(GRADES[c.name], now))


def text_days_to_drop(days: list[int], now: int) -> list[int]:
    """Return those days whose text keys must be destroyed at ``now``."""
    oldest = last_day_to_keep(Grade.SECRET, now)
    return [day for day in days if day < oldest]
