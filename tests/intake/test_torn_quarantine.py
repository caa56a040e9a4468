from __future__ import annotations

from pathlib import Path

from stanch.intake.quarantine import Quarantine
from stanch.intake.report import Refused


def test_a_line_that_a_crash_cut_off_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "quarantine.ndjson"
    first, second, third = (Refused("payments/0", "d", row, "why", "what") for row in range(3))
    kept = Quarantine(file)
    kept.keep(first)
    kept.keep(second)
    kept.flush()
    file.write_bytes(file.read_bytes()[:-9])
    again = Quarantine(file)
    for refused in (first, second, third):
        again.keep(refused)
    again.flush()
    lines = [line for line in file.read_bytes().split(b"\n") if line.endswith(b"}")]
    assert [b'"row":%d' % row in line for row, line in enumerate(lines)] == [True, True, True]
    Quarantine(file).keep(third)
    assert len(lines) == 3
