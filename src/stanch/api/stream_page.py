"""How a stream is: its metrics, in the text format of the server's, and its share of the server's health."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import msgspec

from stanch.api.metrics import Page
from stanch.model.errors import StoreError
from stanch.stream.run import State

_MESSAGES = "What became of messages and their events since the stream was started."


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a stream is: ``starting``, ``reading``, ``away`` or ``failed``.

    ``lag`` are messages that the broker has and that were not taken yet, ``heard`` the seconds since it last answered.
    """

    status: str
    lag: int
    heard: float | None = None


def health_of(state: State, now: float) -> Health:
    """Return how a stream is; ``now`` is of ``time.monotonic``. What failed is told in the log and by no page."""
    heard = None if state.heard is None else round(now - state.heard, 1)
    status = "failed" if state.failed else "away" if state.away else "starting" if heard is None else "reading"
    return Health(status, sum(state.lags.values()), heard)


def add_stream(page: Page, state: State, now: float) -> None:
    """Write how a stream is; ``now`` is of ``time.monotonic``."""
    counts = state.counts
    page.counter("stanch_stream_messages", "Messages taken.", [({}, counts.messages)])
    page.counter("stanch_stream_events", "Events decided.", [({}, counts.events)])
    page.counter(
        "stanch_stream_not_decided",
        _MESSAGES,
        [({"why": why}, getattr(counts, why)) for why in ("refused", "left_out", "repeats", "aside")],
    )
    page.counter("stanch_stream_late", "Events older than the clock.", [({}, counts.late)])
    page.gauge(
        "stanch_stream_lag",
        "Messages that the broker has and that were not taken yet.",
        [({"topic": spot.topic, "partition": str(spot.partition)}, lag) for spot, lag in sorted(state.lags.items())],
    )
    page.gauge("stanch_stream_away", "Whether the broker cannot be reached.", [({}, float(state.away))])
    page.gauge("stanch_stream_failed", "Whether somebody must mend something.", [({}, float(state.failed is not None))])
    if state.heard is not None:
        page.gauge("stanch_stream_heard_seconds", "Since the broker last answered.", [({}, now - state.heard)])


def page_of(state: State) -> str:
    """Return the state of a stream that has its process to itself as a page of metrics."""
    page = Page()
    add_stream(page, state, monotonic())
    sent = (("taken", state.sent), ("failed", state.failed_to_send), ("given_up", state.dead))
    page.counter("stanch_stream_sent", "Messages that left.", [({"how": how}, count) for how, count in sent])
    return page.text()


def write_page(path: Path, state: State) -> None:
    """Put the page into a file, whole: a collector that reads at any moment finds the old one or the new one."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(page_of(state), "utf-8")
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; free the disk or mend the rights of its folder") from None
