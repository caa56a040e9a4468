"""The metrics of a stream, in the text format of the server's."""

from __future__ import annotations

from pathlib import Path

from stanch.api.metrics import Page
from stanch.model.errors import StoreError
from stanch.stream.run import State

_MESSAGES = "What became of messages and their events since the stream was started."


def page_of(state: State) -> str:
    """Return the state of a stream as a page of metrics."""
    page, counts = Page(), state.counts
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
