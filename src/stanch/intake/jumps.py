"""Jumps: dates so far ahead of a source's other rows that they can only be wrong."""

from __future__ import annotations

import numpy as np

from stanch.intake.runs import Micros


def last_plausible(keys: Micros, max_jump: int) -> int | None:
    """Return the last key before the first jump of more than ``max_jump`` after the bulk of the rows, None if none.

    The bulk is the longest stretch without such a jump: one wrong date, in the past or in the future, decides nothing.
    """
    ordered = np.sort(keys)
    cuts = np.flatnonzero(np.diff(ordered) > max_jump) + 1
    if not len(cuts):
        return None
    ends = np.append(cuts, len(ordered))
    sizes = np.diff(np.append(0, ends))
    bulk_end = int(ends[int(np.argmax(sizes))])
    return int(ordered[bulk_end - 1]) if bulk_end < len(ordered) else None
