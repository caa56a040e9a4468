"""The generated SQL: safe names, values outside the text, and nothing that another engine could not read."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from stanch.features.conditions import COLUMN_TYPES, ValueType, parse_condition
from stanch.features.definition import parse_feature
from stanch.features.sql import condition_query, feature_query, features_query
from stanch.model.errors import ConfigError
from stanch.store.catalogue_files import load_shipped
from stanch.typologies.definition import Typology

PAID = parse_feature({"total": "amount", "by": "src", "over": "1h"}, "paid")
MET = parse_feature({"distinct": ["dst", "device"], "by": "src", "over": "1h"}, "met")


TOLD = [typology for typology in load_shipped().typologies if typology.in_sql]


@pytest.mark.parametrize("typology", TOLD, ids=lambda typology: typology.id)
def test_every_typology_is_written_for_spark_in_words_that_spark_has(typology: Typology) -> None:
    query = condition_query([typology.on], typology.when, typology.features, typology.parameters, dialect="spark")
    text = query.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    again = sqlglot.parse_one(text, dialect="spark")
    assert again.sql("spark") == text
    assert not any(word in text for word in ("EPOCH_US", "//", "FILTER", "QUALIFY"))


def test_only_the_dialect_knows_how_to_count_what_differs_in_a_window() -> None:
    assert "COUNT(DISTINCT x_0) OVER" in feature_query(MET).sql("duckdb")
    spark = feature_query(MET, dialect="spark").sql("spark")
    assert "SIZE(COLLECT_SET(x_0) OVER" in spark
    assert "DISTINCT" not in spark


def test_values_of_parameters_stay_out_of_the_text() -> None:
    condition = parse_condition("paid > :limit * :share", {**COLUMN_TYPES, "paid": ValueType.INT}, {"limit", "share"})
    query = condition_query(["transfer"], condition, {"paid": PAID}, {"limit": 424242, "share": 0.125})
    text = query.sql("duckdb")
    assert "$limit" in text
    assert "424242" not in text
    assert "0.125" not in text
    assert {node.name for node in query.find_all(exp.Placeholder)} == {"limit", "share"}


def test_quotes_in_a_condition_stay_inside_their_string() -> None:
    window = parse_feature({"count": True, "by": "src", "over": "1h", "where": "detail = 'it''s; drop table x'"}, "w")
    query = feature_query(window)
    assert len(sqlglot.parse(query.sql("duckdb"), dialect="duckdb")) == 1
    assert "'it''s; drop table x'" in query.sql("duckdb")


@pytest.mark.parametrize("name", ["paid; drop table x", "Paid", "amount", "verdict", "", 'a"b'])
def test_a_name_that_cannot_be_a_column_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a column or table"):
        features_query({name: PAID}, None)


def test_words_of_sql_may_name_features() -> None:
    assert '"select"' in features_query({"select": PAID, "order": MET}, None).sql("duckdb")


def test_unknown_kinds_and_dialects_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown kind 'gift'"):
        features_query({"paid": PAID}, ["gift"])
    with pytest.raises(ConfigError, match="unknown SQL dialect 'oracle'; known: duckdb, spark"):
        feature_query(PAID, dialect="oracle")


def test_features_that_share_keys_and_length_share_one_pass() -> None:
    other = parse_feature({"count": True, "by": "src", "over": "1d"}, "other")
    query = features_query({"paid": PAID, "met": MET, "other": other}, ["transfer"])
    assert [table.alias for table in query.ctes] == ["e", "pass_0", "pass_1"]
    assert [column.alias_or_name for column in query.selects] == ["seq", "paid", "met", "other"]
