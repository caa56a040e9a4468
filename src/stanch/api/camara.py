"""The CAMARA operations over HTTP: what an institution's own log says of its own numbers, in CAMARA's own form.

Errors are ``{status, code, message}``, ``x-correlator`` is given back. Whatever is told of a number stands in the audit
log before it leaves, by the number's pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from stanch.api.audit import Read
from stanch.api.bindings import Bindings
from stanch.api.camara_calls import LARGEST, Asked, read_asked
from stanch.api.camara_problems import info_of
from stanch.api.gate import Gate
from stanch.api.keys import Key
from stanch.api.line_thread import LineThread, wall_clock
from stanch.api.logs import Log
from stanch.api.noting import Noting
from stanch.api.problems import ApiError
from stanch.api.requests import Call, Receive, Scope, Send, read_body
from stanch.api.settings import Settings
from stanch.engine.camara import Answered, answer_with, card_of
from stanch.engine.card_following import CardFollower
from stanch.engine.home import Home
from stanch.exchange.camara.answers import Known
from stanch.exchange.camara.operations import OPERATIONS, VERSIONS, CamaraError, write
from stanch.model.errors import StanchError

_BEHIND: Final = "the log is still being read; try again"


@dataclass(slots=True)
class _Finding:
    """Looks numbers up for one request, and remembers whose it showed."""

    home: Home
    follower: CardFollower
    source: str
    at: int | None
    now: int = 0  # when it is asked, once something was found
    shown: list[str] = field(default_factory=list)

    def __call__(self, number: str) -> Known:
        card = card_of(self.home.ring.keys, number)
        self.shown.append(card.hex())
        known = self.follower.known(self.source, card, self.at)
        if known is None:
            raise ApiError(503, "not_ready", _BEHIND, retry_after=1)
        self.now = known.now
        return known


class Camara:
    """Serves the operations. An ASGI application of its own, so that every refusal has CAMARA's form."""

    def __init__(self, gate: Gate, line: LineThread, noting: Noting, settings: Settings, log: Log) -> None:
        self._gate = gate
        self._line = line
        self._noting = noting
        self._log = log
        self._live = settings.clock == "wall"
        self._bindings = Bindings(line, live=self._live)
        self._follower: CardFollower | None = None
        line.follow = self.follow

    def routes(self) -> list[Route]:
        """Return the routes: everything below the name of an API is answered here."""
        return [Route(f"/{api}/{{rest:path}}", self) for api in VERSIONS]

    @contextmanager
    def follow(self, home: Home) -> Iterator[None]:
        """Let the index of cards go along with a home while it is open."""
        with CardFollower(home, lambda why: self._log.warning("cards_behind", reason=why)) as follower:
            self._follower = follower
            try:
                yield
            finally:
                self._follower = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[str, str] = {}
        try:
            asked = read_asked(scope)
            headers["x-correlator"] = asked.correlator
            answer = await self._answered(asked, scope["stanch.call"], receive)
        except CamaraError as error:
            answer = Answered(error.info.status, write(error.info))
        except StanchError as error:
            info, more = info_of(error)
            answer, headers = Answered(info.status, write(info)), headers | more
        await Response(answer.body, answer.status, headers, "application/json")(scope, receive, send)

    async def _answered(self, asked: Asked, call: Call, receive: Receive) -> Answered:
        key = self._gate.enter(call, "query")
        self._gate.spend(key, 1)
        path = asked.checked(key)
        body = b"" if OPERATIONS[path].asks is None else await read_body(receive, call, LARGEST)
        home, follower = self._line.home, self._follower
        if home is None or follower is None:
            raise ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
        find = _Finding(home, follower, key.institution, wall_clock() if self._live else None)
        if asked.caller.number is not None:
            find.shown.append(card_of(home.ring.keys, asked.caller.number).hex())
        answer = await run_in_threadpool(answer_with, find, path, body, asked.caller)
        if find.shown:
            await self._note(asked, call, key, path, find.shown)
        if answer.rows:
            await self._bindings.enter(key, answer.rows, find.now)
        return answer

    async def _note(self, asked: Asked, call: Call, key: Key, path: str, cards: list[str]) -> None:
        which = msgspec.json.encode(sorted(set(cards))).decode()
        read = Read(wall_clock(), key.id, key.institution, call.id, asked.purpose, path, which)
        await self._noting.note(read)
