"""Everything that is not hot: health, metrics, and what keys may read, on Starlette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stanch.api.logs import Log
from stanch.api.problems import ApiError, problem_of
from stanch.api.requests import peer_of
from stanch.model.errors import StanchError

Handler = Callable[[Request], Awaitable[Response]]

_CODES: Final = {404: "no_such_path", 405: "method"}
_WORDS: Final = {404: "no such path; GET /openapi.json lists what there is", 405: "this path does not take that method"}


def make_rest(routes: Sequence[Route], log: Log) -> Starlette:
    """Return the application of some routes, whose errors have the one shape."""

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            problem = ApiError(error.status_code, _CODES.get(error.status_code, "http"), _words(error))
        elif isinstance(error, StanchError):
            problem = problem_of(error)
        else:
            log.error("request_failed", request_id=id_of(request), error=type(error).__name__)
            problem = problem_of(StanchError("internal"))
        call = request.scope["stanch.call"]
        log.refusal(problem.status, problem.code, call.id, call.key, peer_of(request.scope))
        return answer_to(request, problem)

    app = Starlette(
        routes=list(routes), exception_handlers={HTTPException: refused, StanchError: refused, Exception: refused}
    )
    app.router.redirect_slashes = False  # nobody is sent elsewhere, least of all to a host that the request named
    return app


def json(body: bytes, status: int = 200) -> Response:
    """Return an answer of JSON."""
    return Response(body, status, media_type="application/json")


def id_of(request: Request) -> str:
    """Return the id of a request."""
    return str(request.scope["stanch.call"].id)


def answer_to(request: Request, problem: ApiError) -> Response:
    """Return a refusal as an answer."""
    response = json(problem.body(id_of(request)), problem.status)
    if problem.retry_after is not None:
        response.headers["retry-after"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _words(error: HTTPException) -> str:
    return _WORDS.get(error.status_code, error.detail)
