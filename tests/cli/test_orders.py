"""``stanch orders`` and ``stanch trace`` as an investigator types them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.test_follow import MINUTES, played
from engine.test_notices import ASKED, held
from engine.test_one_word import ANOTHER, ONE, second
from stanch.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_orders_are_told_in_the_unit_that_people_pay_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(held(tmp_path))
    _, out, _ = run(capsys, "orders", "--home", home, "--state", "in_force")
    assert "3,000.00 CNY" in out
    assert "300,000" not in out
    _, plain, _ = run(capsys, "orders", "--home", home, "--state", "in_force", "--json")
    assert [(row["amount"], row["held"]) for row in msgspec.json.decode(plain)] == [(300_000, 300_000)]


def test_a_draft_says_what_speaks_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stories = {"one": (ONE, "one report alone"), "two": ([*ONE, *ANOTHER, second(30 * MINUTES)], "more than one word")}
    for name, (rows, speaks) in stories.items():
        home = str(played(tmp_path, rows, name))
        _, out, _ = run(capsys, "orders", "--home", home)
        assert "speaks for it" in out
        assert speaks in out
        _, plain, _ = run(capsys, "orders", "--home", home, "--json")
        assert [row["speaks"] for row in msgspec.json.decode(plain)] == [speaks]
        _, trace, _ = run(capsys, "trace", "--home", home, "--report", "report")
        assert ("one report alone" in trace) is (name == "one")


def test_only_of_drafts_is_told_what_speaks_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(held(tmp_path))
    _, plain, _ = run(capsys, "orders", "--home", home, "--json")
    lines = msgspec.json.decode(plain)
    assert {row["state"] for row in lines} >= {"drafted", "in_force"}
    assert all((row["speaks"] is not None) is (row["state"] == "drafted") for row in lines)


def test_an_account_without_sum_or_time_is_asked_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(played(tmp_path, ASKED))
    code, _, err = run(capsys, "trace", "--home", home, "--account", "account:bank/mule-1")
    assert code == 3
    assert "--amount" in err
    assert "--at" in err
    code, out, _ = run(
        capsys, "trace", "--home", home, "--account", "account:bank/mule-1", "--amount", "500000",
        "--at", "2026-03-02T12:00:00Z",
    )  # fmt: skip
    assert code == 0
    assert "5,000.00 CNY" in out
