"""docs/security.md is held to what it says: its tests and files exist, and no point of the standard is left out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
STATES = {"met", "partly", "not", "—"}
#: The points of levels 1 and 2 of OWASP ASVS 5.0.0, which come first in each section: its last number.
LEVEL_2 = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}  # fmt: skip


def rows(text: str) -> list[list[str]]:
    """Return the cells of all rows that begin with points."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| \d", line)
    ]


def points(cell: str) -> list[str]:
    """Return the points of a cell; ``1.2.6–1.2.8`` stands for three."""
    found: list[str] = []
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        section, start = first.rsplit(".", 1)
        end = last.rsplit(".", 1)[1] if last else start
        assert not last or last.rsplit(".", 1)[0] == section, part
        found += [f"{section}.{number}" for number in range(int(start), int(end) + 1)]
    return found


def test_every_point_of_levels_one_and_two_stands_on_the_page_once() -> None:
    told = [point for row in rows(PAGE.split("## Of level 3")[0]) for point in points(row[0])]
    wanted = [f"{section}.{n}" for section, last in LEVEL_2.items() for n in range(1, last + 1)]
    assert sorted(told) == sorted(wanted)


@pytest.mark.parametrize("row", rows(PAGE), ids=lambda row: row[0])
def test_a_point_that_is_met_is_shown_and_one_that_is_not_says_why(row: list[str]) -> None:
    assert len(row) == 5
    _, asks, state, how, shown = row
    assert asks
    assert state in STATES
    assert state == "met" or how, "what is missing, or why it does not apply"
    assert state != "met" or "::test_" in shown or "](" in shown


@cache
def claims_of(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_test_and_file_on_the_page_exists() -> None:
    named = re.findall(r"`([a-z0-9_/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 100
    missing = {(file, test) for file, test in named if test not in claims_of(ROOT / "tests" / file)}
    assert not missing
    files = set(re.findall(r"`([a-z0-9_/]+\.py)`", PAGE))
    assert files
    assert {file for file in files if not (ROOT / "src" / "stanch" / file).exists()} == set()


def test_the_way_to_report_a_weakness_names_terms() -> None:
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "(docs/security.md)" in page
    assert re.search(r"library with a known weakness.*\d+ days", page)
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text("utf-8")
