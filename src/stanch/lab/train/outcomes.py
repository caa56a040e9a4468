"""Outcomes: which events of a log turned out to be fraud, and when the log learned of it.

Only ``confirmed`` events tell: each names in ``ref`` the event of its own source that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.engine.names import OURSELVES, Names
from stanch.features.plan import KIND_NUMBER
from stanch.lab.history import History
from stanch.model.columns import INDEX
from stanch.model.errors import InputError
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

#: When what never became known becomes known.
NEVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The events of a log that senders reported, and the outcome of those of one kind.

    ``at`` (n,) are the places of these in the history; ``known`` (n,) is when each was confirmed to be fraud (UTC
    microseconds), ``NEVER`` where the log does not say so. ``ends`` is the last moment of the log.
    """

    history: History
    at: Ints
    known: Ints
    ends: int

    def column(self, name: str) -> Ints:
        """Return one column of the events of that kind."""
        values: Ints = self.history.rows[self.at, INDEX[name]]
        return values


def read_outcomes(records: Records, on: str) -> Outcomes:
    """Read a log. Raises InputError where it has no events of the kind, or confirms none of them."""
    names, rows, ids, refs = Names(), [], [], []
    wanted = [KIND_NUMBER[on], KIND_NUMBER["confirmed"]]
    for block in records.blocks():
        names.load(block.block.new_entities, list(block.block.new_symbols))
        matrix = block.block.matrix()
        sent = np.flatnonzero(matrix[:, INDEX["source"]] != names.words.code(OURSELVES))
        rows.append(matrix[sent])
        told = pa.array(sent[np.isin(names.kinds(matrix[sent, INDEX["kind"]]), wanted)])
        nothing = pa.nulls(len(matrix), pa.string())
        ids.append(block.block.columns.get("event_id", nothing).take(told))
        refs.append(block.block.columns.get("ref", nothing).take(told))
    if not rows:
        raise InputError(f"the log is empty; replay files with {on} and confirmed events first")
    whole = np.concatenate(rows)
    history = History(names, whole, names.kinds(whole[:, INDEX["kind"]]))
    return _outcomes(history, on, pa.concat_arrays(ids), pa.concat_arrays(refs))


def _outcomes(history: History, on: str, ids: pa.Array, refs: pa.Array) -> Outcomes:
    told = np.flatnonzero(np.isin(history.kinds, [KIND_NUMBER[on], KIND_NUMBER["confirmed"]]))
    is_on = history.kinds[told] == KIND_NUMBER[on]
    at, confirmed = told[is_on], told[~is_on]
    if not len(at):
        raise InputError(f"the log has no {on} events; a model is trained on the events that its definition is on")
    about = _places(history, at, ids.filter(pa.array(is_on)), confirmed, refs.filter(pa.array(~is_on)))
    known = np.full(len(at), NEVER, dtype=np.int64)
    np.minimum.at(known, about[about >= 0], history.rows[confirmed, INDEX["as_of"]][about >= 0])
    if not (about >= 0).any():
        raise InputError(
            f"no confirmed event names a {on} event; labels reach the line as confirmed events: add 'confirmed' to the "
            "mapping (docs/intake.md), or report them with ref"
        )
    return Outcomes(history, at, known, int(history.rows[-1, INDEX["as_of"]]))


def _places(history: History, at: Ints, ids: pa.Array, confirmed: Ints, refs: pa.Array) -> Ints:
    """Return for each confirmed event the place of the event that it is about, -1 where there is none."""
    sources = history.rows[:, INDEX["source"]]
    index = pc.index_in(_named(refs, sources[confirmed]), _named(ids, sources[at]))
    places: Ints = index.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def _named(ids: pa.Array, sources: Ints) -> pa.Array:
    return pc.binary_join_element_wise(pa.array(sources).cast(pa.string()), ids, " ")
