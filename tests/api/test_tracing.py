"""How much of the line's time a question about reported money may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.test_follow import MINUTES, STOLEN, played
from engine.test_follow import reported as a_report
from stanch.api import tracing
from stanch.api.tracing import trace_of
from stanch.engine.answers import Answers
from stanch.engine.inquiry import reported, traced
from stanch.engine.opening import open_home


def test_a_trace_that_takes_more_than_it_may_ends_and_says_so(tmp_path: Path) -> None:
    path = played(tmp_path, [*STOLEN, a_report("report", 20 * MINUTES, "pay")])
    with open_home(path) as home:
        reports = reported(home, ["report"])
        assert traced(home, reports, "fifo").complete
        assert not traced(home, reports, "fifo", work=1).complete


def test_what_is_asked_over_http_may_take_only_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = played(tmp_path, [*STOLEN, a_report("report", 20 * MINUTES, "pay")])
    with open_home(path) as home:
        place = home.place_of("bank", "report")
        assert place is not None
        answer = Answers(home.records, home.line.names).find("bank", "report", place)
        assert answer is not None
        whole = trace_of(home, answer, "fifo", ("bank", "k"))
        monkeypatch.setattr(tracing, "WORK", 1)
        part = trace_of(home, answer, "fifo", ("bank", "k"))
    assert whole is not None
    assert part is not None
    assert (whole.complete, part.complete) == (True, False)
