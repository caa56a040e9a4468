from __future__ import annotations

from pathlib import Path

import pytest

from stanch.intake.mapping import Mapping, load_mapping, parse_mapping
from stanch.model.errors import ConfigError

GOOD = """
source: bank
timezone: Asia/Shanghai
columns: {happened_at: T, src: {column: A, as: account}, dst: {column: B, as: merchant}, amount: M}
constants: {kind: transfer, currency: CNY}
"""


def test_a_mapping_is_read_whole() -> None:
    mapping = parse_mapping(GOOD)
    assert mapping.parts()["src"].as_ == "account"
    assert mapping.parts()["happened_at"].column == "T"


def test_translations_may_be_written_as_numbers() -> None:
    mapping = parse_mapping(GOOD.replace("as: account", "as: account, values: {-2: outside, 7: 2026-01-01}"))
    assert mapping.parts()["src"].values == {"-2": "outside", "7": "2026-01-01"}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("src:", "source_account:", "unknown event column 'source_account'"),
        ("as: account", "as: bank", r"columns\.src\.as"),
        ("happened_at: T", "known_at: T", "nothing gives 'happened_at'"),
        ("happened_at: T", "happened_at: {column: T, time: sometimes}", r"columns\.happened_at\.time"),
        ("amount: M", "amount: {column: M, unit: cents}", "unit"),
        ("amount: M", "amount: {colum: M}", "colum"),
        ("kind: transfer, ", "", "nothing gives 'kind'"),
        ("timezone:", "time_zone:", "time_zone"),
        ("constants:", "also: {transfer: [call_ended]}\nconstants:", "does not hold what call_ended needs"),
        ("constants:", "also: {transfer: [tick]}\nconstants:", "unknown kind"),
        ("constants:", "max_jump: soon\nconstants:", "not a duration"),
        ("source: bank", "source: [", "not YAML"),
    ],
)
def test_an_error_names_the_key_and_what_to_write(old: str, new: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        parse_mapping(GOOD.replace(old, new))


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    with pytest.raises(ConfigError, match=r"bank\.yaml: cannot be read"):
        load_mapping(path)
    path.write_text("columns: 3")
    with pytest.raises(ConfigError, match=r"bank\.yaml: Expected `object`"):
        load_mapping(path)


@pytest.mark.parametrize("name", ["aml_transfers", "card_transactions"])
def test_the_examples_are_mappings(name: str) -> None:
    examples = Path(__file__).parents[2] / "examples"
    assert load_mapping(examples / f"{name}.yaml").confirmed is not None


def test_the_mapping_in_the_documentation_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "intake.md").read_text("utf-8")
    mapping = parse_mapping(page.split("```yaml\n")[1].split("```")[0])
    assert mapping.confirmed is not None
    assert all(
        f"`{key}`" in page for key in Mapping.__struct_fields__ if key not in ("source", "timezone", "nulls", "attrs")
    )
