"""The authorities: police officers who approve stops, and judges whose power a freeze is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints, past
from stanch.lab.world.diary import Diary
from stanch.lab.world.names import Names
from stanch.lab.world.population import People

#: How many officials each authority has, and the letter of their numbers.
OFFICIALS: Final = {"police": ("P", 6), "court": ("J", 2)}
#: Officials have been in office for so many days.
_YOUNGEST, _OLDEST = 30, 2500


@dataclass(frozen=True, slots=True)
class Authorities:
    """The authorities by name: institution, officials, and the people who are these officials (codes)."""

    institution: dict[str, int]
    officials: dict[str, Ints]
    people: dict[str, Ints]


def make_authorities(names: Names, rng: np.random.Generator, people: People) -> Authorities:
    """Set up the authorities and call working people into office."""
    count = sum(number for _, number in OFFICIALS.values())
    called = iter(people.code[rng.choice(np.flatnonzero(people.works), count, replace=False)].tolist())
    institution = dict(zip(OFFICIALS, names.add("institution", list(OFFICIALS)).tolist(), strict=True))
    officials, persons = {}, {}
    for name, (letter, number) in OFFICIALS.items():
        officials[name] = names.add("employee", [f"{name}/{letter}{i + 1}" for i in range(number)])
        persons[name] = np.asarray([next(called) for _ in range(number)], dtype=np.int64)
    return Authorities(institution, officials, persons)


def register_authorities(diary: Diary, rng: np.random.Generator, authorities: Authorities) -> None:
    """Write down which institutions are authorities, and who holds office in them."""
    for name, institution in authorities.institution.items():
        diary.note("listed", past(rng, 1, _OLDEST, 2 * _OLDEST), dst=institution, detail=name, source="registry")
        officials = authorities.officials[name]
        diary.note("employed", past(rng, len(officials), _YOUNGEST, _OLDEST), src=officials, dst=institution,
                   holder=authorities.people[name], source="justice")  # fmt: skip


def authorities_record(authorities: Authorities, names: Names) -> dict[str, dict[str, object]]:
    """Return the authorities for the truth: institution and officials in clear form."""
    return {
        name: {"institution": names.spelled(institution),
               "officials": [names.spelled(code) for code in authorities.officials[name].tolist()]}
        for name, institution in authorities.institution.items()
    }  # fmt: skip
