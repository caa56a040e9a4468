"""Where the log of a home lies: in its folder, or in the database that ``log.address`` names."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_events import fan_in, write_events
from stanch.engine.backup import back_up
from stanch.engine.doctor.examine import examine
from stanch.engine.doctor.finding import Look
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.model.errors import ConfigError, InputError, StoreError
from stanch.store.place import ADDRESS_FILE, LOG_FILE, address_of, has_log
from stanch.store.records import Records

ADDRESS = "postgresql+psycopg://line@127.0.0.1:1/log"


def named(home: Path, address: str, mode: int = 0o600) -> Path:
    home.mkdir(exist_ok=True)
    (home / ADDRESS_FILE).write_text(address + "\n")
    (home / ADDRESS_FILE).chmod(mode)
    return home


def test_a_log_lies_in_its_folder_unless_an_address_is_named(tmp_path: Path) -> None:
    assert address_of(tmp_path) == f"sqlite:///{tmp_path / LOG_FILE}"
    assert not has_log(tmp_path)
    named(tmp_path, ADDRESS)
    assert has_log(tmp_path)
    assert address_of(tmp_path) == ADDRESS


def test_an_address_that_others_read_is_none_or_stands_beside_a_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        address_of(named(tmp_path / "open", ADDRESS, 0o644))
    for wrong in ("", "sqlite:///elsewhere.db", "postgresql", "mysql://host/name"):
        with pytest.raises(ConfigError, match="address of a PostgreSQL"):
            address_of(named(tmp_path / "wrong", wrong))
    home = named(tmp_path / "both", ADDRESS)
    (home / LOG_FILE).touch()
    with pytest.raises(ConfigError, match="has both"):
        Records.open(home)


def test_a_server_that_is_not_there_is_told_and_the_home_is_free_again(tmp_path: Path) -> None:
    home = named(tmp_path, ADDRESS)
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be reached"):
            Records.open(home)


def test_a_home_with_its_log_in_a_server_is_written_read_looked_at_and_has_one_writer(
    tmp_path: Path, server: str
) -> None:
    home = named(tmp_path / "home", server)
    with open_home(home) as opened:
        replay(opened, [write_events(tmp_path / "events.parquet", fan_in())])
        opened.snapshot()
        with pytest.raises(StoreError, match="another process"):
            Records.open(server)
    with Records.read(home) as records:
        assert records.last_seq() >= len(fan_in()) - 1
    with open_home(home) as again:
        replay(again, [tmp_path / "events.parquet"])
    assert not (home / LOG_FILE).exists()
    found = examine(Look(home, 0)).findings
    assert [each for each in found if each.severity == "error" and each.check not in ("disk", "libraries")] == []
    assert any("database server" in each.what for each in found)
    with pytest.raises(InputError, match="pg_dump"):
        back_up(home, tmp_path / "backup.tar", 0)
