from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.returns import (
    RULES,
    Allocation,
    Claim,
    Inputs,
    Pot,
    Traced,
    allocate,
    recompute,
    statements,
)
from stanch.model.errors import ConfigError, InputError

AMOUNTS = st.integers(0, 10**13)


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[Claim], list[Pot]]:
    """A pool of up to six victims and five accounts; some traces lead to reports without a claim."""
    claims = [Claim(r, *draw(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS))) for r in range(draw(st.integers(0, 6)))]
    part = st.builds(Traced, st.integers(0, 7), st.integers(0, 3), AMOUNTS)
    pots = [
        Pot(100 + a, draw(AMOUNTS), tuple(draw(st.lists(part, max_size=5)))) for a in range(draw(st.integers(0, 5)))
    ]
    return claims, pots


def paid(allocation: Allocation, report: int) -> int:
    return sum(share.amount for share in allocation.shares if share.report == report)


@given(pool=pools(), rule=st.sampled_from(RULES))
@settings(deadline=None)
def test_no_cent_is_made_or_lost_and_nobody_gets_more_than_is_missing(
    pool: tuple[list[Claim], list[Pot]], rule: str
) -> None:
    claims, pots = pool
    allocation = allocate(claims, pots, rule)
    left = dict(allocation.left)
    for pot in pots:
        out = sum(share.amount for share in allocation.shares if share.account == pot.account)
        assert out + left.get(pot.account, 0) == pot.amount
    assert all(share.amount > 0 for share in allocation.shares)
    assert all(paid(allocation, claim.report) <= max(claim.verified - claim.returned, 0) for claim in claims)


@given(pool=pools(), rule=st.sampled_from(RULES))
@settings(deadline=None)
def test_the_order_in_which_claims_and_accounts_are_listed_changes_nothing(
    pool: tuple[list[Claim], list[Pot]], rule: str
) -> None:
    claims, pots = pool
    assert allocate(claims[::-1], pots[::-1], rule) == allocate(claims, pots, rule)


@given(pool=pools())
@settings(deadline=None)
def test_pro_rata_is_within_one_minor_unit_of_the_exact_fraction(pool: tuple[list[Claim], list[Pot]]) -> None:
    claims, pots = pool
    allocation = allocate(claims, pots, "pro_rata")
    missing = sum(claim.missing for claim in claims)
    total = min(sum(pot.amount for pot in pots), missing)
    for claim in claims:
        exact = Fraction(total * claim.missing, missing) if missing else Fraction(0)
        assert abs(paid(allocation, claim.report) - exact) < 1
    assert sum(share.amount for share in allocation.shares) == total


@given(pool=pools(), rule=st.sampled_from(["direct", "timestamp"]))
@settings(deadline=None)
def test_by_trace_nobody_gets_money_that_was_not_traced_to_the_account(
    pool: tuple[list[Claim], list[Pot]], rule: str
) -> None:
    assert all(share.amount <= share.traced for share in allocate(*pool, rule).shares)


@given(pool=pools(), rule=st.sampled_from(RULES))
@settings(deadline=None)
def test_a_statement_recomputes_to_the_same_from_its_inputs(pool: tuple[list[Claim], list[Pot]], rule: str) -> None:
    inputs = Inputs(rule, "cn.return_2016.art8", "CNY", tuple(pool[0]), tuple(pool[1]))
    for statement in statements(inputs):
        assert recompute(inputs, statement.report) == statement
        assert statement.share == sum(line.amount for line in statement.lines)
        assert statement.missing + statement.share == statement.claim.missing


def test_an_account_with_one_victims_money_goes_back_to_that_victim() -> None:
    pots = [Pot(7, 500, (Traced(1, 10, 500),)), Pot(8, 300, (Traced(1, 20, 100), Traced(2, 30, 200)))]
    allocation = allocate([Claim(1, 600), Claim(2, 200)], pots, "direct")
    assert (paid(allocation, 1), paid(allocation, 2)) == (500, 0)
    assert allocation.left == ((8, 300),)


def test_by_timestamp_the_money_traced_first_goes_back_first() -> None:
    pots = [Pot(8, 250, (Traced(2, 30, 200), Traced(1, 20, 100)))]
    allocation = allocate([Claim(1, 600), Claim(2, 200)], pots, "timestamp")
    assert (paid(allocation, 1), paid(allocation, 2)) == (100, 150)


def test_pro_rata_pays_each_victim_from_the_accounts_that_held_their_money_where_it_can() -> None:
    pots = [Pot(7, 100, (Traced(1, 1, 400),)), Pot(8, 100, (Traced(2, 1, 400),))]
    allocation = allocate([Claim(1, 400), Claim(2, 400)], pots, "pro_rata")
    assert [(s.report, s.account, s.amount) for s in allocation.shares] == [(1, 7, 100), (2, 8, 100)]


def test_what_came_back_already_is_not_paid_twice() -> None:
    pots = [Pot(7, 500, (Traced(1, 1, 500),))]
    assert [paid(allocate([Claim(1, 500, returned=450)], pots, rule), 1) for rule in RULES] == [50, 50, 50]


def test_what_is_only_alleged_or_inferred_takes_nothing_from_what_is_verified() -> None:
    pots = [Pot(7, 500, (Traced(1, 1, 250), Traced(2, 2, 250)))]
    inputs = Inputs("pro_rata", "term", "CNY", (Claim(1, 500), Claim(2, 0, inferred=250, alleged=9_000)), tuple(pots))
    first, second = statements(inputs)
    assert (first.share, second.share) == (500, 0)
    assert (second.claim.inferred, second.claim.alleged) == (250, 9_000)


def test_the_odd_minor_unit_is_told_on_the_statement_that_got_it() -> None:
    inputs = Inputs("pro_rata", "term", "CNY", tuple(Claim(r, 100) for r in (3, 1, 2)), (Pot(7, 100, ()),))
    assert [(s.report, s.share, s.rounding) for s in statements(inputs)] == [(1, 34, 1), (2, 33, 0), (3, 33, 0)]


def test_other_inputs_have_another_digest() -> None:
    one = Inputs("pro_rata", "term", "CNY", (Claim(1, 100),), (Pot(7, 100, ()),))
    other = Inputs("pro_rata", "term", "CNY", (Claim(1, 101),), (Pot(7, 100, ()),))
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("claims", "pots", "message"),
    [
        ([Claim(1, 5), Claim(1, 6)], [], "report 1 is given twice"),
        ([], [Pot(7, 1, ()), Pot(7, 1, ())], "account 7 is given twice"),
        ([Claim(1, -5)], [], "negative amount"),
        ([], [Pot(7, -1, ())], "negative amount"),
    ],
)
def test_numbers_that_cannot_be_are_refused(claims: list[Claim], pots: list[Pot], message: str) -> None:
    with pytest.raises(InputError, match=message):
        allocate(claims, pots, "direct")


def test_an_unknown_rule_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="known: direct, timestamp, pro_rata"):
        allocate([], [], "by_lot")


def test_an_unknown_report_has_no_statement() -> None:
    with pytest.raises(InputError, match="report 9 has no claim"):
        recompute(Inputs("direct", "term", "CNY", (Claim(1, 5),), ()), 9)
