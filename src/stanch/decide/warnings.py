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


class Warnings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of all warnings. ``bands`` give the age from which each holds; ``schemes_of`` is by typology.

    ``guardian_of`` are the schemes of which the guardian of a minor is told, whatever the step.
    """

    hotline: Words
    bands: dict[str, int]
    schemes_of: dict[str, str]
    leads: dict[str, Words]
    schemes: dict[str, Words]
    help: dict[str, Words]
    contact: dict[str, Words]
    guardian_of: tuple[str, ...] = ()

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


def parse_warnings(text: str, name: str) -> Warnings:
    """Read the words from YAML; ``name`` is named in errors. Raises ConfigError where a text or a band is missing."""
    try:
        found = msgspec.convert(plain_from_yaml(text, name), Warnings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys: {', '.join(Warnings.__struct_fields__)}") from None
    _needs(found.leads, LADDERS["protect"], f"{name}: leads")
    _needs(found.help, found.bands, f"{name}: help")
    _needs(found.schemes, (GENERAL, *found.schemes_of.values(), *found.guardian_of), f"{name}: schemes")
    _needs(found.contact, ("trusted", "guardian"), f"{name}: contact")
    if UNKNOWN not in found.bands or min(found.bands.values()) != 0:
        raise ConfigError(f"{name}: bands must begin at 0 and name {UNKNOWN!r}, for those whose age is not known")
    return found


def _needs(given: Mapping[str, Words], names: Iterable[str], place: str) -> None:
    missing = [each for each in names if each not in given]
    if missing:
        raise ConfigError(f"{place}: no words for {missing[0]!r}; add them in {' and '.join(LANGUAGES)}")
