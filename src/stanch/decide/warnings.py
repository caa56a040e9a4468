"""What a person in danger is told: by scheme, age and step, in plain words, with what to do next.

The scheme is told by the typology that fired. The words are data (``warnings.yaml``); nothing here knows who is warned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from stanch.law.pack import LANGUAGES, Words
from stanch.model.decisions import LADDERS
from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml

#: The scheme of what points to none in particular, and the age of those whose age is not known.
GENERAL: Final = "general"
UNKNOWN: Final = "adult"


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody ``below`` an age may spend on games or tips: in one payment and in thirty days, minor units."""

    below: int
    single: int
    month: int


class Warnings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of all warnings. ``bands`` give the age from which each holds; ``schemes_of`` is by typology."""

    hotline: Words
    bands: dict[str, int]
    schemes_of: dict[str, str]
    leads: dict[str, Words]
    schemes: dict[str, Words]
    help: dict[str, Words]
    contact: dict[str, Words]
    limits: tuple[Limit, ...]

    def scheme(self, typology: str) -> str:
        """Return the scheme to which a typology points."""
        return self.schemes_of.get(typology, GENERAL)

    def band(self, age: int | None) -> str:
        """Return the band of an age."""
        if age is None:
            return UNKNOWN
        return max((name for name in self.bands if self.bands[name] <= age), key=lambda name: self.bands[name])

    def text(self, step: str, scheme: str, band: str, language: str) -> str:
        """Return what the person is told."""
        parts = (getattr(part, language) for part in (self.leads[step], self.schemes[scheme], self.help[band]))
        space = " " if language == "en" else ""
        return space.join(parts).replace("{hotline}", getattr(self.hotline, language))

    def over(self, age: int | None, amount: int, spent: int) -> Limit | None:
        """Return the limit that a payment breaks, None where none does; ``spent`` is what thirty days took before."""
        limit = next((each for each in self.limits if age is not None and age < each.below), None)
        broken = limit is not None and (amount > limit.single or spent + amount > limit.month)
        return limit if broken else None


def parse_warnings(text: str, name: str) -> Warnings:
    """Read the words from YAML; ``name`` is named in errors. Raises ConfigError where a text or a band is missing."""
    try:
        found = msgspec.convert(plain_from_yaml(text, name), Warnings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys: {', '.join(Warnings.__struct_fields__)}") from None
    _needs(found.leads, LADDERS["protect"], f"{name}: leads")
    _needs(found.help, found.bands, f"{name}: help")
    _needs(found.schemes, (GENERAL, *found.schemes_of.values()), f"{name}: schemes")
    _needs(found.contact, ("trusted", "guardian"), f"{name}: contact")
    if UNKNOWN not in found.bands or min(found.bands.values()) != 0:
        raise ConfigError(f"{name}: bands must begin at 0 and name {UNKNOWN!r}, for those whose age is not known")
    if [limit.below for limit in found.limits] != sorted({limit.below for limit in found.limits}):
        raise ConfigError(f"{name}: limits must rise by age, each age once")
    return found


def _needs(given: Mapping[str, Words], names: Iterable[str], place: str) -> None:
    missing = [each for each in names if each not in given]
    if missing:
        raise ConfigError(f"{place}: no words for {missing[0]!r}; add them in {' and '.join(LANGUAGES)}")
