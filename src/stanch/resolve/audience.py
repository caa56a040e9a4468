"""The audience: what is known of those who are told something, each part with one owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.model.kinds import KINDS
from stanch.resolve.births import Births
from stanch.resolve.confidants import Confidants
from stanch.resolve.languages import Languages

Ints = npt.NDArray[np.int64]

_PROFILE: Final = tuple(KINDS).index("profile")
#: A code that no word has.
_UNMET: Final = -1


class Audience:
    """Languages, years of birth and whom people named: what chooses the words, and who hears them."""

    def __init__(self, word: Callable[[str], int | None]) -> None:
        """``word`` gives the code of a word, None where a log that is only read has not met it yet."""

        def code(text: str) -> int:
            found = word(text)
            return _UNMET if found is None else found

        self.languages = Languages(code)
        self.births = Births(code)
        self.confidants = Confidants(code)

    def learn(self, rows: Ints, kinds: Ints, ids: pa.Array) -> None:
        """Learn from the profiles among resolved rows, in log order; ``ids`` are the event ids beside the rows.

        Most batches have none, and are looked at once for all three.
        """
        places = np.flatnonzero(kinds == _PROFILE)
        if len(places):
            rows, kinds = rows[places], kinds[places]
            self.languages.learn(rows, kinds)
            self.births.learn(rows, kinds)
            self.confidants.learn(rows, kinds, ids.take(pa.array(places)))

    def save(self) -> dict[str, object]:
        """Return what is plain data; the years of birth are arrays of their own."""
        return {"languages": self.languages.save(), "confidants": self.confidants.save()}

    def load(self, data: Mapping[str, Any]) -> None:  # Any: plain data as a snapshot gives it back
        """Take over what was saved as plain data."""
        self.languages.load(data["languages"])
        self.confidants.load(data["confidants"])
