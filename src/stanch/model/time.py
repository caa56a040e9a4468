"""Time: UTC microseconds, durations written as ``15m``, and the step between two events of the log."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from stanch.model.errors import ConfigError

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

#: Smallest distance of two accepted events; the microseconds between are free for what the earlier one causes.
AS_OF_STEP: Final = 16

_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION: Final = re.compile(r"([1-9][0-9]*)([smhdw])")


def parse_duration(text: str) -> int:
    """Return the microseconds of a duration such as ``90s``, ``15m``, ``1h``, ``7d`` or ``2w``."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ConfigError(f"not a duration: {text!r}; write a whole number and s, m, h, d or w, for example 15m")
    return int(match[1]) * _UNITS[match[2]]


def format_duration(micros: int) -> str:
    """Return the shortest spelling that ``parse_duration`` reads back: 3600000000 -> ``1h``."""
    for unit in ("w", "d", "h", "m", "s"):
        if micros % _UNITS[unit] == 0 and micros:
            return f"{micros // _UNITS[unit]}{unit}"
    raise ConfigError(f"not a whole number of seconds: {micros} microseconds")


def to_datetime(micros: int) -> datetime:
    """Return the aware UTC time of UTC microseconds."""
    return datetime.fromtimestamp(micros / SECOND, tz=UTC).replace(microsecond=micros % SECOND)
