"""Splitting a sum among several, to the minor unit."""

from __future__ import annotations

from collections.abc import Sequence


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split a total by weights; the parts add up to it exactly, and the largest remainders get the odd units.

    Without any weight the parts are equal; among equal remainders the earlier part gets the unit.
    """
    if not weights:
        return ()
    even = weights if any(weights) else [1] * len(weights)
    whole = sum(even)
    parts = [total * weight // whole for weight in even]
    order = sorted(range(len(even)), key=lambda n: (-(total * even[n] % whole), n))
    for n in order[: total - sum(parts)]:
        parts[n] += 1
    return tuple(parts)


def proportional(total: int, most: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Share a total by what each may have at most; return the parts and the units that rounding added to each.

    No part is larger than its ``most``; what is left over stays.
    """
    whole = sum(most)
    given = min(total, whole)
    parts = split(given, most) if whole else (0,) * len(most)
    plain = [given * each // whole if whole else 0 for each in most]
    return parts, tuple(part - floor for part, floor in zip(parts, plain, strict=True))
