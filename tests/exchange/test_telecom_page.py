"""The page about telecom: its example runs, and it names every operation."""

from __future__ import annotations

import doctest
from pathlib import Path

from stanch.exchange.camara.operations import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "telecom.md"


def test_the_example_runs() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0


def test_every_operation_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert all(part in page for path in OPERATIONS for part in path.split("/"))
