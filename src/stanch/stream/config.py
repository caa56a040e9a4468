"""What a stream is told: brokers, topics and who may send over each; one TOML file, all errors told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, get_type_hints

import msgspec

from stanch.exchange.broker import Broker, Property, mistakes, refused
from stanch.exchange.config import load_config
from stanch.intake.mapping import load_mapping
from stanch.intake.messages import Senders
from stanch.model.errors import ConfigError
from stanch.model.time import parse_duration

Count = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$")]


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sends over a topic, what they may send and in which form, and how large a message may be.

    ``format`` is what every message is, else its header says it; ``map`` how its events are written, if not in
    our own form; ``longest`` its bytes, ``batch_events`` the events in it.
    """

    sources: Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1)], ...], msgspec.Meta(min_length=1)]
    scopes: tuple[Literal["decide", "report", "administer"], ...] = ("decide",)
    map: str | None = None
    longest: Annotated[int, msgspec.Meta(ge=1, le=50_000_000)] = 1_000_000
    max_jump: str | None = None
    format: Literal["json", "ndjson", "arrow"] | None = None
    batch_events: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 50_000


class StreamConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. docs/streams.md says what each is for."""

    brokers: str
    topics: dict[Name, Topic]
    properties: dict[str, Property] = {}
    secrets: dict[str, str] = {}
    protected: bool = False
    clock: Literal["events", "wall"] = "events"
    start: Literal["earliest", "latest"] = "earliest"
    most: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 4096
    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 50
    snapshot_every: Count = 1_000_000
    send: str | None = None
    metrics: str | None = None
    log: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def broker(self) -> Broker:
        """How the broker is reached."""
        return Broker(self.brokers, self.properties, self.secrets, self.protected)


class Stream(msgspec.Struct, frozen=True):
    """A configuration whose files are read: who may send over each topic, and how far its clock may jump."""

    config: StreamConfig
    senders: dict[str, Senders]
    jumps: dict[str, int]


_TYPES: Final = get_type_hints(StreamConfig, include_extras=True)


def read_stream(file: Path, scope_of_kind: Mapping[str, str]) -> Stream:
    """Return the configuration in a TOML file. Raises one ConfigError that names every mistake in it."""
    errors: list[str] = []
    found: dict[str, object] = {}
    for name, value in _written(file).items():
        if name not in _TYPES:
            errors.append(f"unknown setting {name!r}; known: {', '.join(_TYPES)}")
            continue
        if name == "topics" and isinstance(value, dict):
            found[name] = _each_topic(value, errors)
            continue
        try:
            found[name] = msgspec.convert(value, _TYPES[name])
        except msgspec.ValidationError as error:
            errors.append(f"{name}: {error}")
    errors += [f"{name}: not set" for name in ("brokers", "topics") if name not in found and not _told(errors, name)]
    config = _placed({"brokers": "localhost:9092", "topics": {}, **found}, file.parent)
    if found.get("topics") == {} and not any(error.startswith("topics.") for error in errors):
        errors.append("topics: none; write [topics.NAME] with sources")
    errors += _wrong(config)
    senders, jumps = _topics(config, scope_of_kind, errors)
    if errors:
        raise ConfigError(f"{file}: {'; '.join(errors)}; see docs/streams.md")
    return Stream(config, senders, jumps)


def _written(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as TOML ({error}); name an existing file") from None


def _each_topic(written: Mapping[str, object], errors: list[str]) -> dict[str, Topic]:
    topics: dict[str, Topic] = {}
    for name, value in written.items():
        try:
            topics |= msgspec.convert({name: value}, dict[Name, Topic])
        except msgspec.ValidationError as error:
            errors.append(f"topics.{name}: {error}")
    return topics


def _told(errors: list[str], name: str) -> bool:
    return any(error.startswith(f"{name}:") for error in errors)


def _placed(found: Mapping[str, object], folder: Path) -> StreamConfig:
    """Return the settings with files as seen from the folder of the configuration."""
    config = msgspec.convert(found, StreamConfig)
    return msgspec.structs.replace(
        config,
        secrets={name: str(folder / file) for name, file in config.secrets.items()},
        send=None if config.send is None else str(folder / config.send),
        metrics=None if config.metrics is None else str(folder / config.metrics),
        topics={
            name: topic if topic.map is None else msgspec.structs.replace(topic, map=str(folder / topic.map))
            for name, topic in config.topics.items()
        },
    )


def _wrong(config: StreamConfig) -> list[str]:
    """Return what is wrong with the broker, and with the file that says where decisions go."""
    errors = mistakes(config.broker)
    errors += [] if errors else refused(config.broker, {})
    if config.send is not None:
        try:
            load_config(Path(config.send))
        except ConfigError as error:
            errors.append(f"send: {error}")
    if config.metrics is not None and not Path(config.metrics).parent.is_dir():
        errors.append(f"metrics: no folder {Path(config.metrics).parent}")
    return errors


def _topics(
    config: StreamConfig, scope_of_kind: Mapping[str, str], errors: list[str]
) -> tuple[dict[str, Senders], dict[str, int]]:
    senders: dict[str, Senders] = {}
    jumps: dict[str, int] = {}
    for name, topic in config.topics.items():
        kinds = frozenset(kind for kind, scope in scope_of_kind.items() if scope in topic.scopes)
        try:
            mapping = None if topic.map is None else load_mapping(Path(topic.map))
            if mapping is not None and mapping.calls is not None:
                raise ConfigError("call records are files; map the columns of messages")
            jump = topic.max_jump or (mapping.max_jump if mapping else None)
            jumps |= {source: parse_duration(jump) for source in topic.sources} if jump else {}
            sources, form = frozenset(topic.sources), topic.format or ""
            senders[name] = Senders(sources, kinds, topic.longest, mapping, form, topic.batch_events)
        except ConfigError as error:
            errors.append(f"topics.{name}: {error}")
    return senders, jumps
