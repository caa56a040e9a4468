from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.conftest import Begun
from small_world import decided, key_file


def test_the_same_events_in_another_home_with_the_same_keys_give_the_same_decisions(
    begun: Begun, uninterrupted: bytes, tmp_path: Path
) -> None:
    assert decided(tmp_path / "home", [begun.earlier, begun.later], begun.keys)[0] == uninterrupted


def test_no_pseudonym_and_no_code_shows_in_decisions_so_other_keys_change_nothing(
    begun: Begun, uninterrupted: bytes, tmp_path: Path
) -> None:
    keys = key_file(tmp_path, "others.json")
    assert decided(tmp_path / "home", [begun.earlier, begun.later], keys)[0] == uninterrupted


def test_the_same_files_again_add_nothing(begun: Begun, another: Callable[[str], Path], uninterrupted: bytes) -> None:
    home = another("home")
    decided(home, [begun.later], begun.keys)
    again, summary = decided(home, [begun.earlier, begun.later], begun.keys)
    assert again == uninterrupted
    assert (summary.decided, summary.known) == (0, summary.events)
