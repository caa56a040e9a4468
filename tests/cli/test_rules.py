"""What the page about rules shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from cli.conftest import Run
from other_rules import other_policy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    return [line for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def words_of(command: str, known: dict[str, str]) -> list[str]:
    words = [str(ROOT / word) if word.startswith("examples/") else word for word in shlex.split(command)[1:]]
    return [known.get(word, word) for word in words]


def test_the_commands_of_the_page_do_what_it_says(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    other_policy(tmp_path, ("id: start", "id: mine"), ("delay: 0.5", "delay: 0.45")).rename(tmp_path / "mine.yaml")
    known, told = dict[str, str](), list[tuple[str, str]]()
    for command in commands():
        code, out, err = run(*words_of(command, known))
        assert code == 0, (command, err)
        told.append((command, out))
        if "propose" in command:
            known["VERSION"] = out.split()[0]
            listed = msgspec.json.decode(run("rules", "list", "--home", "out/home", "--json")[1])
            states = {line["version"]: line["state"] for line in listed}
            assert states.pop(known["VERSION"]) == "proposed"
            (known["FORMER"],) = states
            assert states[known["FORMER"]] == "in force"
    assert len(told) == 10
    assert [out.split()[0] for command, out in told if "approve" in command] == [known["VERSION"]]
    listed = msgspec.json.decode(run("rules", "list", "--home", "out/home", "--json", "--actor", "auditor")[1])
    acts = {line["version"]: [(act["kind"], act["by"]) for act in line["acts"]] for line in listed}
    assert acts[known["VERSION"]] == [
        ("rules_proposed", "lina"), ("rules_shadowed", "lina"), ("rules_approved", "bochen")
    ]  # fmt: skip
    assert acts[known["FORMER"]] == [("rules_rolled_back", "lina")]


@pytest.fixture
def home(run: Run, tmp_path: Path) -> Path:
    payments, mapping = ROOT / "examples/payments.csv", ROOT / "examples/payments.yaml"
    assert run("replay", payments, "--map", mapping, "--home", tmp_path / "home")[0] == 0
    return tmp_path / "home"


def proposed(run: Run, home: Path, folder: Path) -> str:
    policy = other_policy(
        folder,
        ("delay: 0.5", "delay: 0.95"),
        ("hold_part: 0.75", "hold_part: 0.96"),
        ("hold: 0.85", "hold: 0.97"),
        ("restrict: 0.95", "restrict: 0.98"),
    )
    code, out, _ = run("rules", "propose", "--home", home, "--policy", policy, "--by", "Anna", "--reason", "delays")
    assert code == 0
    return out.split()[0]


def test_a_trial_run_over_the_last_days_counts_and_writes_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    version = proposed(run, home, tmp_path)
    before = (home / "log.db").read_bytes()
    code, out, _ = run("rules", "try", "--home", home, "--id", version, "--days", "3650", "--json")
    whole = msgspec.json.decode(out)
    assert code == 0
    assert whole["before"]["delay"] > 0
    assert "delay" not in whole["after"]
    assert whole["changed"] == {"delay -> allow": whole["before"]["delay"]}
    assert whole["examples"][0]["before"] == "delay"
    assert (home / "log.db").read_bytes() == before


def test_one_person_cannot_do_both(run: Run, home: Path, tmp_path: Path) -> None:
    version = proposed(run, home, tmp_path)
    code, _, err = run("rules", "approve", "--home", home, "--id", version, "--by", "ANNA")
    assert (code, "same person" in err) == (3, True)
    code, _, err = run("rules", "approve", "--home", home, "--id", version)
    assert (code, "--by" in err) == (3, True)
    code, _, err = run("rules", "approve", "--home", home, "--by", "Bo")
    assert (code, "--id" in err) == (3, True)
    assert run("rules", "shadow", "--home", home)[0] == 3


def test_what_is_wrong_with_the_files_is_told_and_nothing_is_kept(run: Run, home: Path, tmp_path: Path) -> None:
    policy = other_policy(tmp_path, ("quiet: 24h", "quiet: long"), ("warn: 0.45", "warn: 7"))
    code, _, err = run("rules", "propose", "--home", home, "--policy", policy, "--by", "Anna", "--reason", "x")
    assert code == 2
    assert "long" in err
    assert "from_score" in err
    assert len(msgspec.json.decode(run("rules", "list", "--home", home, "--json")[1])) == 1
