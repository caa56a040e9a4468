"""The live side of features: one owner of what the windows remember, grown as needed, saved and loaded as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.definition import Feature
from stanch.features.kernel import DONE, Memory, Scratch, observe
from stanch.features.plan import Plan, make_plan
from stanch.features.program import DEPTH
from stanch.features.tables import FULL, regrow, regrow_pairs
from stanch.model.columns import INDEX, NULL
from stanch.model.errors import InputError

Ints = npt.NDArray[np.int64]

_ROLES: Final = np.array([INDEX[name] for name in ("src", "dst", "detail", "number", "as_of")], dtype=np.int64)
_NEVER: Final = 2**62
#: Raised whenever what the windows remember is laid out otherwise: a snapshot of another layout is not taken over.
LAYOUT: Final = 2
_SMALL: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the windows hold: bytes by part, and how many events, keys and pairs they are spent on."""

    events: int
    keys: int
    pairs: int
    event_bytes: int
    key_bytes: int
    pair_bytes: int
    fact_bytes: int


class Observer:
    """Computes the planned features of events in log order; the only owner of its memory."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        a = plan.arrays
        self._band_of = _bands_of_links(plan)
        self._scratch = Scratch(
            np.empty(DEPTH, dtype=np.int64), np.empty(DEPTH), np.empty(len(a.probes) + 1, dtype=np.int64)
        )
        self._widest_record = int(a.layout[:, 0].max(initial=0))
        feeds = [
            a.probes[a.probe_start[k] + a.feeds[a.feed_start[k] : a.feed_start[k + 1], 0], 0]
            for k in range(len(a.layout))
        ]
        self._most_slots = int(max((((a.strides[tables] + 1) & ~1).sum() for tables in feeds), default=0))
        self._most_keys = int(np.diff(a.feed_start).max(initial=0))
        self._most_pairs = _most_pairs(plan)
        self.memory = _empty(plan)

    def observe(self, rows: Ints, kinds: Ints, entities: int) -> Ints:
        """Return the features (n, width) of n rows in log order, then remember the rows.

        ``rows`` (n, columns), ``kinds`` (n,) numbers of kinds, ``entities`` how many entity codes are in use.
        Raises InputError where a total leaves the range of whole numbers.
        """
        self._make_room(len(rows), entities)
        out = np.empty((len(rows), self.plan.width), dtype=np.int64)
        result = observe(self.plan.arrays, self.memory, rows, kinds, _ROLES, self._band_of, self._scratch, out)
        if result != DONE:
            raise InputError(f"a total overflowed at event {-result - 1} of the batch; check the unit of its amount")
        return out

    def footprint(self) -> Footprint:
        """Return what the memory holds now."""
        m, end = self.memory, self.memory.counters
        held = int((m.rings[:, 3] - m.rings[:, 2]).sum())
        return Footprint(
            int(end[3]),
            int(end[1]),
            int(end[2]),
            held * 8,
            int(end[0]) * 8 + m.index.nbytes,
            m.pairs.nbytes,
            m.facts.nbytes,
        )

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the memory as named arrays."""
        return {name: np.asarray(value) for name, value in self.memory._asdict().items() if name != "flat_pairs"}

    def load(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over a saved memory of the same plan."""
        held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        held["flat_pairs"] = held["pairs"].reshape(-1)
        self.memory = Memory(**held)

    def _make_room(self, events: int, entities: int) -> None:
        m = self.memory
        counters = m.counters
        if counters[0] + events * self._most_slots > len(m.slots):
            m = m._replace(slots=_longer(m.slots, int(counters[0]) + events * self._most_slots))
        if counters[1] + events * self._most_keys > FULL * len(m.index):
            larger = np.zeros(_power(int((counters[1] + events * self._most_keys) / FULL)), dtype=np.uint64)
            regrow(m.index, larger)
            m = m._replace(index=larger)
        if counters[2] + events * self._most_pairs > FULL * len(m.pairs):
            wider = np.zeros((_power(int((counters[2] + events * self._most_pairs) / FULL)), 2), dtype=np.int64)
            regrow_pairs(m.pairs, wider)
            m = m._replace(pairs=wider, flat_pairs=wider.reshape(-1))
        if entities > len(m.facts):
            m = m._replace(facts=_more_facts(m.facts, entities))
        self.memory = self._room_in_rings(m, events * self._widest_record)

    def _room_in_rings(self, m: Memory, words: int) -> Memory:
        need = m.rings[:, 3] - m.rings[:, 2] + words
        if (need <= m.rings[:, 1] + 1).all():
            return m
        lengths = np.array([_power(int(max(n, old + 1))) for n, old in zip(need, m.rings[:, 1], strict=True)])
        rings = m.rings.copy()
        rings[:, 0] = np.cumsum(lengths) - lengths
        rings[:, 1] = lengths - 1
        ring = np.zeros(int(lengths.sum()), dtype=np.int64)
        for old, new in zip(m.rings, rings, strict=True):
            words_held = np.arange(old[2], old[3])
            ring[new[0] + (words_held & new[1])] = m.ring[old[0] + (words_held & old[1])]
        return m._replace(ring=ring, rings=rings)


def observer_for(wanted: Mapping[str, Sequence[Feature]], word: Callable[[str], int]) -> Observer:
    """Plan the wanted features by kind and return an observer that remembers nothing yet."""
    return Observer(make_plan(wanted, word))


def _empty(plan: Plan) -> Memory:
    a = plan.arrays
    bands = int(a.cursors[:, 0].max(initial=-1)) + 1
    rings = np.zeros((max(bands, 1), 4), dtype=np.int64)
    rings[:, 0] = np.arange(len(rings)) * _SMALL
    rings[:, 1] = _SMALL - 1
    cursors = np.zeros((len(a.cursors), 4), dtype=np.int64)
    cursors[:, 1] = _NEVER
    pairs = np.zeros((_SMALL, 2), dtype=np.int64)
    return Memory(
        slots=np.zeros(_SMALL, dtype=np.int64),
        index=np.zeros(_SMALL, dtype=np.uint64),
        pairs=pairs,
        flat_pairs=pairs.reshape(-1),
        ring=np.zeros(len(rings) * _SMALL, dtype=np.int64),
        rings=rings,
        cursors=cursors,
        free=np.full((int(a.strides.max()) + 1) // 2 + 1, -1, dtype=np.int64),
        facts=np.full((1, plan.fact_columns), NULL, dtype=np.int64),
        counters=np.array([2, 0, 0, 0, _NEVER], dtype=np.int64),
    )


def _bands_of_links(plan: Plan) -> Ints:
    """Return the band of each linked window: all kinds that enter it share one."""
    a = plan.arrays
    bands = np.zeros(a.links.shape[1], dtype=np.int64)
    for kind, link in np.argwhere(a.links[:, :, 0] >= 0):
        bands[link] = a.layout[kind, 3]
    return bands


def _most_pairs(plan: Plan) -> int:
    """How many counted pairs one event can add at most."""
    a = plan.arrays
    overs = len(a.overs)
    most = 0
    for kind in range(len(a.layout)):
        cells = a.cells[a.cell_start[kind * overs] : a.cell_start[(kind + 1) * overs]]
        most = max(most, sum(int((a.aggregates[c[3] : c[4], 0] == 2).sum()) for c in cells))
    return most


def _longer(array: Ints, need: int) -> Ints:
    longer = np.zeros(max(need, len(array) * 3 // 2), dtype=np.int64)
    longer[: len(array)] = array
    return longer


def _more_facts(facts: Ints, entities: int) -> Ints:
    more = np.full((max(entities, len(facts) * 3 // 2), facts.shape[1]), NULL, dtype=np.int64)
    more[: len(facts)] = facts
    return more


def _power(need: int) -> int:
    return max(_SMALL, 1 << (need - 1).bit_length())
