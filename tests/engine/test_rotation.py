from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.conftest import Begun
from small_events import MORNING, event, fan_in, write_events
from small_world import decided
from stanch.engine.backup import back_up, restore_backup
from stanch.engine.doctor.examine import examine
from stanch.engine.doctor.finding import Look
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.rotation import drop, rotate, told
from stanch.exchange.deliveries import FILE, Deliveries
from stanch.model.errors import ConfigError, InputError, StoreError
from stanch.model.time import DAY
from stanch.privacy.identity import Identity
from stanch.store.keys import KEY_FILE, load_keys
from stanch.store.layout import VAULT_FILE
from stanch.store.vault import SqliteVault

MANY = 30_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that has decided on a fan-in, with a message in its log."""
    said = event("m", 5000, "message", src="user:p/1", dst="user:p/2", text="see you at seven")
    with open_home(tmp_path / "home") as opened:
        replay(opened, [write_events(tmp_path / "1.parquet", [*fan_in(), said])])
    return tmp_path / "home"


def opened_identity(home: Path) -> str:
    with open_home(home) as opened:
        return opened.vault.open(some_pseudonym(opened.vault), "audit", "officer 7", 1).normalised


def some_pseudonym(vault: SqliteVault) -> bytes:
    found: bytes = vault._db.execute("SELECT pseudonym FROM identities ORDER BY pseudonym LIMIT 1").fetchone()[0]
    return found


def test_after_a_rotation_the_old_key_opens_nothing_and_the_new_one_all(home: Path, tmp_path: Path) -> None:
    before, was = load_keys(home / KEY_FILE), opened_identity(home)
    day = MORNING // DAY
    with open_home(home) as opened:
        text_key = opened.vault.open_day(day, "investigation", "officer 7", 1)
        count = len(opened.line.names.entities)
    assert text_key is not None
    rotated = rotate(home, tmp_path / "old.json")
    after = load_keys(home / KEY_FILE)
    assert rotated.identities >= 13
    assert rotated.day_keys == 1
    assert load_keys(tmp_path / "old.json") == before
    assert (after.keys, after.events) == (before.keys, before.events)
    assert after.vault != before.vault
    assert (home / KEY_FILE).stat().st_mode & 0o777 == (tmp_path / "old.json").stat().st_mode & 0o777 == 0o600
    assert opened_identity(home) == was
    with open_home(home) as opened:
        assert opened.vault.open_day(day, "investigation", "officer 7", 1) == text_key
        assert opened.vault.verify() == 4
        assert len(opened.line.names.entities) == count
    with pytest.raises(StoreError, match="does not belong to this vault"):
        open_home(home, keys=tmp_path / "old.json")


def test_a_home_decides_on_after_a_rotation_as_without_one(
    begun: Begun, uninterrupted: bytes, another: Callable[[str], Path], tmp_path: Path
) -> None:
    home = another("home")
    shutil.copy2(begun.keys, tmp_path / "own.json")
    rotate(home, tmp_path / "old.json", tmp_path / "own.json")
    assert decided(home, [begun.later], tmp_path / "own.json")[0] == uninterrupted


def test_nothing_is_rotated_while_the_line_or_the_courier_works(home: Path, tmp_path: Path) -> None:
    keys = (home / KEY_FILE).read_bytes()
    with open_home(home), pytest.raises(StoreError, match="another process"):
        rotate(home, tmp_path / "old.json")
    book = Deliveries(home / FILE)
    with pytest.raises(StoreError, match="sends from this home"):
        rotate(home, tmp_path / "old.json")
    book.close()
    assert (home / KEY_FILE).read_bytes() == keys
    assert not (tmp_path / "old.json").exists()
    rotate(home, tmp_path / "old.json")


def test_keys_until_now_are_never_written_over(home: Path, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("something else")
    with pytest.raises(InputError, match="holds something else"):
        rotate(home, tmp_path / "old.json")
    assert (tmp_path / "old.json").read_text() == "something else"


def test_a_rotation_killed_at_any_moment_is_finished_by_another_run(home: Path, tmp_path: Path) -> None:
    chance, struck = random.Random(3), 0  # noqa: S311 moments, not secrets
    ring = load_keys(home / KEY_FILE)
    vault = SqliteVault(home / VAULT_FILE, ring.vault)
    vault.put([Identity(n.to_bytes(16, "big"), "card", "phone", f"+86138{n:08}") for n in range(MANY)])
    vault.close()
    code = (
        "import sys; from pathlib import Path; from stanch.engine.rotation import rotate\n"
        "print('ready', flush=True); rotate(Path(sys.argv[1]), Path(sys.argv[2])); print('done', flush=True)"
    )
    command = [sys.executable, "-c", code, str(home)]
    for n in range(6):
        before = load_keys(home / KEY_FILE)
        with subprocess.Popen([*command, str(tmp_path / f"old-{n}.json")], stdout=subprocess.PIPE) as work:  # noqa: S603
            assert work.stdout is not None
            assert work.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.25))
            work.send_signal(signal.SIGKILL)
            struck += work.stdout.readline() != b"done\n"
        done = load_keys(home / KEY_FILE) != before
        worst = [one for one in examine(Look(home, MORNING)).findings if one.check == "keys"]
        assert all("interrupted" in one.what for one in worst)
        rotate(home, tmp_path / f"{'later' if done else 'old'}-{n}.json")
        assert not (home / f"{KEY_FILE}.next").exists()
        after = load_keys(home / KEY_FILE)
        vault = SqliteVault(home / VAULT_FILE, after.vault)
        for m in (0, MANY // 2, MANY - 1):
            assert vault.open(m.to_bytes(16, "big"), "audit", "officer 7", 1).normalised == f"+86138{m:08}"
        vault.close()
    assert struck >= 2, "a kill that strikes nothing proves nothing"


def test_a_rotation_cut_between_vault_and_key_file_is_told_and_finished(home: Path, tmp_path: Path) -> None:
    until_now = (home / KEY_FILE).read_bytes()
    rotate(home, tmp_path / "old.json")
    (home / KEY_FILE).rename(home / f"{KEY_FILE}.next")  # as it is just before the last step
    (home / KEY_FILE).write_bytes(until_now)
    (home / KEY_FILE).chmod(0o600)
    findings = [one for one in examine(Look(home, MORNING)).findings if one.check == "keys"]
    assert [(one.severity, one.what) for one in findings] == [
        ("error", "a rotation of the vault's key was interrupted")
    ]
    with pytest.raises(StoreError, match="stanch vault rotate"):
        open_home(home)
    assert rotate(home, tmp_path / "old.json").identities == 0
    open_home(home).close()


def test_keys_of_before_are_told_by_the_doctor_and_refused_by_a_later_backup(home: Path, tmp_path: Path) -> None:
    back_up(home, tmp_path / "earlier", 1)
    rotate(home, tmp_path / "old.json")
    back_up(home, tmp_path / "later", 1, with_keys=True)
    restore_backup(tmp_path / "earlier", tmp_path / "a", tmp_path / "old.json")
    open_home(tmp_path / "a").close()
    with pytest.raises(ConfigError, match="rotated after this backup"):
        restore_backup(tmp_path / "earlier", tmp_path / "b", home / KEY_FILE)
    restore_backup(tmp_path / "later", tmp_path / "c")
    open_home(tmp_path / "c").close()
    findings = [one.what for one in examine(Look(home, MORNING, tmp_path / "old.json")).findings if one.check == "keys"]
    assert findings == ["old.json is not what the vault is under: of another time, or rotated"]


def test_texts_whose_time_is_over_cannot_be_read_again_also_while_the_line_goes_on(home: Path) -> None:
    day, soon, later = MORNING // DAY, MORNING + 10 * DAY, MORNING + 200 * DAY
    with open_home(home) as opened:
        assert drop(home, soon) == []
        assert (told(home, None, soon).text_days_over, told(home, None, later).text_days_over) == (0, 1)
        assert opened.vault.day_key(day) is not None
        assert drop(home, later) == [day]
        assert opened.vault.day_key(day) is None
        assert drop(home, later) == []
        assert told(home, None, later).text_days_dropped == 1


def test_a_vault_that_does_not_know_its_key_yet_learns_the_right_one_only(home: Path) -> None:
    ring = load_keys(home / KEY_FILE)
    vault = SqliteVault(home / VAULT_FILE, ring.vault)
    vault._db.execute("DROP TABLE master")  # as earlier releases left it
    vault.close()
    with pytest.raises(StoreError, match="does not belong"):
        SqliteVault(home / VAULT_FILE, b"n" * 32)
    vault = SqliteVault(home / VAULT_FILE, ring.vault)
    assert vault.under(ring.vault)
    vault.close()
