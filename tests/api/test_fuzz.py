"""Bodies that nobody would write: the answer is never an error of ours, and no good neighbour is lost."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.conftest import House
from api.server import JSON, payment
from api.test_deciding import ARROW, LINES, stream
from small_events import transfer
from stanch.model.schema import CLEAR_SCHEMA

#: What may be told about a body: decided, refused for what it is, for who sends it, or for what is known already.
_TOLD: Final = {200, 400, 403, 409, 413, 422}
_SHAPE: Final = {"type", "code", "message", "param", "request_id"}

#: JSON that a program would not write, as text.
_ODD: Final = st.sampled_from(
    [
        "NaN", "Infinity", "-Infinity", "1e999", "-0.0", "1" * 400, "-" + "9" * 40, "9223372036854775808", "1e3",
        '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\u202e"', '"' + "字" * 3_000 + '"', "[" * 900 + "]" * 900,
        '{"a":' * 600 + "1" + "}" * 600, "tru", "''", "0x10", "01", '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:60Z"',
        '"0000-00-00T00:00:00Z"', '"2026-03-02T10:00:00"', '"card:+"', '"account:"', '"account:bank/"', '":"',
        '"person"', '"institution:stanch"', '"transfer"', '"tick"', '"policy_changed"', '"stanch"',
    ]
)  # fmt: skip
_PLAIN: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
).map(json.dumps)
_VALUES: Final = _ODD | _PLAIN
_NAMES: Final = st.sampled_from(CLEAR_SCHEMA.names)


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A payment with some columns of another kind, twice, or cut off, or with a byte that does not belong there."""
    fields = [(name, json.dumps(value)) for name, value in payment(draw(st.uuids()).hex).items()]
    for name, value in draw(st.lists(st.tuples(_NAMES, _VALUES), min_size=1, max_size=3)):
        places = [place for place, (known, _) in enumerate(fields) if known == name]
        twice = draw(st.booleans())
        if places and not twice:
            fields[places[0]] = (name, value)
        else:
            fields.append((name, value))
    body = ("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in fields) + "}").encode(
        "utf-8", "surrogatepass"
    )
    how = draw(st.sampled_from(["whole", "whole", "whole", "cut", "byte"]))
    if how == "cut":
        return body[: draw(st.integers(0, len(body)))]
    if how == "byte":
        at = draw(st.integers(0, len(body)))
        return body[:at] + bytes([draw(st.integers(0, 255))]) + body[at:]
    return body


BODIES: Final = bent() | st.binary(max_size=60) | _VALUES.map(lambda text: text.encode("utf-8", "surrogatepass"))

_often = settings(
    max_examples=120, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip


def check(told: httpx.Response) -> dict[str, Any]:  # Any: the JSON of an answer
    assert told.status_code in _TOLD, (told.status_code, told.text)
    answer: dict[str, Any] = told.json()
    assert told.status_code == 200 or set(answer) == _SHAPE
    return answer


@pytest.fixture(scope="module")
def client(house: House) -> Any:  # noqa: ANN401 a fixture that yields a client
    with house.server.client(house.bank) as opened:
        yield opened


@given(body=BODIES)
@_often
def test_no_body_of_an_event_is_an_error_of_ours(client: httpx.Client, body: bytes) -> None:
    check(client.post("/v1/events", content=body, headers=JSON))


@given(bodies=st.lists(BODIES.map(lambda body: body.replace(b"\n", b" ")), min_size=1, max_size=6), name=st.uuids())
@_often
def test_no_line_of_a_batch_takes_its_neighbours_with_it(client: httpx.Client, bodies: list[bytes], name: Any) -> None:  # noqa: ANN401 of hypothesis
    good = [payment(f"{name.hex}-{n}") for n in range(len(bodies) + 1)]
    lines = [json.dumps(good[0]).encode()]
    for body, neighbour in zip(bodies, good[1:], strict=True):
        lines += [body, json.dumps(neighbour).encode()]
    told = client.post("/v1/events/batch", content=b"\n".join(lines), headers=LINES)
    assert told.status_code == 200, told.text
    answers = [json.loads(line) for line in told.text.splitlines()]
    assert len(answers) == sum(bool(line.strip()) for line in lines)
    assert [each["event_id"] for each in answers if each.get("event_id", "").startswith(name.hex)] == [
        each["event_id"] for each in good
    ]
    assert {each["code"] for each in answers if "code" in each}.isdisjoint({"internal", "store_failed"})


@given(cuts=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4), name=st.uuids())
@_often
def test_no_damaged_stream_is_an_error_of_ours(client: httpx.Client, cuts: list[tuple[int, int]], name: Any) -> None:  # noqa: ANN401 of hypothesis
    rows = [dict(transfer(f"{name.hex}-{n}", n, "a", "b")) | {"known_at": None} for n in range(3)]
    body = bytearray(stream(rows))
    for place, value in cuts:
        body[place % len(body)] = value
    told = client.post("/v1/events/batch", content=bytes(body), headers={"content-type": ARROW})
    assert told.status_code in _TOLD, (told.status_code, told.text)
    if told.status_code == 200:
        codes = {json.loads(line).get("code") for line in told.text.splitlines()}
        assert codes.isdisjoint({"internal", "store_failed"})


def test_a_text_of_ten_megabytes_is_refused_or_decided_and_takes_no_neighbour_with_it(client: httpx.Client) -> None:
    long = payment("long") | {"kind": "sms", "src": "card:+8613800000001", "dst": "card:+8613800000002"}
    del long["amount"], long["currency"]
    long["text"] = "退款到账 " * 700_000
    body = json.dumps(long, ensure_ascii=False).encode()
    assert 6_000_000 < len(body) < 9_900_000
    check(client.post("/v1/events", content=body, headers=JSON))
    lines = b"\n".join([json.dumps(payment("before-long")).encode(), body, json.dumps(payment("after-long")).encode()])
    told = client.post("/v1/events/batch", content=lines, headers=LINES)
    assert told.status_code == 200
    answers = [json.loads(line) for line in told.text.splitlines()]
    assert (answers[0]["event_id"], answers[2]["event_id"]) == ("before-long", "after-long")
    assert client.post("/v1/events", content=body + b" " * 10_000_000, headers=JSON).status_code == 413
    assert client.get("/health").status_code == 200
