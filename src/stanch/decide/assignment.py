"""The best order of tasks whose worth falls at different speeds while they wait: an assignment of tasks to places.

With one common speed a fixed index would do. With different speeds no index is best: what one task loses by waiting
depends on where in the line it stands already. As every task takes equally long, its worth at each place is known
beforehand, and the best order is a linear assignment, solved exactly by shortest augmenting paths (Jonker and
Volgenant 1987), in time that grows with the cube of the number of tasks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled

Ints = npt.NDArray[np.int64]


def best_order(worth: Ints) -> Ints:
    """Return the tasks in their best order; ``worth[task, place]`` is a square matrix of what a task yields there.

    Whole numbers below 2**62 / tasks, so that the answer is the same on every machine.
    """
    if not worth.size:
        return np.zeros(0, np.int64)
    return _assigned(np.ascontiguousarray(worth.max() - worth))


@compiled
def _assigned(cost: Ints) -> Ints:
    """Return for each place the task that stands there, at least cost; entry 0 of the work arrays is a dummy."""
    count = len(cost)
    by_task, by_place = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    task_at, before = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    for task in range(1, count + 1):
        task_at[0], place = task, 0
        least = np.full(count + 1, np.iinfo(np.int64).max, np.int64)
        done = np.zeros(count + 1, np.bool_)
        while task_at[place] != 0:
            done[place] = True
            reduced = cost[task_at[place] - 1] - by_task[task_at[place]] - by_place[1:]
            place = _next_place(reduced, place, least, before, done)
            _lower(least, by_task, by_place, task_at, done, place)
        while place != 0:
            task_at[place], place = task_at[before[place]], before[place]
    return task_at[1:] - 1


@compiled
def _next_place(reduced: Ints, place: int, least: Ints, before: Ints, done: npt.NDArray[np.bool_]) -> int:
    """Reach further from one place by its reduced costs; return the nearest place that is not done."""
    nearest = 0
    for other in range(1, len(done)):
        if done[other]:
            continue
        if reduced[other - 1] < least[other]:
            least[other], before[other] = reduced[other - 1], place
        if nearest == 0 or least[other] < least[nearest]:
            nearest = other
    return nearest


@compiled
def _lower(
    least: Ints, by_task: Ints, by_place: Ints, task_at: Ints, done: npt.NDArray[np.bool_], nearest: int
) -> None:
    """Shift the potentials by the distance of the nearest place, so that its reduced cost becomes 0."""
    by = least[nearest]
    for place in range(len(done)):
        if done[place]:
            by_task[task_at[place]] += by
            by_place[place] -= by
        else:
            least[place] -= by
