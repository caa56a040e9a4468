from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.conftest import Begun
from small_events import event, fan_in, transfer, write_events
from small_world import decided
from stanch.api.audit import FILE as AUDIT
from stanch.api.keys import FILE as ACCESS
from stanch.api.keys import ApiKeys, Wish
from stanch.engine.backup import back_up, restore_backup
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.exchange.deliveries import FILE, Deliveries, Delivery
from stanch.model.errors import ConfigError, InputError, StoreError
from stanch.store.backups import MANIFEST
from stanch.store.keys import KEY_FILE, make_keys
from stanch.store.place import LOG_FILE
from stanch.store.records import Records

WRITER = """
import sys
from pathlib import Path
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
with open_home(Path(sys.argv[1]), keys=Path(sys.argv[2])) as home:
    print("ready", flush=True)
    replay(home, [Path(sys.argv[3])], batch=8)
    home.snapshot()
"""
DAY = 86_400.0


def written_beside(home: Path, keys: Path, file: Path) -> subprocess.Popen[bytes]:
    """Another process that decides on a file in small commits; it is at work when this returns."""
    words = [sys.executable, "-c", WRITER, *map(str, (home, keys, file))]
    writer = subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603 our own code
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"ready\n"
    return writer


def last_seq(home: Path) -> int:
    with Records.read(home) as records:
        return records.last_seq()


def test_a_home_restored_from_a_backup_of_a_line_at_work_decides_on_as_the_original(
    begun: Begun, uninterrupted: bytes, another: Callable[[str], Path], tmp_path: Path
) -> None:
    home, before = another("home"), last_seq(begun.home)
    with written_beside(home, begun.keys, begun.later) as writer:
        while last_seq(home) == before:
            assert writer.poll() is None, "it ended before it wrote"
            time.sleep(0.01)
        writer.send_signal(signal.SIGSTOP)  # so that one backup is of the midst of it, however quick it is
        reports = [back_up(home, tmp_path / "backup-0", 1)]
        writer.send_signal(signal.SIGCONT)
        reports.append(back_up(home, tmp_path / "backup-1", 1))
        assert writer.wait() == 0
    assert before + 1 < reports[0].events <= last_seq(home)
    assert reports[0].events <= reports[1].events
    for n, report in enumerate(reports):
        restored = tmp_path / f"restored-{n}"
        assert restore_backup(tmp_path / f"backup-{n}", restored, begun.keys).events == report.events
        assert last_seq(restored) == report.events - 1
        assert decided(restored, [begun.later], begun.keys)[0] == uninterrupted


def test_a_backup_holds_a_snapshot_and_the_closed_days(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    home = another("home")
    with open_home(home, keys=begun.keys) as opened:
        opened.snapshot()
        days = opened.close_days()
        replay(opened, [begun.later])
        backup = back_up(home, tmp_path / "b.tar", 1)
    restored = tmp_path / "restored"
    restore_backup(tmp_path / "b.tar", restored, begun.keys)
    assert backup.left_alone == ("decisions.parquet",)
    assert [path.name for path in sorted((restored / "lake").iterdir())] == [path.name for path in days]
    assert list((restored / "snapshots").glob("snapshot-*"))
    with open_home(restored, keys=begun.keys) as opened, open_home(home, keys=begun.keys) as original:
        assert opened.close_days() == []
        assert opened.door.clock.now == original.door.clock.now
        assert len(opened.door.known) == len(original.door.known)


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    """A home with a fan-in, and its keys."""
    keys, home = tmp_path / "keys.json", tmp_path / "home"
    make_keys(keys)
    with open_home(home, keys=keys) as opened:
        replay(opened, [write_events(tmp_path / "1.parquet", fan_in())])
    return home, keys


def test_keys_are_in_a_backup_only_where_asked_for(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, keys = small
    back_up(home, tmp_path / "without", 1)
    back_up(home, tmp_path / "with", 1, keys=keys, with_keys=True)
    secret = keys.read_bytes()
    assert all(secret not in path.read_bytes() for path in (tmp_path / "without").rglob("*") if path.is_file())
    restore_backup(tmp_path / "with", tmp_path / "a")
    open_home(tmp_path / "a").close()
    assert (tmp_path / "a" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    restore_backup(tmp_path / "without", tmp_path / "b")
    with pytest.raises(ConfigError, match="restore the file"):
        open_home(tmp_path / "b")
    open_home(tmp_path / "b", keys=keys).close()


def test_other_keys_are_refused_by_backup_and_restore(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = small
    make_keys(tmp_path / "other.json")
    with pytest.raises(ConfigError, match="not those of the home"):
        back_up(home, tmp_path / "b", 1, keys=tmp_path / "other.json", with_keys=True)
    assert not list(tmp_path.glob("b*"))
    back_up(home, tmp_path / "b", 1)
    with pytest.raises(ConfigError, match="not those of"):
        restore_backup(tmp_path / "b", tmp_path / "new", tmp_path / "other.json")
    assert not list(tmp_path.glob("new*"))


@pytest.mark.parametrize("form", ["b", "b.tar"])
def test_nothing_is_written_over(small: tuple[Path, Path], tmp_path: Path, form: str) -> None:
    home, keys = small
    back_up(home, tmp_path / form, 1)
    with pytest.raises(InputError, match="holds something already"):
        back_up(home, tmp_path / form, 1)
    with pytest.raises(InputError, match="holds something already"):
        restore_backup(tmp_path / form, home, keys)


def flipped(backup: Path) -> None:
    raw = bytearray((backup / LOG_FILE).read_bytes())
    raw[len(raw) // 2] ^= 1
    (backup / LOG_FILE).write_bytes(raw)


def shortened(backup: Path) -> None:
    (backup / LOG_FILE).write_bytes((backup / LOG_FILE).read_bytes()[:-1])


def one_lost(backup: Path) -> None:
    (backup / LOG_FILE).unlink()


def one_more(backup: Path) -> None:
    (backup / "keys.json").write_text("{}")


def no_manifest(backup: Path) -> None:
    (backup / MANIFEST).unlink()


def torn_manifest(backup: Path) -> None:
    (backup / MANIFEST).write_bytes((backup / MANIFEST).read_bytes()[:-9])


def leading_outside(backup: Path) -> None:
    text = (backup / MANIFEST).read_text().replace('"log.db"', '"../log.db"')
    (backup / MANIFEST).write_text(text)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flipped, "log.db is damaged"), (shortened, "log.db is damaged"), (one_lost, "log.db is missing"),
        (one_more, "keys.json is not in its manifest"), (no_manifest, "no manifest.json"),
        (torn_manifest, "cannot be read"), (leading_outside, "a file outside of it"),
    ],
)  # fmt: skip
def test_a_backup_that_was_changed_is_refused(
    small: tuple[Path, Path], tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    home, keys = small
    back_up(home, tmp_path / "b", 1)
    harm(tmp_path / "b")
    with pytest.raises((StoreError, InputError), match=said):
        restore_backup(tmp_path / "b", tmp_path / "new", keys)
    assert not list(tmp_path.glob("new*"))


def test_a_torn_tar_is_refused(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, keys = small
    back_up(home, tmp_path / "b.tar", 1)
    raw = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "b.tar").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(StoreError, match="use another backup"):
        restore_backup(tmp_path / "b.tar", tmp_path / "new", keys)
    assert not list(tmp_path.glob("new*"))


def test_a_damaged_log_is_not_backed_up_as_if_it_were_whole(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = small
    with closing(sqlite3.connect(home / LOG_FILE)) as database:
        database.execute("UPDATE blocks SET checksum = checksum + 1")
        database.commit()
    with pytest.raises(StoreError, match="damaged on disk"):
        back_up(home, tmp_path / "b", 1)
    assert not list(tmp_path.glob("b*"))


def test_what_was_set_aside_stays_aside_and_refused_rows_leave_only_when_asked(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    home, keys = small
    far = write_events(tmp_path / "far.parquet", [transfer("far", 900 * DAY, "a", "b")])
    with open_home(home, keys=keys) as opened:
        assert replay(opened, [far]).quarantined == 1
        replay(opened, [write_events(tmp_path / "bad.parquet", [event("bad", 900, "transfer", src="account:x")])])
    assert b"account:x" in (home / "quarantine.ndjson").read_bytes()
    assert back_up(home, tmp_path / "b", 1).refused_rows_left_out == 1
    assert back_up(home, tmp_path / "whole", 1, with_quarantine=True).refused_rows_left_out == 0
    restore_backup(tmp_path / "b", tmp_path / "new", keys)
    restore_backup(tmp_path / "whole", tmp_path / "same", keys)
    assert b"account:x" not in (tmp_path / "new" / "quarantine.ndjson").read_bytes()
    assert (tmp_path / "same" / "quarantine.ndjson").read_bytes() == (home / "quarantine.ndjson").read_bytes()
    with open_home(tmp_path / "new", keys=keys) as opened:
        assert replay(opened, [far]).decided == 0
        assert opened.records.last_seq() == last_seq(home)


def test_a_message_taken_between_the_copies_is_not_sent_again(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, keys = small
    with Records.read(home) as records:
        first, second, *_ = [row.id for row in records.pending_outbox()]
    book = Deliveries(home / FILE)
    for id_ in (first, second):
        book.note(Delivery(id_, "bank", "taken", 1, None, 5, "200"))
    with Records.open(home) as records:
        records.mark_sent([first], 5)
    book.settle([first, second])  # the log of the copy knows of the first one only
    book.close()
    back_up(home, tmp_path / "b", 1)
    restore_backup(tmp_path / "b", tmp_path / "new", keys)
    copied = Deliveries(tmp_path / "new" / FILE)
    assert {one.id: one.state for one in copied.all().values()} == {second: "taken"}
    copied.close()


def test_a_backup_never_waits_for_the_line_nor_the_line_for_it(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, _ = small
    with closing(sqlite3.connect(home / LOG_FILE, isolation_level=None)) as line:
        line.execute("BEGIN IMMEDIATE")
        line.execute("INSERT INTO progress VALUES ('mark', '1')")
        assert back_up(home, tmp_path / "b", 1).events == last_seq(home) + 1
        line.execute("COMMIT")
    with closing(sqlite3.connect(tmp_path / "b" / LOG_FILE)) as copied:
        assert copied.execute("SELECT count(*) FROM progress").fetchone() == (0,)


def test_a_place_without_a_log_is_no_home_and_a_file_without_a_manifest_no_backup(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no log in"):
        back_up(tmp_path / "empty", tmp_path / "b", 1)
    with pytest.raises(InputError, match="no such backup"):
        restore_backup(tmp_path / "b", tmp_path / "new")
    pq.write_table(pq.read_table(write_events(tmp_path / "1.parquet", fan_in())), tmp_path / "not.tar")
    with pytest.raises(StoreError, match="not a whole tar"):
        restore_backup(tmp_path / "not.tar", tmp_path / "new")


def test_keys_of_the_api_and_the_chain_of_readings_are_in_a_backup(small: tuple[Path, Path], tmp_path: Path) -> None:
    home, keys = small
    table = ApiKeys(home / ACCESS)
    key, _ = table.create(Wish("bank", ("read",), "", None, None, None), 1)
    back_up(home, tmp_path / "b", 1)  # while the file is open
    table.close()
    with closing(sqlite3.connect(home / AUDIT)) as chain:
        chain.execute("CREATE TABLE some (what TEXT)")
    back_up(home, tmp_path / "c", 1)
    restore_backup(tmp_path / "b", tmp_path / "new", keys)
    restored = ApiKeys(tmp_path / "new" / ACCESS)
    assert [one.id for one in restored.all()] == [key.id]
    restored.close()
    assert (tmp_path / "c" / AUDIT).exists()
