"""A country that stands still: everything and everyone there is, before anything happens."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from stanch.lab.world.authorities import Authorities, make_authorities
from stanch.lab.world.belongings import Belongings, make_belongings
from stanch.lab.world.circle import Circle, make_circle
from stanch.lab.world.clock import Ints
from stanch.lab.world.houses import Houses, make_houses
from stanch.lab.world.institutions import Institutions, make_institutions
from stanch.lab.world.machines import Machines
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import Numbers
from stanch.lab.world.parameters import Parameters
from stanch.lab.world.population import People, make_people
from stanch.lab.world.register import employers
from stanch.lab.world.texts import Texts


@dataclass(frozen=True, slots=True)
class Country:
    """All standing parts, and the seed from which every part draws its own chance."""

    parameters: Parameters
    seed: int
    days: int
    names: Names
    numbers: Numbers
    texts: Texts
    people: People
    firms: Institutions
    houses: Houses
    authorities: Authorities
    has: Belongings
    circle: Circle
    machines: Machines
    employer: Ints  #: by person: row of the company that employs them, if they work

    def chance(self, part: str, turn: int = 0) -> np.random.Generator:
        """Return the random generator of one part of the country, the same for the same seed."""
        return chance(self.seed, part, turn)


def chance(seed: int, part: str, turn: int = 0) -> np.random.Generator:
    """Return a generator for one part: what one part draws changes nothing in another."""
    return np.random.default_rng([seed, zlib.crc32(part.encode()), turn])


def make_country(p: Parameters, seed: int, count: int, days: int) -> Country:
    """Draw a country with so many people, whose circles are sized for so many days."""
    names, numbers = Names(), Numbers(chance(seed, "numbers"))
    texts = Texts(names, chance(seed, "texts"), p.texts)
    people = make_people(p.people, names, numbers, chance(seed, "people"), count)
    firms = make_institutions(p, names, numbers, chance(seed, "firms"), people)
    houses = make_houses(p, names, numbers)
    authorities = make_authorities(names, chance(seed, "authorities"), people)
    has = make_belongings(names, numbers, chance(seed, "belongings"), people, p.people.register_days)
    circle = make_circle(p.calls, chance(seed, "circle"), people, has, days)
    machines = Machines(names, numbers, chance(seed, "machines"), round(count * p.work.machines), p.people.regions)
    employer = employers(chance(seed, "jobs"), people, firms)
    return Country(
        p, seed, days, names, numbers, texts, people, firms, houses, authorities, has, circle, machines, employer
    )
