from __future__ import annotations

import pytest

from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml


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
