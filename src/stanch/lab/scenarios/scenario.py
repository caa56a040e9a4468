"""A scenario: events in a compact form, spread out into clear events as a sender would write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import msgspec
import pyarrow as pa

from stanch.model.columns import SENT, TEXT_SCORES
from stanch.model.errors import ConfigError
from stanch.model.kinds import KINDS
from stanch.model.plain import plain_from_yaml
from stanch.model.schema import CLEAR_SCHEMA
from stanch.model.time import SECOND, parse_duration
from stanch.typologies.definition import SECTORS

#: One clear event by column name; times are UTC microseconds, a missing column is NULL.
ClearEvent = Mapping[str, object]

_START: Final = datetime(2026, 3, 2, 2, tzinfo=UTC)
_SOURCE: Final = "scenario"
_CURRENCY: Final = "CNY"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A case for one typology, in time order.

    The last event of ``planted`` makes it fire, with every threshold just met. ``edges`` hold another case for a
    parameter that ``planted`` cannot meet exactly at the same time. Nothing in ``twin`` makes it fire.
    """

    typology: str
    planted: tuple[ClearEvent, ...]
    edges: Mapping[str, tuple[ClearEvent, ...]]
    twin: tuple[ClearEvent, ...]

    def case_for(self, parameter: str) -> tuple[ClearEvent, ...]:
        """Return the events that just meet this threshold."""
        return self.edges.get(parameter, self.planted)


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a scenario; ``{n}`` in its words counts its repetitions from 1.

    ``at`` is when it became known; it happened ``ago`` before that. ``text_scam`` and so on are what a model is taken
    to read in the text, so that a threshold can be just met whatever model ships; no sender writes them.
    """

    kind: str
    at: str
    ago: str = "0s"
    every: str = "1s"
    repeat: int = 1
    src: str | None = None
    dst: str | None = None
    holder: str | None = None
    device: str | None = None
    address: str | None = None
    place: str | None = None
    region: str | None = None
    channel: str | None = None
    amount: int | None = None
    currency: str | None = None
    duration: int | None = None
    detail: str | None = None
    number: int | None = None
    attestation: str | None = None
    ref: str | None = None
    end_to_end: str | None = None
    text: str | None = None
    text_scam: int | None = None
    text_trade: int | None = None
    text_ordinary: int | None = None
    text_personal: int | None = None


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of a scenario file."""

    typology: str
    planted: list[_Line]
    twin: list[_Line]
    start: datetime = _START
    edges: dict[str, list[_Line]] = {}


def load_scenarios() -> dict[str, Scenario]:
    """Return the scenarios that come with Stanch, by typology id."""
    root = files("stanch.lab.scenarios")
    entries = [entry for sector in SECTORS for entry in (root / sector).iterdir() if entry.name.endswith(".yaml")]
    found = [parse_scenario(entry.read_text(encoding="utf-8"), entry.name) for entry in entries]
    return {scenario.typology: scenario for scenario in sorted(found, key=lambda scenario: scenario.typology)}


def parse_scenario(text: str, name: str) -> Scenario:
    """Read one YAML text; raise ConfigError naming the file, the key and what was expected."""
    try:
        written = msgspec.convert(plain_from_yaml(text, name), _Written)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys: {', '.join(_Written.__struct_fields__)}") from None
    start = int(written.start.timestamp()) * SECOND
    edges = {parameter: _spread(lines, start, name) for parameter, lines in written.edges.items()}
    planted, twin = _spread(written.planted, start, name), _spread(written.twin, start, name)
    return Scenario(written.typology, planted, edges, twin)


def clear_table(events: Sequence[ClearEvent]) -> pa.Table:
    """Return clear events as a table in the form senders write."""
    return pa.Table.from_pylist([dict(event) for event in events], schema=CLEAR_SCHEMA)


def _spread(lines: Sequence[_Line], start: int, name: str) -> tuple[ClearEvent, ...]:
    """Repeat each line, order all by time, and number them."""
    if not lines:
        raise ConfigError(f"{name}: a case needs at least one event")
    unknown = [line.kind for line in lines if line.kind not in KINDS]
    if unknown:
        raise ConfigError(f"{name}: unknown kind {unknown[0]!r}; known: {', '.join(sorted(KINDS))}")
    timed = [(_moment(line, n, start), line, n) for line in lines for n in range(1, line.repeat + 1)]
    timed.sort(key=lambda entry: entry[0])
    return tuple(_event(line, n, moment, at) for at, (moment, line, n) in enumerate(timed, start=1))


def _moment(line: _Line, n: int, start: int) -> int:
    return start + _span(line.at) + (n - 1) * parse_duration(line.every)


def _span(text: str) -> int:
    return 0 if text == "0s" else parse_duration(text)


def _event(line: _Line, n: int, moment: int, at: int) -> ClearEvent:
    sent = {column: getattr(line, column, None) for column in (*SENT, *TEXT_SCORES)}
    given = {
        key: value.format(n=n) if isinstance(value, str) else value for key, value in sent.items() if value is not None
    }
    if "amount" in given:
        given.setdefault("currency", _CURRENCY)
    return {
        **given,
        "event_id": f"e{at:04}",
        "source": _SOURCE,
        "happened_at": moment - _span(line.ago),
        "known_at": moment,
    }
