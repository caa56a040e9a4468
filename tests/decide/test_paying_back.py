from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stanch.decide.orders import Order
from stanch.decide.paying_back import paid_back

sums = st.integers(0, 500)
reports = st.integers(1, 4)


def freeze(shares: dict[int, int], held: int) -> Order:
    return Order(
        id="o1", measure="freeze", account=1, institution=2, currency=0, amount=sum(shares.values()), held=held,
        reports=tuple(shares), shares=tuple(shares.values()), state="in_force", power="police", term="t", basis="b",
        drafted_at=0,
    )  # fmt: skip


def test_everybody_gets_the_share_that_the_order_names() -> None:
    assert paid_back(freeze({1: 100, 2: 50}, 150), {1: 100, 2: 50}, {}) == {1: 100, 2: 50}


def test_who_got_his_money_back_elsewhere_gets_no_more() -> None:
    assert paid_back(freeze({1: 100, 2: 50}, 150), {1: 0, 2: 50}, {}) == {2: 50}


def test_what_one_does_not_miss_goes_to_him_whose_money_lies_there_now() -> None:
    assert paid_back(freeze({1: 100}, 100), {1: 30, 3: 200}, {3: 90}) == {1: 30, 3: 70}


def test_the_rest_goes_to_the_others_whom_the_order_names() -> None:
    assert paid_back(freeze({1: 100, 2: 50}, 150), {1: 20, 2: 200}, {}) == {1: 20, 2: 130}


@given(st.dictionaries(reports, st.integers(1, 500), min_size=1), sums, st.dictionaries(reports, sums),
       st.dictionaries(reports, sums))  # fmt: skip
def test_nobody_gets_more_than_he_misses_and_no_more_is_paid_than_is_held(
    shares: dict[int, int], held: int, missing: dict[int, int], there: dict[int, int]
) -> None:
    parts = paid_back(freeze(shares, held), missing, there)
    assert all(0 < part <= missing.get(report, 0) for report, part in parts.items())
    assert sum(parts.values()) <= held
