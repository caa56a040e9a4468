"""The rules over HTTP: proposed, tried, put on trial, approved by another person, gone back from, while it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, ParamSpec, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stanch.api.audit import Read
from stanch.api.gate import Gate
from stanch.api.keys import Key
from stanch.api.line_thread import LineThread, wall_clock
from stanch.api.noting import Noting
from stanch.api.problems import ApiError
from stanch.api.questions import Question
from stanch.api.requests import Call, read_body
from stanch.api.rest import json
from stanch.api.rules_said import Proposal, Versions, Word, read_said, refusal, version_of
from stanch.api.settings import Settings
from stanch.api.trying import Trying
from stanch.engine import changes
from stanch.engine.changes import Said, said_before, version_rules
from stanch.engine.home import Home
from stanch.engine.rule_acts import APPROVED, PROPOSED, ROLLED_BACK, SHADOWED
from stanch.engine.rules import rules_from_plain
from stanch.engine.versions import any_version, body_of, compared, listed
from stanch.intake.staff import name_of
from stanch.model.errors import StanchError
from stanch.privacy.purposes import RULES_PURPOSE
from stanch.store.records import Records

_T = TypeVar("_T")
_P = ParamSpec("_P")

_JSON: Final = b"application/json"
_SCOPE: Final = "operate"
_SHOWN: Final = 12  # digits of a pseudonym
_MOST_DAYS: Final = 3_650
_DAYS: Final = 7

_NOBODY: Final = (
    "rules are changed by people, and this key is no person's; make one with: stanch keys create --person NAME"
)

_encode: Final = msgspec.json.encode


class RuleDesk:
    """Does what people ask about the rules. Each act is that of the person whose key asks, and of no other."""

    def __init__(self, gate: Gate, line: LineThread, noting: Noting, settings: Settings, trying: Trying) -> None:
        self._gate = gate
        self._line = line
        self._noting = noting
        self._settings = settings
        self._trying = trying

    def routes(self) -> list[Route]:
        """Return the routes."""
        one = "/v1/rules/{version}"
        return [
            Route("/v1/rules", self.versions, methods=["GET"]),
            Route("/v1/rules/proposals", self.propose, methods=["POST"]),
            Route(one, self.version, methods=["GET"]),
            Route(f"{one}/try", self.attempt, methods=["POST"]),
            Route(f"{one}/shadow", self.counts, methods=["GET"]),
            Route(f"{one}/shadow", self.shadow, methods=["POST"]),
            Route(f"{one}/shadow", self.end_shadow, methods=["DELETE"]),
            Route(f"{one}/approve", self.approve, methods=["POST"]),
            Route(f"{one}/rollback", self.roll_back, methods=["POST"]),
        ]

    async def versions(self, request: Request) -> Response:
        """Return all versions; with the purpose accountability people by name, else by pseudonym."""
        key, home = self._enter(request), self._home()
        Question(request, ())
        purpose = request.scope["stanch.call"].purpose.decode("ascii", "replace")
        if purpose not in ("", RULES_PURPOSE):
            raise ApiError(400, "unknown_purpose", f"known here: {RULES_PURPOSE}", param="Stanch-Purpose")
        if purpose:
            await self._note(request, key, purpose, [])
        found = await run_in_threadpool(listed, home.records, _opened(home, key) if purpose else _pseudonym)
        return json(_encode(Versions(tuple(found))))

    async def version(self, request: Request) -> Response:
        """Return one version as a whole."""
        self._enter(request)
        Question(request, ())
        version = await self._known(request)
        body = await self._read(body_of, version)
        return json(_encode(version_of(version, body)))

    async def propose(self, request: Request) -> Response:
        """Keep rules as a version that another person may approve."""
        person, said = self._person(request), await self._said(request, Proposal)
        live = self._home().rules
        given = await self._beside(rules_from_plain, live, said.policy, said.typologies)
        rules = replace(given, text=live.text)

        def act(home: Home) -> str:
            if home.rules is not live:
                raise ApiError(409, "refused", "other rules came into force meanwhile; propose it again on those")
            if said_before(home, PROPOSED, rules.hash, person):
                return rules.hash
            return changes.propose(home, rules, Said(person, wall_clock(), said.reason))

        return await self._done(act)

    async def approve(self, request: Request) -> Response:
        """Put a version into force that another person proposed."""
        return await self._act(request, APPROVED, changes.approve)

    async def roll_back(self, request: Request) -> Response:
        """Put rules into force again that decided before."""
        return await self._act(request, ROLLED_BACK, changes.roll_back)

    async def shadow(self, request: Request) -> Response:
        """Let a version decide beside the rules in force, on trial."""
        return await self._act(request, SHADOWED, changes.shadow)

    async def end_shadow(self, request: Request) -> Response:
        """End the trial of a version."""
        person, version = self._person(request), await self._known(request)

        def act(home: Home) -> str:
            if home.trial is None and said_before(home, SHADOWED, "", person):
                return version
            if home.trial is None or home.trial.version != version:
                raise ApiError(409, "refused", f"{version[:_SHOWN]} is not on trial; GET /v1/rules shows what is")
            return changes.end_shadow(home, Said(person, wall_clock()))

        return await self._done(act)

    async def counts(self, request: Request) -> Response:
        """Return what a version decided otherwise while it was on trial."""
        self._enter(request)
        Question(request, ())
        return json(_encode(await self._read(compared, await self._known(request))))

    async def attempt(self, request: Request) -> Response:
        """Decide the last days again under a version, in a process of its own; nothing is written."""
        key = self._enter(request)
        days = max(Question(request, ("days",)).number("days", _DAYS, _MOST_DAYS), 1)
        version = await self._known(request)
        report = await self._trying.on(version, days)
        await self._note(request, key, "", [example.event_id for example in report.examples])
        return json(_encode(report))

    async def _act(self, request: Request, kind: str, do: Callable[[Home, str, Said], str]) -> Response:
        person, said = self._person(request), await self._said(request, Word)
        version, home = await self._known(request), self._home()
        await self._beside(version_rules, home.records, version, home.rules)

        def act(home: Home) -> str:
            if said_before(home, kind, version, person):
                return version
            return do(home, version, Said(person, wall_clock(), said.reason))

        return await self._done(act)

    async def _done(self, act: Callable[[Home], str]) -> Response:
        """Do something in the line's thread, between two groups; answer with how the version stands then."""
        home = self._home()
        try:
            version = await asyncio.wrap_future(self._line.ask(act))
        except StanchError as error:
            raise refusal(error) from None
        lines = await run_in_threadpool(listed, home.records, _pseudonym)
        return json(_encode(next(line for line in lines if line.version == version)))

    async def _known(self, request: Request) -> str:
        return await self._read(any_version, request.path_params["version"])

    async def _read(self, read: Callable[[Records, str], _T], about: str) -> _T:
        return await self._beside(read, self._home().records, about)

    async def _beside(self, work: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
        """Do beside the line what can be done beside it."""
        try:
            return await run_in_threadpool(work, *given, **named)
        except StanchError as error:
            raise refusal(error) from None

    async def _said(self, request: Request, form: type[_T]) -> _T:
        call: Call = request.scope["stanch.call"]
        body = await read_body(request.receive, call, self._settings.body_bytes)
        if body and call.content_type != _JSON:
            raise ApiError(415, "content_type", "send application/json")
        return read_said(body, form)

    async def _note(self, request: Request, key: Key, purpose: str, which: list[str]) -> None:
        call: Call = request.scope["stanch.call"]
        read = Read(wall_clock(), key.id, key.institution, call.id, purpose, "rules", _encode(which).decode())
        await self._noting.note(read)

    def _enter(self, request: Request) -> Key:
        key = self._gate.enter(request.scope["stanch.call"], _SCOPE)
        self._gate.spend(key, 1)
        return key

    def _person(self, request: Request) -> str:
        """Return who acts: the one person whose key it is. Raises ApiError 403."""
        person = self._enter(request).person
        Question(request, ())
        if not person:
            raise ApiError(403, "no_person", _NOBODY)
        return person

    def _home(self) -> Home:
        if self._line.home is None:
            raise ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
        return self._line.home


def _pseudonym(person: bytes) -> str:
    return person.hex()[:_SHOWN]


def _opened(home: Home, key: Key) -> Callable[[bytes], str]:
    """Return what opens the vault for the name of a person; each opening is kept there."""
    actor = key.person or key.id
    return lambda person: name_of(home.vault.open(person, RULES_PURPOSE, actor, wall_clock()))
