"""What each column of a table holds: by its name, else by what its cells look like, else as the analyst says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from stanch.intake.items.cells import KINDS, read_cell
from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml

NONE: Final = "none"
#: Share of the cells looked at that must read as one kind.
_SHARE: Final = 0.6
#: Kinds that cells are tried for where the name says nothing, and the class they then have.
_BY_CELLS: Final = {"resident_id": "other", "phone": "other", "email": "other", "card": "property"}


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What a column holds. ``of`` is its class (None: not understood), ``by`` what told it: name, cells or analyst."""

    name: str
    of: str | None
    kind: str
    by: str


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: dict[str, dict[str, list[str]]]


def use_of(name: str, cells: Sequence[str], said: Mapping[str, str]) -> ColumnUse:
    """Return what a column holds; ``cells`` are some of it, ``said`` classes by column name that an analyst gave."""
    by_name, by_cells = _by_name(name), _by_cells(cells)
    if name in said:
        kind = by_name[1] if by_name else by_cells or "text"
        return ColumnUse(name, said[name], kind, "analyst")
    if by_name:
        return ColumnUse(name, *by_name, "name")
    if by_cells:
        return ColumnUse(name, _BY_CELLS[by_cells], by_cells, "cells")
    return ColumnUse(name, None, "text", "nothing")


def classes() -> tuple[str, ...]:
    """Return the classes that a column can have."""
    return tuple(dict.fromkeys(of for _, of, _ in _words()))


def _by_name(name: str) -> tuple[str, str] | None:
    plain = name.strip().lower().replace(" ", "_")
    if plain in ("id", "no", "#", ""):
        return NONE, "text"
    return next(((of, kind) for word, of, kind in _words() if word in plain), None)


def _by_cells(cells: Sequence[str]) -> str | None:
    filled = [cell for cell in cells if cell]
    for kind in _BY_CELLS:
        read = [read_cell(kind, cell) for cell in filled]
        if filled and sum(found is not None and found.checked for found in read) >= _SHARE * len(filled):
            return kind
    return None


@cache
def _words() -> tuple[tuple[str, str, str], ...]:
    """Return words, class and kind, longest words first."""
    name = "columns.yaml"
    text = (files("stanch.intake.items") / name).read_text(encoding="utf-8")
    try:
        told = msgspec.convert(plain_from_yaml(text, name), _Words).words
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}") from None
    unknown = {kind for kinds in told.values() for kind in kinds} - set(KINDS)
    if unknown:
        raise ConfigError(f"{name}: unknown kind {min(unknown)!r}; known: {', '.join(KINDS)}")
    found = [(word, of, kind) for of, kinds in told.items() for kind, words in kinds.items() for word in words]
    return tuple(sorted(found, key=lambda each: -len(each[0])))
