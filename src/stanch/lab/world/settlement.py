"""Payments and what becomes of them: instructions, and seconds later the line that says settled or rejected.

Only money sent in batches is told of once an hour. Houses that do not ask us before they pay tell of both afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.lab.world.clock import Ints
from stanch.lab.world.country import Country
from stanch.lab.world.diary import NOTHING, Diary, Values
from stanch.model.time import HOUR, SECOND

#: What a settlement line repeats of the instruction, and what the second leg of a payment repeats of the first.
_REPEATED: Final = ("src", "dst", "amount", "currency", "case", "step", "bad", "source", "end_to_end")
_PASSED_ON: Final = ("dst", "amount", "currency", "detail", "channel", "case", "step", "bad", "end_to_end")
#: The longest that an instant payment takes to settle, and a payment firm to pass it on.
_SETTLE_SECONDS, _PASS_SECONDS = 30, 5
_FILE_SECONDS: Final = 90

#: The columns of payments: a number or code for every row, one for all, or a word for all.
Columns = dict[str, Values]
#: A share of payments, or the chance of each one.
Share = float | npt.NDArray[np.float64]
#: What the columns of a payment hold where the writer does not say otherwise, and those of a rejection.
_CURRENCY: Final[Columns] = {"currency": "CNY"}
_REFUSED: Final[Columns] = {"detail": "insufficient_funds"}


@dataclass(frozen=True, slots=True)
class Passed:
    """Payments through a payment firm, row by row: both instructions and when the second is sent.

    ``second`` is nothing (-1) where the first was rejected.
    """

    first: Ints
    second: Ints
    when: Ints
    source: Ints  #: word of the firm


@dataclass(frozen=True, slots=True)
class Clearing:
    """Where payments are written down: a country's houses, a diary, and the chance of who writes."""

    country: Country
    diary: Diary
    rng: np.random.Generator

    def pay(self, happened: Ints, columns: Columns, rejected: Share = 0.0) -> Ints:
        """Write down instructions to pay and what becomes of them: a share is rejected. Return their numbers."""
        return self._instruct("transfer", happened, rejected, columns)[0]

    def pay_through(
        self, happened: Ints, columns: Columns, rejected: Share = 0.0, second: Columns | None = None
    ) -> Passed:
        """Write down payments through a payment firm: to its account, and from there to whom they are for.

        Both legs carry the same end-to-end number. ``dst`` is whom the payments are for; ``second`` holds what
        the second leg says otherwise than the first.
        """
        houses = self.country.houses
        index = self.rng.integers(0, len(houses.firm), len(happened))
        both: Columns = columns | {"end_to_end": self.diary.number(len(happened))}
        leg = both | {"dst": houses.through[index]}
        first, settled, refused = self._instruct("transfer", happened, rejected, leg)
        when = settled + self.rng.integers(SECOND // 2, _PASS_SECONDS * SECOND, len(happened))
        onward: Columns = {name: both[name] for name in _PASSED_ON if name in both}
        onward |= {"src": houses.through[index], "source": houses.firm[index]} | (second or {})
        passed = np.full(len(happened), NOTHING, dtype=np.int64)
        passed[~refused] = self._instruct("transfer", when[~refused], 0.0, picked(onward, ~refused))[0]
        return Passed(first, passed, when, houses.firm[index])

    def take_out(self, kind: str, happened: Ints, columns: Columns) -> Ints:
        """Write down money that leaves as cash or crypto assets (``kind``), and that it did. Return the numbers."""
        return self._instruct(kind, happened, 0.0, columns)[0]

    def note(self, kind: str, happened: Ints, columns: Columns) -> Ints:
        """Write down money that moved without an instruction, such as cash paid in. Return the numbers."""
        known = self.country.houses.told_at(columns["source"], happened)
        return self.diary.write(kind, happened, known, _CURRENCY | columns)

    def _instruct(
        self, kind: str, happened: Ints, rejected: Share, given: Columns
    ) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
        """Write down instructions and their lines; return numbers, when they settle, and which are rejected."""
        columns, told_at = _CURRENCY | given, self.country.houses.told_at
        asked = self.diary.write(kind, happened, told_at(columns["source"], happened), columns)
        settled = happened + self.rng.integers(SECOND, _SETTLE_SECONDS * SECOND, len(happened))
        channel = columns.get("channel")
        batch = isinstance(channel, str) and channel == "batch"
        known = told_at(columns["source"], settled)
        if batch:
            known = np.maximum(known, self._files(settled))
        refused = self.rng.random(len(happened)) < rejected
        about: Columns = {name: columns[name] for name in _REPEATED if name in columns}
        about["ref"] = asked
        said: Columns = {} if kind == "transfer" else {"detail": kind}
        for line, those, detail in (("settled", ~refused, said), ("rejected", refused, _REFUSED)):
            if those.any():
                self.diary.write(line, settled[those], known[those], picked(about, those) | detail)
        return asked, settled, refused

    def _files(self, settled: Ints) -> Ints:
        """Return when the hourly files come that tell of money sent in batches."""
        return (settled // HOUR + 1) * HOUR + self.rng.integers(0, _FILE_SECONDS * SECOND, len(settled))


def picked(columns: Columns, those: npt.NDArray[np.bool_]) -> Columns:
    """Return the columns of some of the rows."""
    return {name: value[those] if isinstance(value, np.ndarray) else value for name, value in columns.items()}
