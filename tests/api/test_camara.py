"""CAMARA over HTTP: an institution's own numbers, refused in CAMARA's own form, and every look in the audit log."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from api.server import Server, as_sent, key_of, secret_of, serving
from small_events import Row, event
from stanch.api.audit import FILE, AuditLog, Read
from stanch.api.camara_problems import CODES
from stanch.api.keys import Wish
from stanch.api.noting import Noting
from stanch.engine.camara import answered, card_of
from stanch.exchange.camara.operations import OPERATIONS, SERVED, Caller, served_at
from stanch.model.errors import StoreError
from stanch.store.keys import load_keys
from stanch.store.layout import CARDS_FILE

NUMBER, OTHERS, BANKS = "+8613800138001", "+8613800138002", "+8613800138003"
IOT = "+861064100001234"
HOUR = 3600
PERSON = "person:11010519491231002X"
AREA = {"areaType": "CIRCLE", "center": {"latitude": 30.5, "longitude": 104.0}, "radius": 5000}
Plain = Mapping[str, Any]  # Any: a JSON object


def told(name: str, hours: float, kind: str, source: str = "operator", **columns: object) -> Row:
    return {**event(name, hours * HOUR, kind, **columns), "source": source}


HISTORY = [
    told("p1", 0, "profile", src=PERSON, detail="birth_year", number=1949),
    told("i1", 1, "card_issued", src="outlet:o-1", dst=f"card:{NUMBER}", holder=PERSON),
    told("i2", 1, "card_issued", src="outlet:o-9", dst=f"card:{OTHERS}", source="operator_b"),
    told("i3", 1, "iot_sold", src="outlet:o-1", dst=f"iot_card:{IOT}", holder=PERSON),
    told("a1", 4, "card_attached", src=f"card:{NUMBER}", dst="device:35000000000001"),
    told("a3", 4, "card_attached", src=f"iot_card:{IOT}", dst="device:35000000000009"),
    told("f1", 100, "forwarding_set", src=f"card:{NUMBER}", dst=f"card:{OTHERS}"),
    told("s1", 110, "sim_swapped", src="outlet:o-1", dst=f"card:{NUMBER}"),
    told("a2", 111, "card_attached", src=f"card:{NUMBER}", dst="device:35000000000002"),
    told("c1", 120, "call_started", src=f"card:{NUMBER}", dst=f"card:{OTHERS}"),
]
#: What an operator's key asks about NUMBER, and what it gets.
ANSWERS: dict[str, tuple[Plain, object]] = {
    "sim-swap/check": ({"maxAge": 11}, {"swapped": True}),
    "device-swap/check": ({"maxAge": 8}, {"swapped": False}),
    "call-forwarding-signal/unconditional-call-forwardings": ({}, {"active": True}),
    "call-forwarding-signal/call-forwardings": ({}, ["unconditional"]),
    "number-recycling/check": ({"specifiedDate": "2026-03-03"}, {"phoneNumberRecycled": False}),
    "kyc-tenure/check-tenure": ({"tenureDate": "2026-03-02"}, {"tenureDateCheck": True}),
    "kyc-match/match": (
        {"idDocument": "11010519491231002X", "birthdate": "1950-12-31", "name": "A"},
        {"idDocumentMatch": "true", "birthdateMatch": "false", "nameMatch": "not_available"},
    ),
}


@dataclass(frozen=True)
class Operator:
    """A server of two operators and a bank."""

    home: Path
    server: Server
    key: str
    other: str
    admin: str
    gateway: str
    reader: str

    def ask(self, path: str, secret: str | None = None, **body: object) -> httpx.Response:
        with self.server.client(self.key if secret is None else secret) as client:
            return client.post(served_at(path), json=body)

    def readings(self) -> list[Read]:
        log = AuditLog(self.home / FILE, load_keys(self.home / "keys.json").events)
        found = [read for _, read in log.readings()]
        log.close()
        return found


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    home = tmp_path_factory.mktemp("operator") / "home"
    sends = {name: key_of(home, name, "decide administer") for name in ("operator", "operator_b", "bank")}
    keys = [key_of(home, name, scopes) for name, scopes in (
        ("operator", "query"), ("operator_b", "query"), ("operator", "query administer"),
        ("operator", "query gateway"), ("operator", "read decide"),
    )]  # fmt: skip
    with serving(home, clock="events") as server:
        for row in HISTORY:
            with server.client(sends[str(row["source"])]) as client:
                assert client.post("/v1/events", json=as_sent(row)).status_code == 200
        yield Operator(home, server, *keys)


@pytest.mark.parametrize("path", ANSWERS)
def test_an_operator_is_answered_about_its_own_number(operator: Operator, path: str) -> None:
    asked, expected = ANSWERS[path]
    answer = operator.ask(path, phoneNumber=NUMBER, **asked)
    assert (answer.status_code, answer.json()) == (200, expected)
    body = msgspec.json.encode({"phoneNumber": NUMBER, **asked})
    assert answered(operator.home, path, body, Caller(), source="operator").body == answer.content


def test_dates_are_told_with_their_zone(operator: Operator) -> None:
    assert operator.ask("sim-swap/retrieve-date", phoneNumber=NUMBER).json() == {
        "latestSimChange": "2026-03-06T16:00:00Z"
    }
    assert operator.ask("device-swap/retrieve-date", phoneNumber=NUMBER).json() == {
        "latestDeviceChange": "2026-03-06T17:00:00Z"
    }


def test_an_event_is_known_as_soon_as_it_is_answered(operator: Operator) -> None:
    number, seen = "+8613800138088", 0
    key = key_of(operator.home, "operator", "decide query")
    with operator.server.client(key) as client:
        ask = {"phoneNumber": number}
        assert client.post(served_at("sim-swap/check"), json=ask).status_code == 404
        for n in range(20):
            row = told(
                f"new-{n}",
                120 + (n + 1) / 100,
                "card_attached",
                src=f"card:{number}",
                dst=f"device:3500000000000{n % 2}",
            )
            assert client.post("/v1/events", json=as_sent(row)).status_code == 200
            date = client.post(served_at("device-swap/retrieve-date"), json=ask).json()["latestDeviceChange"]
            seen += date is not None and date[:13] == "2026-03-07T02"
    assert seen == 20


@pytest.mark.parametrize("path", [*ANSWERS, "sim-swap/retrieve-date", "device-swap/retrieve-date"])
def test_a_number_of_another_institution_is_one_that_nobody_knows(operator: Operator, path: str) -> None:
    asked = dict(ANSWERS.get(path, ({}, None))[0])
    anothers = operator.ask(path, phoneNumber=OTHERS, **asked)
    unknown = operator.ask(path, phoneNumber="+8613900139000", **asked)
    assert (anothers.status_code, anothers.json()["code"]) == (404, "IDENTIFIER_NOT_FOUND")
    assert anothers.content == unknown.content
    assert operator.ask(path, operator.other, phoneNumber=NUMBER, **asked).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("sim-swap/check", b'{"phoneNumber": "+8613800138001", "extra": 1}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"phoneNumber": "13800138001"}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"phoneNumber": "+08613800138001"}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"phoneNumber": "+8613800138001", "maxAge": 2401}', (400, "OUT_OF_RANGE")),
        ("device-swap/check", b'{"phoneNumber": "+8613800138001", "maxAge": 0}', (400, "OUT_OF_RANGE")),
        ("sim-swap/check", b"{}", (422, "MISSING_IDENTIFIER")),
        ("sim-swap/check", b"", (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b"\xff\xfe", (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"phoneNumber": ', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b"[" * 50_000, (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"x":' * 10_000, (400, "INVALID_ARGUMENT")),
        ("kyc-match/match", b'{"phoneNumber": "+8613800138001", "gender": "secret-word"}', (400, "INVALID_ARGUMENT")),
        ("kyc-match/match", b'{"phoneNumber": "+8613800138001"}',
         (400, "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION")),
        ("kyc-tenure/check-tenure", b'{"phoneNumber": "+8613800138001", "tenureDate": "soon"}',
         (400, "INVALID_ARGUMENT")),
        ("iot-sim-fraud-prevention/query", b'{"queryType": "IMEIBIND", "device": {"ipv6Address": "::1"}}',
         (422, "UNSUPPORTED_IDENTIFIER")),
        ("number-verification/verify", b'{"phoneNumber": "+8613800138001"}',
         (403, "NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK")),
        ("sim-swap/check", b" " * 70_000, (413, "PAYLOAD_TOO_LARGE")),
        ("sim-swap/check", b'{"phoneNumber": "' + b"9" * 10_000_000 + b'"}', (413, "PAYLOAD_TOO_LARGE")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_camaras_form_without_repeating_it(
    operator: Operator, path: str, body: bytes, expected: tuple[int, str]
) -> None:
    headers = {"content-type": "application/json", "x-correlator": "b4333c46-49c0"}
    with operator.server.client(operator.key) as client:
        answer = client.post(served_at(path), content=body, headers=headers)
    info = answer.json()
    assert (answer.status_code, info["code"]) == expected
    assert set(info) == {"status", "code", "message"}
    assert info["status"] == answer.status_code
    assert 0 < len(info["message"]) <= 512
    assert answer.headers["x-correlator"] == "b4333c46-49c0"
    assert "138001" not in answer.text
    assert "secret-word" not in answer.text


def test_an_unknown_field_is_not_repeated_at_length(operator: Operator) -> None:
    answer = operator.ask("sim-swap/check", None, **{"phoneNumber": NUMBER, "x" * 40_000: 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_ARGUMENT")
    assert len(answer.content) < 300


def test_keys_methods_types_and_paths_are_refused_in_the_same_form(operator: Operator) -> None:
    check, body = served_at("sim-swap/check"), {"phoneNumber": NUMBER}
    with operator.server.client(operator.key) as client, operator.server.client() as nobody:
        reader = {"authorization": f"Bearer {operator.reader}"}
        cases = [
            (nobody.post(check, json=body), 401, "UNAUTHENTICATED"),
            (client.post(check, json=body, headers=reader), 403, "PERMISSION_DENIED"),
            (client.post("/sim-swap/v1/check", json=body), 404, "NOT_FOUND"),
            (client.post("/sim-swap/v2/other", json=body), 404, "NOT_FOUND"),
            (client.get(check), 405, "METHOD_NOT_ALLOWED"),
            (client.delete(check), 405, "METHOD_NOT_ALLOWED"),
            (client.post(served_at("number-verification/device-phone-number")), 405, "METHOD_NOT_ALLOWED"),
            (client.post(check, content=b"{}", headers={"content-type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE"),
            (client.post(check, json=body, headers={"x-correlator": "no spaces"}), 400, "INVALID_ARGUMENT"),
            (client.post(check, json=body, headers={"stanch-purpose": "curiosity"}), 400, "INVALID_ARGUMENT"),
        ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert cases[0][0].headers["www-authenticate"] == "Bearer"


def test_a_key_beyond_its_budget_is_told_to_wait(operator: Operator) -> None:
    _, secret = secret_of(operator.home, Wish("operator", ("query",), rate=0.01, burst=1))
    assert operator.ask("sim-swap/check", secret, phoneNumber=NUMBER).status_code == 200
    refused = operator.ask("sim-swap/check", secret, phoneNumber=NUMBER)
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert int(refused.headers["retry-after"]) > 0


def test_a_gateway_passes_on_the_number_of_a_token(operator: Operator) -> None:
    token = {"stanch-token-number": NUMBER, "stanch-token-checked": "network"}
    with operator.server.client(operator.gateway) as client:
        verify, share = served_at("number-verification/verify"), served_at("number-verification/device-phone-number")
        digest = hashlib.sha256(NUMBER.encode()).hexdigest()
        assert client.post(verify, json={"hashedPhoneNumber": digest}, headers=token).json() == {
            "devicePhoneNumberVerified": True
        }
        assert client.get(share, headers=token).json() == {"devicePhoneNumber": NUMBER}
        assert client.get(share, headers={"stanch-token-number": NUMBER}).status_code == 403
        assert client.get(share, headers={"stanch-token-checked": "network"}).status_code == 400
        assert client.post(served_at("sim-swap/check"), json={"maxAge": 11}, headers=token).json() == {"swapped": True}
        both = client.post(served_at("sim-swap/check"), json={"phoneNumber": NUMBER}, headers=token)
        assert (both.status_code, both.json()["code"]) == (422, "UNNECESSARY_IDENTIFIER")
    with operator.server.client(operator.key) as client:
        assert client.get(share, headers=token).json()["code"] == "PERMISSION_DENIED"


def test_an_iot_card_is_bound_by_an_event_that_stands_in_the_log_before_the_answer(operator: Operator) -> None:
    device = {"phoneNumber": IOT}
    query, bind, unbind = (f"iot-sim-fraud-prevention/{name}" for name in ("query", "bind", "unbind"))
    refused = operator.ask(bind, bindType="AREALIMIT", device=device, area=AREA)
    assert (refused.status_code, refused.json()["code"]) == (403, "PERMISSION_DENIED")
    free = {"areaLimit": {"areaLimitStatus": "UNRESTRICTED"}}
    assert operator.ask(query, queryType="AREALIMIT", device=device).json() == free
    bound = operator.ask(bind, operator.admin, bindType="AREALIMIT", device=device, area=AREA)
    assert (bound.status_code, bound.json()) == (200, {"bound": "TRUE"})
    limited = operator.ask(query, queryType="AREALIMIT", device=device).json()
    assert limited == {"areaLimit": {"areaLimitStatus": "RESTRICTED", "limitArea": AREA}}
    assert operator.ask(unbind, operator.admin, unBindType="AREALIMIT", device=device).json() == {"unbound": "TRUE"}
    assert operator.ask(query, queryType="AREALIMIT", device=device).json() == free
    assert operator.ask(unbind, operator.admin, unBindType="AREALIMIT", device=device).json() == {"unbound": "FALSE"}
    with operator.server.client(operator.reader) as client:
        kinds = [each["kind"] for each in client.get("/v1/decisions?limit=200").json()["data"]]
    assert kinds.count("listed") == kinds.count("unlisted") == 1


def test_every_look_is_in_the_audit_log_by_pseudonym_with_its_purpose(operator: Operator) -> None:
    before = len(operator.readings())
    headers = {"stanch-purpose": "dpv:FraudPreventionAndDetection", "x-request-id": "look-1"}
    with operator.server.client(operator.key) as client:
        client.post(served_at("kyc-match/match"), json={"phoneNumber": NUMBER, "name": "A"}, headers=headers)
        client.post(served_at("sim-swap/check"), json={"phoneNumber": OTHERS})
        client.post(served_at("sim-swap/check"), json={"phoneNumber": NUMBER, "maxAge": 0})
    match, unknown = operator.readings()[before:]
    keys = load_keys(operator.home / "keys.json").keys
    assert (match.institution, match.request, match.purpose, match.what) == (
        "operator", "look-1", "dpv:FraudPreventionAndDetection", "kyc-match/match",
    )  # fmt: skip
    assert match.key in operator.key
    assert msgspec.json.decode(match.which) == [card_of(keys, NUMBER).hex()]
    assert msgspec.json.decode(unknown.which) == [card_of(keys, OTHERS).hex()]
    assert "138001" not in str(operator.readings())


def test_looks_that_come_together_are_each_in_a_chain_that_holds(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / FILE, bytes(32))
    noting = Noting(log)
    reads = [Read(n, "k", "operator", f"r{n}", "", "sim-swap/check", "[]") for n in range(200)]

    async def note_all() -> None:
        await asyncio.gather(*(noting.note(read) for read in reads))
        await noting.note(reads[0])

    asyncio.run(note_all())
    assert log.verify().readings == 201
    assert [read for _, read in log.readings()] == [*reads, reads[0]]
    log.close()
    with pytest.raises(StoreError):
        asyncio.run(noting.note(reads[0]))


def test_the_document_has_every_operation_with_its_shapes(operator: Operator) -> None:
    with operator.server.client() as client:
        document = client.get("/openapi.json").json()
    for path in OPERATIONS:
        (told_of,) = document["paths"][served_at(path)].values()
        assert "200" in told_of["responses"]
    assert len(SERVED) == len(OPERATIONS) == 14
    assert document["components"]["schemas"]["ErrorInfo"]["required"] == ["status", "code", "message"]


@pytest.mark.parametrize("harm", ["killed", "lost", "damaged"])
def test_the_same_is_answered_after_a_restart(tmp_path: Path, harm: str) -> None:
    home = tmp_path / "home"
    key = key_of(home, "operator", "decide query")
    rows = [row for row in HISTORY if row["source"] == "operator"]
    first = answers_around(home, key, rows[:6], kill=harm == "killed")
    if harm == "lost":
        (home / CARDS_FILE).unlink()
    if harm == "damaged":
        whole = (home / CARDS_FILE).read_bytes()
        (home / CARDS_FILE).write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    second = answers_around(home, key, rows[6:], kill=False)
    assert first["sim-swap/retrieve-date"] != second["sim-swap/retrieve-date"]
    for path, body in second.items():
        asked = msgspec.json.encode({**dict(ANSWERS.get(path, ({}, None))[0]), "phoneNumber": NUMBER})
        assert answered(home, path, asked, Caller(), source="operator").body == body


def answers_around(home: Path, key: str, rows: list[Row], *, kill: bool) -> dict[str, bytes]:
    """Serve, send, ask every operation, and end."""
    with serving(home, clock="events") as server, server.client(key) as client:
        for row in rows:
            assert client.post("/v1/events", json=as_sent(row)).status_code == 200
        found = {}
        for path in [*ANSWERS, "sim-swap/retrieve-date", "device-swap/retrieve-date"]:
            body = {**dict(ANSWERS.get(path, ({}, None))[0]), "phoneNumber": NUMBER}
            answer = client.post(served_at(path), json=body)
            while answer.status_code == 503:
                answer = client.post(served_at(path), json=body)
            found[path] = answer.content
        assert server.end(kill=kill) == (-9 if kill else 0)
    return found


def test_the_request_on_the_page_gets_the_answer_on_the_page(operator: Operator) -> None:
    page = (Path(__file__).parents[2] / "docs" / "telecom.md").read_text("utf-8")
    command, answer = re.findall(r"```sh\n(curl .*?)```\n\n```json\n(.*?)\n```", page, re.DOTALL)[0]
    words = shlex.split(command.replace("$URL", operator.server.url).replace("$KEY", operator.key))
    headers = dict(word.split(": ", 1) for flag, word in itertools.pairwise(words) if flag == "-H")
    body = words[words.index("-d") + 1]
    with operator.server.client() as client:
        told_of = client.post(words[2], content=body, headers=headers)
    assert (told_of.text, told_of.headers["x-correlator"]) == (answer, headers["x-correlator"])


def test_every_address_and_code_on_the_page_is_served() -> None:
    page = (Path(__file__).parents[2] / "docs" / "telecom.md").read_text("utf-8")
    assert set(re.findall(r"`(?:POST |GET )?(/[a-z-]+/v[a-z0-9.]+/[a-z-]+)`", page)) == set(SERVED)
    errors = re.search(r"\*\*Errors\*\*(.*?)\n- ", page, re.DOTALL)
    assert errors is not None
    told_of = set(re.findall(r"`([A-Z_]+)`", errors[1]))
    known = {*CODES.values(), "OUT_OF_RANGE", "IDENTIFIER_NOT_FOUND", "MISSING_IDENTIFIER"}
    assert told_of <= known
