"""The OpenAPI document, made from the types that the API reads and writes."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stanch.api import camara_described
from stanch.api.events import BatchError
from stanch.api.problems import ErrorBody
from stanch.api.rest import json
from stanch.api.rule_paths import RULE_TYPES, rule_paths
from stanch.api.rules_shown import InForce, Typologies
from stanch.api.shown import Decisions, Findings, Measure, Measures, Order, Orders, TraceOf
from stanch.engine.answers import Answer
from stanch.model.events import EVENTS
from stanch.privacy.purposes import PURPOSES

Plain = dict[str, Any]  # Any: a JSON document

_TYPES: Final = (Answer, Decisions, Findings, Measure, Measures, Order, Orders, TraceOf, InForce, Typologies)
_SPAN: Final = ("since", "until", "cursor", "limit")
_WORD: Final[Plain] = {"type": "string"}
_PARAMETERS: Final[dict[str, Plain]] = {
    "since": {"type": "string", "format": "date-time"},
    "until": {"type": "string", "format": "date-time"},
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    "method": {"type": "string", "enum": ["fifo", "lifo", "proportional", "poison"]},
}
#: Path -> what it does, its scopes, its parameters (! marks one that must be given), and what it answers with.
_READS: Final[dict[str, tuple[str, str, tuple[str, ...], str | None]]] = {
    "/v1/decisions": (
        "Decisions, in the order of the log",
        "read",
        (*_SPAN, "action", "kind", "typology"),
        "Decisions",
    ),
    "/v1/decisions/{event_id}": ("What was decided about one event", "read", (), "Answer"),
    "/v1/findings": ("Findings with their explanation", "read", (*_SPAN, "typology"), "Findings"),
    "/v1/measures": ("Measures taken on own events", "read", (*_SPAN, "state"), "Measures"),
    "/v1/measures/{id}": ("One measure", "read", (), "Measure"),
    "/v1/orders": ("Orders that went out to the institution", "read", ("state",), "Orders"),
    "/v1/orders/{id}": ("One order", "read", (), "Order"),
    "/v1/trace": ("Where the money of an own report is", "report", ("report!", "method"), "TraceOf"),
    "/v1/typologies": ("What is looked for", "any", (), "Typologies"),
    "/v1/typologies/{id}": ("One typology", "any", (), None),
    "/v1/policy": ("The rules in force", "any", (), "InForce"),
}
_ERRORS: Final = {
    "400": "wrong request", "401": "no key, or one of no use", "403": "a scope is missing", "404": "not found",
    "409": "another body under a known id", "413": "too large", "415": "wrong content type", "422": "cannot be taken",
    "429": "over budget", "503": "not ready", "504": "deadline missed; decided once all the same",
}  # fmt: skip


def described() -> Route:
    """Return the route of the document."""
    body = document()

    async def openapi(request: Request) -> Response:
        return json(body)

    return Route("/openapi.json", openapi, methods=["GET"])


def document() -> bytes:
    """Return the document as JSON."""
    _, parts = msgspec.json.schema_components(
        [*EVENTS.values(), *_TYPES, *RULE_TYPES, ErrorBody, BatchError, *camara_described.TYPES],
        ref_template="#/components/schemas/{name}",
    )
    event = {
        "oneOf": [_ref(struct.__name__) for struct in EVENTS.values()],
        "discriminator": {"propertyName": "kind", "mapping": {k: f"#/components/schemas/{k}" for k in EVENTS}},
    }
    paths: Plain = {"/v1/events": _one(), "/v1/events/batch": _batch(), **_watched()}
    paths |= {path: _read(path, *told) for path, told in _READS.items()} | camara_described.paths()
    paths |= rule_paths(_responses)
    return msgspec.json.encode({
        "openapi": "3.1.0",
        "info": {"title": "Stanch", "version": "1", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {**parts, "Event": event},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    })  # fmt: skip


def _one() -> Plain:
    return {"post": {
        "operationId": "decide", "summary": "Decide on one event",
        "description": "Scope: decide, or report for what people report. Answered once it is on the disk; the same "
        "event sent again gets the same answer.",
        "parameters": [_header("Stanch-Deadline-Ms", {"type": "integer", "minimum": 1, "maximum": 9_999_999})],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Event")}}},
        "responses": _responses({"application/json": {"schema": _ref("Answer")}}),
    }}  # fmt: skip


def _batch() -> Plain:
    body = {"application/x-ndjson": {"schema": _WORD}, "application/vnd.apache.arrow.stream": {"schema": _WORD}}
    return {"post": {
        "operationId": "decideBatch", "summary": "Decide on many events, in their order",
        "description": "One line of the answer for each event: an Answer, or a BatchError.",
        "requestBody": {"required": True, "content": body},
        "responses": _responses({"application/x-ndjson": {"schema": _WORD}}),
    }}  # fmt: skip


def _read(path: str, summary: str, scope: str, names: tuple[str, ...], answer: str | None) -> Plain:
    inside = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": _WORD} for name in inside]
    parameters += [
        {"name": name.rstrip("!"), "in": "query", "required": name.endswith("!"),
         "schema": _PARAMETERS.get(name, _WORD)} for name in names
    ]  # fmt: skip
    parameters.append(_header("Stanch-Purpose", {"type": "string", "enum": list(PURPOSES)}))
    schema: Plain = {"type": "object"} if answer is None else _ref(answer)
    return {"get": {
        "summary": summary, "description": f"Scope: {scope}.", "parameters": parameters,
        "responses": _responses({"application/json": {"schema": schema}}),
    }}  # fmt: skip


def _watched() -> Plain:
    return {
        path: {
            "get": {
                "summary": summary,
                "security": [],
                "responses": {code: {"description": "as said"} for code in codes},
            }
        }
        for path, summary, codes in (
            ("/health", "Whether the process lives", ("200", "503")),
            ("/ready", "Whether events are decided", ("200", "503")),
            ("/metrics", "Metrics for Prometheus; scope operate unless opened", ("200", "401", "403")),
        )
    }


def _responses(content: Plain) -> Plain:
    errors = {
        code: {"description": text, "content": {"application/json": {"schema": _ref("ErrorBody")}}}
        for code, text in _ERRORS.items()
    }
    return {"200": {"description": "done", "content": content}, **errors}


def _header(name: str, schema: Plain) -> Plain:
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _ref(name: str) -> Plain:
    return {"$ref": f"#/components/schemas/{name}"}
