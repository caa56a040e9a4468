"""A clearing may end a wait early: the clock makes room for its releases, and a batch stops at the hour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.engine.clock import ROOM, TICK, Clock
from stanch.model.columns import INDEX, MATRIX
from stanch.model.time import AS_OF_STEP, HOUR

PAYMENT, CLEARING, OTHER = 1, 2, 3


def rows(*events: tuple[int, int]) -> npt.NDArray[np.int64]:
    found = np.zeros((len(events), len(MATRIX)), dtype=np.int64)
    for row, (at, kind) in zip(found, events, strict=True):
        row[[INDEX["happened_at"], INDEX["known_at"], INDEX["kind"]]] = at, at, kind
    return found


def clock() -> Clock:
    return Clock(np.array([PAYMENT]), 2 * HOUR, np.array([CLEARING]))


def test_the_moments_after_a_clearing_belong_to_its_releases_in_a_batch_and_after_a_restart() -> None:
    events = rows((10, OTHER), (20, CLEARING), (30, OTHER))
    one, again = clock(), clock()
    one.begin(events)
    again.begin(events)
    assert one.stamp(events, 0, 3, None) == 3
    after = int(events[1, INDEX["as_of"]])
    assert int(events[2, INDEX["as_of"]]) == after + ROOM + AS_OF_STEP
    again.follow(events[:2])
    assert again.now == after + ROOM


def test_a_batch_with_a_clearing_stops_at_the_next_hour() -> None:
    events = rows((TICK + 10, OTHER), (TICK + 20, CLEARING), (2 * TICK - 1, OTHER), (2 * TICK + 1, OTHER))
    timed = clock()
    timed.begin(events)
    assert timed.stamp(events, 0, 4, None) == 3
    assert timed.stamp(events, 3, 4, None) == 4
