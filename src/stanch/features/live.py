"""The live side of features: one owner of what the windows remember, grown as needed, saved and loaded as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.definition import Feature
from stanch.features.kernel import DONE, SEEN, Memory, Scratch, observe
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
#: The same memory once more, flat, so that the kernel can fetch from it.
_VIEWS: Final = {"flat_pairs": "pairs", "flat_facts": "facts"}


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
            np.empty(DEPTH, dtype=np.int64),
            np.empty(DEPTH),
            np.empty(len(a.probes) + 1, dtype=np.int64),
            np.zeros((SEEN, int(np.diff(a.probe_start).max(initial=1))), dtype=np.uint64),
        )
        self._widest_records = [
            int(a.layout[a.layout[:, 3] == band, 0].max(initial=0)) for band in range(max(len(a.band_start) - 1, 1))
        ]
        feeds = [
            a.probes[a.probe_start[k] + a.feeds[a.feed_start[k] : a.feed_start[k + 1], 0], 0]
            for k in range(len(a.layout))
        ]
        self._most_slots = int(max((((a.strides[tables] + 1) & ~1).sum() for tables in feeds), default=0))
        self._most_keys = int(np.diff(a.feed_start).max(initial=0))
        self._most_pairs = _most_pairs(plan)
        self.memory = _empty(plan)

    def observe(self, rows: Ints, kinds: Ints, entities: int, out: Ints | None = None) -> Ints:
        """Return the features (n, width) of n rows in log order, then remember the rows.

        ``rows`` (n, columns), ``kinds`` (n,) numbers of kinds, ``entities`` how many entity codes are in use. Where
        ``out`` is given, that is filled: the windows and facts of each row's kind, and no other place in it.
        Raises InputError where a total leaves the range of whole numbers.
        """
        self._make_room(len(rows), entities)
        out = np.empty((len(rows), self.plan.width), dtype=np.int64) if out is None else out
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

    @property
    def nbytes(self) -> int:
        """Bytes in use: what is filled from its start counts as far as it is filled, what is hashed or a ring whole."""
        m, unfilled = self.memory, len(self.memory.slots) - int(self.memory.counters[0])
        whole = sum(array.nbytes for name, array in m._asdict().items() if name not in _VIEWS)
        return int(whole - unfilled * m.slots.itemsize)

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the memory as named arrays."""
        return {name: np.asarray(value) for name, value in self.memory._asdict().items() if name not in _VIEWS}

    def load(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over a saved memory of the same plan."""
        held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        for view, name in _VIEWS.items():
            held[view] = held[name].reshape(-1)
        self.memory = Memory(**held)

    def _make_room(self, events: int, entities: int) -> None:
        m = self.memory
        end, keys, pairs = m.counters[:3].tolist()
        end += events * self._most_slots
        keys += events * self._most_keys
        pairs += events * self._most_pairs
        if end > len(m.slots):
            m = m._replace(slots=_longer(m.slots, end))
        if keys > FULL * len(m.index):
            larger = np.zeros(_power(int(keys / FULL)), dtype=np.uint64)
            regrow(m.index, larger)
            m = m._replace(index=larger)
        if pairs > FULL * len(m.pairs):
            wider = np.zeros((_power(int(pairs / FULL)), 2), dtype=np.int64)
            regrow_pairs(m.pairs, wider)
            m = m._replace(pairs=wider, flat_pairs=wider.reshape(-1))
        if entities > len(m.facts):
            more = _more_facts(m.facts, entities)
            m = m._replace(facts=more, flat_facts=more.reshape(-1))
        self.memory = self._room_in_rings(m, events)

    def _room_in_rings(self, m: Memory, events: int) -> Memory:
        words = [events * widest for widest in self._widest_records]
        rings = m.rings.tolist()
        if all(end - start + more <= mask + 1 for (_, mask, start, end), more in zip(rings, words, strict=True)):
            return m
        lengths = [
            _power(max(end - start + more, mask + 1)) for (_, mask, start, end), more in zip(rings, words, strict=True)
        ]
        laid, ring = m.rings.copy(), np.zeros(sum(lengths), dtype=np.int64)
        laid[:, 0] = np.cumsum(lengths) - lengths
        laid[:, 1] = np.array(lengths) - 1
        for old, new in zip(m.rings, laid, strict=True):
            _copy_ring(m.ring, old, ring, new)
        return m._replace(ring=ring, rings=laid)


def observer_for(wanted: Mapping[str, Sequence[Feature]], word: Callable[[str], int]) -> Observer:
    """Plan the wanted features by kind and return an observer that remembers nothing yet."""
    return Observer(make_plan(wanted, word))


def _empty(plan: Plan) -> Memory:
    a = plan.arrays
    bands = int(a.cursors[:, 0].max(initial=-1)) + 1
    rings = np.zeros((max(bands, 1), 4), dtype=np.int64)
    rings[:, 0] = np.arange(len(rings)) * _SMALL
    rings[:, 1] = _SMALL - 1
    pairs = np.zeros((_SMALL, 2), dtype=np.int64)
    facts = np.full((1, plan.fact_columns), NULL, dtype=np.int64)
    return Memory(
        slots=np.zeros(_SMALL, dtype=np.int64),
        index=np.zeros(_SMALL, dtype=np.uint64),
        pairs=pairs,
        flat_pairs=pairs.reshape(-1),
        ring=np.zeros(len(rings) * _SMALL, dtype=np.int64),
        rings=rings,
        cursors=np.zeros((len(a.cursors), 3), dtype=np.int64),
        moments=np.full(len(a.cursors), _NEVER, dtype=np.int64),
        free=np.full((int(a.strides.max()) + 1) // 2 + 1, -1, dtype=np.int64),
        facts=facts,
        flat_facts=facts.reshape(-1),
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


def _copy_ring(ring: Ints, old: Ints, longer: Ints, new: Ints) -> None:
    """Copy what a ring holds into a longer one: a run that ends where the old ring ends is a run in both."""
    at, last = int(old[2]), int(old[3])
    while at < last:
        end = min((at | int(old[1])) + 1, last)
        there, here = int(new[0] + (at & new[1])), int(old[0] + (at & old[1]))
        longer[there : there + end - at] = ring[here : here + end - at]
        at = end


def _longer(array: Ints, need: int) -> Ints:
    longer = np.zeros(max(need, 2 * len(array)), dtype=np.int64)
    longer[: len(array)] = array
    return longer


def _more_facts(facts: Ints, entities: int) -> Ints:
    more = np.full((max(entities, len(facts) * 3 // 2), facts.shape[1]), NULL, dtype=np.int64)
    more[: len(facts)] = facts
    return more


def _power(need: int) -> int:
    return max(_SMALL, 1 << (need - 1).bit_length())
