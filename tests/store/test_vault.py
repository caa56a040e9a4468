from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from stanch.model.errors import InputError, StoreError
from stanch.privacy.identity import Identity
from stanch.store.vault import SqliteVault

MASTER = b"m" * 32
ALICE = Identity(b"a" * 16, "card", "phone", "+8613812345678")


def test_an_identity_comes_back_for_a_named_purpose_and_the_opening_is_recorded(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    vault.put([ALICE])
    assert vault.open(ALICE.pseudonym, "investigation", "officer 7", 1_000) == ALICE
    (opening,) = vault.openings()
    assert (opening.actor, opening.purpose, opening.subject, opening.at) == (
        "officer 7",
        "investigation",
        b"a" * 16,
        1_000,
    )
    assert vault.verify() == 1


def test_no_purpose_off_the_list_opens_the_vault(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    vault.put([ALICE])
    with pytest.raises(InputError, match="unknown purpose 'curiosity'; the vault opens for: investigation"):
        vault.open(ALICE.pseudonym, "curiosity", "officer 7", 1_000)


def test_asking_for_an_unknown_pseudonym_is_recorded_too() -> None:
    vault = SqliteVault(":memory:", MASTER)
    with pytest.raises(InputError, match="holds no identity"):
        vault.open(b"x" * 16, "audit", "officer 7", 1_000)
    assert vault.verify() == 1


def test_keeping_an_identity_twice_changes_nothing(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    vault.put([ALICE, ALICE])
    vault.put([ALICE])
    vault.close()
    with sqlite3.connect(tmp_path / "vault.db") as db:
        assert db.execute("SELECT count(*) FROM identities").fetchone() == (1,)
    db.close()


def test_the_file_holds_no_clear_identity(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    vault.put([ALICE])
    vault.close()
    assert all(b"13812345678" not in path.read_bytes() for path in tmp_path.iterdir())


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    SqliteVault(tmp_path / "vault.db", MASTER).put([ALICE])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    with pytest.raises(StoreError, match="start again"):
        SqliteVault(tmp_path / "missing" / "vault.db", MASTER)


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    SqliteVault(tmp_path / "vault.db", MASTER).put([ALICE])
    with pytest.raises(StoreError, match="key file does not belong"):
        SqliteVault(tmp_path / "vault.db", b"n" * 32).open(ALICE.pseudonym, "audit", "officer 7", 1)


def test_a_changed_record_of_openings_is_found(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    vault.put([ALICE])
    for at in range(3):
        vault.open(ALICE.pseudonym, "audit", "officer 7", at)
    with sqlite3.connect(tmp_path / "vault.db") as db:
        db.execute("UPDATE openings SET actor = 'nobody' WHERE number = 2")
    db.close()
    with pytest.raises(StoreError, match="breaks at number 2"):
        vault.verify()


def test_a_dropped_day_stays_dropped(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    key = vault.day_key(20_000)
    assert key is not None
    assert vault.day_key(20_000) == key
    assert vault.open_day(20_000, "investigation", "officer 7", 1) == key
    vault.drop_day(20_000)
    assert vault.day_key(20_000) is None
    vault.close()
    assert SqliteVault(tmp_path / "vault.db", MASTER).day_key(20_000) is None


def test_texts_are_opened_only_for_purposes_that_cover_them() -> None:
    with pytest.raises(InputError, match="does not cover texts"):
        SqliteVault(":memory:", MASTER).open_day(1, "freeze_order", "officer 7", 1)


def test_a_locked_vault_says_what_to_do(tmp_path: Path) -> None:
    vault = SqliteVault(tmp_path / "vault.db", MASTER)
    vault.close()
    with pytest.raises(StoreError, match="start again"):
        vault.put([ALICE])
