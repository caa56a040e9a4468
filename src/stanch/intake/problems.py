"""Problems: why rows of a chunk are refused. The first reason found for a row is the one that is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


class Problems:
    """Collects reasons row by row; a row with a reason is refused."""

    def __init__(self, rows: int) -> None:
        self._reason = np.zeros(rows, np.int32)
        self._texts: list[str] = [""]

    def refuse(self, rows: Mask, reason: str) -> None:
        """Refuse the rows marked, unless they already have a reason."""
        hit = rows & (self._reason == 0)
        if hit.any():
            self._reason[hit] = len(self._texts)
            self._texts.append(reason)

    def good(self) -> Mask:
        """Return which rows may be taken."""
        taken: Mask = self._reason == 0
        return taken

    def reasons(self) -> list[tuple[int, str]]:
        """Return row and reason of each refused row, in row order."""
        return [(int(row), self._texts[self._reason[row]]) for row in np.flatnonzero(self._reason)]


def listing(words: Sequence[str]) -> str:
    """Return words as a list for people."""
    return ", ".join(words)
