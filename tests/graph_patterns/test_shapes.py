from __future__ import annotations

import numpy as np

from graph_patterns.histories import DAYS, Leg, found, history, quiet
from stanch.graph.patterns.find import find_patterns, member_counts
from stanch.graph.patterns.hubs import without_hubs


def test_a_circle_in_time_order_is_found_with_its_legs() -> None:
    legs: list[Leg] = [(1, 2, 10, 900), (2, 3, 12, 800), (3, 4, 15, 750), (4, 1, 18, 700)]
    (circle,) = found(legs, "cycle")
    assert circle.roles == {"passing": (1, 2, 3, 4)}
    assert (circle.transfers, circle.start, circle.end, circle.amount) == ((0, 1, 2, 3), 10, 18, 3150)


def test_a_circle_out_of_time_order_is_none() -> None:
    assert not found([(1, 2, 15, 900), (2, 3, 12, 800), (3, 4, 10, 750), (4, 1, 18, 700)], "cycle")


def test_a_circle_that_takes_longer_than_the_window_is_none() -> None:
    assert not found([(1, 2, 0, 900), (2, 3, 12, 800), (3, 4, 15, 750), (4, 1, 22, 700)], "cycle")
    assert found([(1, 2, 1, 900), (2, 3, 12, 800), (3, 4, 15, 750), (4, 1, 22, 700)], "cycle")


def test_three_friends_who_settle_different_sums_are_left_alone() -> None:
    assert not found([(1, 2, 10, 900), (2, 3, 12, 2_000), (3, 1, 14, 40)], "cycle")
    assert found([(1, 2, 10, 900), (2, 3, 12, 880), (3, 1, 14, 860)], "cycle")


def test_the_same_few_paying_the_same_few_are_a_block() -> None:
    legs = [(payer, payee, 10 + payer, 600 + payee) for payer in (1, 2, 3) for payee in (11, 12, 13)]
    (block,) = found(legs, "bipartite")
    assert block.roles == {"payer": (1, 2, 3), "payee": (11, 12, 13)}
    assert len(block.transfers) == 9


def test_tenants_who_pay_rent_and_power_every_month_are_no_block() -> None:
    legs = [(tenant, payee, 30 * month, 600) for tenant in (1, 2, 3) for payee in (11, 12) for month in range(4)]
    assert not found(legs, "bipartite")


def test_many_new_payers_of_a_quiet_account_are_a_fan_in() -> None:
    legs = quiet(20) + [(100 + k, 1, 40 + k, 700) for k in range(12)]
    (fan,) = found(legs, "fan_in")
    assert fan.roles["collector"] == (1,)
    assert len(fan.roles["payer"]) == 12


def test_an_account_that_always_has_new_payers_is_no_fan_in() -> None:
    assert not found([(100 + k, 1, k, 700) for k in range(100)], "fan_in")


def test_one_who_pays_many_new_people_at_once_is_a_fan_out() -> None:
    (fan,) = found(quiet(20) + [(1, 100 + k, 40 + k, 700) for k in range(12)], "fan_out")
    assert fan.roles["distributor"] == (1,)


def test_a_sum_that_is_peeled_at_each_stop_is_a_peel_chain() -> None:
    legs: list[Leg] = [(1, 2, 0, 100_000)]
    for stop, (rest, peel) in enumerate(((93_000, 7_000), (88_000, 5_000), (82_000, 6_000))):
        legs += [(2 + stop, 3 + stop, stop + 1, rest), (2 + stop, 50 + stop, stop + 1, peel)]
    (chain,) = found(legs, "peel_chain")
    assert chain.roles == {"source": (1,), "passing": (2, 3, 4), "peeled": (50, 51, 52), "end": (5,)}


def test_two_stops_are_not_yet_a_peel_chain() -> None:
    legs = [(1, 2, 0, 100_000), (2, 3, 1, 93_000), (2, 50, 1, 7_000), (3, 4, 2, 88_000), (3, 51, 2, 5_000)]
    assert not found(legs, "peel_chain")


def rings(shape: str) -> list[Leg]:
    """Twelve rings whose members keep an eighth each: the share by which they give themselves away."""
    legs: list[Leg] = []
    for ring in range(12):
        base, sums = 100 * ring, [8_000 * (ring + 5) + 800 * k for k in range(4)]
        if shape == "scatter_gather":
            legs += [(base, base + 1 + k, 3 * ring, amount) for k, amount in enumerate(sums)]
            legs += [(base + 1 + k, base + 9, 3 * ring + 2, amount * 7 // 8) for k, amount in enumerate(sums)]
        elif shape == "stack":
            legs += [(base, base + 1, 3 * ring, 64 * sums[0]), (base + 1, base + 2, 3 * ring + 2, 56 * sums[0])]
            legs += [(base + 2, base + 3, 3 * ring + 4, 49 * sums[0])]
    return legs


def test_money_that_is_spread_and_meets_again_is_a_scatter_gather() -> None:
    spread = found(rings("scatter_gather"), "scatter_gather")
    assert len(spread) == 12
    assert spread[0].roles == {"source": (0,), "passing": (1, 2, 3, 4), "sink": (9,)}


def test_money_that_is_handed_on_and_on_is_a_stack() -> None:
    stacks = found(rings("stack"), "stack")
    assert {stack.roles["passing"] for stack in stacks} == {(100 * r + 1, 100 * r + 2) for r in range(12)}


def test_the_share_that_passing_accounts_send_on_is_read_off_the_history() -> None:
    assert find_patterns(history(rings("stack")), DAYS).shares == (0.875,)
    assert find_patterns(history(quiet(200)), DAYS).shares == ()


def test_ordinary_life_holds_no_pattern() -> None:
    assert find_patterns(history(quiet(200)), DAYS).patterns == ()


def test_no_transfers_hold_no_pattern() -> None:
    assert find_patterns(history([]), DAYS).patterns == ()


def test_an_account_with_thousands_of_partners_is_infrastructure() -> None:
    legs = [(k, 5_000, k % 100, 700) for k in range(1_000)]
    inside, hubs = without_hubs(history(legs), 0.1, 300)
    assert (len(inside), hubs.tolist()) == (0, [5_000])


def test_a_cut_short_search_says_so() -> None:
    legs = [(a, b, day, 100 + day) for day, (a, b) in enumerate(((1, 2), (2, 3), (3, 4), (4, 1)))]
    assert "cycle" in find_patterns(history(legs), type(DAYS)(cycle_window=30, budget=2)).cut


def test_the_part_that_accounts_play_is_a_feature() -> None:
    legs: list[Leg] = [(1, 2, 10, 900), (2, 3, 12, 800), (3, 4, 15, 750), (4, 1, 18, 700), (7, 8, 1, 5)]
    counts = member_counts(find_patterns(history(legs), DAYS), 9)
    assert np.flatnonzero(counts["cycle"]).tolist() == [1, 2, 3, 4]
