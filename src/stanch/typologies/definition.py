"""A typology: features, a condition over them, and a reason sentence. Parsed from YAML text and checked whole."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from stanch.features.conditions import COLUMN_TYPES, Condition, ValueType, parse_condition
from stanch.features.definition import COMPUTED, LEARNED, Computed, Fact, Feature, parse_feature, plain_feature
from stanch.model.columns import BY_NAME, ColumnType
from stanch.model.errors import ConfigError
from stanch.model.kinds import INTERNAL, KINDS
from stanch.model.plain import plain_from_yaml
from stanch.model.time import SECOND, format_duration, parse_duration
from stanch.typologies.reasons import LANGUAGES, Sentence, Unit, parse_sentence

SECTORS: Final = ("telecom", "finance", "internet", "data")
SIDES: Final = ("protect", "control")

Side = Literal["protect", "control"]

_ID: Final = re.compile(rf"({'|'.join(SECTORS)})\.[a-z][a-z0-9_]*")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")
_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Typology:
    """One pattern of fraud as data.

    ``subject`` is the column whose entity the finding is about; ``side`` says whether that entity is to be protected
    or may be doing it. Of one ``family`` only the strongest finding counts. ``parameters`` that are durations are
    seconds and are named in ``durations``.
    """

    id: str
    on: str
    title: Mapping[str, str]
    features: Mapping[str, Feature]
    parameters: Mapping[str, int | float]
    durations: frozenset[str]
    when: Condition
    subject: str
    side: Side
    family: str
    score: float
    reason: Mapping[str, Sentence]
    twin: str
    source: str
    maps_to: Mapping[str, str]

    @property
    def in_sql(self) -> bool:
        """Whether history in SQL can tell all of it: nothing that it rests on is computed by another room."""
        return not any(isinstance(feature, Computed) for feature in self.features.values())

    @property
    def learned(self) -> bool:
        """Whether it rests on the score of a learned model."""
        return any(isinstance(feature, Computed) and feature.computed == LEARNED for feature in self.features.values())

    @property
    def sector(self) -> str:
        """The sector whose events it watches: the first half of the id."""
        return self.id.partition(".")[0]

    @property
    def types(self) -> dict[str, ValueType]:
        """The type of every name that the condition may use; a parameter's name begins with a colon."""
        return _types(self.features, self.parameters)


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of a typology file."""

    id: str
    on: str
    title: dict[str, str]
    features: dict[str, dict[str, object]]
    parameters: dict[str, int | float | str]
    when: str
    subject: str
    side: Side
    family: str
    score: float
    reason: dict[str, str]
    twin: str
    source: str
    maps_to: dict[str, str] = {}


def parse_typology(text: str, name: str) -> Typology:
    """Read one YAML text; ``name`` (of the file) is named in errors.

    Raises ConfigError naming the key, what was expected and the next step.
    """
    return typology_from_plain(plain_from_yaml(text, name), name)


def typology_from_plain(data: object, name: str) -> Typology:
    """Build a typology from plain data, the form that ``plain_typology`` returns."""
    try:
        return _build(msgspec.convert(data, _Written))
    except msgspec.ValidationError as error:
        keys = ", ".join(_Written.__struct_fields__)
        raise ConfigError(f"{name}: {error}; keys of a typology: {keys}") from None
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def plain_typology(typology: Typology) -> dict[str, object]:
    """Return plain data that ``typology_from_plain`` reads back."""
    return {
        "id": typology.id,
        "on": typology.on,
        "title": dict(typology.title),
        "features": {name: plain_feature(feature) for name, feature in typology.features.items()},
        "parameters": plain_parameters(typology),
        "when": typology.when.text,
        "subject": typology.subject,
        "side": typology.side,
        "family": typology.family,
        "score": typology.score,
        "reason": {language: sentence.text for language, sentence in typology.reason.items()},
        "twin": typology.twin,
        "source": typology.source,
        "maps_to": dict(typology.maps_to),
    }


def plain_parameters(typology: Typology) -> dict[str, int | float | str]:
    """Return the thresholds as an analyst writes them: durations as ``30d``."""
    return {
        name: format_duration(int(value) * SECOND) if name in typology.durations else value
        for name, value in typology.parameters.items()
    }


def _build(written: _Written) -> Typology:
    _check_head(written)
    features = {name: parse_feature(data, f"features.{name}") for name, data in written.features.items()}
    durations = frozenset(name for name, value in written.parameters.items() if isinstance(value, str))
    parameters = {name: _parameter(name, value) for name, value in written.parameters.items()}
    _check_names(features, parameters)
    when = parse_condition(written.when, _types(features, parameters), frozenset(parameters))
    units = _units(features, parameters, durations)
    reason = {language: parse_sentence(text, units) for language, text in written.reason.items()}
    _check_use(features, parameters, when, reason)
    return Typology(
        written.id, written.on, written.title, features, parameters, durations, when, written.subject, written.side,
        written.family, written.score, reason, written.twin, written.source, written.maps_to,
    )  # fmt: skip


def _check_head(written: _Written) -> None:
    if not _ID.fullmatch(written.id):
        raise ConfigError(
            f"id {written.id!r} must be a sector ({', '.join(SECTORS)}), a dot and a word of small letters"
        )
    if written.on not in KINDS or written.on in INTERNAL:
        raise ConfigError(f"on: unknown kind {written.on!r}; known: {', '.join(sorted(frozenset(KINDS) - INTERNAL))}")
    if COLUMN_TYPES.get(written.subject) is not ValueType.ENTITY:
        known = ", ".join(name for name, kind in COLUMN_TYPES.items() if kind is ValueType.ENTITY)
        raise ConfigError(f"subject: unknown role {written.subject!r}; known: {known}")
    if not _WORD.fullmatch(written.family):
        raise ConfigError(f"family {written.family!r} must be a word of small letters, digits and _")
    if not 0 < written.score <= 1:
        raise ConfigError(f"score {written.score} must be above 0 and at most 1")
    for key, texts in (("title", written.title), ("reason", written.reason)):
        if sorted(texts) != sorted(LANGUAGES) or not all(text.strip() for text in texts.values()):
            raise ConfigError(f"{key} must be given in {' and '.join(LANGUAGES)}; found: {', '.join(texts) or 'none'}")
    for key, said in (("twin", written.twin), ("source", written.source)):
        if not said.strip():
            raise ConfigError(f"{key} is empty; write one sentence")


def _parameter(name: str, value: int | float | str) -> int | float:
    if isinstance(value, str):
        try:
            return parse_duration(value) // SECOND
        except ConfigError as error:
            raise ConfigError(f"parameters.{name}: {error}") from None
    if not math.isfinite(value) or abs(value) >= _LARGEST:
        raise ConfigError(f"parameters.{name}: {value} is not a finite number below {_LARGEST}")
    return value


def _check_names(features: Mapping[str, Feature], parameters: Mapping[str, int | float]) -> None:
    for name in (*features, *parameters):
        if not _WORD.fullmatch(name):
            raise ConfigError(f"name {name!r} must be a word of small letters, digits and _")
        if name in BY_NAME:
            raise ConfigError(f"name {name!r} is a column of the event already; choose another")
        if name in features and name in parameters:
            raise ConfigError(f"name {name!r} is a feature and a parameter; rename one")


def _types(features: Mapping[str, Feature], parameters: Mapping[str, int | float]) -> dict[str, ValueType]:
    numbers = {f":{name}": ValueType.FLOAT if isinstance(n, float) else ValueType.INT for name, n in parameters.items()}
    return {**COLUMN_TYPES, **{name: feature.type for name, feature in features.items()}, **numbers}


def _units(
    features: Mapping[str, Feature], parameters: Mapping[str, int | float], durations: frozenset[str]
) -> dict[str, Unit]:
    """Return how each name that a sentence may use is spoken. Entities are not spoken: they are pseudonyms."""
    units = {
        name: _column_unit(name) for name in COLUMN_TYPES if BY_NAME[name].type in (ColumnType.INT, ColumnType.SYMBOL)
    }
    units |= {name: Unit.DURATION if name in durations else Unit.NUMBER for name in parameters}
    units |= {
        name: _feature_unit(feature) for name, feature in features.items() if feature.type is not ValueType.ENTITY
    }
    return units


def _column_unit(name: str) -> Unit:
    spoken = {"amount": Unit.MONEY, "duration": Unit.DURATION, "number": Unit.NUMBER, "contacts": Unit.NUMBER}
    return spoken.get(name, Unit.PLAIN)


def _feature_unit(feature: Feature) -> Unit:
    if isinstance(feature, Computed):
        return Unit.MONEY if COMPUTED[feature.computed] else Unit.NUMBER
    if isinstance(feature, Fact):
        return Unit.PLAIN if feature.fact in ("profile", "listed") else Unit.DURATION
    if feature.aggregate in ("since_first", "since_last"):
        return Unit.DURATION
    if feature.aggregate in ("count", "distinct"):
        return Unit.NUMBER
    return _column_unit(feature.column[0])


def _check_use(
    features: Mapping[str, Feature],
    parameters: Mapping[str, int | float],
    when: Condition,
    reason: Mapping[str, Sentence],
) -> None:
    spoken = [reason[language].names for language in LANGUAGES]
    if spoken[0] != spoken[1]:
        differ = ", ".join(sorted(spoken[0] ^ spoken[1]))
        raise ConfigError(f"reason: the languages do not give the same numbers; only in one: {differ}")
    for name in features:
        if name not in when.names and name not in spoken[0]:
            raise ConfigError(f"features.{name} is used neither in when nor in reason; remove it")
    for name in parameters:
        if name not in when.parameters:
            raise ConfigError(f"parameters.{name} is not used in when; remove it")
