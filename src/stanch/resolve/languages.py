"""In which languages a person is to be told: what profiles said up to a moment, each with its time.

A profile event says it with the detail ``language_en`` or ``language_zh`` and the number 1; the number 0 takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.law.pack import LANGUAGES
from stanch.model.columns import INDEX
from stanch.model.kinds import KINDS

Ints = npt.NDArray[np.int64]

#: What a profile's detail begins with that names a language.
DETAIL: Final = "language_"
_PROFILE: Final = tuple(KINDS).index("profile")


class Languages:
    """The owner of what is known of languages; persons are entity codes, times UTC microseconds."""

    def __init__(self, word: Callable[[str], int]) -> None:
        self._word = word
        self._words()  # a log that is written gets its words at once
        self._told: dict[int, list[tuple[int, str, bool]]] = {}

    def learn(self, rows: Ints, kinds: Ints) -> None:
        """Learn from the profiles among resolved rows, in log order."""
        words = self._words()
        for row in rows[kinds == _PROFILE]:
            language = words.get(int(row[INDEX["detail"]]))
            if language is not None:
                said = (int(row[INDEX["as_of"]]), language, bool(row[INDEX["number"]] > 0))
                self._told.setdefault(int(row[INDEX["src"]]), []).append(said)

    def of(self, person: int, now: int) -> tuple[str, ...]:
        """Return the languages told of a person before ``now``; all, where none was."""
        spoken = {language: on for at, language, on in self._told.get(person, ()) if at < now}
        return tuple(each for each in LANGUAGES if spoken.get(each)) or LANGUAGES

    def _words(self) -> dict[int, str]:
        """Return the languages by the codes of their words: a log that is read comes to know them late."""
        return {self._word(DETAIL + language): language for language in LANGUAGES}

    def save(self) -> list[list[object]]:
        """Return what is known as plain data."""
        return [[person, *said] for person, told in self._told.items() for said in told]

    def load(self, data: Sequence[tuple[int, int, str, bool]]) -> None:
        """Take over what was saved."""
        self._told = {}
        for person, at, language, on in data:
            self._told.setdefault(person, []).append((at, language, on))
