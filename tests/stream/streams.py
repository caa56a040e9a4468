"""What tests of streams share: configurations, events, and what a log holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import NamedTuple

import msgspec
import pyarrow.parquet as pq

from api.server import as_sent
from kafka_broker import Broker, as_message
from small_events import fan_in
from stanch.api.line_thread import wall_clock
from stanch.api.scopes import SCOPE_OF_KIND
from stanch.engine.decisions import export_decisions
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.store.records import Records
from stanch.stream.config import read_stream
from stanch.stream.offsets import Spot, from_progress
from stanch.stream.run import Life, State, run


class Line(NamedTuple):
    """One line of a log."""

    level: str
    event: str
    facts: dict[str, str | int | float | None]


class Heard:
    """A log that is kept."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def info(self, event: str, **facts: str | int | float | None) -> None:
        self.lines.append(Line("info", event, facts))

    def warning(self, event: str, **facts: str | int | float | None) -> None:
        self.lines.append(Line("warning", event, facts))

    def error(self, event: str, **facts: str | int | float | None) -> None:
        self.lines.append(Line("error", event, facts))

    def told(self, event: str) -> list[Line]:
        return [line for line in self.lines if line.event == event]


def configured(folder: Path, broker: Broker, *topics: str, more: str = "", topic_more: str = "") -> Path:
    """Write a configuration; return its file."""
    parts = [f'[topics."{topic}"]\nsources = ["bank"]\n{topic_more}\n' for topic in topics]
    file = folder / "stream.toml"
    file.write_text(f'brokers = "{broker.address}"\n{more}\n' + "\n".join(parts))
    return file


def streamed(
    home: Path | Home, config: Path, *, accept_gap: bool = False, stopping: Event | None = None,
    log: Heard | None = None, show: Callable[[State], None] = lambda _: None,
) -> State:  # fmt: skip
    """Stream in this process: to the end, or until ``stopping`` is set where it is given."""
    stream = read_stream(config, SCOPE_OF_KIND)
    life = Life(stopping or Event(), log or Heard(), show, wall_clock, stopping is None, accept_gap)
    if isinstance(home, Home):
        return run(home, stream, life)
    with open_home(home) as opened:
        return run(opened, stream, life)


def payments(groups: int, first: int = 0) -> list[bytes]:
    """Return payments of many payers to one account, again and again, as messages; some are found out."""
    return [
        as_message(as_sent(row)) for n in range(first, first + groups) for row in fan_in(3600 * n, payee=f"mule-{n}")
    ]


def id_of(message: bytes) -> str:
    """Return the id of an event as it was sent."""
    return str(msgspec.json.decode(message)["event_id"])


def offsets(home: Path) -> dict[Spot, int]:
    """Return which offset of each partition the log says is next."""
    with Records.read(home) as records:
        return {spot: mark.offset for spot, mark in from_progress(records.progress()).items()}


def decided(home: Path) -> list[dict[str, object]]:
    """Return what was decided on each event that was sent, in the order of the log: all that a decision says."""
    with Records.read(home) as records:
        export_decisions(records, home / "decisions.parquet")
    return pq.read_table(home / "decisions.parquet").to_pylist()  # type: ignore[no-any-return]  # Arrow has no types


def logged(home: Path) -> list[str]:
    """Return the ids of the events that were sent, in the order of the log."""
    return [str(one["event_id"]) for one in decided(home)]


def quarantined(home: Path) -> Sequence[dict[str, object]]:
    """Return the rows of a home's quarantine."""
    file = home / "quarantine.ndjson"
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines()] if file.exists() else []
