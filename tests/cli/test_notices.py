"""``stanch notices`` as an official sees it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.test_follow import played
from engine.test_notices import ASKED, held
from stanch.cli import main


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["notices", *words])
    assert ended.value.code == 0
    told = capsys.readouterr()
    return told.out, told.err


def test_notices_are_listed_with_what_became_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = held(tmp_path)
    out, _ = said(capsys, "--home", str(home), "--language", "en")
    first, text = out.strip().splitlines()
    assert first.split()[3:] == ["stop", "in_force", "bank", "en", "not", "taken", "yet"]
    assert "cannot be paid out" in text
    rows = msgspec.json.decode(said(capsys, "--home", str(home), "--json")[0])
    assert [(row["language"], row["taken_at"]) for row in rows] == [("en", None), ("zh", None)]
    assert said(capsys, "--home", str(home), "--order", rows[0]["order"], "--json")[0] != "[]\n"
    assert said(capsys, "--home", str(home), "--order", "another", "--json")[0] == "[]\n"


def test_a_home_in_which_nobody_had_to_be_told_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = said(capsys, "--home", str(played(tmp_path, ASKED)))
    assert out == ""
    assert "no holder" in err
