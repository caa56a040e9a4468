"""Reasons: full sentences with the numbers in them, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Final

from stanch.model.errors import ConfigError
from stanch.model.money import format_money

LANGUAGES: Final = ("en", "zh")

Value = int | float | str | None

#: Chinese sets no space between its own words; the templates have one beside every placeholder.
_BETWEEN_CHINESE: Final = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


class Unit(StrEnum):
    """How a number is spoken in a sentence."""

    NUMBER = "number"  #: a count, with thousands separated
    PLAIN = "plain"  #: a year, an hour or a word: as it is
    MONEY = "money"  #: minor units of the event's currency
    DURATION = "duration"  #: seconds


@dataclass(frozen=True, slots=True)
class Piece:
    """Literal text, then a number if ``name`` is given, then its noun if ``nouns`` (one, many) are given."""

    literal: str
    name: str | None
    unit: Unit
    nouns: tuple[str, str] | None

    def render(self, values: Mapping[str, Value], language: str, currency: str | None) -> str:
        """Return the piece with its number."""
        if self.name is None:
            return self.literal
        value = values.get(self.name)
        said = self.literal + speak(value, self.unit, language, currency)
        return said if self.nouns is None else f"{said} {self.nouns[value != 1]}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with placeholders: ``{name}`` for a number, ``{name:card|cards}`` for a number and its noun."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def names(self) -> frozenset[str]:
        """The features, columns and parameters that the sentence speaks of."""
        return frozenset(piece.name for piece in self.pieces if piece.name is not None)

    def render(self, values: Mapping[str, Value], language: str, currency: str | None) -> str:
        """Return the sentence with its numbers; amounts are of ``currency``; what is missing is called unknown."""
        said = "".join(piece.render(values, language, currency) for piece in self.pieces)
        return _BETWEEN_CHINESE.sub("", said)


def parse_sentence(text: str, units: Mapping[str, Unit]) -> Sentence:
    """Read a sentence with placeholders; raise ConfigError for a name that has no unit."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ConfigError(f"not a sentence: {text!r}: {error}; write placeholders as {{name}}") from None
    for _, name, spec, conversion in parts:
        if name is not None and (name not in units or conversion or (spec or "|").count("|") != 1):
            known = ", ".join(sorted(units))
            raise ConfigError(
                f"unknown placeholder {{{name}}} in {text!r}; write {{name}} or {{name:one|many}} of: {known}"
            )
    return Sentence(text, tuple(_piece(literal, name, spec, units) for literal, name, spec, _ in parts))


def _piece(literal: str, name: str | None, spec: str | None, units: Mapping[str, Unit]) -> Piece:
    one, _, many = (spec or "").partition("|")
    return Piece(literal, name, units.get(name or "", Unit.PLAIN), (one, many) if spec else None)


_UNKNOWN: Final = {"en": "unknown", "zh": "未知"}
_SPANS: Final = ((86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒"))


def speak(value: Value, unit: Unit, language: str, currency: str | None) -> str:
    """Return one value for people: ``speak(7500, Unit.DURATION, 'en', None)`` is ``2 h 5 min``."""
    if value is None:
        return _UNKNOWN[language]
    if isinstance(value, str) or unit is Unit.PLAIN:
        return str(value)
    if unit is Unit.MONEY:
        return _money(int(value), language, currency)
    if unit is Unit.DURATION:
        return _duration(int(value), language)
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"


def _money(minor: int, language: str, currency: str | None) -> str:
    written = format_money(minor, currency)
    return written.replace(" CNY", " 元") if language == "zh" else written


def _duration(seconds: int, language: str) -> str:
    """Return the two largest spans, so that 90,061 seconds are ``1 d 1 h``."""
    parts = []
    for length, short, chinese in _SPANS:
        whole, seconds = divmod(seconds, length)
        if whole:
            parts.append(f"{whole} {short if language == 'en' else chinese}")
        elif parts:
            break
    return " ".join(parts[:2]) or f"0 {'s' if language == 'en' else '秒'}"
