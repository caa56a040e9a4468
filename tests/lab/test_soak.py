"""The soak: what is told of a server under load is counted, not made up."""

from __future__ import annotations

import pytest

from stanch.lab import soak
from stanch.lab.bench import bed


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
