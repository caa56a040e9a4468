"""Health, metrics, logs, settings and bodies that mean harm."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from api.conftest import House
from api.server import JSON, as_sent, key_of, payment, serving
from small_events import fan_in
from stanch.api.logs import Log
from stanch.api.metrics import Histogram, Page
from stanch.api.settings import Settings, read_settings
from stanch.exchange.signatures import verify
from stanch.model.errors import ConfigError

_SAMPLE = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+$')


def test_it_lives_and_is_ready(house: House) -> None:
    with house.server.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/ready").json() == {"status": "ready"}


def test_metrics_count_what_was_done_and_name_nobody(house: House) -> None:
    with house.server.client(house.bank) as client, house.server.client(house.admin) as admin:
        before = samples(admin.get("/metrics").text)
        client.post("/v1/events", json=payment("counted"))
        client.post("/v1/events", json=payment("counted"))
        client.post("/v1/events", json=payment("counted", amount=3))
        page = admin.get("/metrics")
        after = samples(page.text)
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    for name, more in (("stanch_events_total", 1), ("stanch_events_repeated_total", 1),
                       ('stanch_events_refused_total{code="conflict"}', 1),
                       ('stanch_http_request_seconds_count{route="events"}', 3)):  # fmt: skip
        assert after[name] - before.get(name, 0) == more, name
    assert after["stanch_commit_seconds_count"] > before["stanch_commit_seconds_count"]
    assert after["stanch_log_events"] > 10
    assert "bank" not in page.text
    assert "mule" not in page.text


def samples(page: str) -> dict[str, float]:
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not _SAMPLE.match(line)] == []
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def test_a_histogram_counts_every_time_once_and_below_its_bounds() -> None:
    found, page = Histogram(), Page()
    for seconds in (0.0005, 0.0006, 3.0, 100.0):
        found.observe(seconds)
    page.histogram("h", "Times.", [({}, found)])
    told = samples(page.text())
    assert (told['h_bucket{le="0.0005"}'], told['h_bucket{le="0.001"}'], told['h_bucket{le="5"}']) == (1, 2, 3)
    assert told['h_bucket{le="+Inf"}'] == told["h_count"] == 4


def test_logs_are_lines_of_json_without_anything_personal(house: House) -> None:
    assert {"serving", "ready"} <= {line["event"] for line in house.server.lines}
    assert "account" not in json.dumps(house.server.lines)
    with open("/dev/null", "w", encoding="utf-8") as nowhere:  # noqa: PTH123 a stream to write into
        Log("warning", nowhere).info("not told")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'{"kind":"transfer"}', 400), (b"\xff\xfe", 400),
        (b'{"kind":"sms","event_id":"\xff"}', 400), (json.dumps(payment("x" * 257)).encode(), 400),
        (b'{"kind":"tick"}', 400), (b"[" * 100_000, 400), (b'{"kind":' + b'{"a":' * 50_000, 400),
        (b'{"kind":"transfer","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400), (b"x" * 10_000_001, 413),
    ],
)  # fmt: skip
def test_bodies_that_are_no_event_are_refused_with_a_reason(house: House, body: bytes, status: int) -> None:
    with house.server.client(house.bank) as client:
        told = client.post("/v1/events", content=body, headers=JSON)
        assert client.get("/health").status_code == 200
    assert told.status_code == status
    assert set(told.json()) == {"type", "code", "message", "param", "request_id"}
    assert told.json()["request_id"] == told.headers["x-request-id"]


def test_a_wrong_field_is_named_and_its_value_is_not_repeated(house: House) -> None:
    with house.server.client(house.bank) as client:
        told = client.post("/v1/events", json=payment("w") | {"amount": -5}).json()
        other = client.post("/v1/events", json=payment("w") | {"src": "card:no-digits-of-anna"}).json()
        third = client.post("/v1/events", json=payment("w") | {"colour": "red"}).json()
    assert told["param"] == "amount"
    assert "anna" not in json.dumps(other)
    assert "colour" in third["message"]


def test_a_caller_who_goes_away_or_lies_about_the_length_stops_nothing(house: House) -> None:
    port = int(house.server.url.rsplit(":", 1)[1])
    head = (
        "POST /v1/events HTTP/1.1",
        "host: x",
        f"authorization: Bearer {house.bank}",
        "content-type: application/json",
    )
    lies = (("content-length: 500", "{"), ("content-length: 99999999999", ""), ("transfer-encoding: chunked", "zz"))
    for length, body in lies:
        with closing(socket.create_connection(("127.0.0.1", port))) as caller:
            caller.sendall("\r\n".join((*head, length, "", body)).encode())
    with house.server.client(house.bank) as client:
        assert client.post("/v1/events", json=payment("after-them")).status_code == 200


def test_paths_and_methods_that_are_not_there_have_the_one_shape(house: House) -> None:
    with house.server.client(house.bank) as client:
        for method, path, status in (
            ("GET", "/nothing", 404),
            ("DELETE", "/v1/decisions", 405),
            ("GET", "/v1/events", 405),
        ):
            told = client.request(method, path)
            assert (told.status_code, set(told.json())) == (
                status, {"type", "code", "message", "param", "request_id"},
            )  # fmt: skip
            assert told.headers["x-content-type-options"] == "nosniff"


def test_every_mistake_in_the_settings_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "stanch.toml"
    file.write_text('port = "high"\ncolour = "red"\nkeys = "nowhere.json"\nhost = "0.0.0.0"\nclock = "sun"\n')
    with pytest.raises(ConfigError) as wrong:
        read_settings(file, {"STANCH_GROUP": "0"}, {})
    for name in ("port", "colour", "keys", "host", "clock", "group", "home"):
        assert name in str(wrong.value)


def test_the_environment_stands_over_the_file_and_options_over_both(tmp_path: Path) -> None:
    file = tmp_path / "stanch.toml"
    file.write_text('home = "h"\nport = 1\ngroup = 5\nrate = 10\nbehind_proxy = true\nhost = "0.0.0.0"\n')
    found = read_settings(file, {"STANCH_PORT": "2", "STANCH_GROUP": "6", "OTHER": "x"}, {"port": 3, "home": None})
    assert (found.port, found.group, found.rate, found.home) == (3, 6, 10.0, str(tmp_path / "h"))


def test_every_setting_is_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")
    assert [name for name in Settings.__struct_fields__ if f"`{name}`" not in page] == []


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks; fails the first times."""

    failures = 2
    taken: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012 of the one receiver of this test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if Receiver.failures:
            Receiver.failures -= 1
            self.send_response(500)
        else:
            Receiver.taken.append((dict(self.headers.items()), body))
            self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class calls it so
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_decisions_leave_as_signed_webhooks_until_they_are_taken(tmp_path: Path, receiver: str) -> None:
    home, secret = tmp_path / "home", key_of(tmp_path / "home")
    (tmp_path / "hook.secret").write_text("a secret of both sides")
    (tmp_path / "hook.secret").chmod(0o600)
    config = tmp_path / "send.yaml"
    config.write_text(
        f"sender: {{name: Centre}}\nretry: {{first: 1s}}\n"
        f"topics: {{decision: {{webhook: '{receiver}', secret_file: hook.secret}}}}\n"
    )
    with serving(home, clock="events", send=config) as server, server.client(secret) as client:
        acted = [
            r.json()
            for row in fan_in()
            if (r := client.post("/v1/events", json=as_sent(row))).json()["action"] != "allow"
        ]
        assert acted
        for _ in range(200):
            if len(Receiver.taken) >= len(acted):
                break
            threading.Event().wait(0.1)
        assert client.get("/health").status_code == 200
    told = [json.loads(body)["content"]["event_id"] for _, body in Receiver.taken]
    assert sorted(told) == sorted(each["event_id"] for each in acted)
    for headers, body in Receiver.taken:
        signed = {name: value for name, value in headers.items() if name.lower().startswith("stanch-")}
        assert verify(b"a secret of both sides", signed, body, int(signed["Stanch-Timestamp"]) * 1_000_000)
