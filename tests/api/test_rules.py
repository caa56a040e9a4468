"""Rules change while the server decides: one person proposes, another approves, and there is a way back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.server import Server, as_sent, key_of, payment, persons_key, serving
from other_rules import other_policy
from small_events import fan_in
from stanch.api.audit import FILE, AuditLog
from stanch.engine.retrace import retraced
from stanch.store.keys import load_keys
from stanch.store.records import Records

JSON = dict[str, Any]  # Any: a JSON document
#: Scores from which nothing is stopped any more.
LENIENT = {"delay": 0.96, "hold_part": 0.97, "hold": 0.98, "restrict": 0.99}


@dataclass(frozen=True)
class Desk:
    """A server, and who works with it: a bank that sends, two people who operate it, a machine that does, too."""

    home: Path
    server: Server
    bank: httpx.Client
    anna: httpx.Client
    bo: httpx.Client
    machine: httpx.Client

    def fan_in(self, payee: str, after: float) -> list[str]:
        """Send a fan-in to one account; return what was done about each payment."""
        told = [self.bank.post("/v1/events", json=as_sent(row)) for row in fan_in(after, payee)]
        assert {each.status_code for each in told} == {200}
        return [each.json()["action"] for each in told]

    def policy(self) -> JSON:
        """Return the policy in force with scores from which nothing is stopped."""
        policy: JSON = self.bank.get("/v1/policy").json()["policy"]
        policy["from_score"] |= LENIENT
        return policy | {"id": "lenient"}

    def proposed(self) -> str:
        """Let Anna propose it."""
        told = self.anna.post("/v1/rules/proposals", json={"reason": "a shop", "policy": self.policy()})
        assert told.status_code == 200, told.text
        return str(told.json()["version"])

    def state(self, version: str) -> str:
        """Return how a version stands."""
        return {v["version"]: str(v["state"]) for v in self.anna.get("/v1/rules").json()["data"]}[version]


@contextmanager
def desk_of(home: Path, **settings: object) -> Iterator[Desk]:
    secrets = [key_of(home, scopes="decide read"), persons_key(home, "Anna Li"), persons_key(home, "Bo")]
    secrets.append(key_of(home, scopes="operate"))
    with serving(home, **settings) as server:
        clients = [server.client(secret, timeout=300) for secret in secrets]
        yield Desk(home, server, *clients)
        for client in clients:
            client.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_of(tmp_path / "home", clock="events") as desk:
        desk.fan_in("first", 0)
        yield desk


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json().get("code"))


def test_a_version_goes_through_its_life_while_the_server_decides(desk: Desk) -> None:
    first = desk.bank.get("/v1/policy").json()["hash"]
    version = desk.proposed()
    assert (desk.state(first), desk.state(version)) == ("in force", "proposed")
    assert desk.proposed() == version, "sent again it changes nothing"

    tried = desk.anna.post(f"/v1/rules/{version[:12]}/try", params={"days": 30}).json()
    assert tried["before"]["delay"] > 0
    assert "delay" not in tried["after"]

    begun = desk.bo.post(f"/v1/rules/{version}/shadow")
    assert (begun.status_code, begun.json()["trial"]) == (200, True)
    assert "delay" in desk.fan_in("second", 1_000), "rules on trial do not act"
    counted = desk.bo.get(f"/v1/rules/{version}/shadow").json()
    assert any(change.startswith("delay -> ") for change in counted["changed"])

    assert code(desk.anna.post(f"/v1/rules/{version}/approve")) == (403, "same_person")
    assert desk.state(version) == "proposed"
    approved = desk.bo.post(f"/v1/rules/{version}/approve")
    assert (approved.status_code, approved.json()["state"], approved.json()["trial"]) == (200, "in force", False)
    assert desk.bo.post(f"/v1/rules/{version}/approve").json() == approved.json(), "sent again it changes nothing"
    assert desk.bank.get("/v1/policy").json()["hash"] == version
    assert "delay" not in desk.fan_in("third", 2_000)

    assert code(desk.anna.post(f"/v1/rules/{first}/rollback")) == (409, "refused")
    back = desk.anna.post(f"/v1/rules/{first}/rollback", json={"reason": "mules"})
    assert (back.status_code, back.json()["state"]) == (200, "in force")
    assert "delay" in desk.fan_in("fourth", 3_000)

    assert desk.server.end() == 0
    with Records.read(desk.home) as records:
        found = retraced(records)
        assert (found.equal, found.versions, found.decisions > 0) == (True, 2, True)
        assert records.policies()[-1].hash == first


def test_the_same_event_gets_the_same_answer_after_the_rules_have_changed(desk: Desk) -> None:
    sent = as_sent(fan_in(1_000, "again")[-1])
    desk.fan_in("again", 1_000)
    before = desk.bank.post("/v1/events", json=sent)
    version = desk.proposed()
    assert desk.bo.post(f"/v1/rules/{version}/approve").status_code == 200
    assert desk.bank.post("/v1/events", json=sent).content == before.content
    assert desk.bank.get(f"/v1/decisions/{sent['event_id']}").content == before.content


def test_acts_need_a_persons_key_with_the_scope(desk: Desk) -> None:
    version = desk.proposed()
    for path in ("approve", "shadow", "rollback"):
        assert code(desk.machine.post(f"/v1/rules/{version}/{path}")) == (403, "no_person")
        assert code(desk.bank.post(f"/v1/rules/{version}/{path}")) == (403, "missing_scope")
    assert code(desk.bank.get("/v1/rules")) == (403, "missing_scope")
    assert desk.machine.get("/v1/rules").status_code == 200
    with desk.server.client(persons_key(desk.home, "LI, anna")) as same:
        assert code(same.post(f"/v1/rules/{version}/approve")) == (403, "same_person")
    assert desk.state(version) == "proposed"


def test_what_is_wrong_is_said_and_nothing_is_kept(desk: Desk) -> None:
    post = desk.anna.post
    wrong = desk.policy() | {"quiet": "long", "from_score": {"warn": 7}}
    told = post("/v1/rules/proposals", json={"reason": "x", "policy": wrong})
    assert code(told) == (400, "invalid_rules")
    assert "long" in told.json()["message"]
    assert "from_score" in told.json()["message"]
    bad = [{"id": "finance.x"}, {"id": "finance.y"}]
    told = post("/v1/rules/proposals", json={"reason": "x", "typologies": bad})
    assert code(told) == (400, "invalid_rules")
    assert "typology 2" in told.json()["message"]
    assert code(post("/v1/rules/proposals", json={"reason": "x"})) == (400, "invalid_rules")
    assert code(post("/v1/rules/proposals", json={"policy": {}})) == (400, "invalid")
    assert post("/v1/rules/proposals", json={"reason": "x", "polizy": {}}).status_code == 400
    assert code(post("/v1/rules/proposals", content=b"reason", headers={"content-type": "text/plain"}))[0] == 415
    assert code(post("/v1/rules/proposals", content=b"\xff", headers={"content-type": "application/json"}))[0] == 400
    assert code(post(f"/v1/rules/{'0' * 64}/approve")) == (404, "not_found")
    first = desk.bank.get("/v1/policy").json()["hash"]
    assert code(post(f"/v1/rules/{first}/approve")) == (409, "refused")
    assert code(desk.anna.delete(f"/v1/rules/{first}/shadow")) == (409, "refused")
    assert [v["version"] for v in desk.anna.get("/v1/rules").json()["data"]] == [first]


def test_a_version_is_read_in_the_form_in_which_it_is_proposed(desk: Desk) -> None:
    first = desk.bank.get("/v1/policy").json()["hash"]
    whole = desk.bo.get(f"/v1/rules/{first[:12]}").json()
    fewer = [typology for typology in whole["typologies"] if typology["id"] != "finance.fan_in"]
    told = desk.bo.post("/v1/rules/proposals", json={"reason": "one less", "typologies": fewer}).json()
    assert told["typologies"] == len(whole["typologies"]) - 1
    assert desk.anna.get(f"/v1/rules/{told['version']}").json()["policy"] == whole["policy"]
    same = desk.bo.post(
        "/v1/rules/proposals", json={"reason": "none", **{k: whole[k] for k in ("policy", "typologies")}}
    )
    assert code(same) == (409, "refused"), "it decides already"
    assert desk.anna.post(f"/v1/rules/{told['version']}/approve").status_code == 200
    assert len(desk.bank.get("/v1/typologies").json()["data"]) == len(fewer)
    assert desk.bank.get("/v1/findings", params={"typology": "finance.fan_in"}).json()["data"], "what was found stays"


def test_names_are_shown_for_a_purpose_only_and_that_is_kept(desk: Desk) -> None:
    version = desk.proposed()

    def named(**headers: str) -> list[str]:
        data = desk.bo.get("/v1/rules", headers=headers).json()["data"]
        return [act["by"] for line in data if line["version"] == version for act in line["acts"]]

    (hidden,), (shown,) = named(), named(**{"stanch-purpose": "accountability"})
    assert (shown, "anna" in hidden) == ("annali", False)
    assert code(desk.bo.get("/v1/rules", headers={"stanch-purpose": "warning"})) == (400, "unknown_purpose")
    desk.server.end()
    log = AuditLog(desk.home / FILE, load_keys(desk.home / "keys.json").events)
    try:
        assert [(read.what, read.purpose) for _, read in log.readings()] == [("rules", "accountability")]
    finally:
        log.close()


def test_a_command_acts_on_the_running_server(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: object) -> str:
        from stanch.cli import main

        with pytest.raises(SystemExit) as ended:
            main(["rules", *map(str, words), "--home", str(desk.home)])
        told = capsys.readouterr()
        assert not ended.value.code, told.err
        return told.out

    policy = other_policy(tmp_path, *((f"{step}: {old}", f"{step}: {LENIENT[step]}") for step, old in (
        ("delay", "0.5"), ("hold_part", "0.75"), ("hold", "0.85"), ("restrict", "0.95"),
    )))  # fmt: skip
    version = run("propose", "--policy", policy, "--by", "Anna", "--reason", "a shop").split()[0]
    assert desk.state(version) == "proposed"
    run("shadow", "--id", version, "--by", "Anna")
    run("approve", "--id", version, "--by", "Bo")
    assert desk.state(version) == "in force"
    assert "delay" not in desk.fan_in("second", 1_000)
    listed = json.loads(run("list", "--actor", "auditor", "--json"))
    acts = [(act["kind"], act["by"]) for line in listed if line["version"] == version for act in line["acts"]]
    assert acts == [("rules_proposed", "anna"), ("rules_shadowed", "anna"), ("rules_approved", "bo")]


def test_a_change_that_was_answered_survives_a_kill(desk: Desk) -> None:
    version = desk.proposed()
    assert desk.bo.post(f"/v1/rules/{version}/approve").status_code == 200
    desk.server.end(kill=True)
    with serving(desk.home, clock="events") as server, server.client(key_of(desk.home, scopes="read")) as client:
        assert client.get("/v1/policy").json()["hash"] == version


def test_of_two_who_approve_at_once_one_does_and_no_event_is_lost(tmp_path: Path) -> None:
    with desk_of(tmp_path / "home") as desk:
        assert desk.bank.post("/v1/events", json=payment("zero")).status_code == 200
        ended, statuses = threading.Event(), list[int]()
        senders = [threading.Thread(target=send, args=(desk, name, ended, statuses)) for name in "ab"]
        for sender in senders:
            sender.start()
        version = desk.proposed()
        with desk.server.client(persons_key(desk.home, "Carla")) as third, ThreadPoolExecutor(2) as pool:
            told = list(pool.map(lambda client: client.post(f"/v1/rules/{version}/approve"), (desk.bo, third)))
        ended.set()
        for sender in senders:
            sender.join()
        assert sorted(each.status_code for each in told) == [200, 409]
        assert set(statuses) == {200}
        assert desk.server.end() == 0
        with Records.read(desk.home) as records:
            assert sum(len(block.block.columns["seq"]) for block in records.blocks()) > len(statuses)
            assert retraced(records).equal


def send(desk: Desk, name: str, ended: threading.Event, statuses: list[int]) -> None:
    """Send payments one after the other until somebody says that it is enough."""
    with desk.server.client(key_of(desk.home)) as client:
        while not ended.is_set():
            sent = payment(f"{name}-{len(statuses)}-{time.monotonic_ns()}")
            statuses.append(client.post("/v1/events", json=sent).status_code)
