"""A text as a reader takes it, whatever was done to hide it, with the way back to how it was written.

Signs between the characters of a word go, parts become characters, look-alike letters the letters they look like.
Every character of the normal form knows the place in the original that it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled
from stanch.text.folding import (
    DIGIT,
    FOREIGN,
    HAN,
    INVISIBLE,
    LAST,
    LATIN,
    OTHER,
    SPACE,
    STOP,
    Codes,
    Folding,
    codes_of,
    folding,
)

#: Characters of one text that are read; what stands behind them is not, and is said to be not.
LONGEST: Final = 20_000
#: Signs between two characters that may be decoration: a longer row of them parts words.
_WIDEST_GAP: Final = 3
#: How often one sign is kept in a row.
_ROW: Final = 3
_TAGS: Final = (0xE0000, 0xE1000)

Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Normals:
    """The normal forms of several texts, end to end: text ``i`` is ``[ends[i - 1], ends[i])`` of the arrays.

    ``starts`` and ``stops`` are the places in its own text that a character came from.
    """

    codes: Codes
    starts: Places
    stops: Places
    ends: npt.NDArray[np.int64]
    undone: Places
    cut: npt.NDArray[np.bool_]

    def one(self, index: int) -> Normal:
        """Return one of the texts."""
        part = slice(int(self.ends[index - 1]) if index else 0, int(self.ends[index]))
        text = self.codes[part].tobytes().decode("utf-32-le", "replace")
        return Normal(text, self.starts[part], self.stops[part], int(self.undone[index]), bool(self.cut[index]))


@dataclass(frozen=True, slots=True)
class Normal:
    """One normal form. ``undone`` counts the signs that hid something; ``cut`` says that the text went on."""

    text: str
    starts: Places
    stops: Places
    undone: int
    cut: bool

    def written(self, start: int, stop: int) -> tuple[int, int]:
        """Return the span of the original text behind ``[start, stop)`` of the normal form."""
        return (int(self.starts[start]), int(self.stops[stop - 1])) if start < stop else (0, 0)


def normalise(text: str) -> Normal:
    """Return the normal form of one text."""
    return normalise_all([text]).one(0)


def normalise_all(texts: Sequence[str], longest: int = LONGEST) -> Normals:
    """Return the normal forms of texts; of each the first ``longest`` characters are read."""
    whole = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    lengths = np.minimum(whole, longest)
    codes = codes_of("".join(text if len(text) <= longest else text[:longest] for text in texts))
    table = folding()
    out = _normalise(codes, np.cumsum(lengths), table.first, table.spelled, table.kind, table.likes, *_joining(table))
    return Normals(*out, whole > lengths)


def _joining(table: Folding) -> tuple[npt.NDArray[np.uint64], Codes, npt.NDArray[np.bool_]]:
    return table.pairs, table.wholes, table.begins


@compiled
def _normalise(
    codes: Codes,
    ends: npt.NDArray[np.int64],
    first: Places,
    spelled: Codes,
    kind: npt.NDArray[np.uint8],
    likes: Codes,
    pairs: npt.NDArray[np.uint64],
    wholes: Codes,
    begins: npt.NDArray[np.bool_],
) -> tuple[Codes, Places, Places, npt.NDArray[np.int64], Places]:
    room = 0
    for code in codes:
        room += max(1, first[code + 1] - first[code]) if code < LAST else 1
    out = np.empty(room, np.uint32)
    starts = np.empty(room, np.int32)
    stops = np.empty(room, np.int32)
    stretches = np.empty(len(ends), np.int64)
    undone = np.zeros(len(ends), np.int32)
    used = 0
    begin = 0
    for row in range(len(ends)):
        end = ends[row]
        base = used
        filled = _fold(codes[begin:end], first, spelled, kind, likes, out[base:], starts[base:], stops[base:])
        kept = _join(out[base : base + filled], starts[base:], stops[base:], kind)
        length = _merge(out[base : base + kept], starts[base:], stops[base:], pairs, wholes, begins)
        undone[row] = filled - length
        used = base + length
        stretches[row] = used
        begin = end
    return out[:used].copy(), starts[:used].copy(), stops[:used].copy(), stretches, undone


@compiled
def _fold(
    codes: Codes,
    first: Places,
    spelled: Codes,
    kind: npt.NDArray[np.uint8],
    likes: Codes,
    out: Codes,
    starts: Places,
    stops: Places,
) -> int:
    """Write how each code point is read; rows of one sign are cut to ``_ROW``. Returns how many were written."""
    foreign = 0
    known = 0
    for code in codes:
        if code < LAST and first[code] < first[code + 1]:
            sort = kind[spelled[first[code]]] if spelled[first[code]] < LAST else OTHER
            foreign += sort == FOREIGN
            known += LATIN <= sort <= HAN
    used = 0
    row = 0
    for place in range(len(codes)):
        code = codes[place]
        row = row + 1 if place and code == codes[place - 1] else 1
        if code >= LAST:
            if (_TAGS[0] <= code < _TAGS[1]) or row > _ROW:
                continue
            out[used], starts[used], stops[used] = code, place, place + 1
            used += 1
            continue
        if row > _ROW and kind[code] != DIGIT:
            continue
        for index in range(first[code], first[code + 1]):
            letter = spelled[index]
            if letter < LAST:
                if kind[letter] == INVISIBLE:
                    continue
                if kind[letter] == FOREIGN and (foreign <= known or _beside_latin(codes, place, kind)):
                    letter = likes[letter]
            out[used], starts[used], stops[used] = letter, place, place + 1
            used += 1
    return used


@compiled
def _beside_latin(codes: Codes, place: int, kind: npt.NDArray[np.uint8]) -> bool:
    """Say whether a letter of the plain alphabet stands right before or behind."""
    before = place > 0 and codes[place - 1] < LAST and kind[codes[place - 1] | np.uint32(32)] == LATIN
    behind = place + 1 < len(codes) and codes[place + 1] < LAST and kind[codes[place + 1] | np.uint32(32)] == LATIN
    return before or behind


@compiled
def _join(out: Codes, starts: Places, stops: Places, kind: npt.NDArray[np.uint8]) -> int:
    """Take out signs that stand between characters of one word; in place. Returns how many are left."""
    length = len(out)
    sort = np.empty(length + 1, np.uint8)
    for place in range(length):
        sort[place] = kind[out[place]] if out[place] < LAST else OTHER
    sort[length] = STOP
    used = 0
    place = 0
    last = -1  # the word character before the gap
    joined = False  # whether the gap before it was taken out or could have been: a row of single characters goes on
    while place < length:
        if sort[place] >= DIGIT and sort[place] <= HAN:
            last = place
            out[used], starts[used], stops[used] = out[place], starts[place], stops[place]
            used += 1
            place += 1
            if place < length and sort[place] >= DIGIT and sort[place] <= HAN:
                joined = False
            continue
        end = place
        while (
            end < length
            and (sort[end] < DIGIT or sort[end] > HAN)
            and sort[end] != OTHER
            and end - place <= _WIDEST_GAP
        ):
            end += 1
        next_word = end < length and end > place and end - place <= _WIDEST_GAP and DIGIT <= sort[end] <= HAN
        gone = False
        if next_word and last == place - 1:
            gone = _decorates(sort, last, place, end, length, joined)
            joined = gone
        else:
            joined = False
        if not gone:
            end = max(end, place + 1)
            for index in range(place, end):
                out[used], starts[used], stops[used] = out[index], starts[index], stops[index]
                used += 1
        place = end
    return used


@compiled
def _decorates(sort: npt.NDArray[np.uint8], last: int, place: int, end: int, length: int, joined: bool) -> bool:
    """Say whether the signs ``[place, end)`` between two word characters hide a word."""
    stop = False
    spaces = True
    for index in range(place, end):
        stop |= sort[index] == STOP
        spaces &= sort[index] == SPACE
    both_han = sort[last] == HAN and sort[end] == HAN
    if both_han and not stop:
        return True
    alone_left = last == 0 or sort[last - 1] < DIGIT or sort[last - 1] > HAN
    alone_right = end + 1 >= length or sort[end + 1] < DIGIT or sort[end + 1] > HAN
    if not (both_han and (alone_left or alone_right)) and (stop or not (alone_left and alone_right)):
        return False
    return joined or (alone_right and _goes_on(sort, end, length, both_han))


@compiled
def _goes_on(sort: npt.NDArray[np.uint8], place: int, length: int, han: bool) -> bool:
    """Say whether the single character at ``place`` is followed by a short gap and another one."""
    end = place + 1
    while end < length and (sort[end] < DIGIT or sort[end] > HAN) and end - place <= _WIDEST_GAP:
        if sort[end] == STOP and not han:
            return False
        end += 1
    if end >= length or sort[end] < DIGIT or sort[end] > HAN:
        return False
    alone = end + 1 >= length or sort[end + 1] < DIGIT or sort[end + 1] > HAN
    return alone or (han and sort[end] == HAN)


@compiled
def _merge(
    out: Codes,
    starts: Places,
    stops: Places,
    pairs: npt.NDArray[np.uint64],
    wholes: Codes,
    begins: npt.NDArray[np.bool_],
) -> int:
    """Put characters that are written in parts together; in place. Returns how many characters are left."""
    used = 0
    place = 0
    while place < len(out):
        code, stop = out[place], stops[place]
        step = 1
        if code < LAST and begins[code] and place + 1 < len(out):
            pair = np.uint64(code) << np.uint64(32) | np.uint64(out[place + 1])
            found = np.searchsorted(pairs, pair)
            if found < len(pairs) and pairs[found] == pair:
                code, stop, step = wholes[found], stops[place + 1], 2
        out[used], starts[used], stops[used] = code, starts[place], stop
        used += 1
        place += step
    return used
