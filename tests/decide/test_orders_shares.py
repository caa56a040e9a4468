from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stanch.decide.shares import split


@given(st.integers(0, 10**13), st.lists(st.integers(0, 10**13), min_size=1, max_size=8))
def test_the_parts_add_up_and_none_is_off_by_a_whole_unit(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    even = weights if any(weights) else [1] * len(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, even, strict=True):
        assert abs(part * sum(even) - total * weight) < sum(even)


def test_without_weights_the_parts_are_equal_and_the_first_gets_the_odd_unit() -> None:
    assert split(10, (0, 0, 0)) == (4, 3, 3)
    assert split(10, ()) == ()
