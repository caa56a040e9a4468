"""How words are hidden from filters: written without a look at what the normaliser undoes, so that it is tested."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

_MARKS: Final = ("*", ".", "-", "_", "~", " ", "·", "|", "^", "🔥")
_UNSEEN: Final = ("\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad")
_STRIKES: Final = ("\u0336", "\u0335", "\u20de", "\u0332")
_CYRILLIC: Final = str.maketrans("aceopxyiABEKMHOPCTX", "асеорхуіАВЕКМНОРСТХ")
_WIDE: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_CODED: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_CIRCLED: Final = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_FLAGS: Final = ("★", "◆", "●", "【", "!!!", "🔥🔥", "👉")

Way = Callable[[str, np.random.Generator], str]


def hidden(text: str, chinese: bool, rng: np.random.Generator) -> str:
    """Return a text with its words hidden in one or two ways."""
    ways = _CHINESE if chinese else _ENGLISH
    for place in rng.choice(len(ways), int(rng.integers(1, 3)), replace=False):
        text = ways[int(place)](text, rng)
    return text


def decorated(text: str, rng: np.random.Generator) -> str:
    """Return a text with the marks that any shop puts around its words."""
    flag = _FLAGS[int(rng.integers(len(_FLAGS)))]
    return f"{flag}{text}{flag if rng.random() < 0.5 else ''}"


def _parted(text: str, rng: np.random.Generator) -> str:
    """Put one mark between the characters of a stretch."""
    mark = _MARKS[int(rng.integers(len(_MARKS)))]
    start = int(rng.integers(max(1, len(text) - 6)))
    stop = start + int(rng.integers(3, 9))
    return text[:start] + mark.join(text[start:stop]) + text[stop:]


def _spaced(text: str, _: np.random.Generator) -> str:
    return " ".join(text)


def _unseen(text: str, rng: np.random.Generator) -> str:
    return "".join(c + (_UNSEEN[int(rng.integers(len(_UNSEEN)))] if rng.random() < 0.3 else "") for c in text)


def _struck(text: str, rng: np.random.Generator) -> str:
    return "".join(c + (_STRIKES[int(rng.integers(len(_STRIKES)))] if rng.random() < 0.3 else "") for c in text)


def _wide(text: str, _: np.random.Generator) -> str:
    return text.translate(_WIDE)


def _circled(text: str, rng: np.random.Generator) -> str:
    return text.translate(_CIRCLED if rng.random() < 0.5 else _CODED)


def _traditional(text: str, _: np.random.Generator) -> str:
    return str(OpenCC("s2t").convert(text))


def _cyrillic(text: str, _: np.random.Generator) -> str:
    return text.translate(_CYRILLIC)


def _same_sound(text: str, rng: np.random.Generator) -> str:
    """Write some characters with others of the same sound."""
    return "".join(_sounding(c, rng) if "\u4e00" <= c <= "\u9fa5" and rng.random() < 0.15 else c for c in text)


def _sounding(character: str, rng: np.random.Generator) -> str:
    others = _by_sound().get(lazy_pinyin(character, style=Style.TONE3)[0], character)
    return others[int(rng.integers(len(others)))]


@cache
def _by_sound() -> dict[str, str]:
    """Return common characters by how they sound: those of the first level of GB 2312."""
    common = [bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    by_sound: dict[str, str] = {}
    for character in common:
        if character:
            sound = lazy_pinyin(character, style=Style.TONE3)[0]
            by_sound[sound] = by_sound.get(sound, "") + character
    return by_sound


_CHINESE: Final[tuple[Way, ...]] = (_parted, _spaced, _unseen, _struck, _wide, _circled, _traditional, _same_sound)
_ENGLISH: Final[tuple[Way, ...]] = (_parted, _unseen, _struck, _wide, _cyrillic)
