"""When people were born, as profiles told it up to a moment: the year only, for the age in which they are spoken to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stanch.model.columns import INDEX, NULL
from stanch.model.kinds import KINDS
from stanch.model.time import to_datetime

Ints = npt.NDArray[np.int64]

_DETAIL: Final = "birth_year"
_PROFILE: Final = tuple(KINDS).index("profile")
#: A told year: when, which year (NULL where it was taken back), and the place of what was told of the person before.
_FACT: Final = 3
_WHEN, _YEAR, _BEFORE = range(_FACT)
_NOTHING: Final = -1


class Births:
    """The owner of years of birth; persons are entity codes, times UTC microseconds. Nothing told is forgotten."""

    def __init__(self, word: Callable[[str], int]) -> None:
        self._word = word
        word(_DETAIL)  # a log that is written gets the word at once; one that is read comes to know it late
        self._latest = np.empty(0, dtype=np.int64)
        self._facts = np.empty((0, _FACT), dtype=np.int64)
        self._count = 0

    def learn(self, rows: Ints, kinds: Ints) -> None:
        """Learn from the profiles among resolved rows, in log order."""
        told = rows[(kinds == _PROFILE) & (rows[:, INDEX["detail"]] == self._word(_DETAIL))]
        told = told[told[:, INDEX["src"]] >= 0]
        if not len(told):
            return
        self._make_room(int(told[:, INDEX["src"]].max()) + 1, self._count + len(told))
        for person, when, year in told[:, [INDEX["src"], INDEX["as_of"], INDEX["number"]]].tolist():
            self._facts[self._count] = (when, year, self._latest[person])
            self._latest[person] = self._count
            self._count += 1

    def age(self, person: int, now: int) -> int | None:
        """Return the age that a person reaches in the year of ``now``, by what was told before; None if not known."""
        place = int(self._latest[person]) if 0 <= person < len(self._latest) else _NOTHING
        while place != _NOTHING:
            when, year, before = self._facts[place].tolist()
            if when < now:
                return None if year == NULL else max(0, to_datetime(now).year - year)
            place = before
        return None

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._latest.nbytes + self._facts.nbytes

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what is known as arrays."""
        return {"latest": self._latest.copy(), "facts": self._facts[: self._count].copy()}

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:  # Any: a snapshot's arrays have many types
        """Take over what was saved."""
        self._latest, self._facts = arrays["latest"].copy(), arrays["facts"].copy()
        self._count = len(self._facts)

    def _make_room(self, persons: int, facts: int) -> None:
        if persons > len(self._latest):
            more = np.full(max(persons, 2 * len(self._latest)) - len(self._latest), _NOTHING, dtype=np.int64)
            self._latest = np.concatenate([self._latest, more])
        if facts > len(self._facts):
            more = np.empty((max(facts, 2 * len(self._facts)) - len(self._facts), _FACT), dtype=np.int64)
            self._facts = np.concatenate([self._facts, more])
