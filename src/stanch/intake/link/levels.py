"""The levels at which two records are compared, as data: ``levels.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml

_ROUNDING: Final = 1e-9


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level: its words, when it holds (SQL; empty: the last), how often among records of one person and of two.

    ``frequency`` names a column whose rare values count for more; without ``proof`` of one comparison nothing is bound.
    """

    id: str
    m: float
    u: float
    when: str = ""
    frequency: str = ""
    proof: bool = False


class Compared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One comparison: the column that both records need, its levels from the surest down, whether u is known."""

    needs: str
    levels: tuple[Level, ...]
    known: bool = False


@cache
def load_levels() -> dict[str, Compared]:
    """Return the comparisons by name. Raises ConfigError where the shares of one do not add up to 1."""
    name = "levels.yaml"
    text = (files("stanch.intake.link") / name).read_text(encoding="utf-8")
    found = msgspec.convert(plain_from_yaml(text, name), dict[str, Compared])
    for key, compared in found.items():
        for share in ("m", "u"):
            total = sum(getattr(level, share) for level in compared.levels)
            if abs(total - 1) > _ROUNDING:
                raise ConfigError(f"{name}: {key}: the {share} of all levels must add up to 1, not {total}")
    return found
