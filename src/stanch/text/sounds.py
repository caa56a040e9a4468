"""How Chinese characters sound, so that a word written with others of the same sound is still found.

Readings are those of pypinyin, the first one of each character, without tones; zh, ch, sh are taken as z, c, s, because
many speakers do not tell them apart.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from pypinyin import Style, lazy_pinyin

from stanch.text.folding import Codes

_FIRST: Final = 0xE000
_HAN: Final = range(0x4E00, 0x9FA6)
_FLAT: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@cache
def sound_table() -> dict[int, int]:
    """Return, for each character, the private sign of its syllable: a table for ``str.translate``."""
    characters = [chr(code) for code in _HAN]
    syllables = [lazy_pinyin(character, style=Style.NORMAL)[0] for character in characters]
    signs = {syllable: _FIRST + number for number, syllable in enumerate(sorted({_flat(s) for s in syllables}))}
    return {ord(c): signs[_flat(s)] for c, s in zip(characters, syllables, strict=True) if s != c}


def sounds_of(text: str) -> str:
    """Return a text with each character as the sign of its syllable; the rest, and the length, as it is."""
    return text.translate(sound_table())


@cache
def _sound_array() -> Codes:
    table = np.arange(_HAN.stop, dtype=np.uint32)
    for character, sign in sound_table().items():
        table[character] = sign
    return table


def sound_codes(codes: Codes) -> Codes:
    """Return the code points of a text with each character as the sign of its syllable."""
    table = _sound_array()
    return np.where(codes < len(table), table[np.minimum(codes, len(table) - 1)], codes).astype(np.uint32)


def letters_of(word: str) -> str:
    """Return a word in pinyin letters without tones and spaces."""
    return "".join(lazy_pinyin(word, style=Style.NORMAL))


def _flat(syllable: str) -> str:
    return next((flat + syllable[2:] for sharp, flat in _FLAT if syllable.startswith(sharp)), syllable)
