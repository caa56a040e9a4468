"""Splitting sums: exact, and like a twin that orders all parts by what rounding took from them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stanch.decide.shares import capped, proportional, split

AMOUNTS = st.integers(0, 10**15)
WEIGHTS = st.lists(st.one_of(st.just(0), st.integers(0, 7), AMOUNTS), max_size=12)


def by_remainders(total: int, weights: list[int]) -> tuple[int, ...]:
    """Give every part its whole units, then one more to those that lost most, the earlier first."""
    even = weights if any(weights) else [1] * len(weights)
    parts = [divmod(total * weight, sum(even)) for weight in even]
    left = total - sum(part for part, _ in parts)
    lost_most = sorted(range(len(parts)), key=lambda n: (-parts[n][1], n))[:left]
    return tuple(part + (n in lost_most) for n, (part, _) in enumerate(parts))


@given(AMOUNTS, WEIGHTS)
def test_a_split_adds_up_and_gives_odd_units_to_the_largest_remainders(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == (total if weights else 0)
    assert parts == (by_remainders(total, weights) if weights else ())


@given(AMOUNTS, WEIGHTS)
def test_nobody_gets_more_than_his_most_and_the_rounding_is_told(total: int, most: list[int]) -> None:
    parts, rounding = proportional(total, most)
    assert parts == capped(total, most)
    assert sum(parts) == min(total, sum(most))
    assert all(part <= each for part, each in zip(parts, most, strict=True))
    assert set(rounding) <= {0, 1}


def test_a_split_of_a_sum_by_its_own_parts_changes_nothing() -> None:
    assert split(7, (0, 3, 4, 0)) == (0, 3, 4, 0)
