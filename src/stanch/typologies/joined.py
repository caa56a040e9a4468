"""Which sectors a typology needs: it is joined where no sector alone could have seen what it sees."""

from __future__ import annotations

from typing import Final

from stanch.features.definition import Fact, Feature, Window
from stanch.model.kinds import KINDS
from stanch.typologies.definition import SECTORS, Typology

#: Sectors that a typology must rest on to be called joined.
_JOINED: Final = 2


def sectors_of(typology: Typology) -> tuple[str, ...]:
    """Return the sectors whose events the typology rests on, in the order of ``SECTORS``.

    Who holds what, and what justice or the passing of time adds, belongs to every sector and is not counted.
    """
    kinds = {typology.on}.union(*(_kinds(feature) for feature in typology.features.values()))
    found = {KINDS[kind].sector for kind in kinds}
    return tuple(sector for sector in SECTORS if sector in found)


def is_joined(typology: Typology) -> bool:
    """Whether it exists only because two or more sectors are joined."""
    return len(sectors_of(typology)) >= _JOINED


def _kinds(feature: Feature) -> frozenset[str]:
    if isinstance(feature, Window):
        return feature.kinds
    if isinstance(feature, Fact) and feature.fact == "since":
        return frozenset({feature.argument})
    return frozenset()
