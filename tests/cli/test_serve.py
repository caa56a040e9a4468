"""Keys and the audit log, as an operator handles them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from cli.conftest import Run
from stanch.api.audit import FILE, AuditLog, Read
from stanch.store.keys import open_keys


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(run: Run, tmp_path: Path) -> None:
    code, secret, told = run(
        "keys", "create", "--home", tmp_path, "--institution", "bank", "--note", "test", "--days", 3
    )
    assert (code, secret.startswith("stanch_")) == (0, True)
    assert "not shown again" in told
    _, listed, _ = run("keys", "list", "--home", tmp_path, "--json")
    (key,) = msgspec.json.decode(listed)
    assert (key["institution"], key["scopes"], key["revoked_at"]) == ("bank", ["decide", "read"], None)
    assert secret.strip() not in listed
    assert run("keys", "revoke", "--home", tmp_path, "--id", key["id"])[0] == 0
    assert "revoked" in run("keys", "list", "--home", tmp_path)[1]


@pytest.mark.parametrize(
    "words", [("melt",), ("create", "--institution", "x", "--scopes", "all"), ("create",), ("revoke", "--id", "none")]
)
def test_what_cannot_be_done_with_keys_says_why(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, told = run("keys", *words, "--home", tmp_path)
    assert (code, told.startswith("stanch: ")) == (3, True)


def test_settings_are_checked_without_serving(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(f'home = "{tmp_path}"\nhost = "0.0.0.0"\nport = 99999\n')
    code, _, told = run("serve", "--config", file, "--check")
    assert (code, "port" in told, "host" in told) == (2, True, True)
    assert run("serve", "--home", tmp_path, "--check")[0] == 0


def test_an_audit_log_is_verified_and_its_first_broken_link_is_named(run: Run, tmp_path: Path) -> None:
    assert run("audit", "verify", "--home", tmp_path)[0] == 3
    log = AuditLog(tmp_path / FILE, open_keys(tmp_path).events)
    for number in range(4):
        log.note_all([Read(number, "k", "bank", f"r{number}", "", "decision", "[]")])
    log.close()
    code, out, _ = run("audit", "verify", "--home", tmp_path, "--json")
    found = msgspec.json.decode(out)
    assert (code, found["readings"], found["vault_openings"]) == (0, 4, 0)
    assert run("audit", "verify", "--home", tmp_path, "--head", found["head"])[0] == 0
    assert len(msgspec.json.decode(run("audit", "list", "--home", tmp_path, "--since", 3, "--json")[1])) == 2
    with closing(sqlite3.connect(tmp_path / FILE)) as file, file:
        file.execute("UPDATE reads SET institution = 'other' WHERE number = 3")
    code, _, told = run("audit", "verify", "--home", tmp_path)
    assert (code, "at reading 3" in told) == (4, True)
