"""One event a request, in whatever pieces and company it comes: the same answer as on the usual way."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from api.server import Server, as_sent, key_of, payment, serving
from small_events import event
from stanch.model.schema import CLEAR_SCHEMA

Told = tuple[int, dict[str, str], dict[str, Any]]  # Any: the JSON of an answer


class Bank(NamedTuple):
    """A server and a key of one bank, and one of another."""

    server: Server
    key: str
    other: str


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    home = tmp_path_factory.mktemp("hot") / "home"
    key, other = key_of(home), key_of(home, "other")
    with serving(home) as server:
        yield Bank(server, key, other)


def request(bank: Bank, body: bytes, *more: str, version: str = "1.1", length: int | None = None) -> bytes:
    lines = [
        f"POST /v1/events HTTP/{version}", "Host: here", f"Authorization: Bearer {bank.key}",
        "Content-Type: application/json", f"Content-Length: {len(body) if length is None else length}", *more,
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def one(name: str) -> bytes:
    return json.dumps(payment(name)).encode()


class Line:
    """A connection."""

    def __init__(self, bank: Bank) -> None:
        self._socket = socket.create_connection(("127.0.0.1", int(bank.server.url.rpartition(":")[2])), 30)
        self._stream = self._socket.makefile("rb")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, *parts: bytes, pause: float = 0) -> None:
        for part in parts:
            self._socket.sendall(part)
            time.sleep(pause)

    def read(self) -> Told:
        status = int(self._stream.readline().split()[1])
        headers: dict[str, str] = {}
        while (line := self._stream.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        body = self._stream.read(int(headers.get("content-length", "0")))
        return status, headers, json.loads(body) if body else {}

    @property
    def ended(self) -> bool:
        return self._stream.read(1) == b""


def test_a_body_that_comes_in_pieces_is_answered_as_one_that_comes_whole(bank: Bank) -> None:
    whole = request(bank, one("pieces"))
    with Line(bank) as line:
        line.send(whole)
        first = line.read()
        line.send(whole[:60], whole[60:300], whole[300:], pause=0.05)
        second = line.read()
    assert first[0] == second[0] == 200
    assert first[2] == second[2]
    assert set(first[1]) == set(second[1])


def test_requests_sent_one_behind_the_other_are_answered_in_their_order(bank: Bank) -> None:
    with Line(bank) as line:
        line.send(b"".join(request(bank, one(f"behind-{n}")) for n in range(40)))
        assert [line.read()[2]["event_id"] for _ in range(40)] == [f"behind-{n}" for n in range(40)]


def test_refusals_and_answers_share_a_connection(bank: Bank) -> None:
    with Line(bank) as line:
        line.send(request(bank, b"{}"), request(bank, one("after-refusal")))
        assert line.read()[0] == 400
        assert line.read()[0] == 200
        line.send(request(bank, one("late"), "Stanch-Deadline-Ms: 0"))
        status, headers, told = line.read()
        assert (status, told["param"]) == (400, "Stanch-Deadline-Ms")
        assert told["request_id"] == headers["x-request-id"]


def test_who_asks_to_be_told_before_the_body_is_told(bank: Bank) -> None:
    whole = request(bank, one("expected"), "Expect: 100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    with Line(bank) as line:
        line.send(head + b"\r\n\r\n")
        assert line.read()[0] == 100
        line.send(body)
        assert line.read()[0] == 200


def test_a_connection_is_closed_where_its_caller_asks_for_it(bank: Bank) -> None:
    for more, version in ((["Connection: close"], "1.1"), ([], "1.0")):
        with Line(bank) as line:
            line.send(request(bank, one(f"closing-{version}"), *more, version=version))
            status, headers, _ = line.read()
            assert (status, headers["connection"]) == (200, "close")
            assert line.ended


def test_a_caller_that_goes_away_harms_nobody(bank: Bank) -> None:
    with Line(bank) as line:
        line.send(request(bank, one("gone")))
    with Line(bank) as line:
        line.send(request(bank, one("gone")))
        assert line.read()[0] == 200
        line.send(request(bank, b"", length=10**8))
        assert line.read()[0] == 413


HUGE = {**as_sent(event("huge", 1, "data_session", src="card:13800138000", detail="general", number=2**62))}


def test_an_absurd_number_is_refused_by_its_name_and_all_else_in_the_group_is_decided(bank: Bank) -> None:
    with bank.server.client(bank.key) as client, bank.server.client(bank.other) as other:
        told = client.post("/v1/events", json=HUGE)
        assert (told.status_code, told.json()["code"], told.json()["param"]) == (422, "amount_range", "number")
        mixed = [payment("beside-1"), HUGE, payment("beside-2")]
        lines = client.post(
            "/v1/events/batch",
            content="\n".join(map(json.dumps, mixed)),
            headers={"content-type": "application/x-ndjson"},
        ).text.splitlines()
        assert [json.loads(line).get("code") for line in lines] == [None, "amount_range", None]
        assert other.post("/v1/events", json=payment("another", "other")).status_code == 200
        assert client.get("/ready").status_code == 200


def stream(table: pa.Table, compression: str | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def posted(bank: Bank, body: bytes) -> tuple[int, str]:
    with bank.server.client(bank.key) as client:
        headers = {"content-type": "application/vnd.apache.arrow.stream"}
        told = client.post("/v1/events/batch", content=body, headers=headers)
        return told.status_code, "" if told.status_code == 200 else told.json()["code"]


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_compressed_stream_is_refused_before_it_unfolds(bank: Bank, compression: str) -> None:
    zeros = pa.table({"event_id": pa.array(["0" * 4096] * 20_000)})
    assert posted(bank, stream(zeros, compression)) == (400, "compressed_stream")
    folded = pa.table({"event_id": pa.array(["0" * 4096] * 9).dictionary_encode()})
    assert posted(bank, stream(folded, compression)) == (400, "compressed_stream")


def test_a_dictionary_that_stands_for_far_more_than_was_sent_is_refused(bank: Bank) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 40_000, pa.int32()), pa.array(["0" * 100_000]))
    assert posted(bank, stream(pa.table({"ref": words}))) == (413, "too_large")


def test_values_that_share_what_lies_in_the_body_are_refused(bank: Bank) -> None:
    views = pa.array(["0" * 100] * 5).cast(pa.string_view())
    assert posted(bank, stream(pa.table({"event_id": views}))) == (400, "invalid_stream")


def test_a_stream_with_words_as_dictionaries_is_taken(bank: Bank) -> None:
    row = {**payment("as-stream"), "happened_at": 1_772_416_800_000_000}
    table = pa.Table.from_pylist([row], schema=pa.schema([CLEAR_SCHEMA.field(name) for name in row]))
    place = table.schema.get_field_index("kind")
    table = table.set_column(place, "kind", table["kind"].dictionary_encode())
    assert posted(bank, stream(table)) == (200, "")


def test_what_is_no_stream_is_refused(bank: Bank) -> None:
    good = stream(pa.table({"event_id": ["x"]}))
    for cut in (0, 3, 8, 60, len(good) // 2):
        assert posted(bank, good[:cut] + b"\xff" * 7)[0] == 400
