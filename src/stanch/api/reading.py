"""Reading: decisions, findings, measures, orders and traces of the institution whose key asks, and of no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stanch.api.audit import Read
from stanch.api.gate import Gate
from stanch.api.groups import Groups
from stanch.api.keys import Key
from stanch.api.line_thread import LineThread, wall_clock
from stanch.api.noting import Noting
from stanch.api.pages import SPAN, page_of_decisions, page_of_findings, page_of_measures
from stanch.api.problems import ApiError
from stanch.api.questions import Question
from stanch.api.requests import Call
from stanch.api.rest import json
from stanch.api.shown import Decisions, Findings, Measure, Measures, Order, Orders, TraceOf, measure_of, orders_of
from stanch.api.tracing import trace_of
from stanch.engine.answers import Answer, Answers
from stanch.engine.home import Home
from stanch.privacy.purposes import PURPOSES
from stanch.store.of_source import measures_of, orders_to
from stanch.store.rows import Page

_T = TypeVar("_T")
Paged = Decisions | Findings | Measures

_encode: Final = msgspec.json.encode


class Reading:
    """Answers readers. Every answer that tells of a person stands in the audit log before it leaves."""

    def __init__(self, gate: Gate, line: LineThread, noting: Noting) -> None:
        self._gate = gate
        self._line = line
        self._noting = noting

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/decisions", self.decisions, methods=["GET"]),
            Route("/v1/decisions/{event_id:path}", self.decision, methods=["GET"]),
            Route("/v1/findings", self.findings, methods=["GET"]),
            Route("/v1/measures", self.measures, methods=["GET"]),
            Route("/v1/measures/{id}", self.measure, methods=["GET"]),
            Route("/v1/orders", self.orders, methods=["GET"]),
            Route("/v1/orders/{id}", self.order, methods=["GET"]),
            Route("/v1/trace", self.trace, methods=["GET"]),
        ]

    async def decision(self, request: Request) -> Response:
        """Return what was decided about one event."""
        key, call = self._enter(request, "read")
        Question(request, ())
        event_id = request.path_params["event_id"]
        found = await self._found(key, event_id)
        await self._note(call, key, "decision", [event_id])
        return json(_encode(found))

    async def decisions(self, request: Request) -> Response:
        """Return decisions in the order of the log, a page at a time."""
        return await self._page(request, "decisions", ("action", "kind", "typology"), page_of_decisions)

    async def findings(self, request: Request) -> Response:
        """Return findings with their explanation, a page at a time."""
        return await self._page(request, "findings", ("typology",), page_of_findings)

    async def measures(self, request: Request) -> Response:
        """Return measures taken on the institution's events, a page at a time."""
        return await self._page(request, "measures", ("state",), page_of_measures)

    async def measure(self, request: Request) -> Response:
        """Return one measure."""
        key, call = self._enter(request, "read")
        Question(request, ())
        id_, home, answers = request.path_params["id"], self._home(), self._groups().answers

        def read() -> list[Measure]:
            rows = measures_of(home.records, Page(key.institution, limit=1), id_=id_)
            told = answers.at({row.seq for row in rows})
            return [measure_of(row, told) for row in rows]

        found = await run_in_threadpool(read)
        if not found:
            raise _nothing("measure")
        await self._note(call, key, "measure", [id_])
        return json(_encode(found[0]))

    async def orders(self, request: Request) -> Response:
        """Return the orders that went out to the institution, the newest state of each."""
        key, call = self._enter(request, "read")
        asked = Question(request, ("state",))
        rows = await run_in_threadpool(orders_to, self._home().records, key.institution)
        state = asked.word("state")
        found = tuple(order for order in orders_of(rows) if state in (None, order.state))
        await self._note(call, key, "orders", [order.id for order in found])
        return json(_encode(Orders(found)))

    async def order(self, request: Request) -> Response:
        """Return one order that went out to the institution."""
        key, call = self._enter(request, "read")
        Question(request, ())
        id_ = request.path_params["id"]
        found: tuple[Order, ...] = orders_of(
            await run_in_threadpool(orders_to, self._home().records, key.institution, id_)
        )
        if not found:
            raise _nothing("order")
        await self._note(call, key, "order", [id_])
        return json(_encode(found[0]))

    async def trace(self, request: Request) -> Response:
        """Return where the money of the institution's own report is, and which of its accounts it went through."""
        key, call = self._enter(request, "report")
        asked = Question(request, ("report", "method"))
        report, method = asked.needed("report"), asked.word("method") or "fifo"
        known = await self._found(key, report)
        await self._note(call, key, "trace", [report])
        found: TraceOf | None = await self._ask(lambda home: trace_of(home, known, method, (key.institution, key.id)))
        if found is None:
            raise _nothing("report that is followed")
        return json(_encode(found))

    async def _page(
        self, request: Request, what: str, asks: tuple[str, ...], read: Callable[[Answers, Home, Key, Question], Paged]
    ) -> Response:
        key, call = self._enter(request, "read")
        asked = Question(request, (*SPAN, *asks))
        page = await run_in_threadpool(read, self._groups().answers, self._home(), key, asked)
        await self._note(
            call, key, what, [each.id if isinstance(each, Measure) else each.event_id for each in page.data]
        )
        return json(_encode(page))

    def _enter(self, request: Request, *scopes: str) -> tuple[Key, Call]:
        call: Call = request.scope["stanch.call"]
        key = self._gate.enter(call, *scopes)
        self._gate.spend(key, 1)
        return key, call

    async def _found(self, key: Key, event_id: str) -> Answer:
        """Return the answer to an event of the key's institution: another's id finds nothing."""
        place = await self._ask(lambda home: home.place_of(key.institution, event_id))
        if place is None:
            raise _nothing("event")
        found = await run_in_threadpool(self._groups().answers.find, key.institution, event_id, place)
        if found is None:
            raise _nothing("event")
        return found

    async def _ask(self, question: Callable[[Home], _T]) -> _T:
        self._home()
        return await asyncio.wrap_future(self._line.ask(question))

    def _home(self) -> Home:
        if self._line.home is None:
            raise ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
        return self._line.home

    def _groups(self) -> Groups:
        if self._line.groups is None:
            raise ApiError(503, "not_ready", "the server starts or stops; try again", retry_after=1)
        return self._line.groups

    async def _note(self, call: Call, key: Key, what: str, which: list[str]) -> None:
        purpose = call.purpose.decode("ascii", "replace")
        if purpose and purpose not in PURPOSES:
            raise ApiError(400, "unknown_purpose", f"known: {', '.join(PURPOSES)}", param="Stanch-Purpose")
        read = Read(wall_clock(), key.id, key.institution, call.id, purpose, what, _encode(which).decode())
        await self._noting.note(read)


def _nothing(what: str) -> ApiError:
    return ApiError(404, "not_found", f"no such {what} of this institution")
