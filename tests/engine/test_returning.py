"""What a return rests on is read from the log, and gives the same statements again."""

from __future__ import annotations

from pathlib import Path

from engine.test_follow import STOLEN, answer, approval, played, reported, stops
from stanch.decide.returns import recompute
from stanch.engine.opening import open_home
from stanch.engine.returning import returned_by


def test_what_is_held_goes_to_who_was_robbed_and_no_further(tmp_path: Path) -> None:
    rows = [*STOLEN, reported("report", 1200, "pay", amount=600_000)]
    largest = max(stops(played(tmp_path, rows, "first")), key=lambda order: order.amount)
    rows += [approval(largest, 1500), answer(largest, 2400)]
    with open_home(played(tmp_path, rows, "held")) as home:
        inputs, (statement,) = returned_by(home, "timestamp", "CNY")
    assert (statement.claim.verified, statement.claim.alleged) == (500_000, 100_000)
    assert (statement.share, statement.missing) == (300_000, 200_000)
    assert recompute(inputs, statement.report) == statement
