"""Holding a message against the dataclasses of its schema: what must be there, how often, in which order and form."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, cast
from xml.etree.ElementTree import Element

#: A class of which exactly one member is given; one library adds the message to the name.
_CHOICE: Final = re.compile(r"\w*Choice(Auth\d+)?")

_Facets = Mapping[str, Any]  # Any: a facet is a number, a pattern or a word


def faults(value: object, element: Element, path: str) -> Iterator[str]:
    """Yield where a typed message breaks its schema. Values are not repeated: they may be identities."""
    known = _members(cast("Hashable", type(value)))
    yield from _disorder(element, [name for name, _ in known], path)
    children: dict[str, list[Element]] = {}
    for child in element:
        children.setdefault(str(child.tag).rpartition("}")[2], []).append(child)
    given = 0
    for name, field in known:
        values = _as_list(getattr(value, field.name))
        given += bool(values)
        yield from _missing(values, field.metadata, f"{path}/{name}")
        elements = children.get(name, [])
        for one, child in zip(values, elements or [element] * len(values), strict=False):
            if is_dataclass(one) and elements:
                yield from faults(one, child, f"{path}/{name}")
            else:
                yield from _misshapen(one, field.metadata, f"{path}/{name}")
    if _CHOICE.fullmatch(type(value).__name__) and given != 1:
        yield f"{path} holds {given} of its choices; expected one"


@cache
def _members(kind: Hashable) -> tuple[tuple[str, Field[Any]], ...]:  # Any: any generated class
    """Return the members of a class, each with its XML name; text content is named ``.``, wildcards are left out."""
    every = fields(kind)  # type: ignore[arg-type]  # a class, of which the cache asks only that it hashes
    return tuple((str(f.metadata.get("name", ".")), f) for f in every if f.metadata.get("type") != "Wildcard")


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _disorder(element: Element, order: list[str], path: str) -> Iterator[str]:
    rank = {name: place for place, name in enumerate(order)}
    places = [rank[tag] for child in element if (tag := str(child.tag).rpartition("}")[2]) in rank]
    if places != sorted(places):
        yield f"{path}: its elements stand in another order than the schema's"


def _missing(values: list[object], facets: _Facets, path: str) -> Iterator[str]:
    least = max(int(facets.get("min_occurs", 0)), int(bool(facets.get("required"))))
    if len(values) < least:
        yield f"{path} is missing"
    if len(values) > int(facets.get("max_occurs", len(values))):
        yield f"{path} occurs {len(values)} times; at most {facets['max_occurs']} are allowed"


def _misshapen(value: object, facets: _Facets, path: str) -> Iterator[str]:
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield from _misspelt(value, facets, path)
    if isinstance(value, Decimal):
        yield from _misnumbered(value, facets, path)


def _misspelt(value: str, facets: _Facets, path: str) -> Iterator[str]:
    if not int(facets.get("min_length", 0)) <= len(value) <= int(facets.get("max_length", len(value))):
        yield f"{path} has {len(value)} characters; {facets.get('min_length', 0)} to {facets['max_length']} are allowed"
    pattern = facets.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        yield f"{path} does not match {pattern}"


def _misnumbered(value: Decimal, facets: _Facets, path: str) -> Iterator[str]:
    if not value.is_finite():
        yield f"{path} is no number"
        return
    if "min_inclusive" in facets and value < facets["min_inclusive"]:
        yield f"{path} is less than {facets['min_inclusive']}"
    _, figures, exponent = value.normalize().as_tuple()
    after = max(0, -int(exponent))
    if after > int(facets.get("fraction_digits", after)):
        yield f"{path} has {after} digits after the point; {facets['fraction_digits']} are allowed"
    whole = len(figures) + max(0, int(exponent))
    if whole > int(facets.get("total_digits", whole)):
        yield f"{path} has {whole} digits; {facets['total_digits']} are allowed"
