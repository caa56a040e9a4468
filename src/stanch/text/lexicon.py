"""The words of the trade, as data: what they mean, and what must stand beside them before they count.

A term is found as it is, in pinyin, by its initials, or (from three characters on) in characters of the same sound. One
that is an everyday word counts only in context; a lexicon that forgets the context is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml
from stanch.text.folding import Codes
from stanch.text.normal import Normal, normalise
from stanch.text.sounds import letters_of, sound_codes, sounds_of
from stanch.text.words import WordSets, word_sets

KINDS: Final = ("cards", "accounts", "laundering", "data", "scam", "gamble")
#: From how many characters on a term is also looked for by its sound: shorter ones sound like too much else.
_HEARD: Final = 3
#: From how many letters on a term is also looked for in pinyin.
_SPELLED: Final = 6


class Everyday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a term means to everybody else, and the words that show that it is meant so."""

    zh: str
    words: tuple[str, ...] = ()


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One term: its kind, its meaning by language, the contexts of which it needs one, its everyday sense.

    ``also`` holds other spellings in use, ``initials`` those of its pinyin; both always need a context.
    """

    term: str
    kind: str
    meaning: dict[str, str]
    context: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    everyday: Everyday | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contexts: dict[str, tuple[str, ...]]
    terms: tuple[Term, ...]
    everyday: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found: where it stands as written, how it was written, and the word beside it that made it count."""

    term: Term
    start: int
    stop: int
    how: str
    beside: str | None

    @property
    def sure(self) -> bool:
        """Whether the term means nothing else to anybody: it needs no context, and was written as it is."""
        return not self.term.context and self.how == "as it is"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The terms, ready to be searched for."""

    terms: tuple[Term, ...]
    plain: re.Pattern[str]
    heard: re.Pattern[str]
    by_spelling: dict[str, tuple[Term, str]]
    contexts: dict[str, re.Pattern[str]]
    senses: dict[str, re.Pattern[str]]
    spelled: WordSets
    sounding: WordSets

    def hopeful(self, codes: Codes, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return in which of several texts, end to end, a term may stand: the others hold none of their spellings."""
        heard = self.sounding.among(sound_codes(codes), ends)
        return np.asarray((self.spelled.among(codes, ends) | heard) != 0)

    def find(self, text: str) -> tuple[Hit, ...]:
        """Return the terms that count in a text."""
        return tuple(self.find_in(normalise(text)))

    def find_in(self, normal: Normal) -> Iterator[Hit]:
        """Yield the terms that count in a normal form, each place once."""
        for start, stop, (term, how) in self._candidates(normal.text):
            sense = self.senses.get(term.term)
            if sense is not None and sense.search(normal.text):
                continue
            beside = self._beside(term, how, normal.text, start, stop)
            if beside is not None:
                yield Hit(term, *normal.written(start, stop), how, beside or None)

    def _candidates(self, text: str) -> Iterator[tuple[int, int, tuple[Term, str]]]:
        taken: list[tuple[int, int]] = []
        for match in self.plain.finditer(text):
            taken.append(match.span())
            yield *match.span(), self.by_spelling[match[0]]
        if not text.isascii():
            for match in self.heard.finditer(sounds_of(text)):
                if not any(start < match.end() and match.start() < stop for start, stop in taken):
                    yield *match.span(), self.by_spelling[match[0]]

    def _beside(self, term: Term, how: str, text: str, start: int, stop: int) -> str | None:
        """Return the context word, empty where none is needed; None where one is needed and missing."""
        if not term.context and how == "as it is":
            return ""
        rest = f"{text[:start]}\n{text[stop:]}"
        for context in term.context or tuple(self.contexts):
            found = self.contexts[context].search(rest)
            if found:
                return found[0]
        return None


def parse_lexicon(text: str, name: str) -> Lexicon:
    """Return the lexicon of one YAML text; ``name`` is named in errors.

    Raises ConfigError for a term that is an everyday word and has no context, an unknown kind or context, a repeated
    term, or a term that no text in normal form can hold.
    """
    try:
        file = msgspec.convert(plain_from_yaml(text, name), _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; see docs/text.md for the form") from None
    seen: set[str] = set()
    for term in file.terms:
        _check(term, file, name)
        if term.term in seen:
            raise ConfigError(f"{name}: term {term.term!r} stands twice; keep one")
        seen.add(term.term)
    return _ready(file)


def _check(term: Term, file: _File, name: str) -> None:
    where = f"{name}: term {term.term!r}"
    if term.kind not in KINDS:
        raise ConfigError(f"{where}: unknown kind {term.kind!r}; known: {', '.join(KINDS)}")
    if normalise(term.term).text != term.term or not term.term.strip():
        raise ConfigError(f"{where} is not in normal form; write it as {normalise(term.term).text!r}")
    unknown = [context for context in term.context if context not in file.contexts]
    if unknown:
        raise ConfigError(f"{where}: unknown context {unknown[0]!r}; known: {', '.join(file.contexts)}")
    if term.term in file.everyday and not term.context:
        raise ConfigError(
            f"{where} is an everyday word and has no context: every ordinary text with it would alarm; "
            f"name contexts of which one must stand beside it, of {', '.join(file.contexts)}"
        )
    if {"zh", "en"} - term.meaning.keys():
        raise ConfigError(f"{where}: meaning must be given in zh and en")


def _ready(file: _File) -> Lexicon:
    by_spelling: dict[str, tuple[Term, str]] = {}
    plain: list[str] = []
    heard: list[str] = []
    for term in file.terms:
        for spelling, how in _spellings(term):
            by_spelling.setdefault(spelling, (term, how))
            (heard if how == "by sound" else plain).append(spelling)
    contexts = {name: _any_of(words) for name, words in file.contexts.items()}
    senses = {t.term: _any_of(t.everyday.words) for t in file.terms if t.everyday and t.everyday.words}
    sets = [word_sets(dict.fromkeys(words, 1)) for words in (plain, heard)]
    return Lexicon(file.terms, _any_of(plain), _any_of(heard), by_spelling, contexts, senses, *sets)


def _spellings(term: Term) -> Iterator[tuple[str, str]]:
    yield term.term, "as it is"
    for other in term.also:
        yield other, "in other signs"
    if not term.term.isascii():
        letters = letters_of(term.term)
        if len(letters) >= _SPELLED:
            yield letters, "in pinyin"
        if len(term.term) >= _HEARD:
            yield sounds_of(term.term), "by sound"
    for initials in term.initials:
        yield initials, "by initials"


def _any_of(words: list[str] | tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for any of the words, the longest first; Latin ones stand alone.

    A word's first sign is checked before all else: most places of a text are no start of any.
    """
    longest = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    others = [word for word in longest if not word.isascii()]
    latin = [word for word in longest if word.isascii()]
    firsts = "".join(sorted({word[0] for word in latin}))
    parts = (
        [rf"[{firsts}](?<![a-z].)(?:{'|'.join(f'(?<={word[0]}){word[1:]}' for word in latin)})(?![a-z])"]
        if latin
        else []
    )
    return re.compile("|".join([*others, *parts]) or r"(?!)")
