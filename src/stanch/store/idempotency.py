"""Which event ids are known: a repeat gets its stored answer, another body under the same id is a conflict.

One open-addressing table in memory, 32 bytes a slot: the key (two words), the digest of the body, and the position in
the log plus one (0: empty slot). It grows without a pause: first the memory of a larger table is asked for, then its
slots are filled from the old one, both a little with every event; the two are searched until the old one is empty.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled

Words = npt.NDArray[np.uint64]
Seqs = npt.NDArray[np.int64]
Tables = tuple[Words, Words]  # the table in use, and the old one while it is emptied

#: Answer for an id that was not known.
NEW: Final = -1

_WORDS: Final = 4  # key, key, body, seq + 1
_SMALLEST: Final = 1 << 10
_FULLEST: Final = 0.75
_ROOMY: Final = 0.5  # after a move: as full as this at most
_PREPARED: Final = 0.6  # from here on the next table is prepared
_PAGE: Final = 128  # slots of one page of memory: the system gives a page when it is first written to
_TOUCHED_PER_EVENT: Final = 16  # the next table is in memory before this one is full
_MOVED_PER_EVENT: Final = 8  # a move ends long before the new table is full
_FETCHED: Final = 512  # rows whose slots are fetched from memory together, ahead of the search


class Seen(NamedTuple):
    """What is known of a batch: ``seq`` is ``NEW`` or where the id was stored; ``conflict`` marks another body."""

    seq: Seqs
    conflict: npt.NDArray[np.bool_]


@compiled
def _slot(table: Words, first: np.uint64, second: np.uint64) -> np.uint64:
    mask = np.uint64(table.shape[0] - 1)
    at = first & mask
    while table[at, 3] != 0 and (table[at, 0] != first or table[at, 1] != second):
        at = (at + np.uint64(1)) & mask
    return at


@compiled
def _put(row: Words, key: Words, body: np.uint64, place: np.uint64) -> None:
    row[0] = key[0]
    row[1] = key[1]
    row[2] = body
    row[3] = place


@compiled
def _move(old: Words, table: Words, start: int, stop: int, floor: np.uint64) -> tuple[int, int]:
    """Copy slots of the old table that are still in force; returns how many it held and how many were copied."""
    held, copied = 0, 0
    for at in range(start, stop):
        place = old[at, 3]
        if place == 0:
            continue
        held += 1
        if place > floor:
            to = _slot(table, old[at, 0], old[at, 1])
            if table[to, 3] == 0:
                _put(table[to], old[at], old[at, 2], place)
                copied += 1
    return held, copied


@compiled
def _fetch(table: Words, keys: Words, start: int, stop: int) -> np.uint64:
    mask = np.uint64(table.shape[0] - 1)
    total = np.uint64(0)
    for row in range(start, stop):
        total ^= table[keys[row, 0] & mask, 3]
    return total


@compiled
def _find(tables: Tables, key: Words, floor: np.uint64) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return the slot in the table in use, and the place and body stored for a key (place 0: not known)."""
    table, old = tables
    at = _slot(table, key[0], key[1])
    if table[at, 3] > floor:
        return at, table[at, 3], table[at, 2]
    if table[at, 3] == 0 and old.shape[0] > 0:
        before = _slot(old, key[0], key[1])
        if old[before, 3] > floor:
            return at, old[before, 3], old[before, 2]
    return at, np.uint64(0), np.uint64(0)


@compiled
def _check(tables: Tables, rows: tuple[Words, Words, Seqs], floor: np.uint64, out: Seqs, other: Words) -> int:
    """Look up and add rows in order; ``out`` gets the stored place or ``NEW``, ``other`` 1 where the body differs."""
    table = tables[0]
    keys, bodies, seqs = rows
    added = 0
    fetched = np.uint64(0)
    for row in range(keys.shape[0]):
        if row % _FETCHED == 0:
            fetched ^= _fetch(table, keys, row, min(row + _FETCHED, keys.shape[0]))
        at, place, body = _find(tables, keys[row], floor)
        if place != 0:
            out[row] = np.int64(place) - 1
            other[row] = np.uint64(body != bodies[row])
            continue
        out[row] = NEW
        if table[at, 3] == 0:
            added += 1
        _put(table[at], keys[row], bodies[row], np.uint64(seqs[row] + 1))
    other[keys.shape[0]] = fetched  # used, so that the fetching is not optimised away
    return added


@compiled
def _read(tables: Tables, keys: Words, out: Words) -> None:
    for row in range(keys.shape[0]):
        _at, place, body = _find(tables, keys[row], np.uint64(0))
        _put(out[row], keys[row], body, place)


def _capacity(entries: int) -> int:
    capacity = _SMALLEST
    while entries > _ROOMY * capacity:
        capacity *= 2
    return capacity


def _table(capacity: int) -> Words:
    return np.zeros((capacity, _WORDS), np.uint64)


def _none_added() -> Words:
    return np.zeros((0, 3), np.uint64)


class Known:
    """The ids of the last 90 days. One owner, one thread at a time."""

    def __init__(self, expected: int = 0) -> None:
        self._table = _table(_capacity(expected))
        self._old = _table(0)
        self._spare = _table(0)  # the next table, while its memory is asked for
        self._touched = 0  # slots of it that are in memory
        self._used = 0  # slots taken in the table in use
        self._waiting = 0  # entries still only in the old table
        self._cursor = 0  # slots of the old table moved so far
        self._floor = 0  # positions below it are forgotten
        self._next = 0  # one above the highest position seen
        self._largest = 0  # ids of the largest batch: they may share one position
        self._added = (
            _none_added()
        )  # what came since the last export: key, key, one above the highest place of its batch
        self._count = 0  # rows of it that are in use

    def __len__(self) -> int:
        """Return how many ids are held; some of them may already be forgotten."""
        return self._used + self._waiting

    @property
    def nbytes(self) -> int:
        """Bytes of the tables that are in memory: of the next one as far as it was asked for."""
        return self._table.nbytes + self._old.nbytes + self._spare[: self._touched].nbytes

    @property
    def unsaved_nbytes(self) -> int:
        """Bytes of what is noted for the next export."""
        return self._added.nbytes

    def check_and_add(self, keys: Words, bodies: Words, seqs: Seqs) -> Seen:
        """Look up a batch and add what is new, in order, so that a repeat inside the batch finds its first.

        ``keys`` (n, 2) and ``bodies`` (n,) come from ``store.digests``; ``seqs`` (n,) are the positions to store;
        they may repeat within a batch, and rise from batch to batch.
        """
        seen = self._add(keys, bodies, seqs)
        self._note(keys[seen.seq == NEW])
        return seen

    def find(self, keys: Words) -> Seqs:
        """Return for each key (n, 2) where it was stored, or ``NEW``; nothing is added."""
        out = np.empty((len(keys), _WORDS), np.uint64)
        _read((self._table, self._old), keys, out)
        places = out[:, 3].astype(np.int64) - 1
        return np.where(places >= self._floor, places, NEW)

    def forget(self, before_seq: int) -> None:
        """Treat ids stored at earlier positions as unknown; their memory is used again as the table grows."""
        self._floor = max(self._floor, before_seq)

    def export_since(self, seq: int) -> Words:
        """Return what was added at ``seq`` or later as rows (m, 4) for ``load``; earlier rows count as saved."""
        self._drop_added(seq)
        rows = np.empty((self._count, _WORDS), np.uint64)
        _read((self._table, self._old), self._added, rows)
        return rows[rows[:, 3] > seq]

    def load(self, rows: Words) -> None:
        """Add rows that ``export_since`` gave."""
        keys, bodies = np.ascontiguousarray(rows[:, :2]), np.ascontiguousarray(rows[:, 2])
        self._add(keys, bodies, rows[:, 3].astype(np.int64) - 1)

    def _note(self, keys: Words) -> None:
        """Remember keys for the next export: in one array, as many small ones would cost more."""
        if self._count + len(keys) > len(self._added):
            self._drop_added(self._floor)
            more = np.zeros((max(self._count + len(keys), 2 * self._count, _SMALLEST), 3), np.uint64)
            more[: self._count] = self._added[: self._count]
            self._added = more
        end = self._count + len(keys)
        self._added[self._count : end, :2] = keys
        self._added[self._count : end, 2] = self._next
        self._count = end

    def _drop_added(self, before_seq: int) -> None:
        first = int(np.searchsorted(self._added[: self._count, 2], np.uint64(before_seq), side="right"))
        self._added = self._added[first : self._count].copy()
        self._count = len(self._added)

    def _add(self, keys: Words, bodies: Words, seqs: Seqs) -> Seen:
        count = len(keys)
        if count == 0:
            return Seen(np.zeros(0, np.int64), np.zeros(0, np.bool_))
        self._largest = max(self._largest, count)
        self._make_room(count)
        self._next = max(self._next, int(seqs.max()) + 1)
        out, other = np.empty(count, np.int64), np.zeros(count + 1, np.uint64)
        tables, rows = (self._table, self._old), (keys, bodies, seqs)
        self._used += _check(tables, rows, np.uint64(self._floor), out, other)
        return Seen(out, other[:count].astype(np.bool_))

    def _make_room(self, coming: int) -> None:
        self._move(_MOVED_PER_EVENT * coming)
        load = (len(self) + coming) / len(self._table)
        if load > _PREPARED:
            self._prepare(coming)
        if load > _FULLEST:
            self._move(len(self._old))
            self._old, self._table, self._spare = self._table, self._spare, _table(0)
            self._used, self._waiting, self._cursor, self._touched = 0, self._used, 0, 0
            self._move(_MOVED_PER_EVENT * coming)

    def _prepare(self, coming: int) -> None:
        held = min(len(self), max(self._next - self._floor, 0) + self._largest)
        needed = _capacity(held + coming)
        if len(self._spare) < needed:
            self._spare, self._touched = _table(needed), 0
        stop = min(self._touched + _TOUCHED_PER_EVENT * coming, len(self._spare))
        self._spare[self._touched : stop : _PAGE, 3] = 0
        self._touched = stop

    def _move(self, slots: int) -> None:
        stop = min(self._cursor + slots, len(self._old))
        if stop > self._cursor:
            held, copied = _move(self._old, self._table, self._cursor, stop, np.uint64(self._floor))
            self._used, self._waiting, self._cursor = self._used + copied, self._waiting - held, stop
            if stop == len(self._old):
                self._old = _table(0)
                self._cursor = self._waiting = 0
