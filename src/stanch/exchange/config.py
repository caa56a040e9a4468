"""Where messages go: each institution's way, each topic's way, and how often to try again. YAML, checked whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
import yaml

from stanch.exchange.broker import Broker, mistakes, refused
from stanch.exchange.parties import Party
from stanch.exchange.secret_files import read_secret
from stanch.model.errors import ConfigError
from stanch.model.plain import sound_yaml
from stanch.model.time import SECOND, parse_duration

_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
_OF_INSTITUTIONS: Final = frozenset({"order", "notice"})
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way out: a webhook with the file of its secret, a folder for ISO 20022 files, or a topic of the broker.

    ``bic`` names the receiver.
    """

    webhook: str | None = None
    secret_file: str | None = None
    folder: str | None = None
    kafka: str | None = None
    bic: str | None = None


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to try again: ``first`` after the first failure, each time ``factor`` times longer, ``longest`` at most."""

    first: str = "30s"
    factor: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    longest: str = "1h"
    attempts: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 12
    timeout: str = "10s"

    def wait(self, failures: int) -> int:
        """Return the microseconds until the next attempt after so many failures: no chance in it, so it replays."""
        longest = parse_duration(self.longest)
        # past this many doublings the longest wait is reached for every spelling of a duration
        grown: int = self.factor ** min(failures - 1, 64)
        return min(parse_duration(self.first) * grown, longest)

    def seconds(self) -> float:
        """Return how long to wait for a receiver."""
        return parse_duration(self.timeout) / SECOND


class SendConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who we are, and the ways to institutions (orders, notices) and of topics (decisions, approvals).

    ``kafka`` is the broker of the ways that lead to one.
    """

    sender: Party
    institutions: dict[str, Way] = {}
    topics: dict[str, Way] = {}
    retry: Retry = Retry()
    kafka: Broker | None = None

    def ways(self) -> list[Way]:
        """Return every way."""
        return [*self.institutions.values(), *self.topics.values()]


def load_config(path: Path) -> SendConfig:
    """Return the configuration in a file; its relative paths are read from the file's folder. Raises ConfigError."""
    try:
        config = parse_config(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error}); name an existing file") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    placed = msgspec.structs.replace(
        config,
        institutions={name: _placed(way, path.parent) for name, way in config.institutions.items()},
        topics={name: _placed(way, path.parent) for name, way in config.topics.items()},
        kafka=None if config.kafka is None else config.kafka.placed(path.parent),
    )
    if placed.kafka is not None and (wrong := refused(placed.kafka, {})):
        raise ConfigError(f"{path}: kafka: {'; '.join(wrong)}")
    for way in placed.ways():
        if way.secret_file is not None:
            read_secret(Path(way.secret_file))
    return placed


def parse_config(text: str) -> SendConfig:
    """Return the configuration in a YAML text. Raises ConfigError naming the key and what to write there."""
    try:
        config = msgspec.convert(sound_yaml(text), SendConfig)
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}; check indentation and quotes") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{error}; see docs/exchange.md for the keys") from None
    for name, way in {**config.topics, **config.institutions}.items():
        _check_way(name, way)
    for name, way in config.topics.items():
        if way.folder is not None:
            raise ConfigError(f"{name}: a topic goes to a webhook or a broker; folders are for orders and notices")
        if name in _OF_INSTITUTIONS:
            raise ConfigError(f"{name}: it names an account, and goes the way of the account's institution only")
    if config.kafka is not None and (wrong := mistakes(config.kafka)):
        raise ConfigError(f"kafka: {'; '.join(wrong)}")
    if config.kafka is None and any(way.kafka is not None for way in config.ways()):
        raise ConfigError("kafka: a way leads to a broker and none is named; write kafka: {brokers: host:port}")
    for duration in (config.retry.first, config.retry.longest, config.retry.timeout):
        parse_duration(duration)
    return config


def _check_way(name: str, way: Way) -> None:
    if sum(each is not None for each in (way.webhook, way.folder, way.kafka)) != 1:
        raise ConfigError(f"{name}: write either webhook or folder, or kafka")
    if way.kafka is not None and not _TOPIC.fullmatch(way.kafka):
        raise ConfigError(f"{name}: kafka {way.kafka!r}; write a topic: letters, digits, ., _ and -, 249 at most")
    if way.webhook is None:
        return
    if way.secret_file is None:
        raise ConfigError(f"{name}: a webhook needs secret_file, the file of the secret that signs it")
    address = urlsplit(way.webhook)
    plain = address.scheme == "http" and address.hostname in _LOCAL
    if not address.hostname or not (address.scheme == "https" or plain):
        raise ConfigError(f"{name}: webhook {way.webhook!r}; write an https address: messages name accounts")


def _placed(way: Way, folder: Path) -> Way:
    secret = None if way.secret_file is None else str(folder / way.secret_file)
    return msgspec.structs.replace(
        way, secret_file=secret, folder=None if way.folder is None else str(folder / way.folder)
    )
