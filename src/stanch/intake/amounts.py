"""Amounts as sources write them -> minor units, rounded half to even."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.times import numbers
from stanch.model.money import MAX_AMOUNT, digits

#: Doubles this near to a half are rounded again in decimals: 0.575 x 100 is 57.49999999999999 in binary.
_NEAR_HALF: Final = 0.01
_TOO_MUCH: Final = MAX_AMOUNT + 1


def read_minor(raw: pa.Array, places: npt.NDArray[np.int64]) -> pa.Array:
    """Return minor units of amounts with ``places`` minor digits a row; empty where a value is no number.

    What is larger than any payment becomes ``MAX_AMOUNT + 1`` so that it is refused for its size, not its spelling.
    """
    value = numbers(raw).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = value * np.power(10.0, places)
    finite = np.isfinite(scaled)
    clipped = np.clip(np.where(finite, scaled, 0.0), -_TOO_MUCH, _TOO_MUCH)
    minor = np.rint(clipped).astype(np.int64)
    near = np.flatnonzero(finite & (np.abs(np.abs(clipped - np.trunc(clipped)) - 0.5) < _NEAR_HALF))
    for row in near:
        minor[row] = _exact(raw[int(row)].as_py(), int(places[row]))
    return pa.array(minor, pa.int64(), mask=~finite)


def _exact(value: object, places: int) -> int:
    scaled = Decimal(str(value).strip()).scaleb(places)
    return int(scaled.to_integral_value(ROUND_HALF_EVEN))


def minor_digits(currency: pa.Array) -> npt.NDArray[np.int64]:
    """Return the minor digits of each row's currency, 2 where it is empty or unknown."""
    encoded = currency if pa.types.is_dictionary(currency.type) else currency.dictionary_encode()
    table = np.array([2 if word is None else digits(word) for word in encoded.dictionary.to_pylist()] + [2], np.int64)
    spread: npt.NDArray[np.int64] = table[pc.fill_null(encoded.indices, len(table) - 1).to_numpy(zero_copy_only=False)]
    return spread
