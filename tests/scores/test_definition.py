from __future__ import annotations

from pathlib import Path

import pytest

from scores.small_model import TEXT, small_definition, small_model
from stanch.engine.rules import load_rules, read_rules, with_model
from stanch.lab.train.train import load_definition
from stanch.model.errors import ConfigError
from stanch.scores.definition import definition_from_plain, parse_definition, plain_definition
from stanch.scores.model import read_model, write_model

SHIPPED = load_definition(Path("cards"))


def test_a_definition_survives_the_way_through_plain_data() -> None:
    for definition in (small_definition(), SHIPPED):
        plain = plain_definition(definition)
        assert plain_definition(definition_from_plain(plain, "plain")) == plain


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: small", "id: Small", "word of small letters"),
        ("on: transfer", "on: transfers", "unknown kind"),
        ("value: amount,", "value: amounts,", "unknown name"),
        ("value: confirmed,", "value: payments,", "used neither"),
        ("en: the amount,", "en: '',", "say in en"),
        ("trees: 20", "trees: 0", "learning.trees"),
        ("leaves: 6", "rate: 2", "learning.rate"),
        ("leaves: 6", "depth: 6", "unknown field"),
        ("{count: true, by: src, over: 1h, where: \"kind = 'transfer'\"}", "{computed: taint_share}", "another room"),
        ("kind = 'confirmed'", "kind = 'warned'", "our own decisions"),
        ("  payments: {count", "  amount: {count", "is a column"),
        ("channel = 'pos'", "channel", "true or false"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_with_its_reason(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match=says):
        parse_definition(TEXT.replace(old, new, 1), "small.yaml")


def test_a_model_is_bytes_that_read_back_as_the_same_model() -> None:
    pytest.importorskip("lightgbm")
    body = write_model(small_model())
    again = read_model(body, "small.json")
    assert write_model(again) == body
    assert write_model(small_model()) == body  # the same examples, the same bytes
    assert again.hash == small_model().hash != small_model(seed=2).hash


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [(b'"format": 1', b'"format": 9', "format 9"), (b'"slope"', b'"slop"', "not a model"), (b"{", b"", "not a model"),
     (b"objective=binary", b"objective=other", "yes or no"), (b'"amount": {', b'"amounts of": {', "small letters")],
)  # fmt: skip
def test_broken_model_files_are_refused(old: bytes, new: bytes, says: str) -> None:
    pytest.importorskip("lightgbm")
    body = write_model(small_model())
    assert old in body
    with pytest.raises(ConfigError, match=says):
        read_model(body.replace(old, new, 1), "small.json")


def test_rules_with_a_model_have_another_hash_and_read_back_from_the_log() -> None:
    pytest.importorskip("lightgbm")
    plain = load_rules()
    rules = with_model(plain, small_model())
    assert rules.hash != plain.hash
    assert read_rules(rules.body()).hash == rules.hash
    assert read_rules(plain.body()).hash == plain.hash
    assert rules.catalogue.get("finance.small_risk").learned


def test_a_model_takes_the_place_of_the_one_before() -> None:
    pytest.importorskip("lightgbm")
    once = with_model(load_rules(), small_model())
    assert with_model(once, small_model(seed=2)).hash == with_model(load_rules(), small_model(seed=2)).hash
