from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from lab.train.card_world import MODEL, card_world

SHORT = ("--train", "4d", "--delay", "2d", "--test", "3d", "--weeks", "1", "--draws", "5", "--alone")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    pytest.importorskip("lightgbm")
    folder = tmp_path_factory.mktemp("shop")
    payments, mapping = card_world(folder, days=12)
    model = folder / "shops.yaml"
    model.write_text(MODEL, encoding="utf-8")
    return payments, mapping, model


def test_a_model_is_trained_from_files_and_served(run: Run, shop: tuple[Path, Path, Path], tmp_path: Path) -> None:
    payments, mapping, definition = shop
    out, home = tmp_path / "shops.json", tmp_path / "home"
    code, said, noted = run(
        "train",
        payments,
        "--map",
        mapping,
        "--model",
        definition,
        "--out",
        out,
        *SHORT,
        "--until",
        "2026-03-13",
        "--json",
    )
    assert code == 0
    assert json.loads(said)["weeks"][0]["test_to"] == "2026-03-13"
    assert "written to" in noted
    assert run("replay", payments, "--map", mapping, "--home", home, "--model", out)[0] == 0
    code, table, _ = run("train", "--home", home, "--model", definition, "--out", out, *SHORT)
    assert code == 0
    assert "average precision" in table


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "name either files or --home"),
        (("--home", "nowhere"), 3, "no log in"),
        (("FILE", "--model", "no.yaml"), 2, "cannot be read as a model's definition"),
        (("FILE", "--out", "."), 4, "cannot be written"),
        (("FILE", "--train", "4h"), 2, "whole days"),
        (("FILE", "--train", "20d"), 3, "take fewer or shorter weeks"),
        (("FILE", "--out", "no/folder/x.json"), 2, "there is no folder"),
    ],
)
def test_what_cannot_be_trained_is_told_with_the_next_step(
    run: Run, shop: tuple[Path, Path, Path], tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    payments, mapping, definition = shop
    given = ["--model", definition, "--out", tmp_path / "x.json", "--map", mapping, *SHORT]
    ended, _, told = run("train", *given, *(payments if word == "FILE" else word for word in words))
    assert (ended, says in told) == (code, True), told


def test_a_file_that_is_no_model_is_not_served(run: Run, shop: tuple[Path, Path, Path], tmp_path: Path) -> None:
    payments, mapping, definition = shop
    code, _, told = run("replay", payments, "--map", mapping, "--home", tmp_path / "home", "--model", definition)
    assert code == 2
    assert "not a model" in told
