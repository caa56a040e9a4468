"""What a learned model reads: named windows, and inputs that are numbers made of them. Data only, parsed from YAML.

An input is a numeric expression over event columns and the model's own features, in the language of conditions:
``amount * received_30d / paid_30d``. It is computed live from the compiled windows, and as SQL over history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from stanch.features.conditions import COLUMN_TYPES, Condition, ValueType, parse_condition, parse_number
from stanch.features.definition import Computed, Feature, Window, parse_feature, plain_feature
from stanch.model.columns import BY_NAME
from stanch.model.errors import ConfigError
from stanch.model.kinds import INTERNAL, KINDS
from stanch.model.plain import plain_from_yaml

#: How the value of an input is spoken.
InputUnit = Literal["number", "money", "duration"]

_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGES: Final = ("en", "zh")


class Learning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How trees are grown: how many, how large, how carefully, on which share of rows and inputs; and the seed."""

    trees: int = 200
    leaves: int = 15
    rate: float = 0.03
    least_in_leaf: int = 20
    rows: float = 0.6
    inputs: float = 0.5
    shrink: float = 2.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Input:
    """A number that the model reads, and how people call it, by language."""

    value: Condition
    said: Mapping[str, str]
    unit: InputUnit


@dataclass(frozen=True, slots=True)
class Definition:
    """What a model reads on events of one kind. ``when`` says on which of them it is asked at all.

    ``finding`` is the typology that makes a finding of the score, as plain data; the catalogue reads it.
    """

    id: str
    on: str
    when: Condition | None
    features: Mapping[str, Feature]
    inputs: Mapping[str, Input]
    learning: Learning
    finding: Mapping[str, object] | None

    @property
    def types(self) -> dict[str, ValueType]:
        """The type of every name that inputs and ``when`` may use."""
        return {**COLUMN_TYPES, **{name: feature.type for name, feature in self.features.items()}}


class _WrittenInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    en: str
    zh: str
    unit: InputUnit = "number"


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of a model's definition."""

    id: str
    on: str
    features: dict[str, dict[str, object]]
    inputs: dict[str, _WrittenInput]
    when: str | None = None
    learning: Learning = Learning()
    finding: dict[str, object] | None = None


def parse_definition(text: str, name: str) -> Definition:
    """Read one YAML text; ``name`` (of the file) is named in errors. Raises ConfigError."""
    return definition_from_plain(plain_from_yaml(text, name), name)


def definition_from_plain(data: object, name: str) -> Definition:
    """Build a definition from plain data, the form that ``plain_definition`` returns."""
    try:
        return _build(msgspec.convert(data, _Written))
    except msgspec.ValidationError as error:
        keys = ", ".join(_Written.__struct_fields__)
        raise ConfigError(f"{name}: {error}; keys of a model's definition: {keys}") from None
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def plain_definition(definition: Definition) -> dict[str, object]:
    """Return plain data that ``definition_from_plain`` reads back."""
    return {
        "id": definition.id,
        "on": definition.on,
        "when": None if definition.when is None else definition.when.text,
        "features": {name: plain_feature(feature) for name, feature in definition.features.items()},
        "inputs": {
            name: {"value": each.value.text, **each.said, "unit": each.unit} for name, each in definition.inputs.items()
        },
        "learning": msgspec.to_builtins(definition.learning),
        "finding": None if definition.finding is None else dict(definition.finding),
    }


def _build(written: _Written) -> Definition:
    if not _WORD.fullmatch(written.id):
        raise ConfigError(f"id {written.id!r} must be a word of small letters, digits and _")
    if written.on not in KINDS or written.on in INTERNAL:
        raise ConfigError(f"on: unknown kind {written.on!r}; known: {', '.join(sorted(frozenset(KINDS) - INTERNAL))}")
    features = {name: _feature(name, data) for name, data in written.features.items()}
    _check_names(features, written.inputs)
    types = {**COLUMN_TYPES, **{name: feature.type for name, feature in features.items()}}
    inputs = {name: _input(name, each, types) for name, each in written.inputs.items()}
    when = None if written.when is None else parse_condition(written.when, types)
    _check_use(features, inputs, when)
    _check_learning(written.learning)
    return Definition(written.id, written.on, when, features, inputs, written.learning, written.finding)


def _feature(name: str, data: Mapping[str, object]) -> Feature:
    feature = parse_feature(data, f"features.{name}")
    if isinstance(feature, Computed):
        raise ConfigError(f"features.{name}: a model reads windows and facts, not what another room computes")
    if isinstance(feature, Window) and feature.sees_our_own:
        raise ConfigError(f"features.{name}: a model must not read what our own decisions caused; name other kinds")
    return feature


def _check_names(features: Mapping[str, Feature], inputs: Mapping[str, _WrittenInput]) -> None:
    if not inputs:
        raise ConfigError("inputs is empty; name at least one number that the model reads")
    for name in (*features, *inputs):
        if not _WORD.fullmatch(name):
            raise ConfigError(f"name {name!r} must be a word of small letters, digits and _")
    for name in features:
        if name in BY_NAME:
            raise ConfigError(f"name {name!r} is a column of the event already; choose another")


def _input(name: str, written: _WrittenInput, types: Mapping[str, ValueType]) -> Input:
    try:
        value = parse_number(written.value, types)
    except ConfigError as error:
        raise ConfigError(f"inputs.{name}: {error}") from None
    said = {language: getattr(written, language) for language in _LANGUAGES}
    if not all(text.strip() for text in said.values()):
        raise ConfigError(f"inputs.{name}: say in en and in zh what the number is")
    return Input(value, said, written.unit)


def _check_use(features: Mapping[str, Feature], inputs: Mapping[str, Input], when: Condition | None) -> None:
    used = frozenset().union(
        *(each.value.names for each in inputs.values()), frozenset() if when is None else when.names
    )
    for name in features:
        if name not in used:
            raise ConfigError(f"features.{name} is used neither in inputs nor in when; remove it")


def _check_learning(learning: Learning) -> None:
    whole = {"trees": learning.trees, "leaves": learning.leaves - 1, "least_in_leaf": learning.least_in_leaf}
    for name, value in whole.items():
        if value < 1:
            raise ConfigError(f"learning.{name} is too small; trees and least_in_leaf from 1 on, leaves from 2 on")
    for name in ("rate", "rows", "inputs"):
        if not 0 < getattr(learning, name) <= 1:
            raise ConfigError(f"learning.{name} must lie in (0, 1], not {getattr(learning, name)}")
    if learning.shrink < 0 or learning.seed < 0:
        raise ConfigError("learning.shrink and learning.seed must not be negative")
