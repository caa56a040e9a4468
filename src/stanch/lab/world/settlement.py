"""Payments and what becomes of them: instructions at once, settlement in the files that banks send every hour."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import Diary, Values
from stanch.model.time import HOUR, SECOND

#: What a line of a settlement file repeats of the instruction.
_REPEATED: Final = ("src", "dst", "amount", "currency", "case", "step", "bad", "source")
_FILE_SECONDS: Final = 90


def write_transfers(
    diary: Diary, rng: np.random.Generator, happened: Ints, *, rejected: float = 0.0, **columns: Values
) -> Ints:
    """Write down instructions to pay, and what the hourly settlement files say of them: settled, or a share rejected.

    Returns the numbers of the ``transfer`` events.
    """
    columns = {"currency": "CNY"} | columns
    asked = diary.write("transfer", happened, None, columns)
    settled = happened + rng.integers(1, 30, len(happened)) * SECOND
    file = (settled // HOUR + 1) * HOUR + rng.integers(0, _FILE_SECONDS * SECOND, len(happened))
    refused = rng.random(len(happened)) < rejected
    about = {name: columns[name] for name in _REPEATED if name in columns} | {"ref": asked}
    for kind, those in (("settled", ~refused), ("rejected", refused)):
        line = {name: _picked(value, those) for name, value in about.items()}
        reason: dict[str, Values] = {"detail": "insufficient_funds"} if kind == "rejected" else {}
        diary.write(kind, settled[those], file[those], line | reason)
    return asked


def _picked(value: Values, those: npt.NDArray[np.bool_]) -> Values:
    return value[those] if isinstance(value, np.ndarray) else value
