from __future__ import annotations

from pathlib import Path

import pytest

from stanch.model.errors import ConfigError
from stanch.store.catalogue_files import load_folder, load_shipped
from stanch.typologies.catalogue import Catalogue

SMALL = """\
id: data.many_views
on: record_viewed
title: {en: Many look-ups, zh: 大量查询}
features:
  views: {count: true, by: src, over: 1h, where: "kind = 'record_viewed'"}
parameters: {min_views: 3}
when: views >= :min_views
subject: src
side: control
family: record_access
score: 0.5
reason: {en: "{views} look-ups", zh: "查询 {views} 次"}
twin: A clerk. Told apart by fewer look-ups.
source: start value, chosen by us
"""


def put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_a_folder_is_read_by_sector(tmp_path: Path) -> None:
    put(tmp_path, "data/many_views.yaml", SMALL.encode())
    assert [typology.id for typology in load_folder(tmp_path).typologies] == ["data.many_views"]


def test_a_file_that_is_not_named_after_its_id_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "data/few_views.yaml", SMALL.encode())
    with pytest.raises(ConfigError, match=r"data/few_views\.yaml.*data\.few_views"):
        load_folder(tmp_path)


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    put(tmp_path, "data/many_views.yaml", SMALL.encode("gb18030"))
    with pytest.raises(ConfigError, match=r"data/many_views\.yaml: not UTF-8"):
        load_folder(tmp_path)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_an_empty_or_absent_folder_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="typolog"):
        load_folder(tmp_path / name)


def test_the_shipped_catalogue_loads() -> None:
    assert isinstance(load_shipped(), Catalogue)
