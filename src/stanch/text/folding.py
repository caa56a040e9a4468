"""Folding: what each code point is read as, and what kind of sign it then is.

Traditional characters become simplified ones (OpenCC), compatibility forms their plain ones, letters lower case
without marks, emoji the words they stand for. One table over all code points, made once a process.
Source: Unicode normalisation forms (UAX #15) through ``unicodedata``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from opencc import OpenCC

from stanch.text.letters import EMOJI_WORDS, LOOKALIKES, PARTS

#: Kinds of signs. The order matters: from DIGIT to HAN are what words are made of.
INVISIBLE, STOP, SPACE, ODD, OTHER, DIGIT, LATIN, HAN, FOREIGN = range(9)

#: Code points above this are taken as they are: no language that is read here has any.
LAST: Final = 0x30000
_SURROGATES: Final = range(0xD800, 0xE000)
_REPLACEMENT: Final = "\ufffd"
#: Ideographs and syllables that are read as they are: most of all code points.
_PLAIN: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x2F800), (0x2FA20, LAST))
_STOPS: Final = frozenset("，。！？；：、,!?;:\n\r…“”‘’\"'()[]【】《》<>〈〉「」@/=&#%")
_HAN: Final = (
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0x20000, LAST),
    (0x2E80, 0x2FE0),
    (0x31C0, 0x31F0),
    (0x3007, 0x3008),
)
#: Squared and circled letters that Unicode does not decompose: first code point of each alphabet.
_BOXED: Final = (0x1F150, 0x1F170, 0x1F1E6)

Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Folding:
    """The tables of the kernel: ``spelled[first[c]:first[c + 1]]`` is how code point ``c`` is read.

    ``kind[c]`` is the kind of ``c`` once folded; ``likes[c]`` the letter that a FOREIGN one looks like;
    ``pairs`` the sorted ``left << 32 | right`` of characters in parts, ``wholes`` the characters.
    """

    first: npt.NDArray[np.int32]
    spelled: Codes
    kind: npt.NDArray[np.uint8]
    likes: Codes
    pairs: npt.NDArray[np.uint64]
    wholes: Codes
    begins: npt.NDArray[np.bool_]


@cache
def folding() -> Folding:
    """Return the tables. They depend on nothing but the code and the Unicode version of Python."""
    spellings = [_spelling(code) for code in range(LAST)]
    simple = _simplified("".join(spellings))
    lengths = np.fromiter((len(spelling) for spelling in spellings), np.int32, LAST)
    first = np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)])
    kind = np.full(LAST, HAN, np.uint8)
    for code in range(_PLAIN[3][0]):
        kind[code] = _kind(code)
    likes = np.zeros(LAST, np.uint32)
    for letter, like in LOOKALIKES.items():
        likes[ord(letter)] = ord(like)
        kind[ord(letter)] = FOREIGN
    pairs = {ord(parts[0]) << 32 | ord(parts[1]): ord(whole) for whole, parts in PARTS.items()}
    ordered = sorted(pairs)
    begins = np.zeros(LAST, np.bool_)
    begins[[pair >> 32 for pair in ordered]] = True
    wholes = np.array([pairs[pair] for pair in ordered], np.uint32)
    return Folding(first, codes_of(simple), kind, likes, np.array(ordered, np.uint64), wholes, begins)


def codes_of(text: str) -> Codes:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _spelling(code: int) -> str:
    if code in _SURROGATES:
        return _REPLACEMENT
    letter = chr(code)
    if any(first <= code < last for first, last in _PLAIN):
        return letter
    if letter < "\x7f":
        return letter.lower() if letter in "\n\t" or letter.isprintable() else ""
    if letter in EMOJI_WORDS:
        return EMOJI_WORDS[letter]
    start = next((start for start in _BOXED if start <= code < start + 26), None)
    if start is not None:
        return chr(ord("a") + code - start)
    plain = unicodedata.normalize("NFKD", letter).casefold()
    kept = "".join(part for part in plain if unicodedata.category(part) not in ("Mn", "Me", "Cf", "Cc"))
    folded = unicodedata.normalize("NFKC", kept)
    value = unicodedata.digit(folded, None) if len(folded) == 1 else None
    return folded if value is None else str(value)


@cache
def simplifier() -> OpenCC:
    """Return what makes traditional characters simple, read once a process."""
    return OpenCC("t2s")


def _simplified(text: str) -> str:
    """Return a text with traditional characters made simple, one for one: words do not change length."""
    ideographs = sorted({letter for letter in text if _is_han(ord(letter))})
    simple = simplifier().convert("\n".join(ideographs)).split("\n")
    return text.translate({ord(a): b for a, b in zip(ideographs, simple, strict=True) if len(b) == 1})


def _kind(code: int) -> int:
    letter = chr(code)
    if _is_han(code):
        return HAN
    category = unicodedata.category(letter)
    if category in ("Mn", "Me", "Cf", "Cc") and letter not in "\n\t\r":
        return INVISIBLE
    if letter in _STOPS:
        return STOP
    if letter.isspace():
        return SPACE
    if "0" <= letter <= "9":
        return DIGIT
    if "a" <= letter <= "z":
        return LATIN
    return OTHER if letter.isalnum() else ODD


def _is_han(code: int) -> bool:
    return any(first <= code < last for first, last in _HAN)
