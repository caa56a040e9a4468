"""``stanch data count``: items, thresholds and what to do next, on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Run

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.fixture
def seized(tmp_path: Path) -> Path:
    """Sixty people's phone numbers with where they were."""
    path = tmp_path / "seized.csv"
    path.write_text("\n".join(["手机,轨迹", *(f"138{n:08},街道{n}" for n in range(60))]), encoding="utf-8")
    return path


def counted(run: Run, *words: object) -> dict[str, Any]:  # Any: JSON
    code, out, _ = run("data", "count", *words, "--day", "2026-03-02", "--json")
    assert code == 0
    told: dict[str, Any] = json.loads(out)
    return told


def said(report: dict[str, Any], of: str, band: str = "serious") -> str:
    return str(next(each["answer"] for each in report["answers"] if (each["of"], each["band"]) == (of, band)))


def test_sixty_tracks_meet_the_threshold_of_fifty_and_the_provision_is_named(run: Run, seized: Path) -> None:
    report = counted(run, seized)
    assert (report["provision"], report["mark"]) == ("cn.253-1.items.2017", "read")
    assert report["items"]["track"] == {"verified": 60, "inferred": 0, "unread": 0}
    assert (said(report, "track"), said(report, "mixed"), said(report, "property")) == ("met", "met", "not met")
    assert said(report, "track", "especially_serious") == "not met"


def test_the_same_file_twice_adds_nothing(run: Run, seized: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.csv"
    again.write_bytes(seized.read_bytes())
    report = counted(run, seized, again)
    assert (report["items"]["track"]["verified"], report["repeated"]) == (60, 60)


def test_no_clear_identifier_is_printed(run: Run, seized: Path) -> None:
    with seized.open("a", encoding="utf-8") as file:
        file.write("\n13800000077,街,too many")
    assert "138" not in json.dumps(counted(run, seized))


def test_with_a_file_that_is_torn_nothing_is_not_met(run: Run, seized: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1")
    report = counted(run, seized, torn)
    assert {each["answer"] for each in report["answers"]} == {"met", "unknown"}
    assert any("send it again" in text for text in report["next"])


def test_the_analyst_says_what_a_column_holds(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["手机,zz", *(f"138{n:08},{n}" for n in range(60))]), encoding="utf-8")
    assert said(counted(run, path), "credit") == "unknown"
    assert said(counted(run, path, "--column", "zz=credit"), "credit") == "met"
    assert said(counted(run, path, "--column", "zz=none"), "credit") == "not met"


def test_the_tables_for_people_name_thresholds_and_places(run: Run, seized: Path) -> None:
    code, out, _ = run("data", "count", seized, "--insider")
    assert code == 0
    assert "art. 5 (1) 3" in out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nowhere.csv",), 3, "no such file"),
        (("FILE", "--column", "zz"), 2, "NAME=CLASS"),
        (("FILE", "--column", "zz=secret"), 3, "unknown class 'secret'"),
        (("FILE", "--day", "soon"), 2, "YYYY-MM-DD"),
        (("FILE", "--day", "2010-01-01"), 2, "no rule on counting items"),
        (("FILE", "--law", "zz"), 2, "known: cn"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(
    run: Run, seized: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    ended, _, err = run("data", "count", *(seized if word == "FILE" else word for word in words))
    assert (ended, told in err) == (code, True)


def test_the_example_on_the_page_runs() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102 our own page
