"""Who calls, writes to and pays whom: homes, friends and colleagues, as weighted pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.lab.world.belongings import Belongings
from stanch.lab.world.clock import Ints
from stanch.lab.world.parameters import CallParameters
from stanch.lab.world.population import People

#: Days of the month in which the calibration figures were counted.
MONTH = 30.4


@dataclass(frozen=True, slots=True)
class Circle:
    """Pairs of people who know each other, and how much each person calls."""

    one: Ints  #: rows of people
    other: Ints
    rising: npt.NDArray[np.float64]  #: running sum of the pairs' weights, for drawing
    activity: npt.NDArray[np.float64]  #: by person, around 1; 0 without a card
    talking: npt.NDArray[np.float64]  #: running sum of activity

    def pairs(self, rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
        """Draw pairs by weight, in a random direction: (who acts, who receives)."""
        index = np.searchsorted(self.rising, rng.random(count) * self.rising[-1])
        turned = rng.random(count) < 0.5
        one, other = self.one[index], self.other[index]
        return np.where(turned, other, one), np.where(turned, one, other)

    def anyone(self, rng: np.random.Generator, count: int) -> Ints:
        """Draw people by how much they call."""
        rows: Ints = np.searchsorted(self.talking, rng.random(count) * self.talking[-1]).astype(np.int64)
        return rows


def make_circle(p: CallParameters, rng: np.random.Generator, people: People, has: Belongings, days: int) -> Circle:
    """Draw the pairs. Each person's circle is as large as a month's share of contacts that falls on ``days``."""
    activity = _activity(p, rng, people, has)
    size = max(3.0, p.contacts_a_month * p.circle * days / MONTH)
    rising = np.cumsum(activity)
    wanted = rng.poisson(size / 2 * np.minimum(activity, 1.5) ** 0.5 * (activity > 0))
    one = np.repeat(np.arange(len(people)), wanted)
    near = _neighbours(rng, people, one)
    far = np.searchsorted(rising, rng.random(len(one)) * rising[-1])
    other = np.where(rng.random(len(one)) < 0.6, near, far)
    real = (one != other) & (activity[other] > 0)
    one, other = one[real], other[real]
    weight = activity[one] * activity[other] * rng.gamma(4.0, 0.25, len(one))
    return Circle(one, other, np.cumsum(weight), activity, rising)


def _activity(p: CallParameters, rng: np.random.Generator, people: People, has: Belongings) -> npt.NDArray[np.float64]:
    quiet = (people.age < 18) | (people.age >= 65)
    level = np.where(quiet, p.quiet, 1.0) * rng.lognormal(0.0, 0.2, len(people))
    return np.where(has.card_of >= 0, level, 0.0)


def _neighbours(rng: np.random.Generator, people: People, one: Ints) -> Ints:
    """Draw someone who lives near: people ordered by home, a few places away."""
    order = np.argsort(people.household, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    step = rng.integers(1, 40, len(one)) * rng.choice([-1, 1], len(one))
    near: Ints = order[(place[one] + step) % len(order)]
    return near
