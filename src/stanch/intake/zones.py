"""Time zones: local hours and local clocks, without a time zone database in Arrow.

Offsets are looked up once per quarter of an hour: no zone has changed its clock within one since 1972.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from stanch.model.errors import ConfigError
from stanch.model.events import EARLIEST, LATEST
from stanch.model.time import HOUR, MINUTE, SECOND

Micros = npt.NDArray[np.int64]
QUARTER = 15 * MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone(name: str) -> ZoneInfo:
    """Return the time zone of that name. Raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(f"unknown time zone {name!r}; write an IANA name such as Asia/Shanghai") from None


def local_hours(utc: Micros, where: ZoneInfo) -> Micros:
    """Return the local hour of the day, 0 to 23, of UTC microseconds."""
    hours: Micros = (utc + _offsets(utc, where, local=False)) // HOUR % 24
    return hours


def to_utc(local: Micros, where: ZoneInfo) -> Micros:
    """Return the UTC microseconds of a local clock; an hour that occurs twice is read as its first."""
    return local - _offsets(local, where, local=True)


def _offsets(micros: Micros, where: ZoneInfo, *, local: bool) -> Micros:
    plausible = np.clip(micros, EARLIEST, LATEST)  # what lies outside is refused; the calendar must not break on it
    quarters, inverse = np.unique(plausible // QUARTER, return_inverse=True)
    table = np.array([_offset(int(quarter) * QUARTER, where, local=local) for quarter in quarters], np.int64)
    spread: Micros = table[inverse]
    return spread


def _offset(micros: int, where: ZoneInfo, *, local: bool) -> int:
    moment = _EPOCH + timedelta(microseconds=micros)
    aware = moment.replace(tzinfo=where) if local else moment.astimezone(where)
    offset = aware.utcoffset()
    return int(offset.total_seconds()) * SECOND if offset is not None else 0
