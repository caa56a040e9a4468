"""The page of faults promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "faults.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 6][1:]


def test_every_row_names_tests_that_exist() -> None:
    assert len(ROWS) >= 12
    for row in ROWS:
        named = re.findall(r"`([a-z_]+/test_[a-z_]+\.py)`", row.rsplit("|", 2)[1])
        assert named, row
        assert [name for name in named if not (TESTS / name).is_file()] == []


def test_the_commands_on_the_page_are_modules_of_ours() -> None:
    for name in re.findall(r"python -m (stanch\.[a-z.]+)", PAGE):
        assert (TESTS.parent / "src" / f"{name.replace('.', '/')}.py").is_file(), name
