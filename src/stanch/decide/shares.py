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
    odd = total - sum(parts)
    if odd:  # fewer than the parts with a remainder
        rest = {n: total * weight % whole for n, weight in enumerate(even) if total * weight % whole}
        for n in sorted(rest, key=lambda n: -rest[n])[:odd]:
            parts[n] += 1
    return tuple(parts)


def capped(total: int, most: Sequence[int]) -> tuple[int, ...]:
    """Share a total by what each may have at most; no part is larger than its ``most``, what is left over stays."""
    whole = sum(most)
    return split(min(total, whole), most) if whole else (0,) * len(most)


def proportional(total: int, most: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Share a total as ``capped`` does; return the parts and the units that rounding added to each."""
    whole = sum(most)
    given = min(total, whole)
    parts = capped(total, most)
    plain = [given * each // whole if whole else 0 for each in most]
    return parts, tuple(part - floor for part, floor in zip(parts, plain, strict=True))
