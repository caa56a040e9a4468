"""What keys may read, and that it is their institution's only."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import httpx
import msgspec
import pytest

from api.conftest import House
from api.server import payment
from stanch.api.audit import FILE, AuditLog, Read
from stanch.model.errors import StoreError
from stanch.store.keys import load_keys
from stanch.store.records import Records

LISTS = ("/v1/decisions", "/v1/findings", "/v1/measures", "/v1/orders")


def paged(client: httpx.Client, path: str, limit: int = 200, **asked: str) -> list[dict[str, Any]]:  # Any: JSON
    """Return a list as a whole, page by page: other tests have sent and read what they wanted before."""
    pieces: list[dict[str, Any]] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = client.get(path, params={"limit": str(limit), "cursor": cursor, **asked}).json()
        pieces += page["data"]
        cursor = page["next"]
    return pieces


def test_lists_are_paged_without_a_gap_or_a_repeat(house: House) -> None:
    with house.server.client(house.bank) as client:
        for path in LISTS[:3]:
            whole = paged(client, path)
            assert paged(client, path, limit=2) == whole
            assert whole


def test_filters_find_what_they_say(house: House) -> None:
    with house.server.client(house.bank) as client:
        everything = paged(client, "/v1/decisions")
        acted = client.get("/v1/decisions", params={"action": "delay"}).json()["data"]
        reports = client.get("/v1/decisions", params={"kind": "fraud_reported"}).json()["data"]
        found = client.get("/v1/findings", params={"typology": "finance.fan_in"}).json()["data"]
        early = client.get("/v1/decisions", params={"until": everything[3]["as_of"]}).json()["data"]
        late = paged(client, "/v1/decisions", since=everything[3]["as_of"])
    assert [each["event_id"] for each in acted] == [e["event_id"] for e in everything if e["action"] == "delay"] != []
    assert [each["event_id"] for each in reports] == ["report-1"]
    assert {each["finding"]["typology"] for each in found} == {"finance.fan_in"}
    assert early + late == everything
    assert len(early) == 3


def test_a_measure_names_its_event_and_its_end(house: House) -> None:
    with house.server.client(house.bank) as client:
        delays = [m for m in client.get("/v1/measures").json()["data"] if m["step"] == "delay"]
        assert delays
        assert delays[0]["until"] > delays[0]["placed_at"]
        assert client.get(f"/v1/measures/{delays[0]['id']}").json() == delays[0]
        assert client.get(f"/v1/decisions/{delays[0]['event_id']}").json()["action"] == "delay"


def test_what_is_anothers_does_not_exist(house: House) -> None:
    with house.server.client(house.bank) as bank, house.server.client(house.other) as other:
        measure = bank.get("/v1/measures").json()["data"][0]["id"]
        event = bank.get("/v1/findings").json()["data"][0]["event_id"]
        for path in (f"/v1/decisions/{event}", f"/v1/measures/{measure}", "/v1/trace?report=report-1"):
            assert bank.get(path).status_code == 200, path
            assert other.get(path).status_code == 404, path
        assert other.get("/v1/orders/any").status_code == 404
        for path in LISTS:
            told = other.get(path).json()["data"]
            assert [each for each in told if each.get("source", "other") != "other"] == []
            assert not {"report-1", event} & {each.get("event_id") for each in told}


def test_a_trace_tells_sums_and_only_own_accounts(house: House) -> None:
    with house.server.client(house.bank) as client:
        told = client.get("/v1/trace", params={"report": "report-1"}).json()
        assert client.get("/v1/trace", params={"report": "paid-1"}).status_code == 404
        assert client.get("/v1/trace", params={"report": "report-1", "method": "guess"}).status_code == 400
        assert client.get("/v1/trace").json()["param"] == "report"
    assert sum(told["parts"].values()) == told["reported"] == 300_000
    assert [account["traced"] for account in told["accounts"]] == [200_000]
    assert told["accounts_elsewhere"] == 1, "whose account the rest went to is not told"
    assert "taker" not in str(told), "numbers are masked"


def test_wrong_questions_are_told_by_their_parameter(house: House) -> None:
    with house.server.client(house.bank) as client:
        for query, param in (
            ("colour=red", "colour"), ("since=yesterday", "since"), ("since=2026-03-02T10:00:00", "since"),
            ("limit=x", "limit"), ("cursor=-1", "cursor"), ("limit=1000", "limit"),
        ):  # fmt: skip
            told = client.get(f"/v1/decisions?{query}")
            assert (told.status_code, told.json()["param"]) == (400, param)


def test_rules_are_shown_to_every_key(house: House) -> None:
    with house.server.client(house.admin) as client:
        listed = client.get("/v1/typologies").json()["data"]
        policy = client.get("/v1/policy").json()
        one = client.get(f"/v1/typologies/{listed[0]['id']}").json()
    assert (policy["typologies"], one) == (len(listed), listed[0])
    assert len(policy["hash"]) == 64


def test_every_reading_is_in_the_audit_log_with_who_what_and_why(house: House) -> None:
    with house.server.client(house.bank) as client:
        before = len(readings(house))
        client.post("/v1/events", json=payment("read-me"))
        told = client.get("/v1/decisions/read-me", headers={"stanch-purpose": "access_request", "x-request-id": "r-1"})
        wrong = client.get("/v1/decisions/read-me", headers={"stanch-purpose": "curiosity"})
        client.get("/v1/typologies")
    assert (told.status_code, wrong.json()["param"]) == (200, "Stanch-Purpose")
    (read,) = readings(house)[before:]
    assert (read.institution, read.request, read.purpose, read.what, msgspec.json.decode(read.which)) == (
        "bank", "r-1", "access_request", "decision", ["read-me"],
    )  # fmt: skip
    assert read.key in house.bank


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE reads SET which = '[\"another\"]' WHERE number = 2",
        "UPDATE reads SET at = at + 1 WHERE number = 2",
        "DELETE FROM reads WHERE number = 2",
        "UPDATE reads SET number = 1000000 WHERE number = 2",
    ],
)
def test_a_changed_audit_log_is_found_at_the_first_broken_link(house: House, harm: str) -> None:
    with house.server.client(house.bank) as client:
        for _ in range(3):
            assert client.get("/v1/measures").status_code == 200
    path = house.home.parent / "copy.db"
    ring = load_keys(house.home / "keys.json")
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(house.home / FILE)) as whole, closing(sqlite3.connect(path)) as copy:
        whole.backup(copy)
    log = AuditLog(path, ring.events)
    head = log.verify().head
    assert log.verify(head).readings > 2
    log.close()
    with closing(sqlite3.connect(path)) as copy, copy:
        copy.execute(harm)
    log = AuditLog(path, ring.events)
    with pytest.raises(StoreError, match="at reading 2"):
        log.verify()
    log.close()


def test_an_audit_log_whose_end_was_cut_off_does_not_hold_the_head_noted_before(house: House) -> None:
    path = house.home.parent / "cut.db"
    ring = load_keys(house.home / "keys.json")
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(house.home / FILE)) as whole, closing(sqlite3.connect(path)) as copy:
        whole.backup(copy)
    log = AuditLog(path, ring.events)
    head = log.verify().head
    log.close()
    with closing(sqlite3.connect(path)) as copy, copy:
        copy.execute("DELETE FROM reads WHERE number = (SELECT max(number) FROM reads)")
    log = AuditLog(path, ring.events)
    log.verify()
    with pytest.raises(StoreError, match="cut off"):
        log.verify(head)
    log.close()


def test_the_document_describes_every_path_there_is(house: House) -> None:
    with house.server.client() as client:
        told = client.get("/openapi.json").json()
        for path in told["paths"]:
            for method in told["paths"][path]:
                answer: httpx.Response = client.request(method, path.replace("{event_id}", "x").replace("{id}", "x"))
                assert answer.status_code in (200, 401), f"{method} {path}"
    assert "transfer" in told["components"]["schemas"]
    assert set(_references(told)) <= set(told["components"]["schemas"])


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        mine = [str(part["$ref"]).rsplit("/", 1)[1]] if "$ref" in part else []
        return mine + [name for value in part.values() for name in _references(value)]
    return [name for value in part for name in _references(value)] if isinstance(part, list) else []


def readings(house: House) -> list[Read]:
    log = AuditLog(house.home / FILE, load_keys(house.home / "keys.json").events)
    found = [read for _, read in log.readings()]
    log.close()
    return found


def test_decisions_read_over_http_are_those_of_the_log(house: House) -> None:
    from stanch.engine.decisions import read_decided

    with house.server.client(house.bank) as client:
        told = {each["seq"]: each["action"] for each in client.get("/v1/decisions?limit=200").json()["data"]}
    with Records.read(house.home) as records:
        for decided in read_decided(records):
            for row, source in enumerate(decided.words("source")):
                if source == "bank":
                    seq = decided.block.first_seq + row
                    action = decided.decisions[row].action if row in decided.decisions else "allow"
                    assert told.get(seq, action) == action
    assert told
