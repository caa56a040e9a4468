"""Set aside: events that were not let into the log, kept in the quarantine with the reason. Nothing is dropped.

An event set aside once stays so, whatever the clock says when the same file is read again: decisions depend on the log
and its order, not on how often a replay was interrupted. Sent again with another date, it is judged anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.engine.arrivals import Arrivals
from stanch.intake.quarantine import Quarantine
from stanch.intake.report import Refused
from stanch.model.columns import INDEX

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

#: Where a row of the quarantine comes from that was refused by the line and not by the intake.
_ORIGIN: Final = "(line)"
_OURS: Final = b'{"file":"' + _ORIGIN.encode()


class _Told(msgspec.Struct, frozen=True):
    source: str | None
    event_id: str


class Aside:
    """Keeps what was set aside, and knows it again. Clear identities never come here: the line has none."""

    def __init__(self, path: Path, word: Callable[[int], str | None]) -> None:
        self._path = path
        self._word = word
        self._quarantine = Quarantine(path)
        self._marks = _marks(path)

    def again(self, arrived: Arrivals) -> Flags:
        """Return which events (n,) were set aside before, under the same date."""
        marks = _marks_of(arrived)
        return np.isin(marks, self._marks) if len(self._marks) else np.zeros(len(arrived), dtype=np.bool_)

    def keep(self, arrived: Arrivals, reason: Callable[[Ints], str]) -> None:
        """Keep events with their reason (from their row), on the disk when this returns."""
        for r, mark in enumerate(_marks_of(arrived)):
            row = arrived.rows[r]
            told = _Told(self._word(int(row[INDEX["source"]])), arrived.carried["event_id"][r].as_py())
            verbatim = msgspec.json.encode(told).decode()
            self._quarantine.keep(Refused(_ORIGIN, mark.tobytes().hex(), 0, reason(row), verbatim))
        self._quarantine.flush()
        self._marks = np.concatenate([self._marks, _marks_of(arrived)])


def is_own(line: bytes) -> bool:
    """Return whether a line of the quarantine is whole and was written here: it then holds no clear identity."""
    return line.startswith(_OURS) and line.endswith(b"}\n")


def _marks_of(arrived: Arrivals) -> Keys:
    """One word per event and date."""
    dates = np.ascontiguousarray(arrived.rows[:, INDEX["known_at"]]).view(np.uint64)
    return arrived.keys[:, 0] ^ (arrived.keys[:, 1] + dates)


def _marks(path: Path) -> Keys:
    if not path.exists():
        return np.zeros(0, dtype=np.uint64)
    with path.open("rb") as stream:
        lines = [line for line in stream if is_own(line)]
    digests = [bytes.fromhex(msgspec.json.decode(line, type=Refused).digest) for line in lines]
    return np.frombuffer(b"".join(digests), dtype=np.uint64)
