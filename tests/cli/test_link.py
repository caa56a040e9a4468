"""``stanch link`` on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stanch.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "people.md"
ROWS = """id,name,born,mail
1,张伟,1980-05-04,zw@example.org
2,Wei Zhang,1980-05-04,zw@example.org
3,李娜,1991-11-30,ln@example.org
"""
MAP = "columns: {id: id, name: name, birth_date: born, email: mail}\n"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["link", *(str(word) for word in words)])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    people, mapping = tmp_path / "people.csv", tmp_path / "people.yaml"
    people.write_text(ROWS, encoding="utf-8")
    mapping.write_text(MAP, encoding="utf-8")
    return people, mapping


def test_bindings_are_listed_and_written_as_events(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bound.ndjson"
    code, told, err = run(capsys, files[0], "--map", files[1], "--out", out)
    assert (code, "bound" in told, "start values" in err) == (0, True, True)
    (event,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (event["kind"], event["src"], event["dst"]) == ("bound", "person:1", "person:2")
    assert "张伟" not in told + out.read_text(encoding="utf-8")
    assert out.stat().st_mode & 0o077 == 0


def test_everything_is_told_as_json(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run(capsys, files[0], "--map", files[1], "--json")
    report = json.loads(told)
    assert (code, report["records"], report["clusters"]) == (0, 3, [["person:1", "person:2"]])
    assert report["links"][0]["weights"][0]["level"] == report["links"][0]["decided"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--accept", "x"), 2, "--by"),
        (("--accept", "x", "--by", "employee:bank/E7", "--out", "OUT"), 3, "no proposal 'x'"),
        (("--out", "OUT", "--at", "soon"), 2, "not a moment"),
        (("--out", "OUT", "--at", "2026-03-02"), 2, "names no zone"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...], code: int, told: str,
) -> None:  # fmt: skip
    given = (str(tmp_path / "out.ndjson") if word == "OUT" else word for word in words)
    ended, _, err = run(capsys, files[0], "--map", files[1], *given)
    assert (ended, told in err) == (code, True)


def test_the_example_on_the_page_runs() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102 our own page
