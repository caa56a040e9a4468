"""The CAMARA operations in the OpenAPI document, made from the shapes that are read and written."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from stanch.api.camara_calls import BY_NETWORK, CHECKED_HEADER, CORRELATOR, DPV_PURPOSES, NUMBER_HEADER
from stanch.exchange.camara.operations import OPERATIONS, served_at
from stanch.exchange.camara.shapes import ErrorInfo, Phone
from stanch.privacy.purposes import PURPOSES

Plain = dict[str, Any]  # Any: a JSON document

#: Types of bodies both ways, for the parts of the document.
TYPES: Final = (
    ErrorInfo,
    *dict.fromkeys(
        part for each in OPERATIONS.values() for part in (each.asks, each.gives)
        if isinstance(part, type) and issubclass(part, msgspec.Struct)
    ),
)  # fmt: skip
_REF: Final = "#/components/schemas/{name}"
_SUMMARIES: Final = {
    "sim-swap/check": "Whether the SIM of a number changed within so many hours",
    "sim-swap/retrieve-date": "When the SIM of a number changed last",
    "device-swap/check": "Whether a number came into another device within so many hours",
    "device-swap/retrieve-date": "When a number came into another device last",
    "call-forwarding-signal/unconditional-call-forwardings": "Whether all calls to a number are forwarded",
    "call-forwarding-signal/call-forwardings": "Which calls to a number are forwarded",
    "number-recycling/check": "Whether a number changed hands since a day",
    "kyc-tenure/check-tenure": "Whether a number has had its holder since a day",
    "kyc-match/match": "Which facts agree with what the operator knows of the holder",
    "number-verification/verify": "Whether the device that asks uses a number",
    "number-verification/device-phone-number": "The number of the device that asks",
    "iot-sim-fraud-prevention/bind": "Bind an IoT card to its device or to an area",
    "iot-sim-fraud-prevention/unbind": "End a binding of an IoT card",
    "iot-sim-fraud-prevention/query": "Whether an IoT card is bound",
}
_STATUSES: Final = {
    "400": "wrong request", "401": "no key, or one of no use",
    "403": "a scope is missing, or no check by the network", "404": "not a number of this institution",
    "405": "another method", "409": "another body under a known id",
    "413": "too large", "415": "wrong content type", "422": "no number, too many, or not known so far back",
    "429": "over budget", "500": "an error in Stanch", "503": "not ready",
}  # fmt: skip


def paths() -> Plain:
    """Return the paths of the operations."""
    return {served_at(path): _described(path) for path in OPERATIONS}


def _described(path: str) -> Plain:
    asked = OPERATIONS[path]
    scopes = "query and administer" if path.endswith("bind") else "query"
    told: Plain = {
        "operationId": path.replace("/", "-"), "tags": ["CAMARA"], "summary": _SUMMARIES[path],
        "description": f"Scope: {scopes}; gateway too where a token's number is passed on.",
        "parameters": _HEADERS,
        "responses": {"200": _body(asked.gives, "the answer"), **_REFUSALS},
    }  # fmt: skip
    if asked.asks is None:
        return {"get": told}
    return {"post": told | {"requestBody": {"required": True, **_body(asked.asks, "")}}}


def _body(type_: Any, description: str) -> Plain:  # noqa: ANN401 a msgspec type: a struct, or a list of words
    (schema,), _ = msgspec.json.schema_components([type_], ref_template=_REF)
    content: Plain = {"content": {"application/json": {"schema": schema}}}
    return content | {"description": description} if description else content


def _header(name: str, schema: Plain) -> Plain:
    return {"name": name, "in": "header", "required": False, "schema": schema}


_CORRELATED: Final[Plain] = {"x-correlator": {"schema": {"type": "string", "pattern": CORRELATOR}}}
_REFUSALS: Final[Plain] = {
    code: {**_body(ErrorInfo, text), "headers": _CORRELATED} for code, text in _STATUSES.items()
}  # fmt: skip
_HEADERS: Final[list[Plain]] = [
    _header("x-correlator", {"type": "string", "pattern": CORRELATOR}),
    _header("Stanch-Purpose", {"type": "string", "enum": [*PURPOSES, *DPV_PURPOSES]}),
    _header(NUMBER_HEADER, msgspec.json.schema(Phone)),
    _header(CHECKED_HEADER, {"type": "string", "enum": [BY_NETWORK]}),
]
