"""The API held against its own document: whatever is sent, the answer is one that the document knows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from api.conftest import House
from api.server import bearer, persons_key

schemathesis = pytest.importorskip("schemathesis", reason="in the extra dev; not installed here")

PATHS = (
    "/v1/events", "/v1/decisions", "/v1/decisions/{event_id}", "/v1/findings", "/v1/measures",
    "/v1/measures/{id}", "/v1/orders", "/v1/orders/{id}", "/v1/trace", "/v1/typologies", "/v1/policy",
    "/v1/rules", "/v1/rules/proposals", "/v1/rules/{version}", "/v1/rules/{version}/try", "/v1/rules/{version}/approve",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_one_that_the_document_knows(house: House, path: str) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
    described = schemathesis.openapi.from_url(f"{house.server.url}/openapi.json")
    operation = next(iter(described[path].values()))

    secret = persons_key(house.home, "Anna") if path.startswith("/v1/rules") else house.bank

    @given(case=operation.as_strategy())
    @settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    def answered(case: Any) -> None:  # noqa: ANN401 of a library without types here
        case.call_and_validate(headers=bearer(secret), checks=checks)

    answered()
