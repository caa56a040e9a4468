from __future__ import annotations

from stanch.lab.measure.reach import HOPS, spread


def test_money_is_followed_from_account_to_account_but_not_out() -> None:
    moved = [("account:m", "account:b", 10, 5), ("account:b", "merchant:shop", 3, 6), ("account:b", "account:c", 7, 7)]
    found = spread([("account:m", 0)], moved)
    assert [(each.account, each.at, each.amount) for each in found] == [("account:b", 5, 10), ("account:c", 7, 7)]


def test_what_moved_before_the_report_is_known_with_it() -> None:
    assert [each.at for each in spread([("account:m", 100)], [("account:m", "account:b", 10, 5)])] == [100]


def test_a_trace_ends_after_so_many_hops() -> None:
    moved = [(f"account:{n}", f"account:{n + 1}", 1, n) for n in range(20)]
    assert len(spread([("account:0", 0)], moved)) == HOPS - 1


def test_accounts_that_reported_money_never_touched_are_out_of_reach() -> None:
    assert spread([("account:m", 0)], [("account:x", "account:y", 10, 5)]) == []
