from __future__ import annotations

import doctest
from dataclasses import replace
from itertools import permutations
from math import exp
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.assignment import best_order
from stanch.decide.hold_plan import (
    MOST_EXACT,
    Candidate,
    Dispute,
    HoldPolicy,
    Pace,
    expected_kept,
    leaving_rate,
    plan,
)
from stanch.decide.orders import Want
from stanch.graph.trace import Place
from stanch.model.time import HOUR, MINUTE

NOW = 1_000 * HOUR
POLICY = HoldPolicy()
CASE = Dispute(reports=(1, 2), currency=3, total=10**9)


def place(account: int, low: int, *, high: int | None = None, balance: int | None = -1, since: int = NOW) -> Place:
    """An account in which ``low`` surely sits, of two reports, a third and two thirds."""
    traced = low if high is None else high
    known = low if balance == -1 else balance
    return Place(account, 1, since, traced, low, traced, (low, known), (traced // 3, traced - traced // 3))


def banks(*accounts: int) -> dict[int, int]:
    return dict.fromkeys(accounts, 50)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Up to six orders of any size, whose money leaves within minutes or within weeks."""
    number = draw(st.integers(1, 6))
    stays = st.integers(1, 30_000)
    return [
        Candidate(
            Want(account, 50, 3, draw(st.integers(1, 10**9)), (1,), "stop"),
            1 / (draw(stays) * MINUTE),
            draw(st.floats(0.01, 1)),
        )
        for account in range(number)
    ]


@given(tasks=candidates(), minutes=st.integers(1, 60))
@settings(deadline=None, max_examples=60)
def test_no_other_order_keeps_more(tasks: list[Candidate], minutes: int) -> None:
    worth = np.rint(expected_kept(tasks, minutes * MINUTE, len(tasks))).astype(np.int64)
    total = sum(int(worth[task, at]) for at, task in enumerate(best_order(worth).tolist()))
    naive = [
        sum(t.want.amount * t.caught * exp(-t.rate * minutes * MINUTE * (at + 1)) for at, t in enumerate(order))
        for order in permutations(tasks)
    ]
    assert abs(total - max(naive)) <= len(tasks)


@given(st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=5, max_size=5))
@settings(deadline=None)
def test_the_assignment_is_the_best_of_all_also_where_many_are_equal(rows: list[list[int]]) -> None:
    worth = np.array(rows, np.int64)
    order = best_order(worth)
    assert sorted(order.tolist()) == list(range(5))
    best = max(sum(rows[task][at] for at, task in enumerate(each)) for each in permutations(range(5)))
    assert sum(rows[task][at] for at, task in enumerate(order.tolist())) == best


def test_no_fixed_index_could_do_as_well() -> None:
    """Two accounts empty within minutes: only the first can be saved, and then the slow one is worth more."""
    tasks = [
        Candidate(Want(account, 50, 3, amount, (1,), "stop"), 1 / (stay * MINUTE), 1.0)
        for account, amount, stay in ((0, 200_000, 5), (1, 200_000, 5), (2, 100_000, 10))
    ]
    kept = expected_kept(tasks, 10 * MINUTE, 3)
    by_index = np.argsort(kept[:, 1] - kept[:, 0], kind="stable")
    order = best_order(np.rint(kept).astype(np.int64))
    assert (by_index.tolist(), order.tolist()) == ([0, 1, 2], [0, 2, 1])
    assert kept[order, range(3)].sum() > 1.15 * kept[by_index, range(3)].sum()


def test_a_stop_takes_the_lower_bound_less_what_is_held_and_says_whose_money_it_is() -> None:
    (want,) = plan([place(7, 90_000)], banks(7), {}, {7: 30_000}, NOW, CASE)
    assert want == Want(7, 50, 3, 60_000, (1, 2), "stop", (20_000, 40_000))


def test_what_is_held_already_is_not_asked_for_again() -> None:
    assert plan([place(7, 90_000)], banks(7), {}, {7: 90_000}, NOW, CASE) == ()


def test_where_the_balance_is_not_known_a_query_goes_out_beside_the_stop() -> None:
    wants = plan([place(7, 50_000, high=80_000, balance=None)], banks(7), {}, {}, NOW, CASE)
    assert {(want.measure, want.amount) for want in wants} == {("stop", 50_000), ("query", 30_000)}


@pytest.mark.parametrize(
    ("case", "speaks"),
    [
        (CASE, True),
        (replace(CASE, backed=frozenset({1, 2})), True),
        (replace(CASE, backed=frozenset({2})), True),
        (replace(CASE, backed=frozenset({3})), False),
        (replace(CASE, backed=frozenset()), False),
        (replace(CASE, still=frozenset({7})), False),
        (replace(CASE, still=frozenset({8})), True),
    ],
    ids=["nobody asked", "both", "one of them", "another", "none", "still", "another is still"],
)
def test_an_order_tells_whether_more_than_one_word_speaks_for_it(case: Dispute, speaks: bool) -> None:
    wants = plan([place(7, 50_000, high=80_000, balance=None)], banks(7), {}, {}, NOW, case)
    assert {(want.measure, want.backed) for want in wants} == {("stop", speaks), ("query", speaks)}


def test_an_order_that_is_cut_to_the_disputed_sum_says_the_same() -> None:
    case = replace(CASE, backed=frozenset(), total=60_000)
    assert [(want.amount, want.backed) for want in plan([place(7, 90_000)], banks(7), {}, {}, NOW, case)] == [
        (60_000, False)
    ]


def test_of_two_reports_only_the_one_whose_money_lies_there_speaks() -> None:
    """All in the account is of report 1; that report 2 is backed does not concern it."""
    mine = Place(7, 1, NOW, 90_000, 90_000, 90_000, (90_000, 90_000), (90_000, 0))
    (want,) = plan([mine], banks(7), {}, {}, NOW, replace(CASE, backed=frozenset({2})))
    assert (want.reports, want.backed) == ((1,), False)


def test_a_bank_that_has_answered_is_not_asked_the_same_again() -> None:
    case = replace(CASE, answered=frozenset({(7, "query")}))
    wants = plan([place(7, 50_000, high=80_000, balance=None)], banks(7), {}, {}, NOW, case)
    assert [want.measure for want in wants] == ["stop"]


def test_nothing_certain_leads_to_a_query_and_never_to_a_stop() -> None:
    wants = plan([place(7, 0, high=80_000, balance=None)], banks(7), {}, {}, NOW, CASE)
    assert [want.measure for want in wants] == ["query"]


def test_an_essential_payee_is_left_alone() -> None:
    case = replace(CASE, essential=frozenset({7}))
    assert [want.account for want in plan([place(7, 90_000), place(8, 90_000)], banks(7, 8), {}, {}, NOW, case)] == [8]


def test_one_minor_unit_below_the_smallest_sum_is_not_worth_an_order() -> None:
    places = [place(7, POLICY.smallest), place(8, POLICY.smallest - 1)]
    assert [want.account for want in plan(places, banks(7, 8), {}, {}, NOW, CASE)] == [7]


def test_an_account_of_an_unknown_bank_gets_no_order() -> None:
    assert plan([place(7, 90_000)], {}, {}, {}, NOW, CASE) == ()


def test_never_more_is_stopped_than_is_disputed() -> None:
    case = replace(CASE, total=100_000)
    wants = plan([place(7, 90_000), place(8, 90_000)], banks(7, 8), {}, {8: 20_000}, NOW, case)
    assert sum(want.amount for want in wants) == 80_000
    assert all(sum(want.shares) == want.amount for want in wants)


def test_poison_reaches_many_accounts_and_asks_for_no_more_than_was_stolen() -> None:
    places = [place(account, 0, high=90_000, balance=None) for account in range(50)]
    wants = plan(places, banks(*range(50)), {}, {}, NOW, replace(CASE, total=200_000))
    assert sum(want.amount for want in wants) == 200_000


def test_the_account_that_empties_fast_comes_before_the_larger_one_that_does_not() -> None:
    case = replace(CASE, paces={7: Pace(40, 10 * HOUR), 8: Pace(1, 4_000 * HOUR)})
    wants = plan([place(8, 120_000), place(7, 90_000)], banks(7, 8), {}, {}, NOW, case)
    assert [want.account for want in wants] == [7, 8]


def test_of_two_alike_the_one_whose_bank_answers_in_time_comes_first() -> None:
    wants = plan([place(7, 90_000), place(8, 90_000)], {7: 50, 8: 51}, {50: 9 * HOUR, 51: MINUTE}, {}, NOW, CASE)
    assert [want.account for want in wants] == [8, 7]


def test_the_same_question_has_the_same_answer_in_whatever_order_it_is_put() -> None:
    places = [place(account, 10_000 * account, since=NOW - account * HOUR) for account in range(1, 40)]
    first = plan(places, banks(*range(1, 40)), {}, {}, NOW, CASE)
    assert plan(places[::-1], banks(*range(1, 40)), {}, {}, NOW, CASE) == first
    assert len(first) == 39


def test_more_orders_than_are_put_in_exact_order_are_all_there() -> None:
    number = MOST_EXACT + 20
    places = [place(account, 10_000 + account) for account in range(number)]
    wants = plan(places, banks(*range(number)), {}, {}, NOW, CASE)
    assert sorted(want.account for want in wants) == list(range(number))


def test_a_trace_that_reached_nothing_wants_nothing() -> None:
    assert plan([], {}, {}, {}, NOW, CASE) == ()


def test_money_that_has_sat_for_long_is_expected_to_sit_longer() -> None:
    rates = [leaving_rate(Pace(3, HOUR), sitting * HOUR, 2 * HOUR) for sitting in (0, 1, 10)]
    assert rates == sorted(rates, reverse=True)


def test_the_examples_of_the_page_run() -> None:
    found = doctest.testfile(str(Path(__file__).parents[2] / "docs" / "holds.md"), module_relative=False)
    assert (found.failed, found.attempted) == (0, 14)
