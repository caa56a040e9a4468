"""The accounts that money of backed reports went through, and what came into others by their way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.naive_money import Move, came, through
from graph.test_carry import ACCOUNTS, CONSERVED, ledger_of, posted, report_of, stories
from stanch.graph.channel import RECEIPTS
from stanch.graph.report import Report
from stanch.graph.taint import Taint

Story = tuple[list[Move], dict[int, int], list[Report]]


@st.composite
def told(draw: st.DrawFn) -> Story:
    """A story with known openings, in which some of the reports are backed."""
    moves, openings, reports = draw(stories())
    backed = draw(st.lists(st.booleans(), min_size=len(reports), max_size=len(reports)))
    full = {account: openings.get(account, 0) for account in range(ACCOUNTS)}
    return moves, full, [replace(report, backed=each) for report, each in zip(reports, backed, strict=True)]


def followed(story: Story, method: str = "fifo") -> Taint:
    moves, openings, reports = story
    taint = Taint(ledger_of(moves, openings), method)
    for report in reports:
        taint.report(report)
    taint.follow()
    return taint


def went(taint: Taint) -> set[int]:
    found = {account for account in range(ACCOUNTS) if taint.went_through(account)}
    assert {account for account in taint.through() if account < ACCOUNTS} == found
    return found


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=200)
@given(story=told(), since=st.integers(0, 31))
def test_it_is_the_naive_twin(method: str, story: Story, since: int) -> None:
    taint = followed(story, method)
    assert went(taint) == {account for account in through(*story, method) if account < ACCOUNTS}
    for account in range(ACCOUNTS):
        assert taint.came(account, 0, since) == came(*story, method, account, since - 1)  # entry n is at n + 1


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=60)
@given(story=told(), cut=st.integers(0, 30))
def test_followed_step_by_step_it_is_the_same_as_from_scratch(method: str, story: Story, cut: int) -> None:
    moves, openings, reports = story
    cut = min(cut, len(moves))
    early = [report for report in reports if (report.entry or 0) < cut]
    taint = followed((moves[:cut], openings, early), method)
    for number, move in enumerate(moves[cut:], start=cut):
        taint.ledger.append(posted([move], number))
        taint.follow()
        taint.came_ever(move.dst % ACCOUNTS, 0)
    whole = followed((moves, openings, early), method)
    assert went(taint) == went(whole)
    assert [taint.came(a, 0, 0) for a in range(ACCOUNTS)] == [whole.came(a, 0, 0) for a in range(ACCOUNTS)]
    assert [taint.came_ever(a, 0) for a in range(ACCOUNTS)] == [whole.came(a, 0, 0) for a in range(ACCOUNTS)]


@settings(deadline=None, max_examples=60)
@given(story=told())
def test_withdrawn_and_unbacked_reports_make_nobody_a_channel(story: Story) -> None:
    taint = followed(story)
    for report in story[2]:
        taint.withdraw(report.id) if report.backed else None
    taint.follow()
    assert not went(taint)
    assert all(taint.came(account, 0, 0)[1] == 0 for account in range(ACCOUNTS))


VICTIM, MULE, SECOND, SHOP = 0, 1, 2, 3
FUNDS = {VICTIM: 100, MULE: 0, SECOND: 0, SHOP: 0, 4: 500, 5: 0}
CHAIN = [Move(VICTIM, MULE, 100), Move(MULE, SECOND, 100), Move(4, SHOP, 400), Move(SECOND, SHOP, 100)]


def chain(*, backed: bool) -> Taint:
    return followed((CHAIN, FUNDS, [replace(report_of(CHAIN, 1, 0, 100), backed=backed)]))


def test_an_account_is_a_channel_also_when_all_has_gone_on() -> None:
    assert went(chain(backed=True)) == {MULE, SECOND, SHOP}
    assert went(chain(backed=False)) == set()


def test_a_mule_lives_on_it_and_a_shop_on_its_customers() -> None:
    taint = chain(backed=True)
    assert [taint.came(account, 0, 0) for account in (MULE, SECOND, SHOP)] == [(100, 100), (100, 100), (500, 100)]


def test_what_came_before_the_time_asked_for_does_not_count() -> None:
    taint = chain(backed=True)
    assert [taint.came(SHOP, 0, since) for since in (3, 4, 5)] == [(500, 100), (100, 100), (0, 0)]


def test_bait_that_a_victim_is_sent_back_is_his_own_money() -> None:
    bait = [*CHAIN[:2], Move(4, MULE, 50), Move(SECOND, 4, 60), Move(4, SECOND, 300), Move(SECOND, 4, 200)]
    taint = followed((bait, FUNDS, [replace(report_of(bait, 1, 0, 100), backed=True)]))
    assert taint.came(4, 0, 0) == (260, 10)


def test_a_mule_that_passes_on_what_came_has_paid_nothing_of_its_own() -> None:
    twice = [*CHAIN[:2], Move(SECOND, MULE, 90), Move(MULE, SECOND, 90)]
    taint = followed((twice, FUNDS, [replace(report_of(twice, 1, 0, 100), backed=True)]))
    assert taint.came(SECOND, 0, 0) == (190, 190)


def test_nor_does_a_reported_payment_before_it() -> None:
    moves = [Move(VICTIM, MULE, 100), Move(4, MULE, 300)]
    taint = followed((moves, FUNDS, [replace(report_of(moves, 1, 0, 100), backed=True)]))
    assert [taint.came(MULE, 0, since) for since in (1, 2)] == [(400, 100), (300, 0)]


def test_a_reported_payment_by_a_victim_who_is_a_channel_counts_once() -> None:
    """The second victim was paid stolen money, and paid a mule 80 in good faith."""
    moves = [Move(VICTIM, SECOND, 20), Move(SECOND, MULE, 80), Move(4, MULE, 100)]
    reports = [replace(report_of(moves, n, entry, 80), backed=True) for n, entry in enumerate((0, 1))]
    assert followed((moves, {**FUNDS, SECOND: 60}, reports)).came(MULE, 0, 0) == (180, 80)


def test_a_unit_that_rounding_gives_to_another_report_makes_nobody_a_channel() -> None:
    """Of 100 the backed report has 1; the payment of 1 takes the other's, so nothing of it went on."""
    moves = [Move(VICTIM, MULE, 1), Move(4, MULE, 99), Move(MULE, SECOND, 1)]
    reports = [replace(report_of(moves, 1, 0, 1), backed=True), report_of(moves, 2, 1, 99)]
    assert went(followed((moves, FUNDS, reports), "proportional")) == {MULE}


def test_of_a_busy_account_only_the_latest_receipts_are_looked_at() -> None:
    moves = [Move(VICTIM, SHOP, 100), *[Move(4, SHOP, 1)] * RECEIPTS]
    paid = [replace(report_of(moves, 1, 0, 100), backed=True)]
    total, reported = followed((moves, {**FUNDS, 4: RECEIPTS}, paid)).came(SHOP, 0, 0)
    assert total == RECEIPTS
    assert 0 <= reported <= total


def test_an_account_that_nobody_knows_is_none() -> None:
    taint = chain(backed=True)
    assert (taint.went_through(-1), taint.went_through(10**6)) == (False, False)
    assert (taint.came(10**6, 0, 0), taint.came(SHOP, 9, 0)) == ((0, 0), (0, 0))
