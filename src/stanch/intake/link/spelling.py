"""Spellings of names brought to one form: characters to their simplified form and their sound, companies to their core.

The sound of a name is its syllables in pinyin without tones, sorted, so that 张伟, 張偉, Zhang Wei, WEI Zhang and
Zhāng Wěi are one; a name that is no Chinese one keeps its words, sorted.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT

from stanch.model.plain import plain_from_yaml
from stanch.text.folding import simplifier

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORDS: Final = re.compile(r"[^\W_]+")
_TONE: Final = re.compile(r"(?<=[a-z])[1-5](?![0-9])")
#: The letter ü after l and n, where another sound has u.
_DOTTED_U: Final = re.compile("(?<=[ln])u\u0308")
_LONGEST: Final = 6
#: What a keyboard without ü writes for it; both become v.
_U: Final = {"lyu": "lv", "nyu": "nv", "lue": "lve", "nue": "nve"}


class _Spelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    forms: list[str]
    compound: list[str]
    readings: dict[str, str]


def has_characters(text: str) -> bool:
    """Tell whether a text holds Chinese characters."""
    return _HAN.search(text) is not None


def form_of(name: str) -> str:
    """Return a name in small letters and simplified characters: its words in the order in which they stand."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    sounded = _DOTTED_U.sub("v", folded.replace("'", "").replace("’", ""))
    bare = "".join(each for each in sounded if not unicodedata.combining(each))
    words = _WORDS.findall(simplifier().convert(bare) if has_characters(bare) else bare)
    return "".join(words) if words and all(map(has_characters, words)) else " ".join(words)


def sound_of(form: str) -> str:
    """Return the sound of a name's form: syllables of a Chinese name, else its words; sorted, with a space between."""
    if has_characters(form):
        return " ".join(sorted(_read_aloud(form)))
    words = [_TONE.sub("", word) for word in form.split()]
    parts = [_syllables(word) for word in words]
    if len(words) > 1 and all(parts):
        return " ".join(sorted(syllable for part in parts for syllable in part))
    return " ".join(sorted(words))


def core_of(name: str) -> str:
    """Return the form of a company's name without its legal form; a name that is nothing else keeps it."""
    form = form_of(name)
    if form in _spelling().forms:
        return form
    return next(
        (
            core
            for legal in _spelling().forms
            if form.endswith(legal) and (core := form.removesuffix(legal)).strip() and _apart(core, legal)
        ),
        form,
    ).strip()


def _apart(core: str, legal: str) -> bool:
    """Whether a legal form in letters stands as words of its own."""
    return has_characters(legal) or core.endswith(" ")


def _read_aloud(form: str) -> list[str]:
    """Return the syllables of a form; a family name is read as one."""
    said = _spelling().readings
    for length in (2, 1):
        head = form[:length]
        if head in said and (length == 2 or form[:2] not in _spelling().compound):
            return [*said[head].split(), *_aloud(form[length:])]
    return _aloud(form)


def _aloud(text: str) -> list[str]:
    return [word for part in lazy_pinyin(text) for word in part.casefold().replace("ü", "v").split()]


@cache
def _syllables(word: str) -> tuple[str, ...]:
    """Return the pinyin syllables of a word in letters, longest first; none where it is no pinyin.

    Only the first may begin with a vowel: pinyin sets others apart.
    """
    for length in range(min(_LONGEST, len(word)), 0, -1):
        head, rest = word[:length], word[length:]
        if head not in _known_syllables() or rest.startswith(("a", "e", "o")):
            continue
        after = _syllables(rest)
        if after or not rest:
            return (_U.get(head, head), *after)
    return ()


@cache
def _known_syllables() -> frozenset[str]:
    """Return every syllable without tones, in each way in which ü is written."""
    said = {each for readings in PINYIN_DICT.values() for each in readings.split(",")}
    bare = {_toneless(each) for each in said}
    return frozenset({each for each in bare if len(each) > 1 and each.isascii()} | {"a", "e", "o", *_U})


def _toneless(syllable: str) -> str:
    kept = unicodedata.normalize("NFD", syllable.replace("ü", "v").replace("ê", "e"))
    return "".join(
        "v" if each == "\u0308" else each for each in kept if each == "\u0308" or not unicodedata.combining(each)
    ).replace("uv", "v")


@cache
def _spelling() -> _Spelling:
    name = "spelling.yaml"
    text = (files("stanch.intake.link") / name).read_text(encoding="utf-8")
    return msgspec.convert(plain_from_yaml(text, name), _Spelling)
