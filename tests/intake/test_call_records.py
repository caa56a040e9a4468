"""Call records of TS 32.298: what each states, both legs of one call, parts of long calls, and broken records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stanch.intake.mapping import load_mapping, parse_mapping
from stanch.intake.report import IntakeReport, Refused
from stanch.model.errors import ConfigError

Taking = Callable[..., tuple[pa.Table, list[Refused], IntakeReport]]
EXAMPLES = Path(__file__).parents[2] / "examples"
MAPPING = load_mapping(EXAMPLES / "call_records.yaml")
COLUMNS = (EXAMPLES / "call_records.csv").read_text("utf-8").splitlines()[0]
CALL = {
    "recordType": "MOC", "servedMSISDN": "13800138001", "calledNumber": "13900139001", "seizureTime": "20260302100000",
    "answerTime": "20260302100010", "releaseTime": "20260302100110", "callDuration": "60", "causeForTerm": "0",
}  # fmt: skip


def written(folder: Path, *records: dict[str, str]) -> Path:
    names = COLUMNS.split(",")
    lines = [",".join(record.get(name, "") for name in names) for record in records]
    (folder / "records.csv").write_text("\n".join([COLUMNS, *lines, ""]), "utf-8")
    return folder / "records.csv"


def kinds(events: pa.Table) -> list[str]:
    return [str(kind) for kind in events["kind"].to_pylist()] if events.num_rows else []


@pytest.fixture
def example(taking: Taking) -> tuple[list[dict[str, Any]], list[Refused], IntakeReport]:
    events, refused, report = taking([EXAMPLES / "call_records.csv"], MAPPING)
    return events.to_pylist(), refused, report


def test_the_example_is_taken_and_adds_up(example: tuple[list[dict[str, Any]], list[Refused], IntakeReport]) -> None:
    events, refused, report = example
    assert sorted(event["kind"] for event in events) == sorted(
        ["call_started", "call_ended"] * 2 + ["card_attached"] * 2 + ["sms"] * 2 + ["forwarding_set"]
    )
    assert [(one.row, "releaseTime" in one.reason) for one in refused] == [(8, True)]
    assert all(file.balanced() and file.left_out == 3 for file in report.files)


def test_both_legs_of_a_call_are_one_call_told_by_its_caller(
    example: tuple[list[dict[str, Any]], list[Refused], IntakeReport],
) -> None:
    ended = [event for event in example[0] if event["kind"] == "call_ended"]
    assert [event["duration"] for event in ended] == [60, 600]
    assert ended[0]["device"] is not None
    assert ended[0]["channel"] == "voice"


def test_a_call_from_abroad_under_a_home_number_is_told_by_the_one_who_receives_it(
    example: tuple[list[dict[str, Any]], list[Refused], IntakeReport],
) -> None:
    started = [event for event in example[0] if event["kind"] == "call_started"]
    assert [event["channel"] for event in started] == ["voice", "international"]
    assert started[1]["device"] is None
    assert started[1]["src_country"] == "CN"


def test_the_message_of_a_service_has_no_sender_of_ours_and_is_told_by_its_delivery(
    example: tuple[list[dict[str, Any]], list[Refused], IntakeReport],
) -> None:
    assert [event["src_type"] for event in example[0] if event["kind"] == "sms"] == ["mobile", "port"]


def test_a_call_becomes_known_when_its_record_is_written(tmp_path: Path, taking: Taking) -> None:
    events, _, _ = taking([written(tmp_path, CALL)], MAPPING)
    started, ended = events.to_pylist()
    assert started["known_at"] == ended["known_at"] == ended["happened_at"]
    assert (ended["happened_at"] - started["happened_at"]).total_seconds() == 70


def test_a_call_that_nobody_answered_lasted_nothing(tmp_path: Path, taking: Taking) -> None:
    events, _, _ = taking([written(tmp_path, {**CALL, "answerTime": "", "callDuration": ""})], MAPPING)
    assert events["duration"].to_pylist()[-1] == 0


def test_parts_of_a_long_call_are_joined_when_its_last_record_comes(tmp_path: Path, taking: Taking) -> None:
    first = {**CALL, "causeForTerm": "1", "networkCallReference": "long"}
    last = {
        **CALL, "seizureTime": "20260302100110", "answerTime": "20260302100110", "releaseTime": "20260302100140",
        "callDuration": "30", "networkCallReference": "long",
    }  # fmt: skip
    events, refused, report = taking([written(tmp_path, first, last)], MAPPING)
    assert refused == []
    assert kinds(events) == ["call_started", "call_ended"]
    assert events["duration"].to_pylist() == [None, 90]
    assert report.files[0].left_out == 1


def test_a_card_is_told_to_be_in_a_device_only_when_that_is_new(tmp_path: Path, taking: Taking) -> None:
    records = [
        {**CALL, "servedIMEI": imei, "calledNumber": f"1390013900{n}"}
        for n, imei in enumerate(["35000000000001", "35000000000001", "35000000000002"])
    ]
    events, _, _ = taking([written(tmp_path, *records)], MAPPING)
    assert kinds(events).count("card_attached") == 2


def test_of_a_forwarded_call_the_first_caller_is_told(tmp_path: Path, taking: Taking) -> None:
    forwarded = {**CALL, "callingNumber": "13700137001", "redirectingNumber": "13800138001", "callDuration": ""}
    plain = {**CALL, "servedMSISDN": "13700137001"}
    events, _, _ = taking([written(tmp_path, forwarded, plain)], MAPPING)
    assert len(set(events["src"].to_pylist())) == 1
    assert events["detail"].to_pylist().count("forwarded") == 2


def test_the_end_of_a_forwarding_takes_the_card_off_its_list(tmp_path: Path, taking: Taking) -> None:
    ended = {**CALL, "recordType": "SS-ACTION", "supplService": "CFU", "ssAction": "erasure"}
    events, _, _ = taking([written(tmp_path, ended)], MAPPING)
    (row,) = events.to_pylist()
    assert (row["kind"], row["src"], row["detail"]) == ("unlisted", None, "forwarding_cfu")


def test_the_same_record_twice_is_one_call(tmp_path: Path, taking: Taking) -> None:
    events, _, _ = taking([written(tmp_path, CALL, CALL)], MAPPING)
    assert len(set(events["event_id"].to_pylist())) == 2


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"recordType": "XYZ"}, "unknown recordType"),
        ({"recordType": ""}, "recordType is empty"),
        ({"servedMSISDN": ""}, "servedMSISDN is empty"),
        ({"calledNumber": ""}, "calledNumber is empty"),
        ({"seizureTime": "yesterday", "answerTime": ""}, "seizureTime and answerTime"),
        ({"releaseTime": ""}, "releaseTime is empty"),
        ({"releaseTime": "20260302095959"}, "before the call began"),
        ({"answerTime": "20260302110000"}, "answerTime lies outside"),
        ({"callDuration": "-3"}, "whole number"),
        ({"callDuration": "600"}, "longer than the time"),
        ({"causeForTerm": "1"}, "partial record"),
        ({"recordType": "MTC"}, "callingNumber is empty"),
        ({"recordType": "SMS-MO", "seizureTime": ""}, "eventTimeStamp"),
        ({"recordType": "SS-ACTION"}, "supplService is empty"),
        ({"recordType": "SS-ACTION", "supplService": "CW"}, "no forwarding"),
        ({"recordType": "SS-ACTION", "supplService": "CFU", "ssAction": "asked"}, "unknown ssAction"),
        ({"recordType": "SS-ACTION", "supplService": "CFU", "ssAction": "registration"}, "forwardedToNumber is empty"),
    ],
)
def test_a_broken_record_is_refused_with_its_reason_and_stops_nothing(
    tmp_path: Path, taking: Taking, wrong: dict[str, str], reason: str
) -> None:
    events, refused, report = taking([written(tmp_path, {**CALL, **wrong}, CALL)], MAPPING)
    assert [one.row for one in refused] == [1]
    assert reason in refused[0].reason
    assert "servedMSISDN" in refused[0].verbatim
    assert kinds(events) == ["call_started", "call_ended"]
    assert report.files[0].balanced()


def test_a_file_without_the_served_number_is_no_file_of_call_records(tmp_path: Path, taking: Taking) -> None:
    (tmp_path / "records.csv").write_text("recordType,calledNumber\nMOC,1\n", "utf-8")
    _, refused, _ = taking([tmp_path / "records.csv"], MAPPING)
    assert "servedMSISDN" in refused[0].reason


def test_a_mapping_of_call_records_may_not_ask_for_second_legs() -> None:
    text = (EXAMPLES / "call_records.yaml").read_text("utf-8") + "where: {leg: [second]}\n"
    with pytest.raises(ConfigError, match=r"where\.leg"):
        parse_mapping(text)
