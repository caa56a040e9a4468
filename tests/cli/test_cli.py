from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
import typer.main

from cli.conftest import Run
from stanch.cli import main
from stanch.cli.app import COMMANDS, app

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "w"
    with pytest.raises(SystemExit):
        main(["world", "--out", str(folder), "--people", "600", "--days", "3", "--seed", "3"])
    return folder


@pytest.fixture(scope="module")
def home(world: Path) -> Path:
    folder = world.parent / "home"
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(world), "--home", str(folder), "--world", str(world)])
    assert ended.value.code == 0
    return folder


@pytest.mark.parametrize("name", [command.__name__ for command in COMMANDS])
def test_every_command_has_help_with_an_example(run: Run, name: str) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    assert f"Example: stanch {name}" in out


@pytest.mark.parametrize("name", [command.__name__ for command in COMMANDS])
def test_every_command_and_option_has_its_place_on_the_page(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]  # the app is a group
    section = re.search(rf"^## stanch {name}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    for option in command.params:
        word = option.opts[0] if option.opts[0].startswith("--") else option.opts[0].upper()
        assert f"`{word}`" in section[1], f"stanch {name}: {word} is not in docs/cli.md"


def test_the_page_names_no_command_that_does_not_exist() -> None:
    assert set(re.findall(r"^## stanch (\w+)", PAGE, re.MULTILINE)) == {command.__name__ for command in COMMANDS}


def test_a_world_is_not_written_over(run: Run, world: Path) -> None:
    code, _, err = run("world", "--out", world, "--people", "600", "--days", "3")
    assert code == 3
    assert err.startswith("stanch: ")
    assert "already holds events" in err
    assert "Traceback" not in err


def test_typologies_are_listed_for_programs(run: Run) -> None:
    code, out, _ = run("typologies", "--json")
    listed = msgspec.json.decode(out)
    assert code == 0
    assert {"id", "sector", "on", "title", "features", "reason", "twin", "source"} <= set(listed[0])


def test_what_is_known_is_not_decided_again(run: Run, world: Path, home: Path) -> None:
    code, out, _ = run("replay", world, "--home", home, "--json")
    summary = msgspec.json.decode(out)
    assert code == 0
    assert summary["known"] > 0.9 * summary["events"]


def test_a_closed_loop_needs_a_new_home(run: Run, world: Path, home: Path) -> None:
    code, _, err = run("replay", world, "--home", home, "--world", world)
    assert (code, "needs a new home" in err) == (3, True)


def test_a_replay_is_measured_against_its_truth(run: Run, world: Path, home: Path) -> None:
    code, out, _ = run("measure", "--home", home, "--truth", world / "truth", "--json")
    found = msgspec.json.decode(out)
    assert code == 0
    assert found["world"]["closed_loop"]
    assert found["follow"]["stanch"]["reported"] >= found["follow"]["stanch"]["held"]
    assert {"planted", "found", "recall", "flagged", "precision", "false_alerts"} <= set(
        found["world"]["typologies"][0]
    )
    assert run("measure", "--home", home, "--truth", world / "truth")[0] == 0


def test_insiders_of_a_world_are_looked_for_and_nobody_else_is_named(run: Run, world: Path, home: Path) -> None:
    code, out, _ = run("leaks", "--home", home, "--truth", world / "truth", "--json")
    held = msgspec.json.decode(out)["truth"]
    assert code == 0
    assert held["insiders"] >= 1
    assert held["false_names"] == []
    assert run("leaks", "--home", home, "--truth", world / "truth")[0] == 0


def test_decisions_are_exported_without_identities(run: Run, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "decisions.parquet"
    code, told, _ = run("decisions", "--home", home, "--out", out)
    table = pq.read_table(out)
    assert code == 0
    assert f"{table.num_rows:,} decisions" in told
    assert {"seq", "event_id", "action", "score", "findings", "reasons_en", "reasons_zh"} <= set(table.column_names)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("measure", "--home", "nowhere", "--truth", "nowhere"), 3, "no log in nowhere"),
        (("replay", "--home", "h"), 2, "no files"),
        (("replay", "nothing.csv", "--home", "h"), 3, "no such file or folder"),
        (("replay", "--home", "h", "--against", "p.yaml"), 2, "--against needs --policy"),
        (("typologies", "--folder", "nowhere"), 2, "no folder of typologies"),
        (("bench", "--only", "nothing"), 3, "no benchmark 'nothing'"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended, _, err = run(*words)
    assert ended == code
    assert told in err
    assert "Traceback" not in err
