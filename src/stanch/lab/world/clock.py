"""The made-up country's clock: UTC days, people living eight hours ahead of them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.time import DAY, HOUR, MINUTE, SECOND

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Day 0 begins here: Monday, 2 March 2026, 00:00 UTC.
START: Final = 1_772_409_600 * SECOND
#: Local time is UTC plus this.
AHEAD: Final = 8 * HOUR
#: The first minutes of day 0 belong to the register; life begins after them.
REGISTER_MINUTES: Final = 10

#: How busy each local hour 0..23 is, by what people do.
HOURS: Final[dict[str, tuple[int, ...]]] = {
    "talk": (2, 1, 1, 1, 1, 2, 6, 14, 30, 42, 46, 44, 38, 34, 38, 42, 44, 46, 50, 48, 40, 28, 14, 6),
    "pay": (4, 2, 1, 1, 1, 2, 8, 22, 26, 26, 30, 46, 50, 30, 26, 26, 28, 36, 50, 48, 42, 32, 18, 9),
    "online": (10, 5, 2, 1, 1, 2, 8, 18, 20, 20, 22, 26, 36, 28, 22, 22, 24, 30, 38, 46, 54, 56, 44, 24),
    "office": (0, 0, 0, 0, 0, 0, 0, 2, 20, 50, 60, 50, 15, 25, 55, 60, 50, 25, 6, 2, 1, 0, 0, 0),
    "shop": (0, 0, 0, 0, 0, 0, 0, 0, 8, 30, 40, 38, 24, 26, 36, 40, 40, 36, 26, 20, 6, 0, 0, 0),
    "night": (20, 24, 28, 24, 14, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "evening": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 16, 30, 36, 30, 16, 4),
    "flat": (1,) * 24,
}


def day_start(day: int) -> int:
    """Return the UTC microsecond at which a day begins; day 0 begins after its register."""
    return START + day * DAY + (REGISTER_MINUTES * MINUTE if day == 0 else 0)


def moments(rng: np.random.Generator, day: int, count: int, shape: str) -> Ints:
    """Draw when, on one UTC day, things of a shape happen: ``(count,)`` UTC microseconds, unordered.

    The day runs from 08:00 to 08:00 local time. The register's minutes are squeezed out of day 0.
    """
    weights = np.asarray(HOURS[shape], dtype=np.float64)
    hours = rng.choice(24, size=count, p=weights / weights.sum())
    local = hours * HOUR + rng.integers(0, HOUR, size=count)
    return at_local(day, local)


def at_local(day: int, local: Ints) -> Ints:
    """Return UTC microseconds of local times of day (microseconds since local midnight) on one UTC day."""
    offset = (local - AHEAD) % DAY
    begin = day_start(day)
    room = START + (day + 1) * DAY - begin
    return (begin + offset * (room / DAY)).astype(np.int64)


def at_hour(rng: np.random.Generator, day: int, hour: float, minutes: float = 20.0) -> int:
    """Draw one moment near a local hour of a UTC day, at most so many minutes after it."""
    local = np.asarray([int(hour * HOUR + rng.integers(0, max(1, int(minutes * MINUTE))))], dtype=np.int64)
    return int(at_local(day, local % DAY)[0])


def past(rng: np.random.Generator, count: int, newest_days: int, oldest_days: int) -> Ints:
    """Draw moments between so many days before day 0, for what the register says of earlier years."""
    return START - rng.integers(newest_days * DAY, oldest_days * DAY, size=count)
