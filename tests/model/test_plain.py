from __future__ import annotations

import pytest
import yaml

from stanch.exchange.config import parse_config
from stanch.intake.mapping import parse_mapping
from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml, sound_yaml


def test_on_is_a_word_and_not_a_truth_value() -> None:
    assert plain_from_yaml("on: transfer\nanswer: no\n", "x") == {"on": "transfer", "answer": "no"}


def test_true_is_a_truth_value() -> None:
    assert plain_from_yaml("{count: true}", "x") == {"count": True}


def test_a_repeated_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="'score' stands twice"):
        plain_from_yaml("score: 1\nscore: 2\n", "x.yaml")


def test_objects_of_other_languages_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: not YAML"):
        plain_from_yaml("!!python/object/apply:os.getcwd []", "x.yaml")


LEVELS = 60
BOMB = "a0: &a0 [1, 1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, LEVELS))
RISING = "a: &a\n  b: *a\n"
MERGED = "a: &a {x: 1}\nb:\n  <<: *a\n"


@pytest.mark.parametrize("text", [BOMB, RISING, MERGED])
def test_a_branch_is_never_copied_by_its_name(text: str) -> None:
    with pytest.raises(ConfigError, match="write it out"):
        plain_from_yaml(text, "x.yaml")
    with pytest.raises(yaml.YAMLError, match="write it out"):
        sound_yaml(text)


def test_one_number_may_be_named_and_used_again() -> None:
    assert plain_from_yaml("a: &n 5\nb: *n\n", "x.yaml") == {"a": 5, "b": 5}


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 50_000, "a: 2026-13-45\n", f"a: {'1' * 5000}\n", "a: *b\n"])
def test_what_would_exhaust_the_reader_is_an_error_like_any_other(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: not YAML"):
        plain_from_yaml(text, "x.yaml")


def test_files_of_operators_are_read_with_the_same_care() -> None:
    for read in (parse_mapping, parse_config):
        for text in (BOMB, "[" * 50_000):
            with pytest.raises(ConfigError):
                read(text)
