from __future__ import annotations

from pathlib import Path

import pytest

from stanch.model.errors import ConfigError
from stanch.store.keys import KEY_FILE, make_keys, open_keys


def test_a_new_home_gets_keys_that_only_its_owner_reads(tmp_path: Path) -> None:
    ring = open_keys(tmp_path / "home")
    assert (tmp_path / "home" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert open_keys(tmp_path / "home") == ring


def test_keys_of_another_home_are_refused(tmp_path: Path) -> None:
    open_keys(tmp_path / "home")
    make_keys(tmp_path / "other.json")
    with pytest.raises(ConfigError, match="not those of"):
        open_keys(tmp_path / "home", tmp_path / "other.json")


def test_a_home_that_lost_its_keys_gets_no_new_ones(tmp_path: Path) -> None:
    open_keys(tmp_path / "home")
    (tmp_path / "home" / KEY_FILE).unlink()
    with pytest.raises(ConfigError, match="restore the file"):
        open_keys(tmp_path / "home")


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    open_keys(tmp_path / "home")
    (tmp_path / "home" / KEY_FILE).chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        open_keys(tmp_path / "home")


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"version": 1}')
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="not a key file"):
        open_keys(tmp_path / "home", path)
