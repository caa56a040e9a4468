"""What the README promises about your own data."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from stanch.cli import main
from stanch.store.catalogue_files import load_shipped

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one command of the README in a folder, its examples taken from the project."""
    monkeypatch.chdir(folder)
    words = [str(ROOT / word) if word.startswith("examples/") else word for word in command.split()]
    with pytest.raises(SystemExit) as ended:
        main(words[1:])
    assert ended.value.code == 0, command


def test_the_commands_for_your_own_data_do_what_the_text_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README.split("## Your own data")[1].split("## ")[0]
    for command in re.findall(r"^ {3}(stanch .*)$", section, re.MULTILINE):
        run(command, tmp_path, monkeypatch)
    quoted = re.search(r'because "(.*?)"', " ".join(section.split()))
    assert quoted is not None
    reasons = pq.read_table(tmp_path / "out" / "own.parquet")["reasons_en"].to_pylist()
    assert [quoted[1]] in reasons
    assert (tmp_path / "out" / "own" / "quarantine.ndjson").read_text().count("\n") == 1


def test_the_mapping_in_the_readme_is_the_one_in_the_examples() -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert yaml.safe_load(shown[1]) == yaml.safe_load((ROOT / "examples" / "payments.yaml").read_text())


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
)
def test_every_link_in_the_docs_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), f"{page.name}: {link}"


def test_typologies_named_in_the_readme_exist() -> None:
    known = {typology.id for typology in load_shipped().typologies}
    assert set(re.findall(r"\b(?:finance|telecom|internet|data)\.[a-z_]+\b", README)) <= known
