"""CAMARA: shapes that survive the round trip, bodies refused as specified, and answers that say what is unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from stanch.exchange.camara import shapes
from stanch.exchange.camara.answers import Known, reply, shared, verify
from stanch.exchange.camara.card import CardEvent, CardState, learned
from stanch.exchange.camara.consumed import events_of
from stanch.exchange.camara.kyc import MATCHED, KycResult
from stanch.exchange.camara.operations import (
    OPERATIONS,
    Caller,
    CamaraError,
    read_answer,
    read_request,
    subject,
    write,
)
from stanch.model.errors import InputError
from stanch.model.events import micros
from stanch.model.kinds import KINDS
from stanch.model.time import DAY, HOUR

Given = Any  # what the operation gives: a struct of its own, or a list

NUMBER = "+8613800138001"
NOW = micros(datetime(2026, 3, 2, 12, tzinfo=UTC))
SINCE = NOW - 100 * DAY
CIRCLE = shapes.Circle(shapes.Point(30.5, 104.0), 5000, "CIRCLE")
HOLDER, OTHER = b"person:440101", b"person:440102"

ASKED: dict[str, list[shapes.Request]] = {
    "sim-swap/check": [shapes.SwapCheck(), shapes.SwapCheck(NUMBER, 2400)],
    "sim-swap/retrieve-date": [shapes.OfNumber(NUMBER)],
    "device-swap/check": [shapes.SwapCheck(NUMBER, 1)],
    "device-swap/retrieve-date": [shapes.OfNumber()],
    "call-forwarding-signal/unconditional-call-forwardings": [shapes.OfNumber(NUMBER)],
    "call-forwarding-signal/call-forwardings": [shapes.OfNumber(NUMBER)],
    "number-recycling/check": [shapes.RecyclingCheck(date(2026, 1, 1), NUMBER)],
    "kyc-tenure/check-tenure": [shapes.TenureCheck("2026-01-01", NUMBER), shapes.TenureCheck("2026-01-01T00:00:00Z")],
    "kyc-match/match": [shapes.KycMatch(NUMBER, id_document="440101", birthdate=date(1980, 1, 2), gender="OTHER")],
    "number-verification/verify": [shapes.NumberVerify(NUMBER), shapes.NumberVerify(hashed_phone_number="a" * 64)],
    "iot-sim-fraud-prevention/bind": [
        shapes.IotBind("IMEIBIND", shapes.Device(NUMBER)),
        shapes.IotBind("AREALIMIT", area=CIRCLE),
    ],
    "iot-sim-fraud-prevention/unbind": [shapes.IotUnbind("AREALIMIT", shapes.Device(NUMBER))],
    "iot-sim-fraud-prevention/query": [shapes.IotQuery("IMEIBIND", shapes.Device(ipv6_address="2001:db8::1"))],
}
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GIVEN: dict[str, list[object]] = {
    "sim-swap/check": [shapes.Swapped(True)],
    "sim-swap/retrieve-date": [shapes.SimDate(MOMENT), shapes.SimDate(None, 120)],
    "device-swap/check": [shapes.Swapped(False)],
    "device-swap/retrieve-date": [shapes.DeviceDate(MOMENT), shapes.DeviceDate(None)],
    "call-forwarding-signal/unconditional-call-forwardings": [shapes.Unconditional(True), shapes.Unconditional()],
    "call-forwarding-signal/call-forwardings": [["inactive"], ["conditional_busy", "unconditional"]],
    "number-recycling/check": [shapes.Recycled(True)],
    "kyc-tenure/check-tenure": [shapes.Tenure(True), shapes.Tenure(False, "Business")],
    "kyc-match/match": [KycResult(name_match="false", name_match_score=87, id_document_match="true")],
    "number-verification/verify": [shapes.Verified(True)],
    "number-verification/device-phone-number": [shapes.Shared(NUMBER)],
    "iot-sim-fraud-prevention/bind": [shapes.Bound("TRUE")],
    "iot-sim-fraud-prevention/unbind": [shapes.Unbound("FALSE")],
    "iot-sim-fraud-prevention/query": [
        shapes.IotState(shapes.AreaLimit("RESTRICTED", CIRCLE)),
        shapes.IotState(imei_bind=shapes.ImeiBind("BOUND", "352099001761481")),
    ],
}


def code(action: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(CamaraError) as refused:
        action()
    return refused.value.info.status, refused.value.info.code


def known(*events: CardEvent, since: int = SINCE, birth_year: int | None = None, business: bool = False) -> Known:
    card = CardState()
    for event in events:
        card = learned(card, event)
    return Known(card, NOW, since, lambda clear, /: clear.encode(), birth_year, business)


def answer(path: str, request: shapes.Request, *events: CardEvent, since: int = SINCE) -> Given:
    return reply(path, request, known(*events, since=since), NUMBER).answer


def issued(days: float, holder: bytes = HOLDER) -> CardEvent:
    return CardEvent("card_issued", NOW - int(days * DAY), holder=holder)


def attached(hours: float, device: bytes) -> CardEvent:
    return CardEvent("card_attached", NOW - int(hours * HOUR), device=device)


SEEN = CardEvent("recertified", NOW - DAY, "passed")


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_request_and_answer_survives_the_round_trip(path: str) -> None:
    assert (OPERATIONS[path].asks is None) == (path not in ASKED)
    for request in ASKED.get(path, []):
        assert read_request(path, write(request)) == request
    for given_answer in GIVEN[path]:
        assert read_answer(path, 200, write(given_answer)) == given_answer


def test_fields_are_named_as_the_specifications_name_them() -> None:
    assert msgspec.json.decode(write(shapes.IotUnbind("IMEIBIND", shapes.Device(NUMBER)))) == {
        "unBindType": "IMEIBIND",
        "device": {"phoneNumber": NUMBER},
    }
    assert msgspec.json.decode(write(shapes.SimDate(None, 120))) == {"latestSimChange": None, "monitoredPeriod": 120}
    assert msgspec.json.decode(write(GIVEN["kyc-match/match"][0])) == {
        "nameMatch": "false", "nameMatchScore": 87, "idDocumentMatch": "true",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("sim-swap/check", b'{"phoneNumber": "+8613800138001", "extra": 1}', (400, "INVALID_ARGUMENT")),
        ("iot-sim-fraud-prevention/query", b'{"queryType": "IMEIBIND", "device": {"x": 1}}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"phoneNumber": "13800138001"}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"phoneNumber": null}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b'{"maxAge": 2401}', (400, "OUT_OF_RANGE")),
        ("device-swap/check", b'{"maxAge": 0}', (400, "OUT_OF_RANGE")),
        ("device-swap/check", b'{"maxAge": "240"}', (400, "INVALID_ARGUMENT")),
        ("number-recycling/check", b"{}", (400, "INVALID_ARGUMENT")),
        ("number-recycling/check", b'{"specifiedDate": "01.02.2026"}', (400, "INVALID_ARGUMENT")),
        ("kyc-match/match", b'{"gender": "male"}', (400, "INVALID_ARGUMENT")),
        ("iot-sim-fraud-prevention/bind", b'{"bindType": "SIMBIND"}', (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b"\xff", (400, "INVALID_ARGUMENT")),
        ("sim-swap/check", b"[", (400, "INVALID_ARGUMENT")),
        ("sim-swap/other", b"{}", (404, "NOT_FOUND")),
    ],
)
def test_a_body_that_breaks_its_shape_is_refused(path: str, body: bytes, expected: tuple[int, str]) -> None:
    assert code(lambda: read_request(path, body)) == expected


def test_a_radius_beyond_the_largest_is_out_of_range() -> None:
    body = msgspec.json.encode({
        "bindType": "AREALIMIT",
        "area": {"areaType": "CIRCLE", "center": {"latitude": 1, "longitude": 2}, "radius": 200_001},
    })  # fmt: skip
    assert code(lambda: read_request("iot-sim-fraud-prevention/bind", body)) == (400, "OUT_OF_RANGE")


def test_answers_of_others_may_carry_more_but_not_less() -> None:
    assert read_answer("sim-swap/check", 200, b'{"swapped": true, "new": 1}') == shapes.Swapped(True)
    refusal = b'{"status": 404, "code": "IDENTIFIER_NOT_FOUND", "message": "no", "help": "x"}'
    told = read_answer("sim-swap/check", 404, refusal)
    assert isinstance(told, shapes.ErrorInfo)
    assert told.code == "IDENTIFIER_NOT_FOUND"
    with pytest.raises(InputError, match="not as specified"):
        read_answer("sim-swap/check", 200, b"{}")
    with pytest.raises(InputError, match="not as specified"):
        read_answer("sim-swap/retrieve-date", 200, b'{"latestSimChange": "2026-01-01T00:00:00"}')


def test_token_and_body_name_the_number_exactly_once() -> None:
    token = Caller("+8613800138009")
    assert subject(shapes.OfNumber(NUMBER), Caller()) == NUMBER
    assert subject(shapes.OfNumber(), token) == "+8613800138009"
    assert subject(shapes.IotQuery("IMEIBIND", shapes.Device(NUMBER)), Caller()) == NUMBER
    assert code(lambda: subject(shapes.OfNumber(), Caller())) == (422, "MISSING_IDENTIFIER")
    assert code(lambda: subject(shapes.OfNumber(NUMBER), token)) == (422, "UNNECESSARY_IDENTIFIER")
    by_address = shapes.IotQuery("IMEIBIND", shapes.Device(ipv6_address="2001:db8::1"))
    assert code(lambda: subject(by_address, Caller())) == (422, "UNSUPPORTED_IDENTIFIER")
    assert code(lambda: subject(by_address, token)) == (422, "UNNECESSARY_IDENTIFIER")


def test_a_number_that_nobody_saw_is_not_found() -> None:
    for path, (asked, *_) in ASKED.items():
        if path != "number-verification/verify":
            with pytest.raises(CamaraError, match="IDENTIFIER_NOT_FOUND"):
                answer(path, asked)


def test_a_sim_counts_as_changed_when_it_was_swapped_or_first_used() -> None:
    swapped = CardEvent("sim_swapped", NOW - 10 * HOUR)
    asked = shapes.SwapCheck(NUMBER, 10)
    assert answer("sim-swap/check", asked, issued(90), swapped) == shapes.Swapped(True)
    assert answer("sim-swap/check", shapes.SwapCheck(NUMBER, 9), issued(90), swapped) == shapes.Swapped(False)
    assert answer("sim-swap/check", shapes.SwapCheck(NUMBER, 48), issued(2)) == shapes.Swapped(True)
    date_of = answer("sim-swap/retrieve-date", shapes.OfNumber(NUMBER), issued(90), swapped)
    assert (micros(date_of.latest_sim_change), date_of.monitored_period) == (NOW - 10 * HOUR, UNSET)


def test_of_what_was_before_the_log_nothing_is_claimed() -> None:
    assert answer("sim-swap/retrieve-date", shapes.OfNumber(NUMBER), SEEN) == shapes.SimDate(None, 100)
    assert answer("sim-swap/check", shapes.SwapCheck(NUMBER, 2400), SEEN) == shapes.Swapped(False)
    short = NOW - 20 * HOUR
    asked = shapes.SwapCheck(NUMBER, 21)
    assert code(lambda: answer("sim-swap/check", asked, SEEN, since=short)) == (400, "OUT_OF_RANGE")
    early = shapes.RecyclingCheck(date(2025, 1, 1), NUMBER)
    assert code(lambda: answer("number-recycling/check", early, SEEN)) == (422, "SERVICE_NOT_APPLICABLE")
    tenure = shapes.TenureCheck("2026-01-01", NUMBER)
    assert code(lambda: answer("kyc-tenure/check-tenure", tenure, SEEN)) == (422, "SERVICE_NOT_APPLICABLE")


def test_the_first_device_is_no_change_and_another_one_is() -> None:
    asked, of = shapes.SwapCheck(NUMBER, 240), shapes.OfNumber(NUMBER)
    first, second = attached(500, b"d1"), attached(5, b"d2")
    assert answer("device-swap/check", asked, first) == shapes.Swapped(False)
    assert answer("device-swap/check", asked, first, attached(5, b"d1")) == shapes.Swapped(False)
    assert answer("device-swap/check", asked, first, second) == shapes.Swapped(True)
    assert micros(answer("device-swap/retrieve-date", of, first).latest_device_change) == NOW - 500 * HOUR
    assert micros(answer("device-swap/retrieve-date", of, first, second).latest_device_change) == NOW - 5 * HOUR


def test_forwardings_are_told_by_their_kind_until_they_end() -> None:
    unconditional = "call-forwarding-signal/unconditional-call-forwardings"
    every, of = "call-forwarding-signal/call-forwardings", shapes.OfNumber(NUMBER)
    all_calls, busy = CardEvent("forwarding_set", NOW), CardEvent("forwarding_set", NOW, "CFB")
    assert answer(unconditional, of, SEEN) == shapes.Unconditional(False)
    assert answer(every, of, SEEN) == ["inactive"]
    assert answer(unconditional, of, busy) == shapes.Unconditional(False)
    assert answer(every, of, all_calls, busy) == ["conditional_busy", "unconditional"]
    ended = CardEvent("unlisted", NOW, "forwarding_cfu")
    assert answer(every, of, all_calls, busy, ended) == ["conditional_busy"]
    assert answer(every, of, all_calls, busy, CardEvent("unlisted", NOW, "forwarding")) == ["inactive"]


def test_a_number_that_changed_hands_after_the_day_says_so() -> None:
    path, freed = "number-recycling/check", CardEvent("number_recycled", NOW - 10 * DAY)
    before, after = shapes.RecyclingCheck(date(2026, 2, 1), NUMBER), shapes.RecyclingCheck(date(2026, 2, 25), NUMBER)
    assert answer(path, before, issued(90), freed) == shapes.Recycled(True)
    assert answer(path, after, issued(90), freed) == shapes.Recycled(False)
    assert answer(path, before, issued(90)) == shapes.Recycled(False)
    assert answer(path, before, issued(90), freed, issued(5, OTHER)) == shapes.Recycled(True)
    assert answer(path, before, issued(90), CardEvent("recertified", NOW - DAY, "passed", OTHER)) == shapes.Recycled(
        True
    )
    future = shapes.RecyclingCheck(date(2027, 1, 1), NUMBER)
    assert code(lambda: answer(path, future, issued(90))) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("written", "holds"),
    [("2026-02-10", True), ("2026-02-20", True), ("2026-02-09", False), ("2026-02-10T13:00:00+00:00", True)],
)
def test_tenure_counts_from_the_day_on_which_the_holder_got_the_number(written: str, holds: bool) -> None:
    asked = shapes.TenureCheck(written, NUMBER)
    assert answer("kyc-tenure/check-tenure", asked, issued(20)) == shapes.Tenure(holds)
    company = reply("kyc-tenure/check-tenure", asked, known(issued(20), business=True), NUMBER)
    assert company.answer == shapes.Tenure(holds, "Business")


@pytest.mark.parametrize("written", ["yesterday", "2026-02-10T13:00:00", "2027-01-01"])
def test_a_tenure_date_that_cannot_be_read_or_lies_ahead_is_refused(written: str) -> None:
    asked = shapes.TenureCheck(written, NUMBER)
    assert code(lambda: answer("kyc-tenure/check-tenure", asked, issued(20))) == (400, "INVALID_ARGUMENT")


def test_documents_match_by_pseudonym_and_the_rest_is_not_available() -> None:
    asked = shapes.KycMatch(NUMBER, id_document="440101", name="A", birthdate=date(1980, 5, 6))
    found: Given = reply("kyc-match/match", asked, known(issued(20), birth_year=1981), NUMBER).answer
    assert (found.id_document_match, found.name_match, found.birthdate_match) == ("true", "not_available", "false")
    assert found.email_match is UNSET
    same_year: Given = reply("kyc-match/match", asked, known(issued(20, OTHER), birth_year=1980), NUMBER).answer
    assert (same_year.id_document_match, same_year.birthdate_match) == ("false", "not_available")
    assert answer("kyc-match/match", asked, SEEN).id_document_match == "not_available"
    nothing = shapes.KycMatch(NUMBER, id_document_type="passport")
    expected = (400, "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION")
    assert code(lambda: answer("kyc-match/match", nothing, issued(20))) == expected
    assert len(MATCHED) == 20


def test_a_number_is_verified_only_where_the_network_checked_the_device() -> None:
    caller, digest = Caller(NUMBER, by_network=True), hashlib.sha256(NUMBER.encode()).hexdigest()
    assert verify(shapes.NumberVerify(NUMBER), caller) == shapes.Verified(True)
    assert verify(shapes.NumberVerify("+8613800138002"), caller) == shapes.Verified(False)
    assert verify(shapes.NumberVerify(hashed_phone_number=digest.upper()), caller) == shapes.Verified(True)
    assert shared(caller) == shapes.Shared(NUMBER)
    both = shapes.NumberVerify(NUMBER, digest)
    assert code(lambda: verify(both, caller)) == (400, "INVALID_ARGUMENT")
    assert code(lambda: verify(shapes.NumberVerify(), caller)) == (400, "INVALID_ARGUMENT")
    by_password = Caller(NUMBER)
    assert code(lambda: shared(by_password))[0] == 403


def test_an_iot_card_is_bound_by_an_event_and_free_again_by_another() -> None:
    here = [CardEvent("iot_sold", NOW - DAY, holder=HOLDER), attached(5, b"d1")]
    bind, query = "iot-sim-fraud-prevention/bind", "iot-sim-fraud-prevention/query"
    device = shapes.Device(NUMBER)
    assert answer(bind, shapes.IotBind("IMEIBIND", device), here[0]) == shapes.Bound("FALSE")
    bindings: list[tuple[shapes.IotBind, shapes.Protection]] = [
        (shapes.IotBind("IMEIBIND", device), "IMEIBIND"),
        (shapes.IotBind("AREALIMIT", device, CIRCLE), "AREALIMIT"),
    ]
    for request, kind in bindings:
        bound = reply(bind, request, known(*here), NUMBER)
        (row,) = bound.rows
        assert (bound.answer, row["kind"], row["dst"]) == (shapes.Bound("TRUE"), "listed", f"card:{NUMBER}")
        event = CardEvent("listed", NOW, str(row["detail"]), attrs=str(row.get("attrs", "")))
        state = answer(query, shapes.IotQuery(kind, device), *here, event)
        assert state in (
            shapes.IotState(imei_bind=shapes.ImeiBind("BOUND")),
            shapes.IotState(shapes.AreaLimit("RESTRICTED", CIRCLE)),
        )
        unbind = shapes.IotUnbind(kind, device)
        freed = reply("iot-sim-fraud-prevention/unbind", unbind, known(*here, event), NUMBER)
        assert freed.answer == shapes.Unbound("TRUE")
        assert freed.rows[0]["kind"] == "unlisted"
        again = CardEvent("unlisted", NOW, str(freed.rows[0]["detail"]))
        assert answer("iot-sim-fraud-prevention/unbind", unbind, *here, event, again) == shapes.Unbound("FALSE")
    no_area = shapes.IotBind("AREALIMIT", device)
    assert code(lambda: answer(bind, no_area, *here)) == (400, "INVALID_ARGUMENT")


def test_an_area_that_cannot_be_read_is_still_a_limit() -> None:
    query = shapes.IotQuery("AREALIMIT", shapes.Device(NUMBER))
    found = answer("iot-sim-fraud-prevention/query", query, CardEvent("listed", NOW, "area_limit", attrs="{}"))
    assert found == shapes.IotState(shapes.AreaLimit("RESTRICTED"))


def test_what_an_operator_answers_becomes_an_event_once() -> None:
    asked = ("operator_b", "b4333c46", NOW)
    (swap,) = events_of("sim-swap/retrieve-date", shapes.SimDate(MOMENT), NUMBER, asked)
    assert (swap["kind"], swap["happened_at"], swap["dst"]) == ("sim_swapped", MOMENT, f"card:{NUMBER}")
    assert NUMBER not in str(swap["event_id"])
    (freed,) = events_of("number-recycling/check", shapes.Recycled(True), NUMBER, asked)
    assert freed["kind"] == "number_recycled"
    assert events_of("sim-swap/retrieve-date", shapes.SimDate(None), NUMBER, asked) == []
    assert events_of("number-recycling/check", shapes.Recycled(False), NUMBER, asked) == []


_KINDS = st.sampled_from(sorted(KINDS))


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(
            _KINDS,
            st.integers(0, 99),
            st.sampled_from([None, HOLDER, OTHER]),
            st.sampled_from(["", "CFB", "area_limit"]),
        )
    ),
    st.integers(1, 2400),
)
def test_whatever_happened_every_operation_answers_in_its_shape_or_refuses_in_one(
    history: list[tuple[str, int, bytes | None, str]], hours: int
) -> None:
    events = [CardEvent(kind, NOW - day * DAY, detail, holder, device=holder) for kind, day, holder, detail in history]
    for path, requests in ASKED.items():
        if path == "number-verification/verify":
            continue
        for asked in requests:
            request = msgspec.structs.replace(asked, max_age=hours) if isinstance(asked, shapes.SwapCheck) else asked
            try:
                found = reply(path, request, known(*events), NUMBER).answer
            except CamaraError as error:
                assert read_answer(path, error.info.status, write(error.info)) == error.info
            else:
                assert read_answer(path, 200, write(found)) == found
