"""Problems: every refusal of the API in one shape, ``{type, code, message, param, request_id}``."""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.model.errors import ConfigError, InputError, StanchError, StoreError

#: Status -> the type that a caller can act on without knowing the code.
TYPES: Final = {
    400: "invalid_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "invalid_request",
    408: "timeout", 409: "conflict", 413: "too_large", 415: "invalid_request", 422: "invalid_request",
    429: "rate_limited", 500: "internal", 503: "unavailable", 504: "deadline",
}  # fmt: skip


class ErrorBody(msgspec.Struct, frozen=True):
    """What a caller is told when a request was not done. ``message`` says what was found, expected and to do next."""

    type: str
    code: str
    message: str
    param: str | None
    request_id: str


class ApiError(StanchError):
    """A refusal with its HTTP status. ``retry_after`` is in whole seconds."""

    def __init__(
        self, status: int, code: str, message: str, *, param: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after

    def body(self, request_id: str) -> bytes:
        """Return the JSON of the refusal."""
        kind = TYPES.get(self.status, "invalid_request")
        return msgspec.json.encode(ErrorBody(kind, self.code, str(self), self.param, request_id))


def problem_of(error: StanchError) -> ApiError:
    """Return the refusal that an error of the house becomes."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, InputError):
        return ApiError(400, "invalid", str(error), param=_param(str(error)))
    if isinstance(error, StoreError):
        return ApiError(
            503, "store_failed", "the store cannot be used now; try again, nothing answered is lost", retry_after=5
        )
    if isinstance(error, ConfigError):
        return ApiError(500, "misconfigured", "this deployment is misconfigured; its operator must mend it")
    return ApiError(500, "internal", "an error in Stanch; it is logged under this request id")


def _param(message: str) -> str | None:
    """Return the field that a message about an event names, as in ``- at `$.amount```."""
    before, found, after = message.partition("`$.")
    return after.partition("`")[0] if found and before else None
