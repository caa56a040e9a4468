"""One event in, one answer out."""

from __future__ import annotations

import json

import pyarrow as pa

from api.conftest import House
from api.server import JSON, payment
from small_events import transfer
from stanch.model.schema import CLEAR_SCHEMA

LINES = {"content-type": "application/x-ndjson"}
ARROW = "application/vnd.apache.arrow.stream"


def test_an_event_is_answered_with_what_was_decided(house: House) -> None:
    with house.server.client(house.bank) as client:
        answer = client.post("/v1/events", json=payment("one"))
        assert answer.status_code == 200
        assert answer.json() | {"seq": 0} == {
            "event_id": "one", "source": "bank", "kind": "transfer", "seq": 0, "as_of": answer.json()["as_of"],
            "action": "allow", "score": 0.0, "late": True,
        }  # fmt: skip
        assert answer.headers["x-request-id"]
        assert answer.headers["cache-control"] == "no-store"


def test_a_finding_comes_with_its_reason_in_both_languages_and_its_numbers(house: House) -> None:
    with house.server.client(house.bank) as client:
        told = client.get("/v1/decisions/in-mule-11").json()
        (finding,) = [each for each in told["findings"] if each["typology"] == "finance.fan_in"]
    assert told["action"] != "allow"
    assert set(finding["reason"]) == {"en", "zh"}
    assert str(finding["values"]["payers_1h"]) in finding["reason"]["en"]


def test_the_same_event_sent_again_gets_the_same_answer(house: House) -> None:
    with house.server.client(house.bank) as client:
        first = client.post("/v1/events", json=payment("again"))
        client.post("/v1/events", json=payment("between"))
        second = client.post("/v1/events", json=payment("again"))
    assert first.content == second.content
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_another_body_under_a_known_id_is_a_conflict_and_changes_nothing(house: House) -> None:
    with house.server.client(house.bank) as client:
        first = client.post("/v1/events", json=payment("taken"))
        other = client.post("/v1/events", json=payment("taken", amount=999))
        again = client.get("/v1/decisions/taken")
    assert (other.status_code, other.json()["type"], other.json()["code"]) == (409, "conflict", "conflict")
    assert again.content == first.content


def test_two_institutions_may_use_one_id(house: House) -> None:
    with house.server.client(house.bank) as bank, house.server.client(house.other) as other:
        mine = bank.post("/v1/events", json=payment("shared"))
        theirs = other.post("/v1/events", json=payment("shared", "other"))
    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert mine.json()["seq"] != theirs.json()["seq"]


def test_a_deadline_that_passes_is_told_and_the_event_is_decided_once(house: House) -> None:
    lines = "".join(json.dumps(payment(f"busy-{n}")) + "\n" for n in range(3_000))
    with house.server.client(house.bank) as client:
        missed = client.post("/v1/events", json=payment("hurry"), headers={"stanch-deadline-ms": "1"})
        if missed.status_code == 200:  # faster than a millisecond: keep the line busy
            client.post("/v1/events/batch", content=lines, headers=LINES)
        told = client.post("/v1/events", json=payment("hurry"))
    assert missed.status_code in (200, 504)
    if missed.status_code == 504:
        assert missed.json()["code"] == "deadline_missed"
    assert told.status_code == 200


def test_a_batch_answers_line_by_line_and_a_wrong_line_stops_nothing(house: House) -> None:
    lines = [json.dumps(payment("b1")), "{not json", "", json.dumps(payment("b2", "other")), json.dumps(payment("b1")),
             json.dumps(payment("b1", amount=7)), json.dumps(payment("b3"))]  # fmt: skip
    with house.server.client(house.bank) as client:
        told = client.post("/v1/events/batch", content="\n".join(lines), headers=LINES)
    assert told.status_code == 200
    found = [json.loads(line) for line in told.text.splitlines()]
    assert [each.get("event_id") or (each["line"], each["code"]) for each in found] == [
        "b1", (2, "invalid_event"), (4, "other_source"), "b1", (6, "conflict"), "b3",
    ]  # fmt: skip
    assert found[0] == found[3]


def test_an_arrow_stream_is_a_batch_too(house: House) -> None:
    rows = [dict(transfer(f"arrow-{n}", n, "a", "b")) | {"known_at": None} for n in range(5)]
    rows[3]["amount"] = None
    with house.server.client(house.bank) as client:
        told = client.post("/v1/events/batch", content=stream(rows), headers={"content-type": ARROW})
    found = [json.loads(line) for line in told.text.splitlines()]
    assert [each.get("event_id") or each["line"] for each in found] == ["arrow-0", "arrow-1", "arrow-2", 4, "arrow-4"]
    assert "amount" in found[3]["message"]


def test_a_stream_that_is_broken_or_not_events_is_refused_whole(house: House) -> None:
    good = stream([dict(transfer("arrow-x", 1, "a", "b")) | {"known_at": None}])
    other = stream_of(pa.table({"colour": ["red"]}))
    with house.server.client(house.bank) as client:
        for body in (b"", b"garbage", good[: len(good) // 2], other):
            told = client.post("/v1/events/batch", content=body, headers={"content-type": ARROW})
            assert told.status_code == 400, told.text
        assert client.get("/v1/decisions/arrow-x").status_code == 404


def test_content_that_is_not_expected_is_refused(house: House) -> None:
    with house.server.client(house.bank) as client:
        assert client.post("/v1/events", content="x", headers={"content-type": "text/plain"}).status_code == 415
        assert client.post("/v1/events/batch", content="x", headers=JSON).status_code == 415
        assert client.get("/v1/events").status_code == 405
        assert client.put("/v1/events", content="x").json()["type"] == "invalid_request"


def stream(rows: list[dict[str, object]]) -> bytes:
    return stream_of(pa.Table.from_pylist(rows, schema=CLEAR_SCHEMA))


def stream_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
