"""The soak: what is told of a server under load is counted, not made up."""

from __future__ import annotations

import pytest

from stanch.lab import soak
from stanch.lab.bench import bed
from stanch.lab.bench.serving import later


def test_a_minute_tells_what_was_answered_and_what_the_server_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bed, "PEOPLE", 500)
    monkeypatch.setattr(soak, "_MINUTE", 3.0)
    (first, last, again) = soak.soak(2, 20)
    assert (last.minute, last.refused) == (2, 0)
    assert 0 < first.answered <= last.answered <= 120
    assert last.resident > 50
    assert last.threads > 1
    assert 0 < last.p50 <= last.p99
    assert (again.minute, again.refused) == (3, 0)
    assert again.resident > 50
    for each in (first, last, again):
        assert each.state > 1
        assert each.rest == pytest.approx(each.resident - each.state - each.kept, abs=0.2)
    assert last.kept > 0
    assert again.kept < 1


def test_a_world_is_made_with_events_for_all_the_minutes_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bed, "PEOPLE", 500)
    days = soak.days_for(30_000)
    with bed.Bed(days) as made:
        assert later(made, 30_000).num_rows == 30_000
    assert days > bed.DAYS
