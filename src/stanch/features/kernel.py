"""The compiled heart of the line: exact sliding windows in constant time per event.

Each retained event is a short record in the ring of its band. For every length of window a cursor follows the clock
through the ring and takes back what has left the window, from the rows that the record names: nothing is looked up
twice and nothing is approximated. A row whose last retained event has gone is freed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.features.machine import OVERFLOW, judge
from stanch.features.plan import Arrays
from stanch.features.tables import add_row, bump, drop_row, find_row, mixed
from stanch.model.columns import NULL
from stanch.model.compiled import fetch, inlined, kernel

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_ABSENT = -1
_UNKEYED = -2
_SINGLE = 0xFFFFFFFF
_HALF = 0xFFFFFFFF
_LIMIT = 2**62
_SECOND = 1_000_000
#: For an index that is not negative: compiled code then need not ask whether it counts from the end.
_at = np.uint64
#: How many records ahead of a cursor, and how many events ahead in the batch, memory is fetched.
_AHEAD = 8
_STEP = 3
#: How many events have the keys of their probes mixed at a time; a power of two above three steps.
SEEN = 16

#: What ``observe`` returns when all is well; otherwise minus the row number minus 1, whose total overflowed.
DONE = 0


class Memory(NamedTuple):
    """All that the windows remember. Owned by one ``Observer``; the kernel changes it in place.

    ``counters``: end of the arena, live keys, live pairs, events retained, earliest moment a cursor must move.
    ``rings``: place of the ring of each band, its length less one, first word held, next word to write.
    """

    slots: Ints
    index: Words  # type: ignore[assignment]  # hides tuple.index, which nobody asks for
    pairs: Ints
    flat_pairs: Ints  # the same memory as pairs
    ring: Ints
    rings: Ints  # (bands, 4)
    cursors: Ints  # (cursors, 3): next record, record to fetch, how many records ahead that is
    moments: Ints  # (cursors,): when the next record leaves
    free: Ints  # by half the length of a row: the first free one or -1; tables with rows of one length share them
    facts: Ints  # (entities, facts)
    flat_facts: Ints  # the same memory as facts
    counters: Ints


class Scratch(NamedTuple):
    """Room for the work on an event: the stacks of the machine, the rows that its probes found, keys of coming ones."""

    whole: Ints
    broken: npt.NDArray[np.float64]
    found: Ints
    mixed: Words  # (SEEN, most probes of a kind): the key of each probe mixed, 0 where a part of it is NULL


@inlined
def _second_word(table: int, value: int) -> int:
    return (table << 32) | value


@inlined
def _mix(a: Arrays, m: Memory, rows: Ints, kinds: Ints, r: int, mixed_keys: Words) -> None:
    """Mix the keys that an event asks for, and fetch their places in the index."""
    row = rows[r]
    start = a.probe_start[kinds[r]]
    for p in range(start, a.probe_start[kinds[r] + 1]):
        first = row[_at(a.probes[p, 1])]
        second = _SINGLE if a.probes[p, 2] < 0 else row[_at(a.probes[p, 2])]
        h = np.uint64(0)
        if first != NULL and second != NULL:
            h = mixed(first, _second_word(a.probes[p, 0], second)) | np.uint64(1)
            fetch(m.index, _place(m, h))
        mixed_keys[r & (SEEN - 1), p - start] = h


@inlined
def _locate(a: Arrays, m: Memory, p: int, row: Ints, h: np.uint64) -> int:
    """Return the address of the row that probe ``p`` asks for, _ABSENT or _UNKEYED."""
    if h == np.uint64(0):
        return _UNKEYED
    second = _SINGLE if a.probes[p, 2] < 0 else row[_at(a.probes[p, 2])]
    return find_row(m.index, m.slots, h, row[_at(a.probes[p, 1])], _second_word(a.probes[p, 0], second))


@inlined
def _new_row(a: Arrays, m: Memory, p: int, row: Ints, h: np.uint64) -> int:
    table = a.probes[p, 0]
    second = _SINGLE if a.probes[p, 2] < 0 else row[_at(a.probes[p, 2])]
    size = (a.strides[table] + 1) >> 1
    at = m.free[size]
    if at >= 0:
        m.free[size] = m.slots[_at(at)]
    else:
        at = m.counters[0]
        m.counters[0] += size << 1
    m.slots[at : at + a.strides[table]] = 0
    m.slots[_at(at)] = row[_at(a.probes[p, 1])]
    m.slots[_at(at + 1)] = _second_word(table, second)
    m.counters[1] += 1
    add_row(m.index, h, at)
    return int(at)


@inlined
def _release(a: Arrays, m: Memory, at: int) -> None:
    """One retained event less refers to the row; the last one frees it."""
    m.slots[_at(at + 2)] -= 1
    if m.slots[_at(at + 2)] == 0:
        size = (a.strides[m.slots[_at(at + 1)] >> 32] + 1) >> 1
        drop_row(m.index, mixed(m.slots[_at(at)], m.slots[_at(at + 1)]), at)
        m.slots[_at(at)] = m.free[size]
        m.slots[_at(at + 1)] = -1
        m.free[size] = at
        m.counters[1] -= 1


@inlined
def _named(record: int, kind: int) -> int:
    """A record as chains name it: with its kind, so that its links are found without a look at it. 0 is nobody."""
    return ((record + 1) << 8) | kind


@inlined
def _unlink(a: Arrays, m: Memory, band: int, slot: int, aggregate: int, link: int, record: int, kind: int) -> None:
    """Take a leaving record off the head of a chain, if it stands there."""
    if m.slots[_at(slot)] != _named(record, kind):
        return
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    following = m.ring[_at(base + ((record + a.links[kind, link, 0]) & mask))]
    m.slots[_at(slot)] = following
    if following == 0:
        m.slots[_at(slot + 1)] = 0
    elif aggregate == 6:
        place = (following >> 8) - 1 + a.links[following & 0xFF, link, 0] + 1
        m.ring[_at(base + (place & mask))] = 0


@inlined
def _chain(
    a: Arrays, m: Memory, band: int, slot: int, aggregate: int, link: int, record: int, kind: int, value: int
) -> None:
    """Put a new record at the tail of a chain; a chain of largest values falls from head to tail (a monotone queue)."""
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    own = record + a.links[kind, link, 0]
    tail = m.slots[_at(slot + 1)]
    if aggregate == 6:
        while tail != 0:
            last = (tail >> 8) - 1
            if m.ring[_at(base + ((last + a.links[tail & 0xFF, link, 1]) & mask))] > value:
                break
            tail = m.ring[_at(base + ((last + a.links[tail & 0xFF, link, 0] + 1) & mask))]
        m.ring[_at(base + ((own + 1) & mask))] = tail
    m.ring[_at(base + (own & mask))] = 0
    name = _named(record, kind)
    if tail == 0:
        m.slots[_at(slot)] = name
    else:
        m.ring[_at(base + (((tail >> 8) - 1 + a.links[tail & 0xFF, link, 0]) & mask))] = name
    m.slots[_at(slot + 1)] = name


@inlined
def _feed_address(ring: Ints, base: int, mask: int, record: int, feed: int) -> int:
    """Return the row that a record fed, or -1: two addresses (halved, plus 1) share one word."""
    word = ring[_at(base + ((record + 2 + (feed >> 1)) & mask))]
    half = (word >> 32) if feed & 1 else word
    return int(((half & _HALF) << 1) - 2)


@inlined
def _take_back(a: Arrays, m: Memory, band: int, over: int, record: int, kind: int) -> None:
    """Undo what one record added to the windows of one length."""
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    met = m.ring[_at(base + ((record + 1) & mask))]
    first_value = a.layout[kind, 1]
    group = kind * a.overs.shape[0] + over
    for c in range(a.cell_start[group], a.cell_start[group + 1]):
        if not (met >> a.cells[c, 1]) & 1:
            continue
        at = _feed_address(m.ring, base, mask, record, a.cells[c, 0])
        if at < 0:
            continue
        if a.cells[c, 2] >= 0:
            m.slots[_at(at + a.cells[c, 2])] -= 1
        for g in range(_at(a.cells[c, 3]), _at(a.cells[c, 4])):
            aggregate = a.aggregates[g, 0]
            slot = at + a.aggregates[g, 1]
            value = m.ring[_at(base + ((record + first_value + max(a.aggregates[g, 2], 0)) & mask))]
            if value == NULL and a.aggregates[g, 2] >= 0:
                continue
            if aggregate == 1:
                m.slots[_at(slot)] -= value
            elif aggregate == 2:
                if bump(m.pairs, slot, value, -1) == 0:
                    m.slots[_at(slot)] -= 1
                    m.counters[2] -= 1
            elif aggregate >= 5:
                _unlink(a, m, band, slot, aggregate, a.aggregates[g, 3], record, kind)


@inlined
def _forget(a: Arrays, m: Memory, band: int, record: int, kind: int) -> None:
    """Let go of a record that has left its last window."""
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    for f in range(a.feed_start[kind + 1] - a.feed_start[kind]):
        at = _feed_address(m.ring, base, mask, record, f)
        if at >= 0:
            _release(a, m, at)
    m.rings[band, 2] = record + a.layout[kind, 0]
    m.counters[3] -= 1


@inlined
def _look_ahead(a: Arrays, m: Memory, c: int, band: int) -> None:
    """Fetch the rows that the records a little ahead of a cursor will change, two records a call at most."""
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    for _ in range(2):
        record = m.cursors[c, 1]
        if record < m.cursors[c, 0]:
            record = m.cursors[c, 0]
            m.cursors[c, 2] = 0
        if m.cursors[c, 2] >= _AHEAD or record >= m.rings[band, 3]:
            return
        kind = m.ring[_at(base + (record & mask))] & 0xFF
        for f in range(a.feed_start[kind + 1] - a.feed_start[kind]):
            at = _feed_address(m.ring, base, mask, record, f)
            fetch(m.slots, at)
            fetch(m.slots, at + 8)
        for d in range(a.distinct_start[kind], a.distinct_start[kind + 1]):
            if a.distincts[d, 3] != a.cursors[c, 1]:
                continue
            at = _feed_address(m.ring, base, mask, record, a.distincts[d, 0])
            value = m.ring[_at(base + ((record + a.layout[kind, 1] + a.distincts[d, 2]) & mask))]
            _fetch_pair(m, at + a.distincts[d, 1], value)
        m.cursors[c, 1] = record + a.layout[kind, 0]
        m.cursors[c, 2] += 1


@inlined
def _fetch_pair(m: Memory, slot: int, value: int) -> None:
    fetch(m.flat_pairs, np.int64(mixed(slot, value) & np.uint64(m.pairs.shape[0] - 1)) * 2)


@inlined
def _place(m: Memory, h: np.uint64) -> int:
    """Where the index will be asked for a key."""
    return int(np.int64((h >> np.uint64(32)) & np.uint64(m.index.shape[0] - 1)))


@inlined
def _likely_row(m: Memory, h: np.uint64) -> int:
    """The row that probably is the one of a key: what the first place where it would be looked for names."""
    return int(np.int64((m.index[_place(m, h)] & np.uint64(0xFFFFFFFF)) << np.uint64(1)) - 2)


@inlined
def _foresee(a: Arrays, m: Memory, rows: Ints, kinds: Ints, r: int, mixed_keys: Words) -> None:
    """Fetch what the coming events will touch: places in the index, then rows and facts, then pairs they will count."""
    if r + 3 * _STEP < rows.shape[0]:
        _mix(a, m, rows, kinds, r + 3 * _STEP, mixed_keys)
    if r + 2 * _STEP < rows.shape[0]:
        coming = r + 2 * _STEP
        kind = kinds[coming]
        start = a.probe_start[kind]
        for p in range(start, a.probe_start[kind + 1]):
            at = _likely_row(m, mixed_keys[coming & (SEEN - 1), p - start])
            fetch(m.slots, at)
            fetch(m.slots, at + a.strides[a.probes[p, 0]] - 1)
        for q in range(a.known_start[kind], a.known_start[kind + 1]):
            fetch(m.flat_facts, rows[coming, _at(a.known[q])] * m.facts.shape[1])
    if r + _STEP < rows.shape[0]:
        coming = r + _STEP
        row = rows[coming]
        kind = kinds[coming]
        for d in range(a.distinct_start[kind], a.distinct_start[kind + 1]):
            p = a.feeds[a.feed_start[kind] + a.distincts[d, 0], 0]
            v = a.value_start[kind] + a.distincts[d, 2]
            value = row[_at(a.values[v, 0])]
            if a.values[v, 1] >= 0:
                value = (value << 32) | row[_at(a.values[v, 1])]
            _fetch_pair(m, _likely_row(m, mixed_keys[coming & (SEEN - 1), p]) + a.distincts[d, 1], value)


@inlined
def expire(a: Arrays, m: Memory, now: int) -> None:
    """Move every cursor past the events that have left its windows at ``now``."""
    earliest = _LIMIT
    for c in range(a.cursors.shape[0]):
        if m.moments[c] < now:
            _move(a, m, c, now)
        earliest = min(earliest, m.moments[c])
    m.counters[4] = earliest


@inlined
def _move(a: Arrays, m: Memory, c: int, now: int) -> None:
    """Move one cursor past what has left its windows at ``now``."""
    band = a.cursors[c, 0]
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    over = a.overs[a.cursors[c, 1]]
    while m.moments[c] < now:
        record = m.cursors[c, 0]
        kind = m.ring[_at(base + (record & mask))] & 0xFF
        _take_back(a, m, band, a.cursors[c, 1], record, kind)
        if a.cursors[c, 2]:
            _forget(a, m, band, record, kind)
        following = record + a.layout[kind, 0]
        m.cursors[c, 0] = following
        m.cursors[c, 2] -= 1
        _look_ahead(a, m, c, band)
        m.moments[c] = _LIMIT if following == m.rings[band, 3] else (m.ring[_at(base + (following & mask))] >> 8) + over


@inlined
def _read(a: Arrays, m: Memory, at: int, q: int, band_of: Ints, now: int) -> int:
    """Return the value of one feature from its row."""
    aggregate = a.reads[q, 2]
    if at == _UNKEYED:
        return NULL
    if at == _ABSENT:
        return 0 if aggregate <= 2 else NULL
    slot = at + a.reads[q, 3]
    if aggregate <= 2:
        return int(m.slots[_at(slot)])
    if m.slots[_at(slot if aggregate >= 5 else at + a.reads[q, 4])] == 0:
        return NULL
    if aggregate == 3:
        return int(m.slots[_at(slot)])
    if aggregate == 4:
        return int((now - m.slots[_at(slot)]) // _SECOND)
    band = band_of[a.reads[q, 5]]
    record = (m.slots[_at(slot)] >> 8) - 1
    word = m.ring[_at(m.rings[band, 0] + (record & m.rings[band, 1]))]
    if aggregate == 5:
        return int((now - (word >> 8)) // _SECOND)
    place = record + a.links[word & 0xFF, a.reads[q, 5], 1]
    return int(m.ring[_at(m.rings[band, 0] + (place & m.rings[band, 1]))])


@inlined
def _conditions_met(a: Arrays, kind: int, row: Ints, whole: Ints, broken: npt.NDArray[np.float64]) -> int:
    """One bit per condition of the kind's windows that the event meets; -1 on overflow."""
    met = 1
    start = a.bit_start[kind]
    for b in range(start + 1, a.bit_start[kind + 1]):
        if a.bits[b, 1] >= 0 and row[a.bits[b, 1]] == NULL:
            continue
        if a.bits[b, 2] >= 0 and row[a.bits[b, 2]] == NULL:
            continue
        program = a.bits[b, 0]
        verdict = 1
        if program >= 0:
            verdict = judge(a.code, a.fractions, a.starts[program], a.starts[program + 1], row, row, whole, broken)
        if verdict == OVERFLOW:
            return -1
        if verdict == 1:
            met |= 1 << (b - start)
    return met


@inlined
def _add(a: Arrays, m: Memory, at: int, c: int, band: int, record: int, kind: int, now: int) -> bool:
    """Add a record to the windows of one cell; return whether all totals are still in range."""
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    first_value = a.layout[kind, 1]
    if a.cells[c, 2] >= 0:
        m.slots[_at(at + a.cells[c, 2])] += 1
    for g in range(_at(a.cells[c, 3]), _at(a.cells[c, 4])):
        aggregate = a.aggregates[g, 0]
        slot = at + a.aggregates[g, 1]
        value = m.ring[_at(base + ((record + first_value + max(a.aggregates[g, 2], 0)) & mask))]
        if value == NULL and a.aggregates[g, 2] >= 0:
            continue
        if aggregate == 1:
            m.slots[_at(slot)] += value
            if abs(m.slots[_at(slot)]) >= _LIMIT:
                return False
        elif aggregate == 2:
            if bump(m.pairs, slot, value, 1) == 1:
                m.slots[_at(slot)] += 1
                m.counters[2] += 1
        elif aggregate == 3:
            m.slots[_at(slot)] = value
        elif aggregate == 4:
            m.slots[_at(slot)] = now
        else:
            _chain(a, m, band, slot, aggregate, a.aggregates[g, 3], record, kind, value)
    return True


@inlined
def _retain(a: Arrays, m: Memory, kind: int, row: Ints, now: int, met: int, found: Ints, keys: Words) -> bool:
    """Write the record of an event into its ring and add it to every window it enters."""
    band = a.layout[kind, 3]
    base = m.rings[band, 0]
    mask = m.rings[band, 1]
    record = m.rings[band, 3]
    feeds = a.feed_start[kind + 1] - a.feed_start[kind]
    m.ring[_at(base + (record & mask))] = (now << 8) | kind
    m.ring[_at(base + ((record + 1) & mask))] = met
    for w in range((feeds + 1) // 2):
        m.ring[_at(base + ((record + 2 + w) & mask))] = 0
    for f in range(feeds):
        p = a.feeds[a.feed_start[kind] + f, 0]
        if not met & a.feeds[a.feed_start[kind] + f, 1] or found[p] == _UNKEYED:
            continue
        if found[p] == _ABSENT:
            found[p] = _new_row(a, m, a.probe_start[kind] + p, row, keys[p])
        m.slots[_at(found[p] + 2)] += 1
        m.ring[_at(base + ((record + 2 + (f >> 1)) & mask))] |= ((found[p] >> 1) + 1) << (32 * (f & 1))
    start = a.value_start[kind]
    for v in range(a.value_start[kind + 1] - start):
        value = row[_at(a.values[start + v, 0])]
        if a.values[start + v, 1] >= 0:
            second = row[_at(a.values[start + v, 1])]
            value = NULL if value == NULL or second == NULL else (value << 32) | second
        m.ring[_at(base + ((record + a.layout[kind, 1] + v) & mask))] = value
    m.rings[band, 3] = record + a.layout[kind, 0]
    m.counters[3] += 1
    sound = True
    groups = a.overs.shape[0]
    for c in range(a.cell_start[kind * groups], a.cell_start[(kind + 1) * groups]):
        if (met >> a.cells[c, 1]) & 1:
            at = _feed_address(m.ring, base, mask, record, a.cells[c, 0])
            if at >= 0 and not _add(a, m, at, c, band, record, kind, now):
                sound = False
    _wake(a, m, band, record, now)
    return sound


@inlined
def _wake(a: Arrays, m: Memory, band: int, record: int, now: int) -> None:
    """Tell cursors that had run out of records that there is one again."""
    for c in range(a.band_start[band], a.band_start[band + 1]):
        if m.moments[c] == _LIMIT:
            m.cursors[c, 0] = record
            m.cursors[c, 1] = record
            m.cursors[c, 2] = 0
            m.moments[c] = now + a.overs[a.cursors[c, 1]]
            m.counters[4] = min(m.counters[4], m.moments[c])


@inlined
def _recall(a: Arrays, m: Memory, kind: int, row: Ints, now: int, out: Ints) -> None:
    """Read the facts that the kind's features ask for."""
    for q in range(a.recall_start[kind], a.recall_start[kind + 1]):
        entity = row[_at(a.recalls[q, 3])]
        fact = a.recalls[q, 1]
        value = NULL
        if entity != NULL:
            value = m.facts[_at(entity), _at(a.recalls[q, 2])]
            if fact == 4:
                value = 1 if value == 1 else 0
            elif fact > 0 and value != NULL:
                value = (now - value) // _SECOND
        out[_at(a.recalls[q, 0])] = value


@inlined
def _learn(a: Arrays, m: Memory, kind: int, row: Ints, now: int, roles: Ints) -> None:
    """Write down the facts that an event states. ``roles``: the columns src, dst, detail, number."""
    for q in range(a.fact_start[kind], a.fact_start[kind + 1]):
        what = a.facts[q, 0]
        column = _at(a.facts[q, 1])
        src = row[_at(roles[0])]
        dst = row[_at(roles[1])]
        if what == 0:
            if src != NULL and row[roles[2]] == a.facts[q, 2]:
                m.facts[_at(src), column] = row[roles[3]]
        elif what == 1:
            if dst != NULL:
                m.facts[_at(dst), column] = now
        elif what >= 4:
            if dst != NULL and row[roles[2]] == a.facts[q, 2]:
                m.facts[_at(dst), column] = 1 if what == 4 else 0
        else:
            if src != NULL and (what == 3 or m.facts[_at(src), column] == NULL):
                m.facts[_at(src), column] = now
            if dst != NULL and (what == 3 or m.facts[_at(dst), column] == NULL):
                m.facts[_at(dst), column] = now


@kernel
def observe(
    a: Arrays, m: Memory, rows: Ints, kinds: Ints, roles: Ints, band_of: Ints, scratch: Scratch, out: Ints
) -> int:
    """Write the features of each row, then let the row enter the windows and facts.

    ``rows`` (n, columns) and ``kinds`` (n,) in log order; ``roles``: columns of src, dst, detail, number, as_of;
    ``out`` (n, width) receives the features of the row's kind in their places. The caller has made room for n events.
    """
    whole = scratch.whole
    broken = scratch.broken
    found = scratch.found
    for r in range(min(3 * _STEP, rows.shape[0])):
        _mix(a, m, rows, kinds, r, scratch.mixed)
    for r in range(rows.shape[0]):
        row = rows[r]
        kind = kinds[r]
        now = row[roles[4]]
        if m.counters[4] < now:
            expire(a, m, now)
        start = a.probe_start[kind]
        keys = scratch.mixed[r & (SEEN - 1)]
        for p in range(a.probe_start[kind + 1] - start):
            found[p] = _locate(a, m, start + p, row, keys[p])
        _foresee(a, m, rows, kinds, r, scratch.mixed)
        for q in range(a.read_start[kind], a.read_start[kind + 1]):
            out[r, _at(a.reads[q, 0])] = _read(a, m, found[_at(a.reads[q, 1])], q, band_of, now)
        _recall(a, m, kind, row, now, out[r])
        _learn(a, m, kind, row, now, roles)
        if a.layout[kind, 3] >= 0:
            met = _conditions_met(a, kind, row, whole, broken)
            if met < 0 or not _retain(a, m, kind, row, now, met, found, keys):
                return -r - 1
    return DONE
