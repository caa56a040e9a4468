"""What counts as a lead: all numbers of the search for leaks, by name. Start values, chosen by us, unless stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stanch.model.time import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are microseconds.

    ``windows`` are spans of days (length, step) that are searched; ``base_days`` is how long a person whose record
    was opened stands for the people whom a system sees. ``shared_windows`` are the spans of days searched for points
    that many employees share; each is held against at most ``controls`` equally long spans just before it.
    """

    windows: tuple[tuple[int, int], ...] = ((1, 1), (7, 3), (28, 14))
    base_days: int = 7
    reach: int = 30 * DAY  #: between a look-up and the contact it may have served
    margin: int = 6 * HOUR  #: before the latest time of contact a look-up may be caused by the scam, not its cause
    min_victims: int = 5
    min_ratio: float = 2.0  #: of hits to what was expected
    max_q: float = 0.001  #: so that without any leak a search in a thousand names somebody
    others: float = 0.01  #: chance of what the others at a point opened, from which on nobody there is named alone
    same_day: float = 0.0001  #: chance of an employee's hits among the people of the same point on the same days
    shared_windows: tuple[tuple[int, int], ...] = ((1, 1), (3, 1), (7, 1), (14, 2))
    controls: int = 4
    min_employees: int = 3  #: who share a point; what one or two use is theirs


START: Final = Limits()
