"""Mappings: what a source calls its columns, in YAML. Read once, checked whole, never trusted to guess."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec
import yaml

from stanch.model.columns import BY_NAME, SENT, ColumnType
from stanch.model.entities import ENTITY_KINDS
from stanch.model.errors import ConfigError
from stanch.model.kinds import INTERNAL, KINDS
from stanch.model.plain import sound_yaml
from stanch.model.time import parse_duration

Scalar = str | int | float | bool

EPOCHS: Final = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
DAYS_SINCE: Final = "days since "


class From(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one event column comes from.

    ``as_`` is the entity kind that a bare id gets, ``prefix`` keeps one source's own ids apart from another's,
    ``values`` translates (``kind:id`` stands as it is), ``time`` is ``iso``, ``epoch_s``, ``epoch_ms``, ``epoch_us``,
    ``days since YYYY-MM-DD`` or a strptime pattern, ``unit`` is ``minor`` or ``major`` for money.
    """

    column: str
    as_: str | None = msgspec.field(default=None, name="as")
    prefix: str = ""
    values: dict[str, str] = {}
    others: Literal["keep", "refuse", "empty"] = "keep"
    time: str = "iso"
    unit: Literal["minor", "major"] = "minor"


class Confirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows turn out to be fraud, and when that becomes known: ``confirmed`` events ``delay`` after the row."""

    label: str
    delay: str
    equals: Scalar = 1
    about: Literal["src", "dst", "event"] = "event"
    detail: str = "fraud"


class Calls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file holds call records of TS 32.298: over which trunks and message centres our own calls come back."""

    own_trunks: tuple[str, ...] = ()
    own_centres: tuple[str, ...] = ()


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the rows of a source become events. ``also`` lists, by kind, the kinds that the same row states too.

    ``calls`` says that the rows are call records: their reader makes columns that the mapping maps.
    """

    columns: dict[str, From | str]
    constants: dict[str, str | int] = {}
    source: str | None = None
    timezone: str | None = None
    where: dict[str, Scalar | list[Scalar]] = {}
    nulls: tuple[str, ...] = ("",)
    also: dict[str, tuple[str, ...]] = {}
    confirmed: Confirmed | None = None
    labels: tuple[str, ...] = ()
    attrs: tuple[str, ...] = ()
    max_jump: str | None = None
    delimiter: str = ","
    calls: Calls | None = None

    def parts(self) -> dict[str, From]:
        """Return each mapped event column with its rule written out."""
        return {n: From(rule) if isinstance(rule, str) else rule for n, rule in self.columns.items()}


#: The mapping of files that already are in Stanch's own clear form.
OWN_FORM: Final = Mapping(columns={name: name for name in SENT})


def load_mapping(path: Path) -> Mapping:
    """Return the mapping in a YAML file. Raises ConfigError naming file, key and what to write there."""
    try:
        return parse_mapping(path.read_text("utf-8"))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error}); name an existing mapping file") from None


def parse_mapping(text: str) -> Mapping:
    """Return the mapping in a YAML text. Raises ConfigError."""
    try:
        mapping = msgspec.convert(_plain(sound_yaml(text)), Mapping)
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}; check indentation and quotes") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{error}; see docs/intake.md for the keys of a mapping") from None
    _check_columns(mapping)
    _check_also(mapping)
    for duration in (mapping.max_jump, mapping.confirmed and mapping.confirmed.delay):
        if duration:
            parse_duration(duration)
    return mapping if mapping.calls is None else _first_legs(mapping)


def _first_legs(mapping: Mapping) -> Mapping:
    """Return a mapping of call records that leaves out, and counts, what repeats a call or is a part of one."""
    if "leg" in mapping.where:
        raise ConfigError("where.leg is set by calls already; leave it out")
    return msgspec.structs.replace(mapping, where={**mapping.where, "leg": ["first"]})


def _plain(value: object, key: str = "") -> object:
    """Return YAML data with words for keys, and for the translations that YAML reads as numbers or dates."""
    if isinstance(value, dict):
        return {str(k): _plain(v, "word" if key == "values" else str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return str(value) if key == "word" or isinstance(value, date) else value


def _check_columns(mapping: Mapping) -> None:
    for name in (*mapping.columns, *mapping.constants):
        if name not in SENT:
            raise ConfigError(f"unknown event column {name!r}; known: {', '.join(SENT)}")
    given = {*mapping.columns, *mapping.constants} | ({"source"} if mapping.source else set())
    for name in ("source", "kind", "happened_at"):
        if name not in given:
            raise ConfigError(f"nothing gives {name!r}; map a column to it or set it under constants")
    for name, rule in mapping.parts().items():
        if rule.as_ is not None and (BY_NAME[name].type is not ColumnType.ENTITY or rule.as_ not in ENTITY_KINDS):
            raise ConfigError(
                f"columns.{name}.as: {rule.as_!r}; only entity columns take one of {', '.join(ENTITY_KINDS)}"
            )
        _check_time(name, rule.time)


def _check_time(name: str, time: str) -> None:
    if time == "iso" or time in EPOCHS or "%" in time:
        return
    try:
        date.fromisoformat(time.removeprefix(DAYS_SINCE))
    except ValueError:
        raise ConfigError(
            f"columns.{name}.time: {time!r}; write iso, {', '.join(EPOCHS)}, 'days since YYYY-MM-DD' or a pattern"
        ) from None


def _check_also(mapping: Mapping) -> None:
    for first, others in mapping.also.items():
        for other in others:
            if first not in KINDS or other not in KINDS or other in INTERNAL:
                raise ConfigError(f"also: unknown kind {first!r} or {other!r}; known: {', '.join(KINDS)}")
            here, there = KINDS[first], KINDS[other]
            fits = set(here.src) <= set(there.src) and set(here.dst) <= set(there.dst)
            if not fits or not set(there.needs) <= set(here.needs):
                raise ConfigError(
                    f"also: a row of {first} does not hold what {other} needs; map {other} in a file of its own"
                )
