from __future__ import annotations

import json

import pytest

from stanch.model.errors import ConfigError
from stanch.store.catalogue_files import load_shipped
from stanch.typologies.catalogue import catalogue_from_plain, make_catalogue, parse_catalogue

SHIPPED = load_shipped()
SMALL = """\
id: data.many_views
on: record_viewed
title: {en: Many look-ups, zh: 大量查询}
features:
  views: {count: true, by: src, over: 1h, where: "kind='record_viewed'"}
parameters: {min_views: 3}
when: views>=:min_views
subject: src
side: control
family: record_access
score: 0.5
reason: {en: "{views} look-ups", zh: "查询 {views} 次"}
twin: A clerk. Told apart by fewer look-ups.
source: start value, chosen by us
"""


def test_the_catalogue_is_ordered_by_id() -> None:
    ids = [typology.id for typology in SHIPPED.typologies]
    assert ids == sorted(ids)


def test_the_shipped_catalogue_has_sixty_features_over_all_sectors() -> None:
    assert len(SHIPPED.features) >= 60
    assert {typology.sector for typology in SHIPPED.typologies} == {"telecom", "finance", "internet", "data"}


def test_the_catalogue_reads_back_from_json_with_the_same_hash() -> None:
    again = catalogue_from_plain(json.loads(json.dumps(SHIPPED.plain())))
    assert again == SHIPPED
    assert again.hash == SHIPPED.hash


def test_another_spelling_of_the_same_content_has_the_same_hash() -> None:
    spaced = SMALL.replace("views>=:min_views", "views  >=  :min_views").replace(
        "kind='record_viewed'", "kind = 'record_viewed'"
    )
    assert parse_catalogue({"a": SMALL}).hash == parse_catalogue({"b": spaced}).hash


def test_another_threshold_is_another_hash() -> None:
    assert (
        parse_catalogue({"a": SMALL}).hash != parse_catalogue({"a": SMALL.replace("min_views: 3", "min_views: 4")}).hash
    )


def test_an_id_that_stands_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"data\.many_views"):
        parse_catalogue({"a": SMALL, "b": SMALL})


def test_a_typology_is_found_by_id_and_an_unknown_one_names_the_known() -> None:
    assert SHIPPED.get("finance.fan_in").on == "transfer"
    with pytest.raises(ConfigError, match=r"finance\.fan_in"):
        SHIPPED.get("finance.fan")


def test_the_listing_gives_each_feature_its_full_name() -> None:
    listed = make_catalogue([SHIPPED.get("finance.fan_in")]).listing()[0]
    json.dumps(listed)
    features = listed["features"]
    assert isinstance(features, dict)
    assert {entry["name"] for entry in features.values()} <= set(SHIPPED.features)
