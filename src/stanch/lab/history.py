"""A stored log as the core sees it: a matrix of codes, and the features that the live side gives for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.engine.names import Names
from stanch.features.conditions import COLUMN_TYPES
from stanch.features.definition import Feature
from stanch.features.journal import Journal
from stanch.features.live import Observer
from stanch.features.plan import KIND_NUMBER, Plan, make_plan
from stanch.features.program import Names as Places
from stanch.model.columns import BY_NAME, INDEX, MATRIX, NULL, ColumnType
from stanch.model.time import HOUR

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """n events of a log: the matrix (n, columns), the number of each one's kind (n,), and what the codes stand for."""

    names: Names
    rows: Ints
    kinds: Ints

    def of(self, kind: str) -> Ints:
        """Return the places of the events of one kind."""
        return np.flatnonzero(self.kinds == KIND_NUMBER[kind])


def read_history(events: pa.Table) -> History:
    """Turn events in ``EVENT_SCHEMA``, in log order, into the matrix of the core."""
    names = Names()
    rows = np.full((events.num_rows, len(MATRIX)), NULL, dtype=np.int64)
    for name in MATRIX:
        rows[:, INDEX[name]] = codes(events[name], BY_NAME[name].type, names)
    return History(names, rows, names.kinds(rows[:, INDEX["kind"]]))


def codes(column: pa.ChunkedArray, type_: ColumnType, names: Names) -> Ints:
    """Return a column as numbers of the core, NULL where there is no value."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    valid = np.asarray(whole.is_valid())
    if type_ is ColumnType.ENTITY:
        fixed = whole.cast(pa.binary(16)).fill_null(bytes(16))
        words = np.frombuffer(fixed.buffers()[1], dtype=np.uint64).reshape(-1, 2)
        return names.entities.codes(words[fixed.offset : fixed.offset + len(fixed)], valid)
    if type_ is ColumnType.SYMBOL:
        coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
        known = names.words.codes(coded.dictionary.to_pylist())
        return np.where(valid, known[coded.indices.fill_null(0).to_numpy()], NULL) if len(known) else _nothing(whole)
    return np.asarray(whole.cast(pa.int64()).fill_null(NULL), dtype=np.int64)


def observe_history(history: History, wanted: Mapping[str, Sequence[Feature]], batch: int) -> tuple[Plan, Ints]:
    """Return the plan and the features (n, width) of all events, seen in batches as the line would see them."""
    word = history.names.words.code
    plan = make_plan(wanted, word)
    observer, journal = Observer(plan), Journal(plan, Places(INDEX, {}, COLUMN_TYPES, {}, word))
    journal.know_kinds({kind: word(kind) for kind in KIND_NUMBER})
    features = np.empty((len(history.rows), plan.width), dtype=np.int64)
    for cut in _cuts(history.rows[:, INDEX["as_of"]], batch):
        rows, kinds = history.rows[cut], history.kinds[cut]
        features[cut] = observer.observe(rows, kinds, len(history.names.entities))
        journal.enter_batch(rows, kinds)
        journal.read(rows, kinds, features[cut])
    return plan, features


def _cuts(as_of: Ints, batch: int) -> list[slice]:
    """Cut into batches that do not span a full hour: like the line's, which end at ticks."""
    hours = np.flatnonzero(np.diff(as_of // HOUR)) + 1
    edges = np.union1d(hours, np.arange(0, len(as_of) + batch, batch).clip(max=len(as_of)))
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _nothing(column: pa.Array) -> Ints:
    return np.full(len(column), NULL, dtype=np.int64)
