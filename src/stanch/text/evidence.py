"""Evidence: what a text asks for, as a few yes-or-no facts that do not depend on its topic.

A *cue* is a set of words that speak of one thing (money handed over, haste, secrecy, a contact given, an opt-out ...);
a *pair* says that two of them stand in one text. Terms of the trade and kinds of contacts are evidence too. What each
fact weighs is learned from families that the pieces of texts were not learned from (``lab.wording.fitting``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.text.folding import Codes
from stanch.text.lexicon import KINDS, Hit
from stanch.text.masked import SIGNS, Masked
from stanch.text.words import WordSets, word_sets

Evidence = npt.NDArray[np.float64]
Pairs = tuple[tuple[str, str], ...]

#: The cue that a contact speaks for, whether or not a word asks to use it.
_CONTACT: Final = "contact"
#: The size of a term as a fact. Terms are rare and nearly always of one class: a large size lets them weigh what they
#: are worth although learning holds weights down (nine times less than those of facts of size 1).
TERM: Final = 3.0
_LONG: Final = 400
_FROM_HAN: Final = 0x2E80
_LATIN: Final = 0.7


@dataclass(frozen=True, slots=True)
class Cues:
    """Cues and pairs, ready to be looked for; ``names`` are those of all facts, in the order of their columns."""

    words: WordSets
    cues: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    names: tuple[str, ...]


def make_cues(words: Mapping[str, Sequence[str]], pairs: Pairs) -> Cues:
    """Return cues by name and pairs of their names, ready to be looked for."""
    cues = tuple(words)
    sets: dict[str, int] = {}
    for place, name in enumerate(cues):
        for word in words[name]:
            sets[word] = sets.get(word, 0) | 1 << place
    others = [*(f"term {kind}" for kind in KINDS), "sure term", *(f"contact {name}" for name in SIGNS), "length"]
    names = (*cues, *others, *(f"{a} and {b}" for a, b in pairs))
    return Cues(word_sets(sets), cues, tuple((cues.index(a), cues.index(b)) for a, b in pairs), names)


def evidence_of(
    cues: Cues, texts: Sequence[Masked], hits: Sequence[Sequence[Hit]], codes: Codes, ends: npt.NDArray[np.int64]
) -> Evidence:
    """Return the facts of texts (texts x names), and as last column whether a text is mostly in no Chinese signs."""
    many = len(cues.cues)
    out = np.zeros((len(texts), len(cues.names) + 1))
    found = cues.words.among(codes, ends)
    out[:, :many] = (found[:, None] >> np.arange(many, dtype=np.uint64)) & np.uint64(1)
    _note_terms(out[:, many:], hits)
    base = many + len(KINDS) + 1
    signs = tuple(SIGNS.values())
    for row, text in enumerate(texts):
        for sign in text.signs:
            out[row, base + signs.index(sign)] = 1.0
    if _CONTACT in cues.cues:
        asked = cues.cues.index(_CONTACT)
        out[:, asked] = np.maximum(out[:, asked], out[:, base : base + len(signs)].max(axis=1))
    lengths = np.diff(ends, prepend=0)
    out[:, base + len(signs)] = np.minimum(lengths, _LONG) / 100
    for place, (a, b) in enumerate(cues.pairs, base + len(signs) + 1):
        out[:, place] = out[:, a] * out[:, b]
    out[:, -1] = _latin(codes, lengths)
    return out


def _note_terms(out: Evidence, hits: Sequence[Sequence[Hit]]) -> None:
    for row, its in enumerate(hits):
        for hit in its:
            out[row, KINDS.index(hit.term.kind)] = TERM
            if hit.sure:
                out[row, len(KINDS)] = TERM


def _latin(codes: Codes, lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    other = np.concatenate([[0], np.cumsum(codes < _FROM_HAN)])
    ends = np.cumsum(lengths)
    flags: npt.NDArray[np.bool_] = (other[ends] - other[ends - lengths]) > _LATIN * lengths
    return flags


def with_language(facts: Evidence) -> Evidence:
    """Return facts (and what is learned beside them) once for all texts and once for those in Latin letters."""
    return np.hstack([facts[:, :-1], facts[:, :-1] * facts[:, -1:]])


def places_of(cues: Cues, codes: Codes) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield where the words of cues stand in one masked text, and of which cues they are."""
    for start, stop, sets in cues.words.places(codes).tolist():
        yield start, stop, tuple(place for place in range(len(cues.cues)) if sets >> place & 1)
