"""The rules in force: typologies and policy, for everyone who has a key."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stanch.api.gate import Gate
from stanch.api.line_thread import LineThread
from stanch.api.problems import ApiError
from stanch.api.questions import Question
from stanch.api.rest import json
from stanch.api.scopes import SCOPES
from stanch.engine.rules import Rules


class InForce(msgspec.Struct, frozen=True):
    """The rules that decide now: one hash over all of them, and the policy as data."""

    hash: str
    policy: dict[str, Any]  # Any: plain data of any form
    law: str
    typologies: int


class Typologies(msgspec.Struct, frozen=True):
    """What is looked for."""

    data: tuple[dict[str, Any], ...]  # Any: as above


class RulesShown:
    """Shows the rules; they hold no person's data, so no reading of them is kept."""

    def __init__(self, gate: Gate, line: LineThread) -> None:
        self._gate = gate
        self._line = line

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/typologies", self.typologies, methods=["GET"]),
            Route("/v1/typologies/{id}", self.typology, methods=["GET"]),
            Route("/v1/policy", self.policy, methods=["GET"]),
        ]

    async def typologies(self, request: Request) -> Response:
        """Return all typologies in force."""
        Question(request, ())
        listed = await run_in_threadpool(self._rules(request).catalogue.listing)
        return json(msgspec.json.encode(Typologies(tuple(listed))))

    async def typology(self, request: Request) -> Response:
        """Return one typology in force."""
        Question(request, ())
        wanted = request.path_params["id"]
        listed = await run_in_threadpool(self._rules(request).catalogue.listing)
        found = [each for each in listed if each["id"] == wanted]
        if not found:
            raise ApiError(404, "not_found", "no such typology; GET /v1/typologies lists them")
        return json(msgspec.json.encode(found[0]))

    async def policy(self, request: Request) -> Response:
        """Return the policy in force."""
        Question(request, ())
        rules = self._rules(request)
        body = msgspec.json.decode(await run_in_threadpool(rules.body), type=dict[str, Any])
        policy = msgspec.convert(body["policy"], dict[str, Any])
        told = InForce(rules.hash, policy, rules.policy.follow.law, len(rules.catalogue.typologies))
        return json(msgspec.json.encode(told))

    def _rules(self, request: Request) -> Rules:
        key = self._gate.enter(request.scope["stanch.call"], *SCOPES)
        self._gate.spend(key, 1)
        if self._line.home is None:
            raise ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
        return self._line.home.rules
