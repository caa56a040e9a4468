"""The API held against its own document: whatever is sent, the answer is one that the document knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from api.conftest import House
from api.server import Server, as_sent, bearer, key_of, persons_key, serving
from small_events import event
from stanch.exchange.camara.operations import SERVED

schemathesis = pytest.importorskip("schemathesis", reason="in the extra dev; not installed here")

PATHS = (
    "/v1/events", "/v1/decisions", "/v1/decisions/{event_id}", "/v1/findings", "/v1/measures",
    "/v1/measures/{id}", "/v1/orders", "/v1/orders/{id}", "/v1/trace", "/v1/typologies", "/v1/policy",
    "/v1/rules", "/v1/rules/proposals", "/v1/rules/{version}", "/v1/rules/{version}/try", "/v1/rules/{version}/approve",
)  # fmt: skip


NUMBER = "+8613800138001"


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server of an operator that knows one card, and a key that may ask and bind."""
    home = tmp_path_factory.mktemp("operator") / "home"
    key = key_of(home, "bank", "decide query gateway administer operate")
    rows = [
        event("i1", 0, "card_issued", src="outlet:o-1", dst=f"card:{NUMBER}", holder="company:c-1"),
        event("a1", 60, "card_attached", src=f"card:{NUMBER}", dst="device:35000000000001"),
        event("f1", 90, "forwarding_set", src=f"card:{NUMBER}", dst="card:+8613800138002", detail="CFB"),
    ]
    with serving(home, clock="events") as server, server.client(key) as client:
        for row in rows:
            assert client.post("/v1/events", json=as_sent(row)).status_code == 200
        yield server, key


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_one_that_the_document_knows(house: House, path: str) -> None:
    secret = persons_key(house.home, "Anna") if path.startswith("/v1/rules") else house.bank
    check(house.server, path, bearer(secret))


@pytest.mark.parametrize("path", SERVED)
@pytest.mark.parametrize("token", [False, True])
def test_every_answer_of_camara_is_one_that_the_document_knows(
    operator: tuple[Server, str], path: str, token: bool
) -> None:
    server, key = operator
    named = {"stanch-token-number": NUMBER, "stanch-token-checked": "network"} if token else {}
    statuses = check(server, path, bearer(key) | named)
    assert 200 in statuses or not token or not path.endswith("device-phone-number")


def check(server: Server, path: str, headers: dict[str, str]) -> set[int]:
    """Send what the document allows at one path; return the statuses of the answers, all of which it must know."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
    described = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operation = next(iter(described[path].values()))
    statuses = set()

    @given(case=operation.as_strategy())
    @settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    def answered(case: Any) -> None:  # noqa: ANN401 of a library without types here
        statuses.add(case.call_and_validate(headers=headers, checks=checks).status_code)

    answered()
    return statuses
