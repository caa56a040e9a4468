"""Merging: the rows of a batch and the events of ours that belong between them, in the order of the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.arrivals import CARRIED, CARRIED_TYPES, Arrivals
from stanch.engine.causes import Cause
from stanch.model.columns import INDEX

Ints = npt.NDArray[np.int64]

_AS_OF: Final = INDEX["as_of"]


def merged(batch: Arrivals, own: Sequence[Cause]) -> tuple[Ints, dict[str, pa.Array], Ints]:
    """Return the rows of a batch with our own between them, what is carried, and the places of the batch's rows."""
    if not own:
        return batch.rows, batch.carried, np.arange(len(batch))
    own = sorted(own, key=lambda cause: int(cause.row[_AS_OF]))
    added = np.stack([cause.row for cause in own])
    before = np.searchsorted(batch.rows[:, _AS_OF], added[:, _AS_OF], side="right")  # rows of the batch, by own
    mine: dict[str, list[str | None]] = {
        "event_id": [cause.event_id for cause in own], "ref": [cause.ref for cause in own],
        "attrs": [cause.attrs for cause in own],
    }  # fmt: skip
    nothing: list[str | None] = [None] * len(own)
    carried = {
        name: _between(batch.carried[name], pa.array(mine.get(name, nothing), CARRIED_TYPES[name]), before.tolist())
        for name in CARRIED
    }
    places = np.arange(len(batch)) + np.searchsorted(before, np.arange(len(batch)), side="right")
    return np.insert(batch.rows, before, added, axis=0), carried, places


def _between(column: pa.Array, added: pa.Array, before: Sequence[int]) -> pa.Array:
    """Return a column with each added value behind so many of its own."""
    pieces, start = [], 0
    for at, stop in enumerate(before):
        pieces += [column.slice(start, stop - start), added.slice(at, 1)]
        start = stop
    return pa.concat_arrays([*pieces, column.slice(start)])
