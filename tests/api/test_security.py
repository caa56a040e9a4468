"""What an answer gives away, who is turned away, and what is written down of it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from typing import cast

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.conftest import House
from api.server import JSON, key_of, payment
from stanch.api.app import App, Served
from stanch.api.events import Events
from stanch.api.line_thread import LineThread
from stanch.api.logs import REFUSALS, Log, OneForm
from stanch.api.rest import make_rest
from stanch.api.threads import Threads

_STRANGE = ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "x' OR '1'='1", "%27%3B%20DROP%20TABLE%20reads%3B--", "%00")


def test_every_answer_says_that_it_is_not_to_be_kept_guessed_or_run(house: House) -> None:
    with house.server.client(house.bank) as client:
        told = [
            client.post("/v1/events", json=payment("dressed")), client.post("/v1/events", content=b"{", headers=JSON),
            client.get("/v1/decisions"), client.get("/nowhere"), client.get("/health"), client.get("/openapi.json"),
            client.get("/v1/decisions", headers={"authorization": "Bearer no"}),
        ]  # fmt: skip
    for each in told:
        assert each.headers["cache-control"] == "no-store"
        assert each.headers["x-content-type-options"] == "nosniff"
        assert each.headers["referrer-policy"] == "no-referrer"
        for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "sandbox"):
            assert part in each.headers["content-security-policy"]
        assert each.headers["content-type"] == "application/json"
        assert not {"server", "set-cookie", "access-control-allow-origin"} & set(each.headers)


def test_who_is_turned_away_is_noted_and_no_header_says_from_where(house: House) -> None:
    sender = key_of(house.home, scopes="decide")
    time.sleep(1.1)  # so many are noted a second: those of other tests do not count any more
    liar = {"x-forwarded-for": "203.0.113.9", "x-request-id": "liar-1"}
    with house.server.client("stanch_a_secret_that_is_wrong") as client:
        client.get("/v1/decisions", headers=liar)
        client.post("/v1/events", json=payment("x"), headers=liar | {"x-request-id": "liar-2"})
    with house.server.client(sender) as client:
        client.get("/v1/decisions", headers={"x-request-id": "liar-3"})
    noted = {name: house.server.told("refused", request_id=name) for name in ("liar-1", "liar-2", "liar-3")}
    assert (noted["liar-1"]["code"], noted["liar-1"]["peer"], noted["liar-1"]["key"]) == (
        "unknown_key", "127.0.0.1", None,
    )  # fmt: skip
    assert noted["liar-2"]["status"] == 401
    assert (noted["liar-3"]["code"], noted["liar-3"]["key"]) == ("missing_scope", sender.split("_")[1])
    assert "wrong" not in json.dumps(house.server.lines)


def test_a_flood_of_refusals_fills_no_disk_and_is_counted() -> None:
    stream = io.StringIO()
    log = Log("info", stream)
    for number in range(REFUSALS * 10):
        log.refusal(401, "unknown_key", f"r{number}", "", "127.0.0.1")
    assert stream.getvalue().count("\n") <= 2 * REFUSALS
    log.refusal(404, "not_found", "r", "", "127.0.0.1")
    assert "not_found" not in stream.getvalue()


def test_a_line_of_the_log_stays_one_line_whatever_is_in_it() -> None:
    stream = io.StringIO()
    log = Log("info", stream)
    log.warning("refused", request_id='a\n{"event": "forged"}\r\u2028\u001b[2J', key="\x00")
    assert len(stream.getvalue().splitlines()) <= 2  # U+2028 is no line end for JSON
    assert stream.getvalue().count("\n") == 1
    assert "\u001b" not in stream.getvalue()
    assert json.loads(stream.getvalue())["request_id"].endswith("[2J")


def test_a_request_id_of_another_form_is_not_taken_over(house: House) -> None:
    with house.server.client() as client:
        for id_ in ("x" * 65, "a b", "a\tb", '"}{"'):
            assert client.get("/health", headers={"x-request-id": id_}).headers["x-request-id"] != id_


def test_an_error_of_ours_tells_the_caller_nothing_and_stops_no_server() -> None:
    stream = io.StringIO()
    log = Log("info", stream)

    async def broken(request: Request) -> Response:
        raise RuntimeError("account:bank/anna at /srv/home")

    threads = Threads(cast("LineThread", None))
    app = App(cast("Events", Broken()), threads, make_rest([Route("/b", broken)], log), Served(), log)

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return [await client.get("/b"), await client.post("/v1/events"), await client.get("/b/")]

    cold, hot, other = asyncio.run(ask())
    for told in (cold, hot):
        assert (told.status_code, told.json()["code"]) == (500, "internal")
        assert "anna" not in told.text
        assert "Traceback" not in told.text
    assert other.status_code == 404, "nobody is sent elsewhere"
    assert stream.getvalue().count("request_failed") == 2
    assert "anna" not in stream.getvalue()


class Broken:
    """Events that nothing can be done with."""

    async def one(self, *_: object) -> int:
        raise RuntimeError("account:bank/anna at /srv/home")

    batch = one


def test_what_a_library_logs_has_the_one_form_and_none_of_a_callers_words() -> None:
    stream = io.StringIO()
    logger = logging.getLogger("asyncio.of.a.test")
    logger.propagate = False
    logger.addHandler(OneForm(Log("info", stream)))
    try:
        raise ValueError("account:bank/anna")
    except ValueError:
        logger.exception("broke on %s", "account:bank/anna")
    told = json.loads(stream.getvalue())
    assert (told["level"], told["event"], told["error"]) == ("error", "library", "ValueError")
    assert "anna" not in stream.getvalue()


def test_what_is_asked_for_is_never_a_path_nor_a_piece_of_sql(house: House) -> None:
    with house.server.client(house.bank) as client:
        for word in _STRANGE:
            assert client.get(f"/v1/decisions/{word}").status_code == 404
            assert client.get(f"/v1/measures/{word}").status_code == 404
            for query in ("typology", "action", "kind"):
                found = client.get(f"/v1/decisions?{query}={word}")
                assert (found.status_code, found.json()["data"]) == (200, [])
            assert client.get(f"/v1/findings?typology={word}").json()["data"] == []
            assert client.get(f"/v1/measures?state={word}").json()["data"] == []
        assert client.get("/v1/findings").json()["data"]


def test_a_parameter_given_twice_is_refused(house: House) -> None:
    with house.server.client(house.bank) as client:
        told = client.get("/v1/decisions?limit=1&limit=200")
    assert (told.status_code, told.json()["code"]) == (400, "repeated_parameter")


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "PATCH"])
def test_methods_that_nobody_needs_are_not_there(house: House, method: str) -> None:
    with house.server.client(house.bank) as client:
        for path in ("/v1/events", "/v1/decisions", "/health"):
            assert client.request(method, path).status_code == 405


def test_there_are_no_websockets(house: House) -> None:
    asking = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": "eA==",
        "sec-websocket-version": "13",
    }
    with house.server.client(house.bank) as client:
        assert client.get("/v1/decisions", headers=asking).status_code != 101
        assert client.get("/health").status_code == 200
