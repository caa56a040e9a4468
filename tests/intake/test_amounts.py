from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stanch.intake.amounts import minor_digits, read_minor
from stanch.model.money import MAX_AMOUNT

PLACES = st.sampled_from([0, 2, 3])


def naive(value: str, places: int) -> int:
    return int(Decimal(value).scaleb(places).to_integral_value(ROUND_HALF_EVEN))


@given(st.lists(st.tuples(st.decimals(0, 10**9, places=5), PLACES), min_size=1))
def test_words_are_rounded_like_decimals(values: list[tuple[Decimal, int]]) -> None:
    words = [str(value) for value, _ in values]
    places = np.array([p for _, p in values], np.int64)
    assert read_minor(pa.array(words), places).to_pylist() == [naive(str(v), p) for v, p in values]


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_doubles_are_rounded_like_their_shortest_spelling(values: list[float]) -> None:
    minor = read_minor(pa.array(values, pa.float64()), np.full(len(values), 2))
    assert minor.to_pylist() == [naive(repr(value), 2) for value in values]


def test_what_is_no_number_is_empty_and_what_is_too_large_stays_too_large() -> None:
    words = pa.array(["", "much", "NaN", "inf", "1,5", "1e400", "1e12", None, " 7 "])
    minor = read_minor(words, np.full(9, 2)).to_pylist()
    assert minor == [None, None, None, None, None, None, MAX_AMOUNT + 1, None, 700]


def test_every_currency_has_its_minor_digits() -> None:
    assert minor_digits(pa.array(["CNY", "JPY", None, "KWD"])).tolist() == [2, 0, 2, 3]
