"""Whom people named for a difficult moment: their trusted contact, of a minor the guardian, as profiles told it.

A profile event says it with the detail ``trusted_contact`` or ``guardian``, the contact as ``holder``, and the number 1
for consent; the number 0 takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.model.columns import INDEX, NULL
from stanch.model.kinds import KINDS

Ints = npt.NDArray[np.int64]

TRUSTED: Final = "trusted_contact"
GUARDIAN: Final = "guardian"
_PROFILE: Final = tuple(KINDS).index("profile")


@dataclass(frozen=True, slots=True)
class Confidant:
    """Who was named: an entity code, by which event (its id) and of which sender (a word's code)."""

    person: int
    named_by: str
    source: int


class Confidants:
    """The owner of whom people named; persons are entity codes, times UTC microseconds."""

    def __init__(self, word: Callable[[str], int]) -> None:
        self._word = word
        self._details()  # a log that is written gets its words at once
        self._told: dict[int, list[tuple[int, str, Confidant | None]]] = {}

    def learn(self, rows: Ints, kinds: Ints, ids: pa.Array) -> None:
        """Learn from the profiles among resolved rows, in log order; ``ids`` are the event ids beside the rows."""
        details = self._details()
        named = (kinds == _PROFILE) & np.isin(rows[:, INDEX["detail"]], list(details))
        for place in np.flatnonzero(named).tolist():
            row = rows[place]
            holder, told = int(row[INDEX["holder"]]), None
            if row[INDEX["number"]] > 0 and holder != NULL:
                told = Confidant(holder, ids[place].as_py(), int(row[INDEX["source"]]))
            said = (int(row[INDEX["as_of"]]), details[int(row[INDEX["detail"]])], told)
            self._told.setdefault(int(row[INDEX["src"]]), []).append(said)

    def of(self, person: int, detail: str, now: int) -> Confidant | None:
        """Return whom a person named before ``now`` with consent, as ``trusted_contact`` or ``guardian``."""
        said = (told for at, what, told in reversed(self._told.get(person, ())) if what == detail and at < now)
        return next(said, None)

    def save(self) -> list[list[object]]:
        """Return what is known as plain data."""
        return [
            [person, at, detail, *((told.person, told.named_by, told.source) if told else (NULL, "", NULL))]
            for person, said in self._told.items() for at, detail, told in said
        ]  # fmt: skip

    def load(self, data: Sequence[tuple[int, int, str, int, str, int]]) -> None:
        """Take over what was saved."""
        self._told = {}
        for person, at, detail, holder, named_by, source in data:
            told = None if holder == NULL else Confidant(holder, named_by, source)
            self._told.setdefault(person, []).append((at, detail, told))

    def _details(self) -> dict[int, str]:
        """Return the details by the codes of their words: a log that is read comes to know them late."""
        return {self._word(detail): detail for detail in (TRUSTED, GUARDIAN)}
