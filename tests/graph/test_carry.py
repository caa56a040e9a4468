from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.naive_money import Found, Move, carry
from stanch.graph.ledger import Ledger
from stanch.graph.postings import BALANCE, MOVE, Postings
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.graph.trace import WAYS, Exit, Movement, Place, Trace
from stanch.graph.tracing import trace
from stanch.model.columns import NULL

ACCOUNTS = 6
CONSERVED = ("fifo", "lifo", "proportional")
ENDLESS = 10**9


def ledger_of(moves: list[Move], openings: dict[int, int]) -> Ledger:
    """A ledger with stated openings for some accounts, and unknown ones for the rest."""
    ledger = Ledger()
    ledger.append(stated(openings))
    ledger.append(posted(moves, 0))
    return ledger


def stated(openings: dict[int, int]) -> Postings:
    rows = [(BALANCE, account, NULL, 0, amount, 0) for account, amount in openings.items()]
    return _columns(rows)


def posted(moves: list[Move], first: int) -> Postings:
    return _columns([(MOVE, m.src, m.dst, 1 + first + i, m.amount, WAYS.index(m.way)) for i, m in enumerate(moves)])


def _columns(rows: Sequence[tuple[int, ...]]) -> Postings:
    what, src, dst, at, amount, way = np.array(rows, dtype=np.int64).reshape(-1, 6).T.copy()
    void = np.full(len(what), NULL, dtype=np.int64)
    order = np.arange(len(what), dtype=np.int64)
    zero = order * 0
    return Postings(order, what, src, dst, at, amount, zero, way, void, order, void, void)


def report_of(moves: list[Move], number: int, entry: int, amount: int) -> Report:
    move = moves[entry]
    return Report(number, move.src, move.dst, amount, 0, 1 + entry, entry)


ways = st.sampled_from(["transfer"] * 6 + ["returned", "returned", "cash", "crypto"])
OUTSIDE = ACCOUNTS


def _move(src: int, dst: int, amount: int, way: str) -> Move:
    return Move(src, OUTSIDE if way in ("cash", "crypto") else dst, amount, way)


a_move = st.builds(_move, st.integers(0, ACCOUNTS - 1), st.integers(0, ACCOUNTS - 1), st.integers(1, 60), ways)
some_moves = st.lists(a_move, min_size=1, max_size=30)
some_openings = st.dictionaries(st.integers(0, ACCOUNTS - 1), st.integers(0, 80))


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Move], dict[int, int], list[Report]]:
    moves = draw(some_moves)
    picks = draw(st.lists(st.tuples(st.integers(0, len(moves) - 1), st.integers(1, 70)), min_size=1, max_size=4))
    reports = [
        report_of(moves, n, entry, amount)
        for n, (entry, amount) in enumerate(picks)
        if moves[entry].src != moves[entry].dst
    ]
    return moves, draw(some_openings), reports or [report_of(moves, 0, *picks[0])]


def in_order(reports: list[Report], shares: tuple[int, ...]) -> dict[int, int]:
    return {n: share for n, share in enumerate(shares) if share}


def check_conserved(found: Trace) -> None:
    whole = sum(p.traced for p in found.places) + sum(e.traced for e in found.exits) + found.returned
    assert whole == found.reported
    sums: list[Place | Exit] = [*found.places, *found.exits]
    for what in sums:
        assert sum(what.shares) == what.traced
        assert 0 <= what.low <= what.traced <= what.high
    for move in found.movements:
        assert 0 <= move.low <= move.traced <= move.high <= move.amount


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=80)
@given(story=stories())
def test_with_known_openings_the_engine_is_the_naive_twin(
    method: str, story: tuple[list[Move], dict[int, int], list[Report]]
) -> None:
    moves, openings, reports = story
    full = {account: openings.get(account, 0) for account in range(ACCOUNTS)}
    found = trace(ledger_of(moves, full), reports, method=method, hops=ENDLESS, work=ENDLESS)
    twin = carry(moves, full, reports, method)
    assert {p.account: in_order(reports, p.shares) for p in found.places} == twin.places
    assert {e.entry: in_order(reports, e.shares) for e in found.exits} == twin.exits
    assert found.returned == sum(twin.returned.values())
    assert found.reported == twin.reported
    check_conserved(found)
    exact: list[Place | Exit | Movement] = [*found.places, *found.exits, *found.movements]
    assert all(what.low == what.traced == what.high for what in exact)


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=80)
@given(story=stories(), more=st.dictionaries(st.integers(0, ACCOUNTS - 1), st.integers(0, 200)))
def test_whatever_the_unknown_openings_are_the_amounts_lie_between_low_and_high(
    method: str, story: tuple[list[Move], dict[int, int], list[Report]], more: dict[int, int]
) -> None:
    moves, openings, reports = story
    ledger = ledger_of(moves, openings)
    found = trace(ledger, reports, method=method, hops=ENDLESS, work=ENDLESS)
    check_conserved(found)
    pools = ledger.pages.pools
    lowest = {int(row[0]): int(row[3]) for row in pools[: ledger.pages.counts[1]]}
    drawn = {a: openings[a] if a in openings else lowest.get(a, 0) + more.get(a, 0) for a in range(ACCOUNTS)}
    twin = carry(moves, drawn, reports, method)
    check_between(found, twin)


def check_between(found: Trace, twin: Found) -> None:
    for place in found.places:
        assert place.low <= sum(twin.places.get(place.account, {}).values()) <= place.high
    for leaving in found.exits:
        assert leaving.low <= sum(twin.exits.get(leaving.entry, {}).values()) <= leaving.high
    for move in found.movements:
        assert move.low <= twin.moved[move.entry] <= move.high


@pytest.mark.parametrize("method", [*CONSERVED, "poison"])
@settings(deadline=None, max_examples=50)
@given(story=stories(), cuts=st.lists(st.integers(0, 30), max_size=4))
def test_the_live_taint_is_the_trace_from_scratch(
    method: str, story: tuple[list[Move], dict[int, int], list[Report]], cuts: list[int]
) -> None:
    moves, openings, reports = story
    ledger = Ledger()
    ledger.append(stated(openings))
    taint = Taint(ledger, method)
    known = 0
    for end in [*sorted(min(cut, len(moves)) for cut in cuts), len(moves)]:
        ledger.append(posted(moves[known:end], known))
        for report in reports:
            if report.entry is not None and known <= report.entry < end:
                taint.report(report)
        known = end
        taint.follow()
        present = [r for r in reports if r.entry is not None and r.entry < end]
        if present:
            whole = trace(
                ledger, sorted(present, key=lambda r: (r.entry, r.id)), method=method, hops=ENDLESS, work=ENDLESS
            )
            assert taint.places() == whole.places
            if method != "poison":
                assert {p.account: p.low for p in whole.places if p.low} == {
                    a: int(taint.low[a]) for a in range(ACCOUNTS) if taint.low[a]
                }
    for report in reports:
        taint.withdraw(report.id)
    taint.follow()
    assert not taint.places()
    assert not taint.low.any()


@pytest.mark.parametrize("method", [*CONSERVED, "poison"])
@settings(deadline=None, max_examples=120)
@given(story=stories(), payer=st.integers(0, ACCOUNTS - 1), asked=st.integers(1, 90))
def test_what_a_payment_would_carry_is_what_it_carries_once_it_is_made(
    method: str, story: tuple[list[Move], dict[int, int], list[Report]], payer: int, asked: int
) -> None:
    moves, openings, reports = story
    ledger = ledger_of(moves, openings)
    held, most = ledger.balance(payer, 0)
    amount = asked if most is not None else min(asked, held)
    taint = Taint(ledger, method)
    for report in reports:
        taint.report(report)
    taint.follow()
    before = taint.places()
    told = taint.carried(payer, 0, amount)
    assert taint.places() == before
    paid = Move(payer, OUTSIDE + 1, amount, "transfer")
    whole = trace(ledger_of([*moves, paid], openings), reports, method=method, hops=ENDLESS, work=ENDLESS)
    made = [(move.low, move.traced) for move in whole.movements if move.entry == len(moves)]
    assert told == (made[0] if made else (0, 0))


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=80)
@given(story=stories(), later=some_moves)
def test_following_says_when_reported_money_sits_elsewhere_or_is_surer_than_before(
    method: str, story: tuple[list[Move], dict[int, int], list[Report]], later: list[Move]
) -> None:
    moves, openings, reports = story
    ledger = ledger_of(moves, openings)
    taint = Taint(ledger, method)
    for report in reports:
        taint.report(report)
    taint.follow()
    for number, move in enumerate(later, start=len(moves)):
        before = planned_from(taint.places())
        ledger.append(posted([move], number))
        told = taint.follow()
        assert told or planned_from(taint.places()) == before


def planned_from(places: Sequence[Place]) -> set[tuple[object, ...]]:
    """What the plan of orders reads of places; a known balance is read as known, not for its sum."""
    known = {p.account: p.balance[0] == p.balance[1] for p in places}
    return {
        (p.account, p.hop, p.since, p.traced, p.low, None if known[p.account] else p.high, p.shares) for p in places
    }
