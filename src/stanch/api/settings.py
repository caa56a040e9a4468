"""Settings of the server: one TOML file, the environment over it, options over both; all errors told at once."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, get_type_hints

import msgspec

from stanch.api.scopes import SCOPE_OF_KIND
from stanch.model.errors import ConfigError
from stanch.stream.config import read_stream

#: A setting ``port`` is read from the environment as ``STANCH_PORT``.
PREFIX: Final = "STANCH_"

Count = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Rate = Annotated[float, msgspec.Meta(gt=0, le=10_000_000)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. docs/serve.md says what each is for."""

    home: str
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8000
    keys: str | None = None
    policy: str | None = None
    typologies: str | None = None
    model: str | None = None
    clock: Literal["wall", "events"] = "wall"
    group: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 2048
    waiting_per_key: Count = 20_000
    rate: Rate = 5_000
    burst: Count = 20_000
    body_bytes: Annotated[int, msgspec.Meta(ge=1_000, le=1_000_000_000)] = 10_000_000
    batch_events: Count = 50_000
    snapshot_every: Count = 1_000_000
    connections: Count = 1_000
    certificate: str | None = None
    certificate_key: str | None = None
    behind_proxy: bool = False
    open_metrics: bool = False
    send: str | None = None
    stream: str | None = None
    accept_gap: bool = False
    log: Literal["debug", "info", "warning", "error"] = "info"


#: Settings that name a file; in a TOML file they start at its folder.
_PATHS: Final = ("home", "keys", "policy", "typologies", "model", "certificate", "certificate_key", "send", "stream")
_MUST_EXIST: Final = ("keys", "policy", "typologies", "model", "certificate", "certificate_key", "send", "stream")


def read_settings(file: Path | None, environment: Mapping[str, str], options: Mapping[str, object]) -> Settings:
    """Return the settings. Raises one ConfigError that names every mistake in them."""
    written: dict[str, object] = {}
    errors: list[str] = []
    if file is not None:
        written |= _from_file(file, errors)
    types = get_type_hints(Settings, include_extras=True)
    written |= {name: environment[place] for name in types if (place := PREFIX + name.upper()) in environment}
    written |= {name: value for name, value in options.items() if value is not None}
    found: dict[str, object] = {}
    for name, value in written.items():
        if name not in types:
            errors.append(f"unknown setting {name!r}; known: {', '.join(types)}")
            continue
        try:
            found[name] = msgspec.convert(value, types[name], strict=not isinstance(value, str))
        except msgspec.ValidationError as error:
            errors.append(f"{name}: {error}, got {value!r}")
    errors += _together(found, written)
    if errors:
        raise ConfigError("settings: " + "; ".join(errors) + "; see docs/serve.md")
    return msgspec.convert(found, Settings)


def _from_file(file: Path, errors: list[str]) -> dict[str, object]:
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        errors.append(f"{file}: cannot be read as TOML ({error})")
        return {}
    for name in _PATHS:
        if isinstance(written.get(name), str):
            written[name] = str(file.parent / written[name])
    return written


def _together(found: Mapping[str, object], written: Mapping[str, object]) -> list[str]:
    errors = [] if "home" in written else ["home: not set; name the folder of the log"]
    for name in _MUST_EXIST:
        path = found.get(name)
        if isinstance(path, str) and not Path(path).exists():
            errors.append(f"{name}: {path} does not exist")
    if ("certificate" in found) != ("certificate_key" in found):
        errors.append("certificate and certificate_key: set both or none")
    errors += _of_stream(found)
    host, safe = found.get("host"), "certificate" in found or found.get("behind_proxy") is True
    if isinstance(host, str) and not safe and not _local(host):
        errors.append(
            f"host: {host} is reached from outside, and keys would travel in the clear; "
            "set certificate and certificate_key, or behind_proxy = true where a proxy does TLS"
        )
    return errors


def _of_stream(found: Mapping[str, object]) -> list[str]:
    """Return what is wrong with the file of a stream, and with where its decisions go beside the server's own."""
    path, send = found.get("stream"), found.get("send")
    if not isinstance(path, str) or not Path(path).exists():
        return []
    try:
        also = read_stream(Path(path), SCOPE_OF_KIND).config.send
    except ConfigError as error:
        return [f"stream: {error}"]
    if isinstance(send, str) and also is not None and Path(send).resolve() != Path(also).resolve():
        return [f"send: {send}, and {also} in {path}: one home has one outbox; name the same file, or leave one out"]
    return []


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
