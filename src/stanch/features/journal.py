"""Windows that see what our own decisions caused: few events, kept whole, each window read by walking its key's list.

A cause is seen from the next event on, also within a batch. So these windows are read once for the batch, and again for
the later events that share a key with something a decision has just caused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.features.conditions import COLUMN_TYPES
from stanch.features.definition import Window
from stanch.features.machine import OVERFLOW, judge
from stanch.features.plan import AGGREGATE, KIND_NUMBER, Plan
from stanch.features.program import DEPTH, Names, Program, compile_condition, join
from stanch.features.tables import add_row, find_row, mixed
from stanch.model.columns import INDEX, NULL
from stanch.model.compiled import inlined, kernel
from stanch.model.errors import InputError
from stanch.model.kinds import KINDS

Ints = npt.NDArray[np.int64]

_AS_OF: Final = INDEX["as_of"]
_KIND: Final = INDEX["kind"]
_SINGLE: Final = 0xFFFFFFFF
_SECOND: Final = 1_000_000
_SMALL: Final = 256
_HEAD: Final = 4
_LIMIT: Final = 2**62


class _Book(NamedTuple):
    """Entries (whole rows), the next older entry by key list, and the keys: two words and the newest entry + 1."""

    entries: Ints
    older: Ints
    keys: Ints
    index: npt.NDArray[np.uint64]  # type: ignore[assignment]  # hides tuple.index, which nobody asks for


class _Reads(NamedTuple):
    """What to read for each kind: list, place, two key columns, aggregate, two value columns, over, program."""

    starts: Ints
    reads: Ints
    admits: npt.NDArray[np.bool_]  # (reads, kinds)
    code: Ints
    fractions: npt.NDArray[np.float64]
    programs: Ints


@inlined
def _key(row: Ints, first: int, second: int, number: int) -> tuple[int, int]:
    one = row[first]
    two = _SINGLE if second < 0 else row[second]
    if one == NULL or two == NULL:
        return NULL, NULL
    return one, (number << 32) | two


@kernel
def _enter(book: _Book, row: Ints, entry: int, used: int, lists: Ints) -> int:
    """Put one written entry into its lists, in time order in each; return how many keys are used then."""
    for number in range(lists.shape[0]):
        first, second = _key(row, lists[number, 0], lists[number, 1], number)
        book.older[entry, number] = 0
        if first == NULL:
            continue
        at = find_row(book.index, book.keys, mixed(first, second), first, second)
        if at < 0:
            at = used * _HEAD
            used += 1
            book.keys[at] = first
            book.keys[at + 1] = second
            book.keys[at + 2] = 0
            add_row(book.index, mixed(first, second), at)
        newer = 0
        here = book.keys[at + 2]
        while here != 0 and book.entries[here - 1, _AS_OF] > row[_AS_OF]:
            newer = here
            here = book.older[here - 1, number]
        book.older[entry, number] = here
        if newer == 0:
            book.keys[at + 2] = entry + 1
        else:
            book.older[newer - 1, number] = entry + 1
    return used


@kernel
def _walk(
    book: _Book,
    reads: _Reads,
    q: int,
    row: Ints,
    kind_numbers: Ints,
    whole: Ints,
    broken: npt.NDArray[np.float64],
    seen: Ints,
    faults: Ints,
) -> int:
    """Return the value of one window for one row; an overflow on the way is noted in ``faults``."""
    spec = reads.reads[q]
    first, second = _key(row, spec[2], spec[3], spec[0])
    if first == NULL:
        return NULL
    aggregate = spec[4]
    value = 0 if aggregate <= 2 else NULL
    at = find_row(book.index, book.keys, mixed(first, second), first, second)
    here = 0 if at < 0 else book.keys[at + 2]
    distinct = 0
    while here != 0:
        entry = book.entries[here - 1]
        here = book.older[here - 1, spec[0]]
        if entry[_AS_OF] >= row[_AS_OF]:
            continue
        if entry[_AS_OF] < row[_AS_OF] - spec[7]:
            break
        if not reads.admits[q, kind_numbers[entry[_KIND]]]:
            continue
        p = spec[8]
        verdict = 1
        if p >= 0:
            verdict = judge(
                reads.code, reads.fractions, reads.programs[p], reads.programs[p + 1], entry, entry, whole, broken
            )
        if verdict == OVERFLOW:
            faults[0] = 1
        if verdict != 1:
            continue
        item = 0
        if spec[5] >= 0:
            item = entry[spec[5]]
            if item == NULL:
                continue
            if spec[6] >= 0:
                if entry[spec[6]] == NULL:
                    continue
                item = (item << 32) | entry[spec[6]]
        if aggregate == 0:
            value += 1
        elif aggregate == 1:
            value += item
            if abs(value) >= _LIMIT:
                faults[0] = 1
        elif aggregate == 2:
            new = True
            for i in range(distinct):
                if seen[i] == item:
                    new = False
                    break
            if new:
                seen[distinct] = item
                distinct += 1
            value = distinct
        elif aggregate == 3:
            return int(item)
        elif aggregate == 4:
            return int((row[_AS_OF] - entry[_AS_OF]) // _SECOND)
        elif aggregate == 5:
            value = (row[_AS_OF] - entry[_AS_OF]) // _SECOND
        elif value == NULL or item > value:
            value = item
    return value


@kernel
def _read_rows(
    book: _Book, reads: _Reads, rows: Ints, kinds: Ints, picked: Ints, kind_numbers: Ints,
    whole: Ints, broken: npt.NDArray[np.float64], seen: Ints, faults: Ints, out: Ints,
) -> None:  # fmt: skip
    for place in range(picked.shape[0]):
        r = picked[place]
        for q in range(reads.starts[kinds[r]], reads.starts[kinds[r] + 1]):
            out[r, reads.reads[q, 1]] = _walk(book, reads, q, rows[r], kind_numbers, whole, broken, seen, faults)


@kernel
def _touched(reads: _Reads, lists: Ints, rows: Ints, kinds: Ints, start: int, cause: Ints, out: Ints) -> int:
    """Write the rows from ``start`` on whose windows have a key of ``cause``; return how many."""
    count = 0
    for r in range(start, rows.shape[0]):
        for q in range(reads.starts[kinds[r]], reads.starts[kinds[r] + 1]):
            number = reads.reads[q, 0]
            first, second = _key(rows[r], reads.reads[q, 2], reads.reads[q, 3], number)
            one, two = _key(cause, lists[number, 0], lists[number, 1], number)
            if first != NULL and first == one and second == two:
                out[count] = r
                count += 1
                break
    return count


class Journal:
    """The owner of the few events that our decisions cause, and of the windows over them."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._lists, self._reads, self._kinds, self._longest = _plan(plan, names)
        self.active = len(self._reads.reads) > 0
        self._word_kind = np.zeros(1, dtype=np.int64)
        self._stacks = (np.empty(DEPTH, dtype=np.int64), np.empty(DEPTH))
        self._seen = np.empty(_SMALL, dtype=np.int64)
        self._book = self._empty(_SMALL)
        self._count = self._used = 0

    def know_kinds(self, codes: Mapping[str, int]) -> None:
        """Learn the word codes of the kinds."""
        self._word_kind = np.full(max(codes.values()) + 1, -1, dtype=np.int64)
        for kind, code in codes.items():
            self._word_kind[code] = KIND_NUMBER[kind]

    def enter(self, row: Ints) -> None:
        """Enter one event (a row of the matrix, resolved and stamped), whatever its place in time."""
        if self.active and self._kinds[self._word_kind[row[_KIND]]]:
            self._enter(row, int(row[_AS_OF]))

    def enter_batch(self, rows: Ints, kinds: Ints) -> None:
        """Enter those rows of a batch that some window counts; what the first row still sees is kept."""
        if self.active:
            for r in np.flatnonzero(self._kinds[kinds]):
                self._enter(rows[r], int(rows[0, _AS_OF]))

    def read(self, rows: Ints, kinds: Ints, out: Ints, picked: Ints | None = None) -> None:
        """Write the windows of all rows, or of the picked ones, into their places in ``out``.

        Raises InputError where a total or a condition leaves the range of whole numbers.
        """
        if not self.active:
            return
        if len(self._seen) < len(self._book.entries):
            self._seen = np.empty(len(self._book.entries), dtype=np.int64)
        picked = np.arange(len(rows)) if picked is None else picked
        faults = np.zeros(1, dtype=np.int64)
        _read_rows(
            self._book, self._reads, rows, kinds, picked, self._word_kind, *self._stacks, self._seen, faults, out
        )
        if faults[0]:
            raise InputError(
                "a whole number overflowed in a window over our own decisions; check the unit of its amounts"
            )

    def touched(self, rows: Ints, kinds: Ints, start: int, cause: Ints) -> Ints:
        """Return the rows from ``start`` on whose windows may have changed by ``cause``."""
        if not self.active:
            return np.empty(0, dtype=np.int64)
        out = np.empty(len(rows), dtype=np.int64)
        return out[: _touched(self._reads, self._lists, rows, kinds, start, cause, out)]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(array.nbytes for array in self._book)

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the entries in time order."""
        entries = self._book.entries[: self._count]
        return {"entries": entries[np.argsort(entries[:, _AS_OF], kind="stable")]}

    def load(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over saved entries."""
        entries = np.asarray(arrays["entries"], dtype=np.int64)
        self._fill(entries, max(_SMALL, 2 * len(entries)))

    def _enter(self, row: Ints, reader: int) -> None:
        if self._count == len(self._book.entries):
            self._prune(reader)
        self._write(row)

    def _prune(self, now: int) -> None:
        kept = self._book.entries[self._book.entries[:, _AS_OF] >= now - 2 * self._longest]
        self._fill(kept[np.argsort(kept[:, _AS_OF], kind="stable")], max(_SMALL, 2 * len(kept)))

    def _fill(self, entries: Ints, room: int) -> None:
        self._book = self._empty(room)
        self._count = self._used = 0
        for row in entries:
            self._write(row)

    def _write(self, row: Ints) -> None:
        self._book.entries[self._count] = row
        entry = self._book.entries[self._count]
        self._used = int(_enter(self._book, entry, self._count, self._used, self._lists))
        self._count += 1

    def _empty(self, room: int) -> _Book:
        lists = max(len(self._lists), 1)
        size = 1 << int(room * lists * 2).bit_length()
        return _Book(
            np.zeros((room, len(INDEX)), dtype=np.int64),
            np.zeros((room, lists), dtype=np.int64),
            np.zeros(room * lists * _HEAD, dtype=np.int64),
            np.zeros(size, dtype=np.uint64),
        )


def _plan(plan: Plan, names: Names) -> tuple[Ints, _Reads, npt.NDArray[np.bool_], int]:
    lists: list[tuple[int, int]] = []
    rows: list[list[int]] = []
    starts = [0]
    admits: list[list[bool]] = []
    programs: list[Program] = []
    longest = 0
    for kind in KINDS:
        for place, feature in enumerate(plan.places.get(kind, ())):
            if not isinstance(feature, Window) or not feature.sees_our_own:
                continue
            by, at = _pair(feature.by), _pair(feature.at)
            if by not in lists:
                lists.append(by)
            value = _pair(feature.column) if feature.column else (-1, -1)
            program = -1
            if feature.where is not None:
                program = len(programs)
                programs.append(compile_condition(feature.where, Names(INDEX, {}, COLUMN_TYPES, {}, names.word)))
            rows.append([lists.index(by), place, *at, AGGREGATE[feature.aggregate], *value, feature.over, program])
            admits.append([other in feature.kinds for other in KINDS])
            longest = max(longest, feature.over)
        starts.append(len(rows))
    code, fractions, ends = join(programs)
    allowed = np.array(admits, dtype=np.bool_).reshape(-1, len(KINDS))
    reads = np.array(rows, dtype=np.int64).reshape(-1, 9)
    found = _Reads(np.array(starts, dtype=np.int64), reads, allowed, code, fractions, ends)
    counted: npt.NDArray[np.bool_] = np.asarray(allowed.any(axis=0))
    return np.array(lists, dtype=np.int64).reshape(-1, 2), found, counted, longest


def _pair(names: tuple[str, ...]) -> tuple[int, int]:
    return INDEX[names[0]], INDEX[names[1]] if len(names) == 2 else -1
