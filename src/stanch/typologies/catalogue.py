"""The catalogue: all typologies that judge together, with one content hash."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stanch.features.definition import Feature, plain_feature
from stanch.model.errors import ConfigError
from stanch.typologies.definition import Typology, parse_typology, plain_typology, typology_from_plain


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Typologies ordered by id. Build with ``make_catalogue``."""

    typologies: tuple[Typology, ...]

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical plain form: the same content has the same hash, however it was written."""
        written = json.dumps(self.plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()

    @property
    def features(self) -> dict[str, Feature]:
        """The distinct features of all typologies, by their full names, in order of those."""
        found = {feature.name: feature for typology in self.typologies for feature in typology.features.values()}
        return dict(sorted(found.items()))

    def plain(self) -> list[dict[str, object]]:
        """Return plain data that ``catalogue_from_plain`` reads back."""
        return [plain_typology(typology) for typology in self.typologies]

    def listing(self) -> list[dict[str, object]]:
        """Return what a reader asks of each typology, with the full names of its features."""
        return [_listed(typology) for typology in self.typologies]

    def get(self, typology_id: str) -> Typology:
        """Return the typology with that id; raise ConfigError naming the known ones."""
        for typology in self.typologies:
            if typology.id == typology_id:
                return typology
        known = ", ".join(typology.id for typology in self.typologies)
        raise ConfigError(f"unknown typology {typology_id!r}; known: {known}")


def make_catalogue(typologies: Iterable[Typology]) -> Catalogue:
    """Order typologies by id; raise ConfigError where an id stands twice."""
    ordered = tuple(sorted(typologies, key=lambda typology: typology.id))
    for typology_id, times in Counter(typology.id for typology in ordered).items():
        if times > 1:
            raise ConfigError(f"typology {typology_id!r} is defined {times} times; keep one")
    return Catalogue(ordered)


def parse_catalogue(texts: Mapping[str, str]) -> Catalogue:
    """Read YAML texts by file name."""
    return make_catalogue(parse_typology(text, name) for name, text in texts.items())


def catalogue_from_plain(data: Iterable[object]) -> Catalogue:
    """Build a catalogue from plain data, the form that ``Catalogue.plain`` returns."""
    return make_catalogue(typology_from_plain(entry, f"typology {at}") for at, entry in enumerate(data, start=1))


def _listed(typology: Typology) -> dict[str, object]:
    features = {
        name: {"name": feature.name, "definition": plain_feature(feature)}
        for name, feature in typology.features.items()
    }
    return {**plain_typology(typology), "sector": typology.sector, "features": features}
