from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from graph.naive_money import Move
from graph.test_carry import ACCOUNTS, ENDLESS, in_order, ledger_of, stories
from stanch.graph.replaying import Payments, replay
from stanch.graph.report import Report
from stanch.graph.tracing import trace
from stanch.model.columns import NULL


@settings(deadline=None, max_examples=200)
@given(story=stories())
def test_a_replay_of_the_whole_history_is_the_trace_of_all_reports(
    story: tuple[list[Move], dict[int, int], list[Report]],
) -> None:
    moves, openings, reports = story
    plain = [Move(m.src, m.dst % ACCOUNTS, m.amount, "transfer") for m in moves]
    reports = sorted(reports, key=lambda r: (r.entry or 0, r.id))
    whole = trace(ledger_of(plain, openings), reports, hops=ENDLESS, work=ENDLESS)
    src, dst, amount = (np.array([getattr(m, name) for m in plain]) for name in ("src", "dst", "amount"))
    known = np.array([openings.get(account, NULL) for account in range(ACCOUNTS)])
    reported, amounts = np.array([r.entry for r in reports]), np.array([r.amount for r in reports])
    found = replay(Payments(src, dst, amount, ACCOUNTS), known, reported, amounts)
    places: dict[int, dict[int, int]] = {}
    for account, report, part in zip(found.account.tolist(), found.report.tolist(), found.amount.tolist(), strict=True):
        places.setdefault(account, {})[report] = part
    assert places == {p.account: in_order(reports, p.shares) for p in whole.places}
