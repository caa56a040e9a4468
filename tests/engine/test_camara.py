"""CAMARA requests answered out of a home's log, and what they cause entered into it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from small_events import MORNING, Row, event, write_events
from stanch.cli import main
from stanch.engine.camara import Answered, answered
from stanch.exchange.camara.operations import Caller
from stanch.model.errors import StoreError
from stanch.model.time import DAY, SECOND, to_datetime

NUMBER = "+8613800138001"
CARD = f"card:{NUMBER}"
PERSON = "person:11010519491231002X"
HOUR = 3600
HISTORY = [
    event("p1", 0, "profile", src=PERSON, detail="birth_year", number=1949),
    event("c1", 1, "company_registered", src=PERSON, dst="company:c-1"),
    event("i1", 2, "card_issued", src="outlet:o-1", dst=CARD, holder=PERSON),
    event("i2", 3, "card_issued", src="outlet:o-1", dst="card:+8613800138002", holder="company:c-1"),
    event("a1", 4 * HOUR, "card_attached", src=CARD, dst="device:35000000000001"),
    event("f1", 100 * HOUR, "forwarding_set", src=CARD, dst="card:+8613800138009"),
    event("s1", 110 * HOUR, "sim_swapped", src="outlet:o-1", dst=CARD),
    event("a2", 111 * HOUR, "card_attached", src=CARD, dst="device:35000000000002"),
    event("e1", 120 * HOUR, "call_started", src="card:+8613800138009", dst=CARD),
]


def entered(folder: Path, name: str, *rows: Row) -> Path:
    file = write_events(folder / f"{name}.parquet", rows)
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(file), "--home", str(folder / "home")])
    assert ended.value.code == 0
    return folder / "home"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return entered(tmp_path, "history", *HISTORY)


def asked(home: Path, path: str, **body: object) -> tuple[int, dict[str, object]]:
    found = answered(home, path, msgspec.json.encode(body), Caller())
    return found.status, msgspec.json.decode(found.body)


def test_a_log_answers_what_it_knows_of_a_card(home: Path) -> None:
    assert asked(home, "sim-swap/check", phoneNumber=NUMBER, maxAge=11) == (200, {"swapped": True})
    assert asked(home, "sim-swap/check", phoneNumber=NUMBER, maxAge=9) == (200, {"swapped": False})
    assert asked(home, "device-swap/check", phoneNumber=NUMBER, maxAge=9) == (200, {"swapped": True})
    active = asked(home, "call-forwarding-signal/unconditional-call-forwardings", phoneNumber=NUMBER)
    assert active == (200, {"active": True})
    when = to_datetime(MORNING + 110 * HOUR * SECOND)
    status, told = asked(home, "sim-swap/retrieve-date", phoneNumber=NUMBER)
    assert (status, datetime.fromisoformat(str(told["latestSimChange"])).astimezone(UTC)) == (200, when)


def test_a_person_and_a_company_are_matched_by_pseudonym(home: Path) -> None:
    document = PERSON.removeprefix("person:")
    found = asked(home, "kyc-match/match", phoneNumber=NUMBER, idDocument=document, birthdate="1950-12-31")
    assert found == (200, {"idDocumentMatch": "true", "birthdateMatch": "false"})
    assert asked(home, "kyc-match/match", phoneNumber="+8613800138002", idDocument="c-1")[1] == {
        "idDocumentMatch": "true"
    }
    tenure = asked(home, "kyc-tenure/check-tenure", phoneNumber="+8613800138002", tenureDate="2026-03-02")
    assert tenure == (200, {"tenureDateCheck": True, "contractType": "Business"})


def test_the_time_of_the_request_may_be_later_than_the_log(home: Path) -> None:
    body = msgspec.json.encode({"phoneNumber": NUMBER, "maxAge": 11})
    later = answered(home, "sim-swap/check", body, Caller(), at=MORNING + 30 * DAY)
    assert later == Answered(200, b'{"swapped":false}')


def test_refusals_carry_their_status_and_no_number(home: Path) -> None:
    status, told = asked(home, "sim-swap/check", phoneNumber="+8613800138777")
    assert (status, told["code"]) == (404, "IDENTIFIER_NOT_FOUND")
    assert "138777" not in str(told)
    assert asked(home, "sim-swap/check")[1]["code"] == "MISSING_IDENTIFIER"


def test_the_number_of_a_device_is_told_without_a_look_into_the_log(tmp_path: Path) -> None:
    found = answered(tmp_path, "number-verification/device-phone-number", b"", Caller(NUMBER, by_network=True))
    assert found == Answered(200, msgspec.json.encode({"devicePhoneNumber": NUMBER}))


def test_a_binding_is_known_once_its_event_was_entered(home: Path, tmp_path: Path) -> None:
    area = {"areaType": "CIRCLE", "center": {"latitude": 30.5, "longitude": 104.0}, "radius": 5000}
    body = {"bindType": "AREALIMIT", "device": {"phoneNumber": NUMBER}, "area": area}
    bound = answered(home, "iot-sim-fraud-prevention/bind", msgspec.json.encode(body), Caller())
    assert bound.body == b'{"bound":"TRUE"}'
    query = {"queryType": "AREALIMIT", "device": {"phoneNumber": NUMBER}}
    before = asked(home, "iot-sim-fraud-prevention/query", **query)[1]
    assert before == {"areaLimit": {"areaLimitStatus": "UNRESTRICTED"}}
    entered(tmp_path, "bound", {**event("b1", 121 * HOUR, "listed"), **bound.rows[0]})
    after = asked(home, "iot-sim-fraud-prevention/query", **query)[1]
    assert after == {"areaLimit": {"areaLimitStatus": "RESTRICTED", "limitArea": area}}


def test_where_there_is_no_home_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        answered(tmp_path / "none", "sim-swap/check", b'{"phoneNumber": "+8613800138001"}', Caller())
    assert not (tmp_path / "none").exists()
