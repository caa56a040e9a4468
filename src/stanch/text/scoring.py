"""Scores of texts, and all that explains them: the words that decided, terms of the trade, contacts, personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.text.contacts import Contact
from stanch.text.evidence import TERM, Evidence, places_of
from stanch.text.lexicon import KINDS, Hit, Lexicon
from stanch.text.model import CLASSES, TextModel
from stanch.text.ngrams import logits_of, shares_of
from stanch.text.personal import Item, personal_data_in
from stanch.text.reading import Read, read_all

#: How many words that decided are shown.
SHOWN: Final = 5
#: A word that decided reaches to where characters add less than this share of the strongest one.
_FADED: Final = 0.25
_ORDINARY: Final = CLASSES.index("ordinary")


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of a text that spoke for its class, as it was written."""

    written: str
    start: int
    stop: int
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A text with its scores by class (they add up to 1) and what explains them; spans are of the text as written."""

    scores: dict[str, float]
    words: tuple[Word, ...]
    terms: tuple[Hit, ...]
    contacts: tuple[Contact, ...]
    personal: tuple[Item, ...]
    undone: int
    cut: bool

    @property
    def class_(self) -> str:
        """Return the class with the highest score."""
        return max(self.scores, key=self.scores.__getitem__)


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model and a lexicon. Texts are scored alone: neither their order nor their company changes a score."""

    model: TextModel
    lexicon: Lexicon

    def scores(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return scores (texts x ``CLASSES``), and nothing that explains them."""
        return self._scores(read_all(texts, self.lexicon, self.model.cues)) if texts else np.zeros((0, len(CLASSES)))

    def explain(self, texts: Sequence[str]) -> list[Scored]:
        """Return texts with scores and what explains them."""
        if not texts:
            return []
        read = read_all(texts, self.lexicon, self.model.cues)
        scores = self._scores(read)
        return [self._explained(text, read, index, scores[index]) for index, text in enumerate(texts)]

    def _scores(self, read: Read) -> npt.NDArray[np.float64]:
        logits = logits_of(read.codes, read.ends, self.model.weights, self.model.bias)
        return self.model.scores(logits, read.facts)

    def _explained(self, text: str, read: Read, index: int, row: npt.NDArray[np.float64]) -> Scored:
        normal = read.normals[index]
        contacts = tuple(match.contact(text, normal) for match in read.contacts[index])
        return Scored(
            dict(zip(CLASSES, (round(float(score), 6) for score in row), strict=True)),
            self._words(text, read, index, int(row.argmax())),
            read.terms[index],
            contacts,
            personal_data_in(text, normal, contacts),
            normal.undone,
            normal.cut,
        )

    def _words(self, text: str, read: Read, index: int, which: int) -> tuple[Word, ...]:
        """Return the stretches that spoke most for the class, against being ordinary; for ordinary, against a scam."""
        normal = read.masked[index].normal
        if not normal.text:
            return ()
        against = _ORDINARY if which != _ORDINARY else CLASSES.index("scam")
        weighing = self.model.weighing(bool(read.facts[index, -1]), which, against)
        shares = shares_of(read.code(index), self.model.weights, weighing[: len(CLASSES)])
        self._add_facts(shares, read, index, weighing[len(CLASSES) :])
        found = []
        for start, stop in _peaks(shares, normal.text):
            first, last = normal.written(start, stop)
            found.append(Word(text[first:last], first, last, round(float(shares[start:stop].sum()), 3)))
        return tuple(sorted(found, key=lambda word: -word.weight))

    def _add_facts(self, shares: Evidence, read: Read, index: int, weighing: Evidence) -> None:
        """Add what cues, terms and contacts weigh to the characters in which they stand; pairs half to each cue."""
        cues, facts = self.model.cues, read.facts[index, :-1]
        own = weighing[: len(cues.cues)] * facts[: len(cues.cues)]
        for place, (a, b) in enumerate(cues.pairs, len(cues.names) - len(cues.pairs)):
            own[[a, b]] += weighing[place] * facts[place] / 2
        where: dict[int, list[tuple[int, int]]] = {}
        for start, stop, sets in places_of(cues, read.code(index)):
            for cue in sets:
                where.setdefault(cue, []).append((start, stop))
        for cue, stretches in where.items():
            for start, stop in stretches:
                shares[start:stop] += own[cue] / len(stretches) / (stop - start)
        many = len(cues.cues)
        for hit in read.terms[index]:
            weight = weighing[many + KINDS.index(hit.term.kind)] + (weighing[many + len(KINDS)] if hit.sure else 0.0)
            weight *= TERM
            inside = (read.masked[index].normal.starts >= hit.start) & (read.masked[index].normal.stops <= hit.stop)
            shares[inside] += weight / max(1, int(inside.sum()))


def _peaks(shares: npt.NDArray[np.float64], text: str) -> list[tuple[int, int]]:
    """Return the stretches with the strongest characters, at most ``SHOWN``; Latin words are whole."""
    left = shares.copy()
    left[[not letter.isalpha() for letter in text]] = 0.0
    top = float(left.max())
    found: list[tuple[int, int]] = []
    while len(found) < SHOWN and (best := float(left.max())) > 0 and best >= _FADED * top:
        start = stop = int(left.argmax())
        while start > 0 and _continues(left, text, start - 1, start, best):
            start -= 1
        while stop + 1 < len(left) and _continues(left, text, stop + 1, stop, best):
            stop += 1
        if start == stop and not text[start].isascii():
            start, stop = _with_neighbour(shares, text, start)
        left[start : stop + 1] = 0.0
        found.append((start, stop + 1))
    return found


def _with_neighbour(shares: npt.NDArray[np.float64], text: str, place: int) -> tuple[int, int]:
    """Return a character with the one beside it that adds more, where one is beside it."""
    beside = [at for at in (place - 1, place + 1) if 0 <= at < len(text) and text[at].isalpha()]
    other = max(beside, key=lambda at: shares[at], default=place)
    return min(place, other), max(place, other)


def _continues(left: npt.NDArray[np.float64], text: str, place: int, beside: int, best: float) -> bool:
    if text[place].isascii() and text[beside].isascii():
        return text[place].isalnum()
    return bool(left[place] > _FADED * best)
