"""Moments as people type them, and the wall clock: the command line is where time comes from."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

from stanch.model.errors import InputError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(text: str) -> int:
    """Return UTC microseconds of an ISO 8601 moment with a zone. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no moment; write it like 2026-03-05T14:30:00+08:00") from None
    if moment.tzinfo is None:
        raise InputError(f"{text!r} has no zone; write it like 2026-03-05T14:30:00+08:00")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def wall_clock() -> int:
    """Return the time now, UTC microseconds."""
    return time.time_ns() // 1000
