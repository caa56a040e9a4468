"""Keys, scopes and budgets."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from api.conftest import House, reported
from api.server import as_sent, key_of, payment, secret_of, serving
from small_events import event
from stanch.api.budgets import Budgets
from stanch.api.keys import FILE, LOOK_EVERY, ApiKeys, Key, Wish
from stanch.api.problems import ApiError
from stanch.api.scopes import SCOPE_OF_KIND, SCOPES
from stanch.model.errors import InputError
from stanch.model.events import EVENTS


def test_without_a_key_that_is_known_nothing_is_told(house: House) -> None:
    with house.server.client() as client:
        for word in ("", "Basic x", "Bearer", "Bearer stanch_x_y", "Bearer " + "x" * 5000, house.bank):
            given = {"authorization": word} if word else {}
            told = client.get("/v1/decisions", headers=given)
            assert (told.status_code, told.json()["type"]) == (401, "unauthenticated")
            assert told.headers["www-authenticate"] == "Bearer"
            assert client.post("/v1/events", json=payment("nobody"), headers=given).status_code == 401


def test_a_key_that_expired_or_was_revoked_is_told_so(house: House) -> None:
    past = secret_of(house.home, Wish("bank", ("read",), expires_at=1_000), at=0)[1]
    gone, secret = secret_of(house.home, Wish("bank", ("read",)))
    keys = ApiKeys(house.home / FILE)
    with house.server.client(secret) as client:
        assert client.get("/v1/policy").status_code == 200
        keys.revoke(gone.id, time.time_ns() // 1000)
        time.sleep(2 * LOOK_EVERY)
        assert client.get("/v1/policy").json()["code"] == "revoked_key"
    with house.server.client(past) as client:
        assert client.get("/v1/policy").json()["code"] == "expired_key"
    keys.close()


def test_secrets_are_kept_as_hashes_only(tmp_path: Path) -> None:
    secret = key_of(tmp_path)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in kept
    assert secret.rsplit("_", 1)[1].encode() not in kept
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_key_does_what_its_scopes_say_and_nothing_else(house: House) -> None:
    reader, sender = key_of(house.home, scopes="read"), key_of(house.home, scopes="decide")
    with house.server.client(reader) as reads, house.server.client(sender) as sends:
        assert reads.post("/v1/events", json=payment("r")).json()["code"] == "missing_scope"
        assert sends.get("/v1/decisions").json()["code"] == "missing_scope"
        assert sends.get("/metrics").status_code == 403
        told = sends.post("/v1/events", json=as_sent(reported()))
        assert (told.status_code, told.json()["param"]) == (403, "kind")
        approves = event("ok", 2000, "order_approved", src="employee:police/1", ref="o1", detail="freeze")
        for row in (approves, event("e", 2000, "employed", src="employee:police/1", dst="institution:police")):
            assert sends.post("/v1/events", json=as_sent(row)).status_code == 403


def test_one_institutions_keys_reach_nothing_that_is_everybodys(house: House) -> None:
    own = tuple(scope for scope in SCOPES if scope != "operate")
    secret = secret_of(house.home, Wish("bank", own, person="Li Na"))[1]
    version = "0" * 64
    with house.server.client(secret) as client:
        told = [
            client.get("/metrics"),
            client.get("/v1/rules"),
            client.post("/v1/rules/proposals", json={"reason": "a better rule"}),
            client.post(f"/v1/rules/{version}/approve", json={"reason": "agreed"}),
            client.post(f"/v1/rules/{version}/rollback", json={"reason": "worse"}),
            client.delete(f"/v1/rules/{version}/shadow"),
        ]
    assert [(each.status_code, each.json()["code"]) for each in told] == [(403, "missing_scope")] * len(told)


def test_a_key_sends_for_its_institution_only(house: House) -> None:
    with house.server.client(house.bank) as client:
        told = client.post("/v1/events", json=payment("theirs", "other"))
    assert (told.status_code, told.json()["code"], told.json()["param"]) == (403, "other_source", "source")


def test_every_kind_that_can_be_sent_has_its_scope() -> None:
    assert set(SCOPE_OF_KIND) == set(EVENTS)


@pytest.mark.parametrize(
    "wish",
    [Wish("", ("read",)), Wish("stanch", ("read",)), Wish("bank", ()), Wish("bank", ("all",)),
     Wish("bank", ("read",), expires_at=5), Wish("bank", ("read",), rate=0.0),
     Wish("bank", ("read",), person="..."), Wish("bank", ("read",), person="a" * 200)],
)  # fmt: skip
def test_a_key_that_makes_no_sense_is_not_made(tmp_path: Path, wish: Wish) -> None:
    with pytest.raises(InputError):
        secret_of(tmp_path, wish, at=10)


def test_a_budget_is_spent_and_fills_up_again() -> None:
    now = [0.0]
    budgets, key = Budgets(10, 5, lambda: now[0]), Key("k", "bank", ("decide",), "", 0)
    for _ in range(5):
        budgets.spend(key, 1)
    with pytest.raises(ApiError) as refused:
        budgets.spend(key, 1)
    assert (refused.value.status, refused.value.retry_after) == (429, 1)
    now[0] = 0.35
    for _ in range(3):
        budgets.spend(key, 1)
    with pytest.raises(ApiError):
        budgets.spend(key, 1)


def test_a_batch_in_debt_is_paid_back_before_the_next() -> None:
    now = [0.0]
    budgets, key = Budgets(10, 5, lambda: now[0]), Key("k", "bank", ("decide",), "", 0)
    budgets.spend(key, 100)
    now[0] = 9.0
    with pytest.raises(ApiError) as refused:
        budgets.spend(key, 1)
    assert refused.value.retry_after == 1
    now[0] = 9.7
    budgets.spend(key, 1)


def test_a_flood_of_one_key_is_told_to_wait_and_keeps_no_other_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    flood = secret_of(home, Wish("loud", ("decide",), rate=50.0, burst=50))[1]
    calm = key_of(home, "calm", "decide")
    with serving(home, clock="events") as server, server.client(flood) as loud, server.client(calm) as quiet:

        def shout(number: int) -> int:
            told = loud.post("/v1/events", json=payment(f"l{number}", "loud"))
            assert told.status_code == 200 or int(told.headers["retry-after"]) >= 1
            return told.status_code

        with ThreadPoolExecutor(8) as pool:
            shouts = pool.map(shout, range(400))
            answers = [quiet.post("/v1/events", json=payment(f"q{n}", "calm")).status_code for n in range(40)]
            statuses = list(shouts)
    assert answers == [200] * 40
    assert statuses.count(429) > 200
    assert statuses.count(200) >= 50


def test_a_table_of_an_older_release_goes_on_and_its_keys_are_no_persons(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute(
            "CREATE TABLE keys (id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, institution TEXT NOT NULL, "
            "scopes TEXT NOT NULL, note TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, "
            "revoked_at INTEGER, rate REAL, burst INTEGER) WITHOUT ROWID"
        )
        digest = hashlib.sha256(b"secret").digest()
        base.execute("INSERT INTO keys VALUES ('old', ?, 'bank', 'read', '', 1, NULL, NULL, NULL, NULL)", (digest,))
    for _ in range(2):
        keys = ApiKeys(path)
        assert (keys.of("secret", 2).id, keys.of("secret", 2).person) == ("old", "")
        keys.close()
    keys = ApiKeys(path)
    _, secret = keys.create(Wish("bank", ("administer",), person="Li Na"), 3)
    assert keys.of(secret, 4).person == "Li Na"
    keys.close()
