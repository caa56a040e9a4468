from __future__ import annotations

from pathlib import Path

from engine.conftest import Begun
from stanch.lab.crash import crash


def test_a_replay_killed_at_random_moments_decides_the_same_byte_for_byte(begun: Begun, tmp_path: Path) -> None:
    report = crash([begun.later], tmp_path, kills=3, seed=3)
    assert report.equal
    assert report.kills >= 2, "a kill that strikes nothing proves nothing"
