"""Refusals of the house in CAMARA's form: ``{status, code, message}``, with the codes of its design guide."""

from __future__ import annotations

from typing import Final

from stanch.api.problems import problem_of
from stanch.exchange.camara.shapes import ErrorInfo
from stanch.model.errors import StanchError

#: Status -> code; those of 408 and 413 are ours, CAMARA has none.
CODES: Final = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED", 408: "REQUEST_TIMEOUT", 409: "CONFLICT", 413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE", 422: "SERVICE_NOT_APPLICABLE", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL",
    503: "UNAVAILABLE", 504: "TIMEOUT",
}  # fmt: skip


def info_of(error: StanchError) -> tuple[ErrorInfo, dict[str, str]]:
    """Return what the caller is told, and the headers that go with it."""
    problem = problem_of(error)
    headers = {} if problem.retry_after is None else {"retry-after": str(problem.retry_after)}
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    return ErrorInfo(problem.status, CODES.get(problem.status, "INVALID_ARGUMENT"), str(problem)[:512]), headers
