from __future__ import annotations

import copy
from typing import Any

import pytest

from stanch.model.errors import ConfigError
from stanch.typologies.definition import parse_typology, plain_typology, typology_from_plain

TEXT = """\
id: finance.fan_in
on: transfer
title: {en: Fan-in, zh: 资金归集}
features:
  payers_1h: {distinct: src, by: dst, over: 1h, where: "kind = 'transfer'"}
  received_1h: {total: amount, by: [dst, currency], over: 1h, where: "kind = 'transfer'"}
  age: {since: account_opened, of: dst}
parameters: {min_payers: 8, max_age: 30d}
when: payers_1h >= :min_payers and age <= :max_age
subject: dst
side: control
family: collecting
score: 0.6
reason:
  en: "{payers_1h} payers sent {received_1h} to an account opened {age} ago before this {amount}"
  zh: "此笔 {amount} 前 {payers_1h} 人向开户 {age} 的账户转入 {received_1h}"
twin: A landlord on rent day. Told apart by how many payers come within one hour.
source: start value, chosen by us
maps_to: {atofl: art. 18}
"""


def changed(**keys: object) -> dict[str, Any]:  # plain data of any shape
    plain: dict[str, Any] = copy.deepcopy(plain_typology(parse_typology(TEXT, "fan_in.yaml")))
    return {**plain, **keys}


def refused(data: object) -> str:
    with pytest.raises(ConfigError) as caught:
        typology_from_plain(data, "fan_in.yaml")
    assert str(caught.value).startswith("fan_in.yaml: "), "the message names the file"
    return str(caught.value)


def test_a_typology_is_read_whole() -> None:
    typology = parse_typology(TEXT, "fan_in.yaml")
    assert (typology.id, typology.sector, typology.on) == ("finance.fan_in", "finance", "transfer")
    assert typology.parameters == {"min_payers": 8, "max_age": 30 * 86_400}
    assert set(typology.features) == {"payers_1h", "received_1h", "age"}


def test_durations_are_written_back_as_durations() -> None:
    assert changed()["parameters"] == {"min_payers": 8, "max_age": "30d"}


def test_plain_data_reads_back_to_the_same_typology() -> None:
    typology = parse_typology(TEXT, "fan_in.yaml")
    assert typology_from_plain(plain_typology(typology), "again") == typology


@pytest.mark.parametrize(
    "key", ["id", "on", "title", "features", "parameters", "when", "subject", "side", "family", "score"]
)
def test_a_missing_key_is_named(key: str) -> None:
    data = changed()
    del data[key]
    assert key in refused(data)


def test_an_unknown_key_is_named_with_the_known_ones() -> None:
    message = refused(changed(colour="red"))
    assert "colour" in message
    assert "maps_to" in message


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"id": "finance"}, "'finance'"),
        ({"id": "sport.fan_in"}, "sport"),
        ({"on": "transfers"}, "'transfers'"),
        ({"on": "tick"}, "'tick'"),
        ({"subject": "amount"}, "'amount'"),
        ({"side": "attack"}, "side"),
        ({"family": "Collecting"}, "'Collecting'"),
        ({"score": 0}, "score"),
        ({"score": 1.2}, "1.2"),
        ({"score": "high"}, "score"),
        ({"twin": " "}, "twin"),
        ({"source": ""}, "source"),
        ({"title": {"en": "Fan-in"}}, "zh"),
        ({"when": "payers_1h >= :min_payers and age <= :max_age and hat = 1"}, "hat"),
        ({"when": "payers_1h >= :min_hats and age <= :max_age"}, ":min_hats"),
        ({"when": "payers_1h + age"}, "true or false"),
        ({"when": "payers_1h >="}, "not a condition"),
        ({"when": "payers_1h >= 8 and age <= :max_age"}, "parameters.min_payers"),
        ({"parameters": {"min_payers": 8, "max_age": "soon"}}, "'soon'"),
        ({"parameters": {"min_payers": float("nan"), "max_age": "1d"}}, "nan"),
        ({"parameters": {"min_payers": 10**30, "max_age": "1d"}}, "parameters.min_payers"),
        ({"parameters": {"min_payers": 8, "max_age": "1d", "amount": 3}}, "'amount'"),
        ({"parameters": {"min_payers": 8, "max_age": "1d", "age": 3}}, "'age'"),
    ],
)
def test_what_is_wrong_is_named(keys: dict[str, object], named: str) -> None:
    assert named in refused(changed(**keys))


def test_an_unused_feature_is_refused() -> None:
    data = changed()
    data["features"]["spare"] = {"count": True, "by": "src", "over": "1h"}
    assert "features.spare" in refused(data)


def test_an_unknown_column_in_a_feature_is_refused_with_its_place() -> None:
    data = changed()
    data["features"]["payers_1h"] = {"distinct": "payer", "by": "dst", "over": "1h"}
    assert "features.payers_1h: unknown column 'payer'" in refused(data)


def test_both_languages_must_give_the_same_numbers() -> None:
    data = changed()
    data["reason"]["zh"] = "共 {payers_1h} 人"
    assert "age" in refused(data)


def test_a_reason_may_not_speak_of_an_entity() -> None:
    data = changed()
    data["reason"] = {"en": "{dst} received", "zh": "{dst} 收款"}
    assert "{dst}" in refused(data)


def test_text_that_is_not_yaml_is_refused_with_the_file() -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: not YAML"):
        parse_typology("id: [", "x.yaml")


def test_a_list_is_not_a_typology() -> None:
    assert "object" in refused([])
