"""Watching: whether the server lives, whether it is ready, and its metrics."""

from __future__ import annotations

from time import monotonic

from msgspec.json import encode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stanch.api.app import Served
from stanch.api.gate import Gate
from stanch.api.line_thread import wall_clock
from stanch.api.metrics import CONTENT_TYPE, Histogram, Page
from stanch.api.rest import json
from stanch.api.settings import Settings
from stanch.api.stream_page import add_stream, health_of
from stanch.api.threads import Threads
from stanch.engine.footprint import state_bytes
from stanch.model.time import DAY, SECOND


class Watching:
    """Tells machines how the server does. Nothing here names a person or an institution."""

    def __init__(self, gate: Gate, threads: Threads, served: Served, settings: Settings) -> None:
        self._gate = gate
        self._sending = threads.sending
        self._feed = threads.feed
        self._line = line = threads.line
        self._served = served
        self._settings = settings
        self._commits = Histogram()
        self._saved = 0
        line.commits = self._committed

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/health", self.health, methods=["GET"]),
            Route("/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def health(self, request: Request) -> Response:
        """Live: the process serves requests, and its line has not ended by an error; its stream may be away."""
        if self._line.failed is not None:
            return json(b'{"status":"failed"}', 503)
        stream = None if self._feed is None else health_of(self._feed.state, monotonic())
        return json(encode({"status": "ok"} if stream is None else {"status": "ok", "stream": stream}))

    async def ready(self, request: Request) -> Response:
        """Ready: the home is open and events are decided."""
        if self._line.home is None:
            return json(b'{"status":"not_ready"}', 503)
        return json(b'{"status":"ready"}')

    async def metrics(self, request: Request) -> Response:
        """Return the metrics; with a key that operates, unless the settings open them."""
        if not self._settings.open_metrics:
            self._gate.enter(request.scope["stanch.call"], "operate")
        return Response(await run_in_threadpool(self._page), media_type=CONTENT_TYPE)

    def _committed(self, nanoseconds: int, commits: int) -> None:
        self._commits.observe(nanoseconds / 1e9)
        self._saved += commits

    def _page(self) -> str:
        page, counts, served = Page(), self._line.counts, self._served
        page.counter("stanch_events", "Events decided.", [({}, counts.events)])
        page.counter("stanch_events_late", "Events older than the clock when they came.", [({}, counts.late)])
        page.counter("stanch_events_repeated", "Events sent again with the same body.", [({}, counts.repeats)])
        page.counter("stanch_events_refused", "Events not taken, by the reason.", _by("code", counts.refused))
        page.counter("stanch_decisions", "Decisions, by the strictest step.", _by("action", counts.actions))
        page.counter("stanch_findings", "Findings, by typology.", _by("typology", counts.findings))
        page.counter(
            "stanch_http_requests", "Requests, by route and status.",
            [({"route": route, "status": str(status)}, n) for (route, status), n in sorted(served.requests.items())],
        )  # fmt: skip
        page.histogram(
            "stanch_http_request_seconds", "From the headers to the whole answer.",
            [({"route": route}, found) for route, found in served.seconds.items()],
        )  # fmt: skip
        page.histogram("stanch_commit_seconds", "One transaction, until it is on the disk.", [({}, self._commits)])
        page.counter("stanch_commits", "Commits saved; several may share a transaction.", [({}, self._saved)])
        page.gauge("stanch_queue_events", "Events that wait for the line.", [({}, self._line.waiting.events)])
        page.gauge("stanch_requests_in_flight", "Requests being served.", [({}, served.busy)])
        if self._sending is not None:
            told = (("taken", self._sending.taken), ("failed", self._sending.failed))
            page.counter("stanch_deliveries", "Attempts to deliver, by outcome.", _by("outcome", dict(told)))
            page.gauge("stanch_deliveries_dead", "Messages given up.", [({}, self._sending.dead)])
        if self._feed is not None:
            add_stream(page, self._feed.state, monotonic())
        self._of_home(page)
        return page.text()

    def _of_home(self, page: Page) -> None:
        home = self._line.home
        page.gauge("stanch_ready", "1 when events are decided.", [({}, home is not None)])
        if home is None:
            return
        page.gauge(
            "stanch_state_bytes", "Memory that the line needs to decide, by part.", _by("part", state_bytes(home))
        )
        kept = {} if self._line.groups is None else self._line.groups.kept
        page.gauge("stanch_kept_bytes", "Memory that spares work; each is bounded.", _by("what", kept))
        records, now = home.records, wall_clock()
        quarantine = home.path / "quarantine.ndjson"
        size = quarantine.stat().st_size if quarantine.exists() else 0
        ends = [m.until for m in records.measures(state="active") if m.until is not None]
        page.gauge("stanch_quarantine_bytes", "Rows that files could not give, kept with reasons.", [({}, size)])
        page.gauge("stanch_measures_active", "Measures in force.", [({}, len(ends))])
        page.gauge(
            "stanch_measures_expiring", "Measures in force that end within a day.",
            [({}, sum(now <= end < now + DAY for end in ends))],
        )  # fmt: skip
        page.gauge("stanch_log_events", "Events in the log.", [({}, records.last_seq() + 1)])
        page.gauge(
            "stanch_clock_behind_seconds", "How far the log's clock is behind the wall clock.",
            [({}, max(0.0, (now - home.door.clock.now) / SECOND) if records.last_seq() >= 0 else 0.0)],
        )  # fmt: skip


def _by(label: str, values: dict[str, int]) -> list[tuple[dict[str, str], float]]:
    return [({label: name}, count) for name, count in sorted(values.items())]
