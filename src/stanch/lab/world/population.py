"""The people: ages, homes, families, studies, salaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.lab.world.clock import Ints
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import Numbers
from stanch.lab.world.parameters import PeopleParameters

Flags = npt.NDArray[np.bool_]

#: The year in which the country lives.
YEAR = 2026


@dataclass(frozen=True, slots=True)
class People:
    """One row per person; a person is known by its row, and by the code of its name in ``code``."""

    code: Ints
    birth_year: Ints
    region: Ints  #: code of the region's word
    household: Ints
    student: Flags
    lives_alone: Flags
    works: Flags
    salary: Ints  #: minor units a month: wage or pension, 0 for those with neither
    cell: Ints  #: code of the cell at home
    address: Ints  #: code of the address at home

    def __len__(self) -> int:
        return len(self.code)

    @property
    def age(self) -> Ints:
        """Return the ages in whole years."""
        return YEAR - self.birth_year


def make_people(p: PeopleParameters, names: Names, numbers: Numbers, rng: np.random.Generator, count: int) -> People:
    """Draw a population: homes first, so that a family shares its region, its cell and its address."""
    age = _ages(p, rng, count)
    household = _households(p, rng, age)
    regions = names.words(list(p.regions))
    weights = np.asarray(list(p.regions.values()))
    homes = int(household.max()) + 1
    region = rng.choice(regions, size=homes, p=weights / weights.sum())
    cells = names.add("place", [f"cell-{i:05d}" for i in range(homes // 60 + 1)])
    address = names.add("address", numbers.addresses(homes))
    size = np.bincount(household)
    student = (age >= 13) & (age <= 22) & (rng.random(count) < p.student)
    works = (age >= 18) & (age < p.old_age) & ~student & (rng.random(count) < 0.9)
    return People(
        code=names.add("person", [f"P{i:07d}" for i in range(count)]),
        birth_year=YEAR - age,
        region=region[household],
        household=household,
        student=student,
        lives_alone=size[household] == 1,
        works=works,
        salary=_salaries(p, rng, works, age),
        cell=cells[household // 60],
        address=address[household],
    )


def _ages(p: PeopleParameters, rng: np.random.Generator, count: int) -> Ints:
    weights = np.asarray(p.age_weights)
    decade = rng.choice(len(weights), size=count, p=weights / weights.sum())
    return decade * 10 + rng.integers(0, 10, size=count)


def _households(p: PeopleParameters, rng: np.random.Generator, age: Ints) -> Ints:
    """Give everyone a home: some of the old their own, all others in turn around a table of homes."""
    alone = (age >= p.old_age) & (rng.random(len(age)) < p.alone_when_old)
    home = np.empty(len(age), dtype=np.int64)
    home[alone] = np.arange(alone.sum())
    rest = np.flatnonzero(~alone)
    homes = max(1, round(len(rest) / p.household))
    home[rest] = alone.sum() + rng.integers(0, homes, size=len(rest))
    return np.unique(home, return_inverse=True)[1].astype(np.int64)


def _salaries(p: PeopleParameters, rng: np.random.Generator, works: Flags, age: Ints) -> Ints:
    wage = p.salary * 100 * rng.lognormal(0.0, 0.45, size=len(age))
    pension = p.pension * 100 * rng.lognormal(0.0, 0.3, size=len(age))
    return np.where(works, wage, np.where(age >= p.old_age, pension, 0)).astype(np.int64)
